//! Frames that grow out of others are frames as all others: alone, by many threads, after kills.

use std::fs;
use std::path::{Path, PathBuf};

use genmedia::Recipe;
use genmedia::generate::Frame;
use genmedia::render::frame;

use crate::common::{self, Folder, stderr, wait_until};

/// Recipes of every kind, without their first lines.
const KINDS: &[&str] = &[
    "[simulate]\ncell = 2\nsteps = 0.7",
    "[simulate]\nrule = 'star-wars'\ncell = 3\nfade = 5\nwarm-up = 9",
    "[simulate]\npattern = 'acorn'\ncell = 1\nedges = 'dead'\nsteps = '2 + 2*sin(t)'\nbackground = 'none'",
    "[simulate]\nkind = 'elementary'\nrule = 110\ndensity = 0.5\nsteps = 3\ncell = 1",
    "[simulate]\nkind = 'cyclic'\ncell = 2\nstates = 7\nwarm-up = 20",
    "[simulate]\nrule = 'R4,C3,M1,S20..40,B20..32,NC'\ncell = 2\ndensity = 0.5",
    "[simulate]\nkind = 'elementary'\nrule = 'code777'\nsteps = 2\ncell = 1",
    "[simulate]\nkind = 'sandpile'\ngrains = 9000\nfalling = 0.4\nsteps = 3",
    "[simulate]\nkind = 'sandpile'\npattern = 'identity'\nsteps = 25\nrelief = 1",
    "[simulate]\nkind = 'ising'\ntemperature = '2 + sin(t)'",
    "[simulate]\nkind = 'forest-fire'\nlightning = 0.001\nbackground = 'none'",
    "[simulate]\nkind = 'reaction-diffusion'\ncell = 3\nrelief = 3\nfeed-over = 'v + 0.01*x'\ndensity = 0.1\nkill = '0.06 + 0.001*t'",
    "[simulate]\nkind = 'physarum'\nagents = 2000\nspeed = '1 + t/3'\nedges = 'dead'",
    "[simulate]\nkind = 'physarum'\nagents = 900\nletters = 'gm'\nrole = 'food'\ncell = 2\nrelief = 1",
    "[simulate]\nkind = 'particles'\nagents = 500\nscale = 40\nlife = 20\nbackground = 'none'",
    "[simulate]\nkind = 'particles'\nflow = 'formula'\nvx = 'sin(3*y + t)'\nvy = 'x'\nagents = 200\nedges = 'dead'",
    "[simulate]\nkind = 'particles'\nflow = 'light'\nletters = 'gm'\nagents = 300",
    "[simulate]\nkind = 'particles'\nagents = 300\nlife = 9\nspawn = 'max(0, sin(9*x + t))'",
    "[simulate]\nkind = 'attractor'\npoints = 20000\na = '1.4 + 0.1*t'",
    "[simulate]\nkind = 'attractor'\nshape = 'aizawa'\npoints = 20000\nbackground = 'none'",
    "[simulate]\nkind = 'dla'\nsteps = 9",
    "[simulate]\nkind = 'growth'",
    "[simulate]\nkind = 'boids'\nagents = 150\nedges = 'dead'",
    "effect = [{ name = 'echo', count = 5 }]\n[simulate]\ncell = 4",
    "[[layer]]\n[layer.noise]\nkind = 'fbm'\n[[layer]]\nblend = 'screen'\n[layer.simulate]\ncell = 3\n\
     [[layer]]\nscale = 0.5\n[layer.simulate]\nkind = 'cyclic'",
];

fn text(kind: &str) -> String {
    format!("size = '95x61'\nframes = 90\nsegment-frames = 11\nseed = 5\n{kind}\n")
}

