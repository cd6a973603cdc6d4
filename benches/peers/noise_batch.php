<?php
// The makers' script for --batch: frames of noise as PPM, one after the other, from one process.
[, $count] = $argv;
for ($i = 0; $i < $count; $i++) {
    $pixels = '';
    for ($p = 0; $p < 1024 * 768; $p++) {
        $pixels .= substr(pack('V', mt_rand(0, 0xffffff)), 0, 3);
    }
    echo "P6\n1024 768\n255\n", $pixels;
}
