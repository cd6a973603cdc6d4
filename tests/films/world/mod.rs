//! Films as the world has them: each container's and each codec's habits, cut and copied. What comes out is a right film,
//! or a line that says why there is none. The outcome of each stands in docs/films.md.

mod check;
mod films;

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use self::check::{Outcome, copied, remixed};
use self::films::{FILMS, Film};
use crate::common::Folder;

#[test]
fn no_film_of_the_world_becomes_a_wrong_one() {
    let rows = Mutex::new(vec![String::new(); FILMS.len()]);
    let wrong = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, |n| n.get()) {
            scope.spawn(|| {
                while let Some((index, film)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    FILMS.get(index).map(|film| (index, film))
                } {
                    let folder = Folder::new();
                    film.make(&folder);
                    // One that a check stumbles over does not hide the others.
                    let outcome = |check: fn(&Folder, &Film) -> Outcome| {
                        let checked = catch_unwind(AssertUnwindSafe(|| check(&folder, film)));
                        checked.unwrap_or_else(|_| Outcome::Wrong("it cannot be checked".into()))
                    };
                    let outcomes = [outcome(remixed), outcome(copied)];
                    let mut row = format!("| `{}` | {} |", film.name, film.what);
                    for outcome in outcomes {
                        match outcome {
                            Outcome::Right => row += " right |",
                            Outcome::Refused(why) => write!(row, " {why} |").expect("a string"),
                            Outcome::Wrong(how) => {
                                wrong.lock().expect("a lock").push(format!("{}: {how}", film.name));
                            }
                        }
                    }
                    rows.lock().expect("a lock")[index] = row;
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("a lock");
    assert!(wrong.is_empty(), "{} of {} films:\n{}", wrong.len(), FILMS.len(), wrong.join("\n"));

    let rows = rows.into_inner().expect("a lock").join("\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/films.md");
    let page = std::fs::read_to_string(&path).expect("docs/films.md");
    let (head, _) = page.split_once("\n| ---").expect("a table");
    let page = format!("{head}\n| --- | --- | --- | --- |\n{rows}\n");
    if std::env::var_os("GENMEDIA_BLESS").is_some() {
        std::fs::write(&path, &page).expect("docs/films.md is written");
    }
    let stands = std::fs::read_to_string(&path).expect("docs/films.md");
    assert_eq!(stands, page, "GENMEDIA_BLESS=1 writes docs/films.md anew");
}
