//! Films as layers: the right picture at each frame, whatever their speed and ending.

use crate::common::{Folder, stderr};

/// Writes `ramp.mkv`, 51 frames at 25 a second, each five levels of gray lighter than the one before, without loss.
fn ramp(folder: &Folder) {
    let color = "mix(black,white,u)";
    let args = format!(
        "render color --color {color} --frames 51 --fps 25 --size 32x16 --codec ffv1 --pix-fmt bgr0"
    );
    let output = folder.run(&format!("{args} -o ramp.mkv"));
    assert!(output.status.success(), "{}", stderr(&output));
}

/// The frame of the ramp that is seen at frame `index` of a film with these keys, or nothing where it is black.
fn seen(folder: &Folder, keys: &str, index: u64) -> u8 {
    let text = format!(
        "name = 'r'\nfps = 25\nframes = 100\n[[layer]]\n[layer.film]\nfile = 'ramp.mkv'\n{keys}\n"
    );
    std::fs::write(folder.join("r.toml"), text).expect("written");
    let output = folder.run(&format!("frame r.toml --index {index} -o f.png --force"));
    assert!(output.status.success(), "{}", stderr(&output));
    let image = image::open(folder.join("f.png")).expect("an image").to_rgb8();
    assert_eq!(image.dimensions(), (32, 16));
    (f64::from(image.get_pixel(20, 8).0[0]) / 5.1).round() as u8
}

#[test]
fn a_film_in_a_layer_shows_the_right_picture() {
    let folder = Folder::new();
    ramp(&folder);
    let at = |keys: &str, index: u64| seen(&folder, keys, index);
    assert_eq!((at("", 0), at("", 37), at("", 50), at("", 51), at("", 99)), (0, 37, 50, 50, 50));
    assert_eq!((at("start = 0.4", 0), at("start = 0.4", 7)), (10, 17));
    assert_eq!((at("speed = 0.5", 40), at("speed = 2", 11)), (20, 22));
    assert_eq!((at("after = 'loop'", 51), at("after = 'loop'", 60)), (0, 9));
    assert_eq!(at("start = 1\nafter = 'loop'", 27), 26);
    assert_eq!((at("after = 'none'", 50), at("after = 'none'", 51)), (50, 0));
    // Twice as fast for a second, and then it stands: 50 frames on, and not back.
    assert_eq!(at("speed = '2 - 2*step(1, t)'\nstart = 0.04", 60), 50);
}

#[test]
fn what_is_transparent_stays_so_in_png_and_ffv1() {
    let folder = Folder::new();
    let text = "name = 't'\nsize = '40x20'\nframes = 3\nbackground = 'none'\n[[layer]]\nsize = '20x20'\n\
        anchor = 'left'\nopacity = 0.5\n[layer.color]\ncolor = '#ff8000'\n\
        [video]\ncodec = 'ffv1'\npix-fmt = 'bgra'\n[images]\n";
    std::fs::write(folder.join("t.toml"), text).expect("written");
    let output = folder.run("run t.toml --dir d");
    assert!(output.status.success(), "{}", stderr(&output));
    let decode = |file: &str| {
        let output = std::process::Command::new("ffmpeg")
            .args([
                "-v",
                "error",
                "-i",
                file,
                "-frames:v",
                "1",
                "-f",
                "rawvideo",
                "-pix_fmt",
                "rgba",
                "-",
            ])
            .current_dir(folder.path())
            .output()
            .expect("ffmpeg");
        assert!(output.status.success(), "{}", stderr(&output));
        output.stdout
    };
    let frames = std::fs::read_dir(folder.join("d/t/frames")).expect("images");
    let image = frames.flatten().next().expect("an image").path().display().to_string();
    for file in ["d/t/t.mkv", &image] {
        let pixels = decode(file);
        assert_eq!(pixels.len(), 40 * 20 * 4, "{file}");
        assert_eq!(pixels[..4], [0xff, 0x80, 0, 0x80], "{file}");
        assert_eq!(pixels[39 * 4..40 * 4], [0; 4], "{file}");
    }
    let verified = folder.run("verify t --dir d");
    assert!(verified.status.success(), "{}", stderr(&verified));
}

#[test]
fn a_film_in_a_layer_is_part_of_the_recipe() {
    let folder = Folder::new();
    ramp(&folder);
    seen(&folder, "", 3);
    let done = folder.run("run r.toml --dir d");
    assert!(done.status.success(), "{}", stderr(&done));
    let text = std::fs::read_to_string(folder.join("d/r/recipe.toml")).expect("a recipe");
    assert!(text.contains("fingerprint = ") && text.contains("length = 2.04"), "{text}");
    std::fs::remove_file(folder.join("ramp.mkv")).expect("removed");
    let error = stderr(&folder.run("frame r --dir d --index 2 -o g.png"));
    assert!(
        error.contains("ramp.mkv") && error.contains("this recipe was made with it"),
        "{error}"
    );
    // Without it, the job can still be looked at.
    let shown = folder.run("show r --dir d");
    assert!(shown.status.success(), "{}", stderr(&shown));
    std::fs::write(folder.join("ramp.mkv"), "no film").expect("written");
    let error = stderr(&folder.run("run r.toml --dir e"));
    assert!(error.contains("r.toml: layer.1.film.file = ramp.mkv: "), "{error}");
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
}

#[test]
fn a_transparent_film_is_transparent_in_a_layer_and_so_is_what_lies_around_a_film() {
    let folder = Folder::new();
    let films = [
        // A disc, the frame's left half of it, on nothing.
        "name = 'disc'\nsize = '64x64'\nframes = 3\nbackground = 'none'\nvideo = { codec = 'ffv1' }\n\
         [[layer]]\nsize = '32x64'\nat = '0, 0'\nanchor = 'top-left'\nopacity = 0.5\ncolor = { color = 'red' }",
        "name = 'over'\nsize = '128x64'\nframes = 3\nvideo = { codec = 'ffv1', pix-fmt = 'bgr0' }\n\
         [[layer]]\ncolor = { color = 'lime' }\n[[layer]]\nsize = '128x64'\nfilm = { file = 'jobs/disc/disc.mkv' }",
    ];
    for (n, text) in films.iter().enumerate() {
        std::fs::write(folder.join(&format!("{n}.toml")), text).expect("written");
        folder.render(&format!("run {n}.toml"));
    }
    let film = folder.join("jobs/over/over.mkv");
    let film = film.to_str().expect("UTF-8");
    let args =
        ["-v", "error", "-i", film, "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"];
    let pixels = std::process::Command::new("ffmpeg").args(args).output().expect("ffmpeg").stdout;
    let at = |x: usize| &pixels[(32 * 128 + x) * 3..][..3];
    // The bars at both sides, the disc's half over the colour below, and nothing beside it.
    for (x, wanted) in
        [(4, [0, 255, 0]), (120, [0, 255, 0]), (40, [128, 127, 0]), (80, [0, 255, 0])]
    {
        let apart = at(x).iter().zip(wanted).map(|(a, b): (&u8, u8)| a.abs_diff(b)).max();
        assert!(apart <= Some(2), "{x}: {:?}", at(x));
    }
}
