//! Numbers from files in formulas.

use std::fs;

use crate::common::{Folder, frame_hashes, shown, stderr};

const LEVELS: &str = "# from a recorder\ntime,level,name\n0,0,a\n1,255,b\n1.5,,c\n2,5,d\n";

/// The mean levels of a film of one colour's frames.
fn grays(film: &std::path::Path) -> Vec<u8> {
    let film = film.to_str().expect("UTF-8");
    let args =
        ["-v", "error", "-i", film, "-vf", "scale=1:1", "-pix_fmt", "gray", "-f", "rawvideo", "-"];
    std::process::Command::new("ffmpeg").args(args).output().expect("ffmpeg").stdout
}

#[test]
fn a_film_follows_a_table_and_needs_the_file_no_more() {
    let folder = Folder::new();
    fs::write(folder.join("data.csv"), LEVELS).expect("written");
    fs::write(
        folder.join("r.toml"),
        "name = 'levels'\nsize = '32x32'\nfps = 10\nframes = 25\n[video]\ncodec = 'ffv1'\npix-fmt = 'bgr0'\n[color]\n\
         color = \"mix(black, white, table('data.csv', 'level', t) / 255)\"",
    )
    .expect("written");
    let film = folder.render("run r.toml");
    let grays = grays(&film);
    let wanted = |n: usize| match n {
        0..=10 => n as f64 * 25.5,
        // The cell at 1.5 is empty, and the line goes on over it.
        11..=20 => 255.0 - (n as f64 - 10.0) * 25.0,
        _ => 5.0,
    };
    for (n, gray) in grays.iter().enumerate() {
        assert!((f64::from(*gray) - wanted(n)).abs() < 2.0, "frame {n}: {gray}");
    }
    assert_eq!(grays.len(), 25);
    // The recipe holds what it needs: it is the same film without the file, and another one with another file.
    let hashes = frame_hashes(&film);
    fs::remove_file(folder.join("data.csv")).expect("removed");
    let again = folder.run("resume levels");
    assert!(again.status.success(), "{}", stderr(&again));
    fs::copy(folder.join("jobs/levels/recipe.toml"), folder.join("kept.toml")).expect("copied");
    let kept = folder.render("run kept.toml --dir other");
    assert_eq!(frame_hashes(&kept), hashes);
    fs::write(folder.join("data.csv"), LEVELS.replace("255", "100")).expect("written");
    let told = stderr(&folder.run("run r.toml"));
    assert!(told.contains("levels"), "{told}");
    assert_eq!(shown(&folder, "levels")["state"], "done");
}

#[test]
fn tables_of_other_forms_are_read() {
    let folder = Folder::new();
    // By the number of the row, with semicolons, with tabs, with a mark at the beginning, and without names.
    let files = [
        ("one.csv", "level\n3\n9\n27\n", "table('one.csv', 'level', n)"),
        (
            "far.csv",
            "t,v\n0,3.0000000000000000000000000000000000000000e0\n2,0.27000000000000000000000000000000000000e2\n",
            "table('far.csv', 'v', n)",
        ),
        ("two.csv", "x;y\r\n0;3\r\n2;27\r\n", "table(\"two.csv\", \"y\", n)"),
        ("three.tsv", "\u{feff}x\ty\n0\t3\n2\t27\n", "table('three.tsv','y',n)"),
        ("four.csv", "0,3\n2,27\n", "table('four.csv', '2', n)"),
        ("five.csv", "\"a, b\",c\n0,1\n2,13\n", "2*table('five.csv', 'c', n) + 1"),
        (
            "six.csv",
            "t\n1\n2\n",
            "table('six.csv', 't', table('one.csv', 'level', 0*n) - 3) + 2 + 12*n",
        ),
    ];
    for (name, text, formula) in files {
        fs::write(folder.join(name), text).expect("written");
        let mut command =
            folder.command("render color --frames 3 --size 32x32 --codec ffv1 --pix-fmt bgr0");
        let color = format!("mix(black, white, ({formula})/255)");
        let output = command.args(["-o", &format!("{name}.mkv"), "--color", &color]).output();
        let output = output.expect("it starts");
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        let middle = if name == "one.csv" { 9 } else { 15 };
        let grays = grays(&folder.join(&format!("{name}.mkv")));
        for (gray, wanted) in grays.iter().zip([3, middle, 27]) {
            assert!(gray.abs_diff(wanted) <= 1, "{name}: {grays:?}");
        }
        // In a text as well.
        let mut command = folder.command("render text --frames 3 --size 96x64 --dry-run --content");
        let output = command.arg(format!("{{{formula}:.1}}")).output().expect("it starts");
        assert!(output.status.success(), "{name}: {}", stderr(&output));
    }
}