#[test]
fn any_order_of_frames_is_the_same() {
    for kind in KINDS.iter().filter(|kind| kind.starts_with("[simulate]")) {
        let recipe: Recipe = text(kind).parse().expect("a recipe");
        let generator = recipe.generator(None).expect("it is drawn");
        let (mut painter, mut drawn) = (generator.painter(), Frame::new(recipe.size));
        let mut other = generator.painter();
        let order = [0, 1, 40, 39, 7, 89, 88, 3, 41, 42, 0, 64];
        for index in order {
            painter.paint(index, &mut drawn).expect("a frame");
            assert!(drawn == frame(&recipe, index).expect("a frame"), "{kind}: {index}");
            let behind = (index + 13) % 90;
            other.paint(behind, &mut drawn).expect("a frame");
            assert!(drawn == frame(&recipe, behind).expect("a frame"), "{kind}: {behind}");
        }
        // Painters that are told what they will draw.
        for (painter, from) in [(&mut painter, 22), (&mut other, 11)] {
            painter.prepare(from..from + 11);
            painter.paint(from, &mut drawn).expect("a frame");
            assert!(drawn == frame(&recipe, from).expect("a frame"), "{kind}: {from}");
        }
    }
}

#[test]
fn films_are_the_same_from_any_number_of_threads() {
    let folder = Folder::new();
    for (n, kind) in KINDS.iter().enumerate() {
        fs::write(folder.join(&format!("k{n}.toml")), text(kind)).expect("written");
        let film = |threads: u32| {
            let args = format!("run k{n}.toml --dir jobs-{threads} --threads {threads}");
            fs::read(folder.render(&args)).expect("a film")
        };
        let one = film(1);
        assert!(one == film(2) && one == film(5), "{kind}");
    }
}

#[test]
fn frames_are_the_same_on_an_old_processor() {
    let folder = Folder::new();
    // All kinds over each other, so that any that differs is seen.
    let kinds = KINDS.iter().filter_map(|kind| kind.strip_prefix("[simulate]\n"));
    let layer = |keys: &str| {
        format!("[[layer]]\nblend = 'difference'\nscale = 0.5\n[layer.simulate]\n{keys}\n")
    };
    let layers: String = kinds.map(layer).collect();
    fs::write(folder.join("all.toml"), text(&layers)).expect("written");
    folder.render("frame all.toml --index 25 -o here.png");
    let args = ["-cpu", "core2duo", env!("CARGO_BIN_EXE_genmedia"), "frame", "all.toml"];
    let old = std::process::Command::new("qemu-x86_64-static")
        .args(args)
        .args(["--index", "25", "-o", "there.png"])
        .current_dir(folder.path())
        .output()
        .expect("qemu-user-static is needed");
    assert!(old.status.success(), "{}", stderr(&old));
    let read = |name: &str| fs::read(folder.join(name)).expect("a frame");
    assert!(read("here.png") == read("there.png"));
}

/// A job that takes some seconds, most of them for steps.
fn long(folder: &Folder) -> String {
    let recipe = "name = 'long'\nsize = '160x120'\nframes = 1200\nsegment-frames = 20\n\
                  [simulate]\nrule = 'B36/S23'\ncell = 1\nsteps = 500\n[video]\npreset = 'ultrafast'\n";
    fs::write(folder.join("long.toml"), recipe).expect("written");
    "run long.toml".into()
}

fn checkpoints(folder: &Folder) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.join("jobs/long/checkpoints")) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "checkpoint"));
    paths.sort();
    paths
}

/// Does something to a checkpoint.
type Damage = fn(&Path);

