//! Playlists: the players play what they say, and mistakes cost a line.

mod films;
mod lists;
mod mistakes;
mod players;

use crate::common::{Folder, Numbered, stderr};

impl Numbered<'_> {
    /// Films that every test may cut.
    fn three(folder: &Folder) {
        for (n, name) in ["a.mp4", "b.mp4", "c.mkv"].into_iter().enumerate() {
            let first = 1000 * n as u16;
            Numbered { first, ..Numbered::default() }.write(&folder.join(name));
        }
    }
}

fn playlist(folder: &Folder, args: &str) -> String {
    let output = folder.run(&format!("playlist {args}"));
    assert!(output.status.success(), "{args}: {}", stderr(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The values of `start-time` in a playlist.
fn starts(list: &str) -> Vec<f64> {
    let times = list.split("start-time=").skip(1);
    times
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            rest[..end].parse().expect("a time")
        })
        .collect()
}
