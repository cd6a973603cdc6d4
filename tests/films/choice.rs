//! FFmpeg chooses its loops by one switch for the whole process, and sound and pictures want other ones.

use std::fs;
use std::process::Command;

use crate::common::{Folder, stderr, tool};

#[test]
fn nothing_chooses_for_pictures_while_something_chooses_for_sound() {
    let folder = Folder::new();
    let library = folder.join("choice.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/films/choice.c");
    let built = Command::new("cc")
        .args(["-O1", "-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(source)
        .status()
        .expect("a C compiler is needed");
    assert!(built.success());
    let sound = ["-f", "lavfi", "-i", "sine=d=3:r=44100"];
    let speech = ["-c:a", "libopus", "-application", "voip", "-b:a", "12k"];
    for (film, size, audio) in [
        ("a.mp4", "64x48", &["-c:a", "aac"][..]),
        ("b.mkv", "80x60", &speech),
        ("c.mp4", "48x64", &["-an"]),
    ] {
        let picture = format!("testsrc2=s={size}:d=3");
        let inputs = ["-v", "error", "-f", "lavfi", "-i", &picture];
        tool(
            "ffmpeg",
            &[
                &inputs[..],
                &sound,
                &["-g", "20", "-ac", "1"],
                audio,
                &[folder.join(film).to_str().expect("UTF-8")],
            ]
            .concat(),
        );
    }
    let pieces = ["a.mp4", "b.mkv", "c.mp4"].repeat(6);
    let times = "#EXTVLCOPT:start-time=1\n#EXTVLCOPT:stop-time=1.5\n";
    let list: String = pieces.iter().map(|film| format!("{times}{film}\n")).collect();
    fs::write(folder.join("list.m3u"), format!("#EXTM3U\n{list}")).expect("written");
    let args = "remix list.m3u --segment-frames 8 --name";
    let whole = folder.render(&format!("{args} whole --threads 1"));
    let output = folder
        .command(&format!("{args} watched --threads 3"))
        .env("LD_PRELOAD", &library)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!stderr(&output).contains("chose for both"), "{}", stderr(&output));
    let bytes = |path| fs::read(path).expect("a film");
    assert!(bytes(folder.join("jobs/watched/watched.mp4")) == bytes(whole));
}
