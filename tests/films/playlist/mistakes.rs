//! Mistakes: one clear line, and nothing written.

use std::fs;
use std::process::Command;

use crate::common::{Folder, Numbered, stderr};

#[test]
fn mistakes_cost_a_line() {
    let folder = Folder::new();
    Numbered::default().write(&folder.join("good.mp4"));
    let fast = Numbered {
        options: "-c:v libx264 -preset veryfast -movflags +faststart",
        ..Numbered::default()
    };
    fast.write(&folder.join("fast.mp4"));
    Numbered::default().write(&folder.join("good.mkv"));
    let cut = |from: &str, to: &str| {
        let content = fs::read(folder.join(from)).expect("a film");
        fs::write(folder.join(to), &content[..content.len() / 2]).expect("written");
    };
    cut("good.mp4", "headless.mp4");
    cut("fast.mp4", "cut.mp4");
    cut("good.mkv", "cut.mkv");
    fs::write(folder.join("text.mp4"), "not a film\n").expect("written");
    fs::write(folder.join("nil.mp4"), "").expect("written");
    fs::create_dir(folder.join("empty")).expect("a folder");
    let convert = |args: &[&str]| {
        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-v", "error"]).args(args).current_dir(folder.path());
        assert!(command.status().expect("ffmpeg is needed").success(), "{args:?}");
    };
    convert(&["-i", "good.mp4", "-c", "copy", "endless.h264"]);
    convert(&["-f", "lavfi", "-i", "sine=duration=9", "sound.m4a"]);
    convert(&["-i", "good.mp4", "-frames:v", "1", "picture.png"]);
    for (args, code, said) in [
        ("empty", 1, "empty: there is no film in this folder"),
        ("text.mp4", 1, "text.mp4: this is no video"),
        ("nil.mp4", 1, "nil.mp4: the file is empty"),
        ("headless.mp4", 1, "headless.mp4: it is cut short, its index is missing"),
        ("cut.mp4", 1, "cut.mp4: it is cut short: its index goes to byte"),
        ("cut.mkv", 1, "cut.mkv: it is cut short: it promises 3.0 s, and ends at"),
        ("endless.h264", 1, "endless.h264: it does not say how long it is"),
        ("sound.m4a", 1, "sound.m4a: it holds no video"),
        ("picture.png", 1, "picture.png: this is no video, but png"),
        ("nowhere", 1, "nowhere: there is no such file or folder, and no such job in jobs"),
        ("http://127.0.0.1:9/x.mp4", 1, "http://127.0.0.1:9/x.mp4: Connection refused"),
        ("good.mp4 --length 9", 1, "good.mp4: it is 3 s long, shorter than the 9 s of --length"),
        (
            "good.mp4 --length 1..9",
            2,
            "--length 1..9: the longest piece that any of the films gives is 3 s",
        ),
        ("good.mp4 --between 2.. --length 2", 1, "--between 2..100% leaves 1 of its 3 s"),
        ("good.mp4 --between 2..1", 2, "the part ends before it begins"),
        ("good.mp4 --between x", 2, "a part is START..END"),
        (
            "good.mp4 --count 9 --length 1 --no-overlap",
            2,
            "--count 9: without overlap 3 pieces fit, 3 s together",
        ),
        ("good.mp4 --total 9 --length 1 --min-gap 1", 2, "--total 9: without overlap 2 pieces fit"),
        ("good.mp4 --count 0", 2, "--count 0: a playlist has at least one piece"),
        ("good.mp4 --count -1", 2, "a whole number from 0 up is expected"),
        (
            "good.mp4 --count 10000001 --length 1",
            2,
            "--count 10000001: a playlist has at most 10000000 pieces",
        ),
        ("good.mp4 --total 20000h --length 1", 2, "a playlist has at most 10000000 pieces"),
        ("good.mp4 --length 0", 2, "more than nothing is expected"),
        ("good.mp4 --length 5x", 2, "a time is in seconds"),
        ("good.mp4 --total 10m --count 3", 2, "cannot be used with"),
        ("good.mp4 --weight heavy", 2, "unknown weight"),
        ("good.mp4 --seed x", 2, "a seed is a whole number"),
        ("good.mp4 --match [", 2, "--match [: unclosed character class"),
        (". --match *.avi", 1, "no file in this folder matches --match *.avi"),
        ("good.mp4 -o list.txt", 2, "--output list.txt: the ending of its name chooses the form"),
        (
            "good.mp4 -o no/list.m3u",
            1,
            "--output no/list.m3u: there is no folder no; create it first",
        ),
        ("good.mp4 -o good.mp4 --format m3u", 1, "good.mp4 exists"),
        ("good.mp4 --base-url x", 2, "--base-url x: the URL of the folder of jobs"),
        ("good.mp4 --length 1 --base-url http://h/jobs/", 1, "stands for"),
        (". --strict --length 1", 1, "error: "),
    ] {
        let output = folder.run(&format!("playlist {args}"));
        let said_instead = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{args}: {said_instead}");
        assert!(said_instead.contains(said), "{args}: {said_instead}");
        assert_eq!(said_instead.lines().count(), 1, "{args}: {said_instead}");
        assert!(output.stdout.is_empty(), "{args}");
    }
    // Among many a bad one is left out.
    let output = folder.run("playlist . nowhere --length 1 --count 4 --seed 1");
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stderr(&output);
    for name in ["cut.mp4", "cut.mkv", "headless.mp4", "text.mp4", "nil.mp4", "nowhere"] {
        assert!(said.contains(&format!("warning: {name}: ")), "{name}: {said}");
    }
    assert!(said.contains("4 pieces of ") && said.contains(", 4.0 s, --seed 1"), "{said}");
    let none = folder.run("playlist text.mp4 nil.mp4");
    assert!(stderr(&none).contains("error: none of the 2 films can be used"), "{}", stderr(&none));
}
