//! Mistakes: one clear line, the right exit code, before any work, and nothing harmed.

use std::fs;

use crate::common::{Folder, stderr};

/// A command, its exit code, and what its message must contain.
const MISTAKES: &[(&str, i32, &[&str])] = &[
    ("render noise --frames 0", 2, &["--frames 0", "1 to 53000000 frames"]),
    (
        "render noise --frames 60000000",
        2,
        &["--frames 60000000", "1 to 53000000", "index of 2 GiB"],
    ),
    (
        "render noise --frames 50000000 --segment-frames 1",
        2,
        &["--segment-frames 1", "50000000 segments", "at most 2000000", "25 frames are enough"],
    ),
    ("render noise --palette gold,tomatoe", 2, &["--palette", "'tomatoe': a colour is"]),
    ("render noise --frames -1", 2, &["'-1'"]),
    ("render noise --frames many", 2, &["'many'", "--frames", "whole number"]),
    ("render noise --frames 99999999999999999999", 2, &["--frames", "too large"]),
    ("render noise --frames 2000000000", 2, &["--frames 2000000000"]),
    ("render noise --size 0x5", 2, &["0x5", "--size", "1 to 65535"]),
    ("render noise --size 1024", 2, &["WIDTHxHEIGHT"]),
    ("render noise --size 20000x20000", 2, &["--size 20000x20000", "16384x16384"]),
    ("render noise --size 16000x16000 --threads 200", 2, &["MiB are free", "--threads"]),
    ("render noise --size 40x40 --codec av1", 2, &["--size 40x40", "64x64"]),
    ("render noise --fps 0", 2, &["--fps", "1/1000 and 1000"]),
    ("render noise --fps 100000", 2, &["--fps"]),
    ("render noise --fps 30/0", 2, &["--fps"]),
    ("render noise --threads 0", 2, &["--threads", "from 1 to 1024 is expected"]),
    ("render noise --threads -1", 2, &["--threads", "from 1 to 1024 is expected"]),
    ("render noise --threads 18446744073709551616", 2, &["from 1 to 1024 is expected"]),
    ("render noise --segment-frames 0", 2, &["--segment-frames 0"]),
    ("render noise --seed -3", 2, &["--seed"]),
    ("render noise --codec h246", 2, &["'h246'", "did you mean 'h264'"]),
    ("render noise --preset fastt", 2, &["--preset fastt", "did you mean 'fast'"]),
    ("render noise --crf 52", 2, &["--crf 52", "0 (best) to 51"]),
    ("render noise --crf 3 --codec ffv1 -o x.mkv", 2, &["--crf 3", "lossless"]),
    ("render noise --gop 31", 2, &["--gop 31", "1 to the 30 frames of a segment"]),
    ("render noise --gop 2 --codec ffv1", 2, &["--gop 2", "every frame alone"]),
    ("render noise --pix-fmt yuv420", 2, &["did you mean 'yuv420p'"]),
    ("render noise --pix-fmt rgb24", 2, &["--pix-fmt rgb24", "h264 takes"]),
    ("render noise -o x.avi", 2, &["--output x.avi", ".mp4, .mkv"]),
    ("render noise -o x", 2, &["--output x", "ending"]),
    ("render noise --codec vp9 -o x.mp3", 2, &["--output x.mp3", ".webm"]),
    ("render noise --codec ffv1 -o x.mp4", 2, &["ffv1 goes into .mkv"]),
    ("render noise -o nowhere/x.mp4", 1, &["there is no folder", "nowhere"]),
    ("render noise -o .", 2, &["--output ."]),
    ("render noise --no-video", 2, &["--no-video", "--images"]),
    ("render noise --no-video --images png -o x.mp4", 2, &["--no-video", "cannot be used with"]),
    ("render noise --images gif", 2, &["unknown image format"]),
    ("render noise --png-level 3", 2, &["--png-level 3", "--images"]),
    ("render noise --images png --png-level 11", 2, &["--png-level 11"]),
    ("render noise --images jpg --jpg-quality 0", 2, &["--jpg-quality 0"]),
    ("render noise --name ../x", 2, &["--name", "'.'"]),
    ("render noise --name a/b", 2, &["--name", "no slashes"]),
    ("render nois", 2, &["'nois'", "'noise'"]),
    ("render noise --fram 3", 2, &["--fram", "--frames"]),
    ("render noise --kind perlyn", 2, &["did you mean 'perlin'"]),
    (
        "render noise --effect blurr",
        2,
        &["--effect", "unknown effect 'blurr'", "did you mean 'blur'"],
    ),
    ("render noise --effect blur=-1", 2, &["--effect blur,radius=-1: 0 to 1000 pixels"]),
    ("render noise --effect blur=wide", 2, &["--effect", "radius: a number is expected"]),
    (
        "render noise --effect grade,contrst=2",
        2,
        &["the effect grade has no 'contrst'", "did you mean 'contrast'"],
    ),
    ("render noise --effect blur --effect dither=1", 2, &["--effect dither,levels=1: 2 to 256"]),
    (
        "render noise --kind fbm --scale 20+sinn(t)",
        2,
        &["--scale", "column 4", "did you mean 'sin'"],
    ),
    ("render noise --kind fbm --scale wide", 2, &["--scale", "a number is expected, or a formula"]),
    (
        "render noise --kind fbm --scale 20-n",
        2,
        &["--scale 20-n: it is 0 at frame 20, and may be 1 to 10000 pixels"],
    ),
    ("render noise --kind fbm --scale 20+sqrt(9-n)", 2, &["it is no number at frame 10"]),
    ("render noise --kind fbm --loop --speed 1+t", 2, &["--speed 1+t: in a loop it cannot move"]),
    ("render polygon --count 20+n", 2, &["--count 20+n: it cannot move: with another number"]),
    ("render polygon --color mix(red,blu,u)", 2, &["--color", "column 9: a colour is"]),
    ("render noise --effect blur=8*t-1", 2, &["--effect blur,radius=8*t-1: it is -1 at frame 0"]),
    ("render text", 2, &["--content: there is nothing to write"]),
    (
        "render text --content {framee}",
        2,
        &["--content {framee}: {framee}: column 1: unknown name"],
    ),
    ("render text --content あ", 1, &["the font Inter (built in) has no sign for 'あ'"]),
    ("render text --content {name}", 2, &["which must be said: name = 'sea', or --name sea"]),
    ("render text --content a --font Nope", 2, &["--font Nope: no font of this name is installed"]),
    ("render text --content a --font /no.ttf", 2, &["--font /no.ttf: there is no such file"]),
    ("render text --content a --weight 700", 2, &["--weight 700: only with font"]),
    ("render noise --text {frame", 2, &["--text '{frame': missing '}'"]),
    ("render noise --text a --text-style colr=red", 2, &["text has no 'colr'", "'color'"]),
    (
        "render noise --text a --text-style font-size=0",
        2,
        &["--text-style font-size=0: 1 to 10000"],
    ),
    ("render noise --text-style color=red", 2, &["--text <TEXT>"]),
    ("render noise --kind fbm --scale 0 --text a", 2, &["--scale 0: 1 to 10000 pixels"]),
    ("render noise --effect blur=-1 --text a", 2, &["--effect blur,radius=-1: 0 to 1000 pixels"]),
    (
        "render text --content {1/t}",
        2,
        &["--content {1/t}: a formula in it is no number at frame 0"],
    ),
    ("render text --content {frame:x}", 2, &["'x' is no way to write a number"]),
    ("render image --file /dev/zero", 2, &["--file /dev/zero: this is no file"]),
    ("render image --file /", 2, &["--file /: this is no file"]),
    ("render image", 2, &["--file: a picture is needed"]),
    ("render image --file no.png", 2, &["--file no.png: ", "o such file"]),
    (
        "render gradient --palette red,lime --colormap magma",
        2,
        &["--colormap magma: a colormap or"],
    ),
    ("render noise --effect rotate,border=mirrored", 2, &["unknown border", "'mirror'"]),
    ("render noise --scale 3", 2, &["--scale 3", "only with a --kind from value to warp"]),
    ("render wave --palette red,gold --colormap magma", 2, &["--colormap magma: a colormap or a"]),
    (
        "render wave --loop --a 0..3",
        2,
        &["--a 0..3: in a loop the formula must be at the end of a what it is at its beginning"],
    ),
    (
        "render gradient --speed 1 --loop",
        2,
        &["--speed 1: in a loop it comes back with a spread of"],
    ),
    (
        "render noise --loop --effect shift,speed-x=9,border=none",
        2,
        &["--effect shift,border=none: in a loop the picture comes back"],
    ),
    ("render noise --kind perlin --octaves 3", 2, &["--octaves 3", "--kind fbm, turbulence"]),
    ("render noise --kind fbm --octaves 13", 2, &["--octaves 13", "1 to 12"]),
    ("render noise --kind fbm --gain 2", 2, &["--gain 2", "0 to 1"]),
    ("render noise --kind fbm --lacunarity 0.5", 2, &["--lacunarity 0.5", "1 to 8"]),
    ("render noise --kind fbm --scale 0", 2, &["--scale 0", "1 to 10000 pixels"]),
    ("render noise --kind fbm --speed -1", 2, &["--speed -1", "0 to 100"]),
    ("render noise --colormap magma", 2, &["--colormap magma", "only with --kind gray"]),
    ("render noise --kind fbm --palette red", 2, &["--palette", "2 to 256 colours"]),
    ("render noise --kind fbm --palette red,blurple", 2, &["'red,blurple'", "#rrggbb"]),
    ("render noise --kind fbm --palette red,blue --colormap magma", 2, &["not both"]),
    ("render polygon --count 0", 2, &["--count 0", "1 to 100000"]),
    ("render polygon --points 2", 2, &["--points 2", "3 to 1000"]),
    ("render polygon --opacity 1.1", 2, &["--opacity 1.1"]),
    ("render polygon --opacity -0.1", 2, &["--opacity -0.1"]),
    ("render polygon --opacity NaN", 2, &["--opacity NaN"]),
    ("render polygon --width 0", 2, &["--width 0"]),
    ("render polygon --color blurple", 2, &["'blurple'", "#rrggbb"]),
    ("render polygon --shape sqare", 2, &["unknown shape"]),
    ("render polygon --motion bounc", 2, &["did you mean 'bounce'"]),
    ("render polygon --speed 2", 2, &["--speed 2", "--motion"]),
    ("render polygon --motion spin --speed 101", 2, &["--speed 101", "0 to 100"]),
    ("render polygon --symmetry 65", 2, &["--symmetry 65", "1 to 64"]),
    ("render polygon --color-mode gradient", 2, &["--color-mode gradient", "--palette"]),
    ("render polygon --color-mode random --palette red,blue", 2, &["--palette", "gradient"]),
    ("render polygon --shape voronoi --motion trail", 2, &["--motion trail", "voronoi"]),
    ("render wave --expr sinn(x)", 2, &["--expr 'sinn(x)'", "column 1", "did you mean 'sin'"]),
    ("render wave --expr sin(x", 2, &["column 6", "missing ')'"]),
    ("render wave --expr x/0", 2, &["column 2", "division by zero"]),
    ("render wave --expr q", 2, &["unknown name 'q'"]),
    ("render wave --x 4..4", 2, &["--x 4..4", "must differ"]),
    ("render wave --x 4", 2, &["--x", "START..END"]),
    ("render wave --y 0..1e999", 2, &["--y"]),
    ("render wave --a 0..x", 2, &["--a", "unknown name 'x'"]),
    ("render wave --z 1..1", 2, &["--z 1..1", "must rise"]),
    ("render wave --colormap virdis", 2, &["did you mean 'viridis'"]),
    ("render wave --view densty", 2, &["did you mean 'density'"]),
    ("render wave --samples 1", 2, &["--samples 1", "2 to 4096"]),
    ("render wave --antialias 9", 2, &["--antialias 9"]),
    ("render wave --elevation 95", 2, &["--elevation 95"]),
    ("render wave --look lisajous", 2, &["did you mean 'lissajous'"]),
    ("render wave --trail 3", 2, &["--trail 3", "--view curve"]),
    ("render wave --t 0..1", 2, &["--t 0..1", "--view curve"]),
    ("render wave --view curve --expr sin(t)", 2, &["two formulas or three"]),
    ("render wave --view curve --expr sin(t);cos(u)", 2, &["column 12", "unknown name 'u'"]),
    ("render wave --view curve --z 0..1", 2, &["--z 0..1", "only with --view surface"]),
    ("render wave --view curve --trail 501", 2, &["--trail 501", "0 to 500"]),
    ("render wave --view complex --expr z+floor(z)", 2, &["column 3", "'floor'", "real numbers"]),
    ("render wave --view complex --iterations 0", 2, &["--iterations 0", "1 to 10000"]),
    ("render wave --view complex --width 2", 2, &["--width 2", "curve or contour"]),
    ("render wave --view contour --levels 1", 2, &["--levels 1", "2 to 1000"]),
    ("render exec", 2, &["PROGRAM"]),
    ("render exec -- nothere {frame}", 1, &["no program 'nothere'", "PATH", "./nothere"]),
    ("render exec -- ./nothere {frame}", 1, &["there is no program ./nothere"]),
    ("render exec -- /etc/passwd {frame}", 1, &["is not executable", "chmod +x"]),
    ("render exec --batch 0 -- sh", 2, &["--batch 0", "at least 1 frame"]),
    ("render exec --batch 2 -- cp x {out}", 2, &["--batch 2", "leave out {out}"]),
    ("noise --frames 3", 2, &["'noise'", "genmedia render noise draws it"]),
    ("render physarum", 2, &["genmedia render simulate --kind physarum draws it"]),
    ("render lorenz", 2, &["render simulate --kind attractor --shape lorenz draws it"]),
    ("render nose", 2, &["'noise'"]),
    ("render unknown", 2, &["it draws one of noise, polygon, "]),
    ("render simulate --kind slime", 2, &["did you mean 'physarum'?"]),
    ("render sea.toml", 2, &["genmedia run sea.toml renders a recipe"]),
    ("render noise 1000", 2, &["'1000'", "--frames 1000"]),
    ("render wave sin(x)", 2, &["--expr 'sin(x)'"]),
    ("render exec php x.php", 2, &["'php'", "comes after --: -- php"]),
    ("render noise --duration 0", 2, &["--duration", "more than nothing"]),
    ("render noise --duration 10 --frames 3", 2, &["--duration", "cannot be used with"]),
    ("jobs sea", 2, &["genmedia show sea tells of one job"]),
    ("serve 8080", 2, &["'8080'", "--bind 127.0.0.1:9000"]),
    ("run .", 1, &["cannot read the recipe .: this is a folder; name the files in it"]),
    (
        "frame nothing -o x.png --time 1 --index 3",
        2,
        &["--time", "cannot be used with '--index <N>'"],
    ),
    ("render noise --kind fbm --scale 80%", 2, &["--scale", "80% is 0.8 of 1"]),
    ("render noise --effect blur=5px", 2, &["radius: a number without a unit is expected"]),
    ("render noise --effect echo=8,every=120", 2, &["--effect echo,every=120: 1 to 30 frames"]),
    ("render noise --effect blur=8,radius=9", 2, &["radius is given twice"]),
    ("render noise --text a --text-style margin=1,margin=2", 2, &["margin is given twice"]),
    ("run nothing.toml", 1, &["nothing.toml", "no such file"]),
    ("render noise --still x.gif", 2, &["--still x.gif", ".png, .jpg or .jpeg"]),
    ("render noise --frames 9 --still x.png --index 9", 2, &["--index 9: the frames are 0 to 8"]),
    ("render noise --still x.png -o y.mp4", 2, &["--still"]),
    ("render noise --index 9", 2, &["--still"]),
    ("run r.toml --size 2x0", 2, &["--size", "2x0"]),
    ("frame nothing --index 0 -o x.gif", 2, &["--output x.gif", ".png, .jpg or .jpeg"]),
    ("frame nothing --index 0 -o x.png", 1, &["no job and no recipe file nothing"]),
    ("completions tcsh", 2, &["'tcsh'"]),
];

