//! What is chosen, and in which order.

use std::fs;

use super::{playlist, starts};
use crate::common::{Folder, Numbered, ended, interrupt, peak_mib, start, stderr, wait_until};

#[test]
fn the_same_seed_and_films_give_the_same_bytes_anywhere() {
    let (here, there) = (Folder::new(), Folder::new());
    Numbered::three(&here);
    fs::create_dir(there.join("deep")).expect("a folder");
    for name in ["a.mp4", "b.mp4", "c.mkv"] {
        fs::copy(here.join(name), there.join("deep").join(name)).expect("a copy");
    }
    for format in ["m3u", "xspf", "edl", "ffconcat", "json"] {
        let args = format!("--count 9 --length 0.2..1 --seed 77 --format {format}");
        let one = playlist(&here, &format!(". {args}"));
        let moved = Folder::new();
        fs::rename(there.join("deep"), moved.join("films")).expect("moved");
        let output =
            moved.command(&format!("playlist . {args}")).current_dir(moved.join("films")).output();
        let output = output.expect("genmedia starts");
        assert_eq!(String::from_utf8_lossy(&output.stdout), one);
        fs::rename(moved.join("films"), there.join("deep")).expect("moved back");
        assert!(one.contains("77"), "the seed stands in it: {one}");
        // A drawn seed is told, and gives the programme again.
        let output = here.run(&format!("playlist . --count 9 --length 0.2..1 --format {format}"));
        let said = stderr(&output);
        let seed = said.trim().rsplit(' ').next().expect("a seed").to_string();
        let again = playlist(
            &here,
            &format!(". --count 9 --length 0.2..1 --format {format} --seed {seed}"),
        );
        assert_eq!(again.into_bytes(), output.stdout);
    }
    let output = here.run("playlist . --count 1 --length 1 --seed 1");
    let said = stderr(&output);
    assert!(said.contains("1 piece of 1 film, 1.0 s, --seed 1"), "one of three is used: {said}");
}

#[test]
fn order_is_that_of_inputs_and_time_or_none() {
    let folder = Folder::new();
    Numbered::three(&folder);
    let files = |list: &str| -> Vec<String> {
        list.lines().filter(|l| !l.starts_with('#')).map(str::to_string).collect()
    };
    let list = playlist(&folder, "c.mkv a.mp4 --count 40 --length 0.5 --seed 1");
    let names = files(&list);
    let films = names.iter().filter(|name| *name == "c.mkv").count();
    assert!(
        (5..36).contains(&films) && names[..films].iter().all(|name| name == "c.mkv"),
        "{list}"
    );
    let times = starts(&list);
    assert!(times[..films].is_sorted() && times[films..].is_sorted(), "{times:?}");
    let shuffled = playlist(&folder, "c.mkv a.mp4 --count 40 --length 0.5 --seed 1 --shuffle");
    assert!(!starts(&shuffled).is_sorted());
    let sorted = |list: &str| {
        let mut pieces: Vec<(String, u64)> =
            files(list).into_iter().zip(starts(list).iter().map(|s| (s * 1e3) as u64)).collect();
        pieces.sort();
        pieces
    };
    assert_eq!(sorted(&list), sorted(&shuffled), "the same pieces");
}

#[cfg(target_os = "linux")]
#[test]
fn a_million_pieces_take_little_memory() {
    let folder = Folder::new();
    Numbered::three(&folder);
    for (args, limit) in [("", 120), ("--shuffle", 100)] {
        let args = format!("playlist . --length 0.5..1 --count 1000000 {args} -o list.m3u --force");
        let peak = peak_mib(folder.command(&args));
        assert!(peak < limit, "{args}: {peak} MiB");
        let text = fs::read_to_string(folder.join("list.m3u")).expect("a list");
        assert_eq!(text.matches("#EXTINF").count(), 1_000_000);
    }
    // An interrupted one leaves nothing.
    let mut child =
        start(&folder, "playlist . --length 0.5 --count 9000000 --shuffle -o large.m3u");
    let parts = || folder.tree().into_iter().filter(|f| f.contains("large")).collect::<Vec<_>>();
    wait_until("a part of it", || {
        let part = parts().into_iter().find(|f| f.ends_with("genmedia-part"));
        part.is_some_and(|part| fs::metadata(folder.join(&part)).is_ok_and(|m| m.len() > 0))
    });
    interrupt(&child);
    assert_eq!(ended(&mut child), Some(130));
    assert_eq!(parts(), [""; 0]);
    // A reader that goes away has what it wanted.
    let line = format!(
        "{} playlist . --count 100000 --length 0.5 | head -1; exit ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_genmedia")
    );
    let mut bash = std::process::Command::new("bash");
    let output = bash.args(["-c", &line]).current_dir(folder.path()).output().expect("bash runs");
    assert_eq!((output.status.code(), &*stderr(&output)), (Some(0), ""));
    assert_eq!(output.stdout, b"#EXTM3U\n");
    // Nine seconds have room for nine thousand places, a millisecond apart.
    let output = folder.run("playlist . --length 0.000001 --count 1000000 --min-gap 0");
    let said = stderr(&output);
    assert!(said.contains("without overlap 9000 pieces fit"), "{said}");
}