#[test]
fn a_killed_job_goes_on_from_a_checkpoint_whatever_became_of_it() {
    let whole = Folder::new();
    let whole = fs::read(whole.render(&long(&whole))).expect("a film");
    let damages: [(&str, Damage); 5] = [
        ("as it is", |_| {}),
        ("cut short", |path| {
            let bytes = fs::read(path).expect("a file");
            fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
        }),
        ("a bit flipped", |path| {
            let mut bytes = fs::read(path).expect("a file");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
            fs::write(path, bytes).expect("written");
        }),
        ("gone", |path| fs::remove_file(path).expect("removed")),
        ("that of another frame", |path| {
            let other = path.with_file_name("0-00000320.checkpoint");
            fs::copy(path, other).expect("copied");
        }),
    ];
    for (what, damage) in damages {
        let folder = Folder::new();
        let mut child = common::start(&folder, &long(&folder));
        wait_until("a checkpoint", || !checkpoints(&folder).is_empty());
        std::thread::sleep(std::time::Duration::from_millis(300));
        child.kill().expect("killed");
        child.wait().expect("it ends");
        checkpoints(&folder).iter().for_each(|path| damage(path));
        // A frame alone is as it would be without them.
        folder.render("frame long --index 700 -o frame.png");
        let film = folder.render(&long(&folder));
        assert!(fs::read(film).expect("a film") == whole, "{what}");
        let alone = Folder::new();
        long(&alone);
        alone.render("frame long.toml --index 700 -o frame.png");
        let bytes = |folder: &Folder| fs::read(folder.join("frame.png")).expect("an image");
        assert!(bytes(&folder) == bytes(&alone), "{what}");
        assert!(folder.run("remove long --yes").status.success());
        assert!(!folder.join("jobs/long").exists(), "{what}: {:?}", folder.tree());
    }
}

#[test]
fn checkpoints_come_by_time_also_where_steps_are_slow() {
    let folder = Folder::new();
    let recipe = "name = 'long'\nsize = '640x480'\nframes = 30\nsegment-frames = 1\n\
                  [simulate]\ncell = 1\nsteps = 8000\n[video]\npreset = 'ultrafast'\n";
    fs::write(folder.join("long.toml"), recipe).expect("written");
    let mut child = common::start(&folder, "run long.toml");
    wait_until("a checkpoint", || !checkpoints(&folder).is_empty());
    let kept = checkpoints(&folder);
    child.kill().expect("killed");
    child.wait().expect("it ends");
    let name = kept[0].file_name().expect("a name").to_string_lossy().into_owned();
    let frame: u64 = name[2..10].parse().expect("a number");
    assert!((1..32).contains(&frame), "{name}");
}

#[test]
fn checkpoints_of_another_recipe_are_none() {
    let folder = Folder::new();
    folder.render(&long(&folder));
    assert!(!checkpoints(&folder).is_empty());
    assert!(checkpoints(&folder).len() <= 12);
    // The same name, and begun anew as another.
    let text = fs::read_to_string(folder.join("long.toml")).expect("a recipe");
    fs::write(folder.join("long.toml"), text.replace("B36/S23", "B3/S23")).expect("written");
    let kept = checkpoints(&folder);
    let bytes: Vec<Vec<u8>> = kept.iter().map(|path| fs::read(path).expect("a file")).collect();
    let output = folder.run("run long.toml");
    assert!(stderr(&output).contains("another recipe"), "{}", stderr(&output));
    let other = fs::read(folder.render("run long.toml --force")).expect("a film");
    fs::create_dir_all(folder.join("jobs/long/checkpoints")).expect("a folder");
    kept.iter().zip(bytes).for_each(|(path, bytes)| fs::write(path, bytes).expect("written"));
    assert!(fs::read(folder.render("run long.toml --force")).expect("a film") == other);
}

#[test]
fn memory_is_flat_however_long_segments_are() {
    let folder = Folder::new();
    let layers = "[[layer]]\n[layer.gradient]\n[[layer]]\nfrom = 10\n[layer.simulate]\ncell = 1\n";
    let alone = "effect = [{ name = 'glow', radius = 6 }]\n[simulate]\ncell = 1\n";
    for (name, kind, most) in [("gap", layers, 220), ("long", alone, 310)] {
        let text = format!(
            "size = '960x720'\nframes = 720\nsegment-frames = 360\n{kind}[video]\npreset = 'ultrafast'\n"
        );
        fs::write(folder.join(&format!("{name}.toml")), text).expect("written");
        let threads = if name == "gap" { 1 } else { 2 };
        let peak =
            common::peak_mib(folder.command(&format!("run {name}.toml --threads {threads}")));
        // All views of a segment take 240 MiB, and 64 are held for each thread.
        assert!(peak < most, "{name}: {peak} MiB");
    }
}