#[test]
fn what_is_wrong_with_a_table_is_one_line() {
    let folder = Folder::new();
    for (name, text) in [
        ("data.csv", LEVELS),
        ("bad.csv", "t,v\n0,1\n1,n/a\n"),
        ("back.csv", "t,v\n0,1\n2,3\n1,4\n"),
        ("ragged.csv", "t,v\n0,1\n1,2,3\n"),
        ("empty.csv", ""),
        ("hollow.csv", "t,v\n0,\n"),
        ("wide.csv", "1,2\n3,4\n"),
        ("odd.csv", "t,v\n0,inf\n"),
        ("ends.csv", "# of a\r\nt,v\r\n\r\n0,1\r\n1,x\r\n"),
        ("cells.csv", "t,v\r\n0,1\r\n1,2,3\r\n"),
        ("long.csv", "t,v\n0,1.00000000000000000000000000000000000000000000junk\n"),
    ] {
        fs::write(folder.join(name), text).expect("written");
    }
    fs::write(folder.join("bytes.csv"), [0xff, 0xfe, 0x00]).expect("written");
    for (formula, part) in [
        (
            "table('data.csv', 'levle', t)",
            "no column 'levle'; did you mean 'level'? (known: time, level, name)",
        ),
        ("table('data.csv', 'name', t)", "data.csv: line 3: 'a' is no number"),
        ("table('no.csv', 'level', t)", "no.csv: No such file"),
        ("table('.', 'level', t)", ".: this is no file"),
        ("table('bad.csv', 'v', t)", "bad.csv: line 3: 'n/a' is no number"),
        ("table('back.csv', 'v', t)", "back.csv: line 4: the first column rises, and 1 follows 2"),
        ("table('ragged.csv', 'v', t)", "ragged.csv: "),
        ("table('empty.csv', 'v', t)", "empty.csv: there is nothing in it"),
        ("table('hollow.csv', 'v', t)", "the column 'v' is empty"),
        ("table('wide.csv', 'v', t)", "'1' to '2', not 'v'"),
        ("table('odd.csv', 'v', t)", "'inf' is no number"),
        ("table('ends.csv', 'v', t)", "ends.csv: line 5: 'x' is no number"),
        ("table('cells.csv', 'v', t)", "cells.csv: line 3: it has 3 cells"),
        ("table('long.csv', 'v', t)", "line 2: '1.00000000000000000000000000000000000000' is no"),
        ("table('bytes.csv', 'v', t)", "no text in UTF-8"),
        ("table('data.csv', t)", "a table has a file, a column and a number"),
        ("table(data, level, t)", "a table has a file, a column and a number"),
        ("table('data.csv', 'level', x)", "unknown name 'x'"),
        ("tabel('data.csv', 'level', t)", "did you mean 'table'"),
        ("table('data.csv', 'level', t) * 100", "0 at frame 0, and may be 1 to 10000 pixels"),
    ] {
        let mut command = folder.command("render noise --kind fbm --frames 30 --scale");
        let output = command.arg(formula).output().expect("it starts");
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{formula}: {told}");
        assert_eq!(told.trim_end().lines().count(), 1, "{formula}: {told}");
        assert!(told.contains(part), "{formula}: {told} lacks {part}");
    }
    // What is wrong elsewhere is said of what was typed, without what stands in the file.
    for (content, part) in [
        ("{table('data.csv', 'level', t):.1f}", "'.1f' is no way to write a number"),
        ("{table('data.csv', 'level', t) + x}", "column 33: unknown name 'x'"),
        ("{1/(table('data.csv', 'level', t) - 255)}", "no number at frame 30"),
    ] {
        let mut command = folder.command("render text --frames 60 --content");
        let told = stderr(&command.arg(content).output().expect("it starts"));
        assert!(told.contains(part) && !told.contains("0: 0"), "{content}: {told}");
    }
    assert!(!folder.join("jobs").exists());
}
