//! Frames as images, and single frames.

use std::fs;

use crate::common::{Folder, frame_hashes, is_exact, stderr};

#[test]
fn images_beside_a_lossless_video_are_its_frames() {
    let folder = Folder::new();
    let args = "--size 64x48 --frames 12 --segment-frames 5 --codec ffv1 --images png --name n";
    let film = folder.render(&format!("render wave {args}"));
    is_exact(&film, 12, "30/1");
    for (index, hash) in frame_hashes(&film).iter().enumerate() {
        let image = folder.join(&format!("jobs/n/frames/{index:06}.png"));
        assert_eq!(frame_hashes(&image), std::slice::from_ref(hash), "frame {index}");
    }
    assert_eq!(fs::read_dir(folder.join("jobs/n/frames")).expect("a folder").count(), 12);
}

#[test]
fn images_alone_make_a_folder_and_lost_ones_are_drawn_again() {
    let folder = Folder::new();
    let args =
        "render noise --size 64x48 --frames 7 --segment-frames 3 --no-video --images jpg --name n";
    let frames = folder.render(args);
    assert_eq!(frames, folder.join("jobs/n/frames"));
    let image = |i: u32| folder.join(&format!("jobs/n/frames/{i:06}.jpg"));
    let (kept, lost) =
        (fs::read(image(0)).expect("an image"), fs::read(image(5)).expect("an image"));
    fs::remove_file(image(5)).expect("removed");
    fs::write(image(6), "").expect("emptied");
    folder.render(args);
    assert_eq!(fs::read(image(0)).expect("an image"), kept);
    assert_eq!(fs::read(image(5)).expect("drawn again"), lost);
    assert!(fs::metadata(image(6)).expect("drawn again").len() > 0);
    assert!(!folder.join("jobs/n/segments").exists());
}

#[test]
fn png_levels_change_the_size_and_not_the_picture() {
    let folder = Folder::new();
    let image = |level: u32| {
        let args = "--size 200x100 --frames 1 --no-video --images png";
        folder.render(&format!("render wave {args} --png-level {level}")).join("000000.png")
    };
    let [stored, fast, small] = [image(0), image(1), image(9)];
    let size = |path| fs::metadata(path).expect("an image").len();
    assert!(size(&stored) > size(&fast) && size(&fast) > size(&small));
    assert_eq!(frame_hashes(&stored), frame_hashes(&small));
    assert_eq!(frame_hashes(&fast), frame_hashes(&small));
}

#[test]
fn a_frame_comes_from_a_job_or_a_recipe_and_replaces_nothing() {
    let folder = Folder::new();
    folder.render("render polygon --size 64x48 --frames 5 --name n");
    fs::write(folder.join("r.toml"), "size = '64x48'\nframes = 5\n[polygon]").expect("written");
    let one = folder.render("frame n --index 4 -o one.png");
    let other = folder.render("frame r.toml --index 4 -o other.png");
    assert_eq!(fs::read(&one).expect("an image"), fs::read(&other).expect("an image"));
    folder.render("frame n --index 4 -o one.jpg");

    let beyond = folder.run("frame n --index 5 -o beyond.png");
    assert_eq!(beyond.status.code(), Some(2));
    assert!(stderr(&beyond).contains("--index 5: the frames are 0 to 4"), "{}", stderr(&beyond));
    let taken = folder.run("frame n --index 1 -o one.png");
    assert_eq!(taken.status.code(), Some(1));
    assert!(stderr(&taken).contains("one.png exists"), "{}", stderr(&taken));
    assert_eq!(fs::read(&one).expect("an image"), fs::read(&other).expect("an image"));
    folder.render("frame n --index 1 -o one.png --force");
    assert_ne!(fs::read(&one).expect("an image"), fs::read(&other).expect("an image"));
    let ending = folder.run("frame n --index 1 -o one.gif");
    assert_eq!(ending.status.code(), Some(2));
}