#[test]
fn each_mistake_is_one_line_and_leaves_no_trace() {
    for (args, code, parts) in MISTAKES {
        let folder = Folder::new();
        let output = folder.run(args);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(*code), "{args}: {told}");
        assert_eq!(told.trim_end().lines().count(), 1, "{args}: {told}");
        assert!(told.starts_with("genmedia: error: "), "{args}: {told}");
        for part in *parts {
            assert!(told.contains(part), "{args}: {told} lacks {part}");
        }
        assert!(output.stdout.is_empty(), "{args}");
        assert_eq!(folder.tree(), [""; 0], "{args}");
    }
}

#[test]
fn mistakes_in_files_name_the_file_and_the_line() {
    for (text, parts) in [
        ("[wave]\nexp = 'x'\n", &["r.toml: line 2, column 1", "did you mean 'expr'"][..]),
        ("[noise]\nframes = 3\n", &["r.toml: line 2", "unknown key 'frames'"]),
        (
            "[noise]\n[[effect]]\nname = 'echo'\ndecay = '96%'\n",
            &["r.toml: line 2", "effect echo: decay: '96%': a number without a unit"],
        ),
        (
            "size = [640, 360]\n[noise]\n",
            &["size = [640, 360]: a size is text: size = \"640x360\""],
        ),
        (
            "[[layer]]\nat = [30, 40]\nnoise = {}\n",
            &["layer.at = [30, 40]: a place is text: at = \"30, 40\""],
        ),
        (
            "[text]\ncontent = 'a'\nfont = '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'\nface = 3\n",
            &["r.toml: text.font = /usr", "its faces are 0 to 0, and face is 3"],
        ),
        (
            "[[layer]]\nat = 'sqrt(-1), 5'\nnoise = {}\n",
            &["r.toml: layer.1.at = NaN, 5: a place is X, Y"],
        ),
        (
            "[text]\ncontent = 'a'\nfont = '/etc/passwd'\n",
            &["r.toml: text.font = /etc/passwd: this is no font that is known"],
        ),
        (
            "[noise]\nkind = 'fbm'\nscale = 'keys(0: 9, 2: 500)*n'\n",
            &["r.toml: noise.scale = keys(0: 9, 2: 500)*n: it is 0 at frame 0"],
        ),
        (
            "[noise]\nkind = 'fbm'\nscale = '2*keys(1: 2, 0: 3)'\n",
            &["r.toml: line 3, column 9", "column 14: keys stand in the order of their times"],
        ),
        (
            "[[layer]]\n",
            &["r.toml: layer.1: a table is missing that says what it shows: noise, polygon,"],
        ),
        ("[noise]\n[[layer]]\n[layer.noise]\n", &["r.toml: layer = 1: a picture of layers"]),
        ("linear = true\n[noise]\n", &["r.toml: linear: it is for layers"]),
        (
            "[[layer]]\nblend = 'scren'\n[layer.noise]\n",
            &["r.toml: line 1", "layer 1 blend: 'scren': unknown blend mode", "'screen'"],
        ),
        (
            "[[layer]]\nopacty = 1\n[layer.noise]\n",
            &["r.toml: line 1", "layer 1 has no 'opacty'; did you mean 'opacity'"],
        ),
        (
            "[[layer]]\n[layer.noise]\n\n[[layer]]\nopacty = 1\n[layer.noise]\n",
            &["r.toml: line 4: layer 2 has no 'opacty'"],
        ),
        ("[[layer]]\n[layer.nose]\n", &["layer 1 has no 'nose'; did you mean 'noise'"]),
        ("[[layer]]\n[layer.noise]\nknd = 3\n", &["layer 1 noise: unknown key 'knd'", "'kind'"]),
        (
            "[[layer]]\n[layer.noise]\n[[layer]]\nopacity = '2*u'\n[layer.noise]\n",
            &["r.toml: layer.2.opacity = 2*u: it is 1.00", "at frame 150, and may be 0 to 1"],
        ),
        (
            "[[layer]]\n[layer.noise]\nkind = 'fbm'\nscale = 0\n",
            &["r.toml: layer.1.noise.scale = 0: 1 to 10000 pixels"],
        ),
        (
            "[[layer]]\n[layer.noise]\n[[layer.effect]]\nname = 'blur'\nradius = -1\n",
            &["r.toml: layer.1.effect.1.blur.radius = -1"],
        ),
        (
            "[[layer]]\nname = 'm'\n[layer.noise]\n[[layer.effect]]\nname = 'displace'\nby = 'm'\n",
            &["r.toml: layer.1.effect.1.displace.by = m: the layer would need itself"],
        ),
        (
            "[noise]\n[[effect]]\nname = 'displace'\nby = 'm'\n",
            &["r.toml: effect.1.displace.by = m: it looks at a layer, and there are none"],
        ),
        ("[[layer]]\nmask = 'm'\n[layer.noise]\n", &["layer.1.mask = m: no layer has this name"]),
        (
            "[[layer]]\nname = 'm'\nmask = 'm'\n[layer.noise]\n",
            &["r.toml: layer.1.mask = m: the layer would need itself"],
        ),
        (
            "[[layer]]\nname = 'a'\nmask = 'b'\n[layer.noise]\n[[layer]]\nname = 'b'\nmask = 'a'\n[layer.noise]\n",
            &["r.toml: layer.1.mask = b: the layer would need itself"],
        ),
        (
            "[[layer]]\nname = 'a'\n[layer.noise]\n[[layer]]\nname = 'a'\n[layer.noise]\n",
            &["r.toml: layer.2.name = a: another layer has this name"],
        ),
        (
            "[[layer]]\nmask-by = 'alpha'\n[layer.noise]\n",
            &["r.toml: layer.1.mask-by = alpha: only with mask"],
        ),
        (
            "[[layer]]\nfrom = 3\nuntil = 2\n[layer.noise]\n",
            &["r.toml: layer.1.until = 2: it would go before it comes"],
        ),
        (
            "[[layer]]\nfrom = 100\n[layer.noise]\n",
            &["r.toml: layer.1.from = 100: the film ends at 10.000 s (times are seconds)"],
        ),
        (
            "[[layer]]\nuntil = 300\n[layer.noise]\n",
            &["r.toml: layer.1.until = 300: the film ends at 10.000 s"],
        ),
        (
            "[[layer]]\nuntil = 3\nfade-in = 4\n[layer.noise]\n",
            &["r.toml: layer.1.fade-in = 4: it is seen for 3.000 s only"],
        ),
        (
            "[[layer]]\nat = [10, 10]\n[layer.noise]\n",
            &["r.toml: layer.at = [10, 10]: a place is text: at = \"10, 10\""],
        ),
        (
            "[[layer]]\nimage = 'logo.png'\n",
            &["layer 1 image: invalid type: string \"logo.png\", where a table is expected"],
        ),
        (
            "duration = '8s'\nframes = 3\n[noise]\n",
            &["r.toml: duration = 8s: frames are said as well"],
        ),
        ("duration = 'long'\n[noise]\n", &["r.toml: duration = long: "]),
        (
            "[[layer]]\n[layer.noise]\n[layer.polygon]\n",
            &["r.toml: layer.1: both [noise] and [polygon] are there"],
        ),
        (
            "[[layer]]\nat = 'w/2'\n[layer.noise]\n",
            &["r.toml: line 1", "a place is X, Y in pixels, such as 'w/2, h/2'"],
        ),
        ("[[layer]]\nat = 'w/2, hh'\n[layer.noise]\n", &["column 6", "unknown name 'hh'"]),
        ("[[layer]]\nfrom = 't'\n[layer.noise]\n", &["r.toml: layer.1.from = t: it cannot move"]),
        ("[[layer]]\n[layer.image]\n", &["r.toml: layer.1.image.file", "a picture is needed"]),
        (
            "[[layer]]\n[layer.image]\nfile = 'no.png'\n",
            &["r.toml: layer.1.image.file = no.png: ", "o such file"],
        ),
        ("[noise]\n[[effect]]\nradius = 3\n", &["r.toml: line 2", "an effect has a name"]),
        (
            "[noise]\n[[effect]]\nname = 'glwo'\n",
            &["r.toml: line 2", "unknown effect 'glwo'", "'glow'"],
        ),
        (
            "[noise]\n[[effect]]\nname = 'blur'\nradus = 3\n",
            &["r.toml: line 2", "the effect blur has no 'radus'", "'radius'"],
        ),
        (
            "[noise]\n[[effect]]\nname = 'invert'\n[[effect]]\nname = 'blur'\nradius = 3000\n",
            &["r.toml: effect.2.blur.radius = 3000: 0 to 1000 pixels"],
        ),
        ("frames = 'x'\n[noise]", &["r.toml: line 1"]),
        ("frames = \n", &["r.toml: line 1"]),
        ("[wave]\nsamples = 1\n", &["r.toml: wave.samples = 1"]),
        ("[wave]\nexpr = 'x +'\n", &["r.toml: wave.expr", "column 4"]),
        (
            "",
            &[
                "r.toml",
                "noise, polygon, wave, color, gradient, image, text, scope, simulate, shader, exec or remix",
            ],
        ),
    ] {
        let folder = Folder::new();
        fs::write(folder.join("good.toml"), "frames = 1\nsize = '64x64'\n[noise]")
            .expect("written");
        fs::write(folder.join("r.toml"), text).expect("written");
        let output = folder.run("run good.toml r.toml");
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert_eq!(told.trim_end().lines().count(), 1, "{told}");
        for part in parts {
            assert!(told.contains(part), "{told} lacks {part}");
        }
        assert!(!folder.join("jobs").exists(), "all recipes are read before the first is rendered");
    }
    let folder = Folder::new();
    fs::write(folder.join("r.toml"), [0xff, 0xfe, 0]).expect("written");
    assert!(stderr(&folder.run("run r.toml")).contains("r.toml: not a recipe"));
}

#[test]
fn a_missing_reader_of_stdout_is_no_failure() {
    let folder = Folder::new();
    let mut child = folder
        .command("render noise --size 64x64 --frames 2 --progress none")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    assert!(child.wait().expect("ends").success());
}
