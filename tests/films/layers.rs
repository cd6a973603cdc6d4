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
