//! The README's commands, as they stand there, one after the other in an empty folder. Only `make torture`
//! has the time for as many frames; a quarter of them will do.
//!
//! `make demo`, `make install` and `make deb` are run by scripts/test-install.sh.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::{self, Folder, quick_or_long, wait_until};

/// A command, and what it prints.
#[derive(Debug)]
struct Step {
    command: String,
    printed: Vec<String>,
}

/// The steps of the README's `console` blocks.
fn steps() -> Vec<Step> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(path).expect("the README");
    let mut steps: Vec<Step> = Vec::new();
    let (mut inside, mut document) = (false, false);
    for line in text.lines() {
        match (inside, line.strip_prefix("$ ")) {
            (false, _) => inside = line == "```console",
            (true, None) if line == "```" => inside = false,
            (true, Some(command)) => {
                document = command.ends_with("<<'END'");
                steps.push(Step { command: command.into(), printed: Vec::new() });
            }
            (true, None) => {
                let step = steps.last_mut().expect("a command first");
                if document {
                    step.command += &format!("\n{line}");
                    document = line != "END";
                } else {
                    step.printed.push(line.into());
                }
            }
        }
    }
    steps
}

/// A number of frames of the README, as a test takes it.
fn fewer_frames(command: &str) -> String {
    let mut words: Vec<String> = command.split(' ').map(str::to_string).collect();
    if let Some(before) = words.iter().position(|word| word == "--frames") {
        let frames: u32 = words[before + 1].parse().expect("a number");
        words[before + 1] = (frames / quick_or_long(4, 1)).to_string();
    }
    words.join(" ")
}

/// A line without what differs from run to run: figures, the room that they take, and the end of a job's
/// name, which depends on the number of frames.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    let is_hex = |c: &u8| c.is_ascii_hexdigit();
    let mut rest = line.char_indices();
    while let Some((at, c)) = rest.next() {
        let after = &line.as_bytes()[at + c.len_utf8()..];
        if c == '-' && after.len() >= 8 && after[..8].iter().all(is_hex) {
            shape.push_str("-#");
            rest.nth(7);
            continue;
        }
        let c = if c.is_ascii_digit() || c == '.' { '#' } else { c };
        if !(matches!(c, '#' | ' ') && shape.ends_with(c)) {
            shape.push(c);
        }
    }
    // Rounded to one more digit, or to the next unit; and of two films chance may take one only.
    shape.replace("GiB", "MiB").replace(" min", " s").replace(" films", " film")
}

/// Runs a step to its end, or interrupts it where the README does, and returns what it printed.
fn run(folder: &Folder, step: &Step) -> Vec<String> {
    let binary = Path::new(env!("CARGO_BIN_EXE_genmedia")).parent().expect("its folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let said = folder.join("said");
    let out = File::create(&said).expect("a file");
    let is_interrupted = step.printed.iter().any(|line| line == "^C");
    let exec = if is_interrupted { "exec " } else { "" };
    let mut child = Command::new("bash")
        .args(["-c", &format!("{exec}{}", step.command)])
        .current_dir(folder.path())
        .env("PATH", format!("{}:{path}", binary.display()))
        // The README's port may be taken here.
        .env("GENMEDIA_BIND", "127.0.0.1:0")
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .stdin(Stdio::null())
        .stderr(out.try_clone().expect("a file"))
        .stdout(out)
        .spawn()
        .expect("bash runs");
    let printed = || std::fs::read_to_string(&said).expect("what it said");
    if is_interrupted {
        // A server listens, or a render has something to continue from.
        wait_until("something to interrupt", || {
            printed().contains("http://")
                || folder
                    .tree()
                    .iter()
                    .any(|file| file.ends_with(".segment") && !file.contains("/."))
        });
        let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
        child.wait().expect("it ends");
    } else {
        let status = child.wait().expect("it ends");
        assert!(status.success(), "{}: {}", step.command, printed());
    }
    printed().lines().map(str::to_string).collect()
}

#[test]
fn every_command_of_the_readme_does_what_it_says() {
    let folder = Folder::new();
    let mut steps = steps();
    assert!(steps.len() >= 9, "{steps:?}");
    for step in &mut steps {
        step.command = fewer_frames(&step.command);
        let said = run(&folder, step);
        let shapes: Vec<String> = said.iter().map(|line| shape(line)).collect();
        for expected in step.printed.iter().filter(|line| *line != "^C") {
            let is_there = shapes.contains(&shape(expected));
            assert!(is_there, "{}\nshould print: {expected}\nprints: {said:#?}", step.command);
        }
    }
    assert!(folder.join("night.mp4").exists());
}

/// The commands of genmedia in a text, each in a line of its own, indented or between fences: without what
/// is said beside them, and without what other programs do with what they print.
fn commands(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let mut fenced = false;
    let code = joined.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        fenced || line.starts_with("  ")
    });
    let lines = code.map(str::trim).filter(|line| line.starts_with("genmedia "));
    let commands = lines.flat_map(|line| line.split("&&")).map(|command| {
        let end = ["   ", " | ", " > ", "  # "].iter().filter_map(|end| command.find(end)).min();
        command[..end.unwrap_or(command.len())].trim().to_string()
    });
    let is_one = |command: &String| command.starts_with("genmedia ");
    commands.filter(|c| is_one(c) && !c.contains("$(") && !c.contains("<COMMAND>")).collect()
}

/// Asks for help at the end of a command: what stands before it is read first, and must make sense.
fn is_understood(command: &str) -> std::process::Output {
    let (before, after) = command.split_once(" -- ").unwrap_or((command, ""));
    let (_, arguments) = before.split_once(' ').expect("arguments");
    let line = format!("'{}' {arguments} --help -- {after}", env!("CARGO_BIN_EXE_genmedia"));
    let mut bash = Command::new("bash");
    bash.args(["-c", &line]).current_dir(env!("CARGO_MANIFEST_DIR"));
    bash.output().expect("bash runs")
}

#[test]
fn commands_of_the_other_pages_and_of_the_help_are_understood() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut found = Vec::new();
    for page in std::fs::read_dir(docs).expect("the pages").flatten() {
        found.extend(commands(&std::fs::read_to_string(page.path()).expect("a page")));
    }
    let of_pages = found.len();
    let folder = Folder::new();
    assert!(folder.run("man --write .").status.success());
    for page in folder.tree() {
        let command = page.trim_end_matches(".1").replace('-', " ");
        let help = folder.run(&format!("{} --help", command.trim_start_matches("genmedia")));
        found.extend(commands(&String::from_utf8_lossy(&help.stdout)));
    }
    assert!(of_pages >= 15 && found.len() >= of_pages + 40, "{found:#?}");
    for command in found {
        let output = is_understood(&command);
        assert!(output.status.success(), "{command}: {}", common::stderr(&output));
    }
}
