//! The rooms of `src/` stand on each other in one order: none imports from one above it.

use std::fs;
use std::path::Path;

/// From the lowest to the highest.
const ROOMS: [&str; 24] = [
    "cancel",
    "checksum",
    "clock",
    "crash",
    "programs",
    "words",
    "error",
    "files",
    "remote",
    "formula",
    "values",
    "parameters",
    "generate",
    "compose",
    "media",
    "playlist",
    "remix",
    "sound",
    "recipe",
    "jobs",
    "render",
    "cluster",
    "serve",
    "cli",
];

/// The files of `src/serve/`, from the lowest to the highest.
const SERVE: [&str; 23] = [
    "refusal",
    "place",
    "opened",
    "guard",
    "host",
    "listing",
    "content",
    "memory",
    "renders",
    "proxy",
    "log",
    "options",
    "app",
    "connection",
    "events",
    "frames",
    "live",
    "api",
    "metrics",
    "health",
    "row",
    "job",
    "pages",
];

/// The neighbours that a line names after `super::`, one or several in braces.
fn neighbours(line: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
    };
    let named = line.split("super::").skip(1);
    let several = |text: &str| match text.strip_prefix('{') {
        Some(list) => list.split(',').map(name).collect(),
        None => vec![name(text)],
    };
    named.flat_map(several).collect()
}

#[test]
fn no_file_of_serve_imports_from_one_above_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve");
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let file = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if file == "mod" {
            continue;
        }
        let height = |name: &str| SERVE.iter().position(|file| *file == name);
        let own = height(&file).unwrap_or_else(|| panic!("{file} has no place in the order"));
        let text = fs::read_to_string(&path).expect("text");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for other in code.lines().flat_map(neighbours).filter_map(|name| height(&name)) {
            count += 1;
            assert!(other < own, "{file} imports from {}, which is above it", SERVE[other]);
        }
    }
    assert!(count > 30, "{count} imports were read");
}

fn check(path: &Path, room: &str, count: &mut u32) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            check(&entry.expect("an entry").path(), room, count);
        }
        return;
    }
    let height = |name: &str| ROOMS.iter().position(|room| *room == name);
    let own = height(room).unwrap_or_else(|| panic!("{room} has no place in the order"));
    let text = fs::read_to_string(path).expect("text");
    // Tests may know more than what they test.
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    for (number, line) in code.lines().enumerate().filter(|(_, l)| !l.trim().starts_with("//")) {
        for import in line.split("crate::").skip(1) {
            let other: String =
                import.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            let Some(other) = height(&other) else { continue };
            *count += 1;
            let at = format!("{}:{}", path.display(), number + 1);
            assert!(other <= own, "{at}: {room} imports from {}, which is above it", ROOMS[other]);
        }
    }
}

#[test]
fn no_room_imports_from_one_above_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut count = 0;
    for entry in fs::read_dir(src).expect("the sources") {
        let path = entry.expect("an entry").path();
        let room = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if room != "lib" && room != "main" {
            check(&path, &room, &mut count);
        }
    }
    assert!(count > 200, "{count} imports were read");
}

#[test]
fn the_gpu_is_named_in_one_folder() {
    fn walk(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&src, &mut files);
    let own = src.join("generate/shader/gpu");
    let mut named = 0;
    for path in files {
        let text = fs::read_to_string(&path).expect("text");
        let names = ["wgpu::", "naga::", "glslang::"].iter().any(|name| text.contains(name));
        assert!(!names || path.starts_with(&own), "{}", path.display());
        named += u32::from(names);
    }
    assert!(named > 5, "{named}");
}
