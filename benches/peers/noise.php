<?php
// The makers' script: one frame of noise, one process.
$image = imagecreatetruecolor(1024, 768);
for ($y = 0; $y < 768; $y++) {
    for ($x = 0; $x < 1024; $x++) {
        imagesetpixel($image, $x, $y, mt_rand(0, 0xffffff));
    }
}
imagepng($image, $argv[1]);
