//! What the fuzzer is fed with, and what it once found, checked without it.

#[path = "../../fuzz/checks.rs"]
mod checks;

use std::path::Path;

fn every(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let inputs = std::fs::read_dir(&folder).expect("a corpus");
    let mut count = 0;
    for input in inputs {
        let path = input.expect("a file").path();
        println!("{}", path.display());
        check(&std::fs::read(&path).expect("a file"));
        count += 1;
    }
    assert!(count >= 10, "{count} in {}", folder.display());
}

#[test]
fn formulas_of_the_corpus() {
    every("formula", checks::formula);
}

#[test]
fn recipes_of_the_corpus() {
    every("recipe", checks::recipe);
}

#[test]
fn shaders_of_the_corpus() {
    every("shader", checks::shader);
}

#[test]
fn playlists_of_the_corpus() {
    every("playlist", checks::playlist);
}

#[test]
fn requests_of_the_corpus() {
    every("http", checks::http);
}
