//! The states of a job as a machine: whatever is done to two jobs in whatever order, no state is
//! reached that is not allowed, and no finished segment is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::common::{Folder, finished_segments, listed, quick_or_long, renderings, start};
use proptest::prelude::*;

/// What can be done to a job.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Render it, and kill the process after so many milliseconds.
    RenderAndKill(u64),
    /// Render it to the end.
    Render,
    Resume,
    ResumeAll,
    Cancel,
    /// Cancel it while it is being rendered.
    CancelRunning(u64),
    Remove,
    Rescan,
    LoseDatabase,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (5u64..60).prop_map(Step::RenderAndKill),
        1 => Just(Step::Render),
        1 => Just(Step::Resume),
        1 => Just(Step::ResumeAll),
        2 => Just(Step::Cancel),
        2 => (5u64..40).prop_map(Step::CancelRunning),
        1 => Just(Step::Remove),
        1 => Just(Step::Rescan),
        1 => Just(Step::LoseDatabase),
    ]
}

fn job(name: &str) -> String {
    format!(
        "render wave --view density --size 160x120 --frames 48 --segment-frames 2 --threads 1 \
         --keep-segments --progress none --name {name}"
    )
}

/// A job that was seen, and the states that it may be in now.
type Allowed = &'static [&'static str];

/// What may follow on `state` (`None`: there is no such job) after a step on this job.
fn allowed(state: Option<&str>, step: Step) -> Allowed {
    match (state, step) {
        (None, Step::Resume | Step::ResumeAll | Step::Cancel | Step::Remove) => &["none"],
        (None, Step::Rescan | Step::LoseDatabase) => &["none"],
        // Killed at the very start there may be no job yet, at the very end it may be done.
        (None, Step::RenderAndKill(_)) => &["none", "interrupted", "done"],
        (None, Step::CancelRunning(_)) => &["none", "interrupted", "cancelled", "done"],
        (_, Step::Remove) => &["none"],
        (_, Step::Render | Step::Resume) => &["done"],
        (Some("done"), _) => &["done"],
        (Some("cancelled"), Step::ResumeAll | Step::Cancel | Step::Rescan) => &["cancelled"],
        // Killed before it began again, it is as it was.
        (Some("cancelled"), Step::RenderAndKill(_)) => &["cancelled", "interrupted", "done"],
        (Some(_), Step::RenderAndKill(_)) => &["interrupted", "done"],
        (Some(_), Step::ResumeAll) => &["done"],
        (Some(_), Step::Cancel) => &["cancelled"],
        (Some(_), Step::CancelRunning(_)) => &["cancelled", "done"],
        (Some(_), Step::Rescan) => &["interrupted"],
        // That it was cancelled is history.
        (Some(_), Step::LoseDatabase) => &["interrupted"],
    }
}

fn take(folder: &Folder, name: &str, step: Step) {
    let millis = |n| std::thread::sleep(Duration::from_millis(n));
    match step {
        Step::RenderAndKill(moment) => {
            let mut child = start(folder, &job(name));
            millis(moment);
            let _ = child.kill();
            child.wait().expect("ends");
        }
        Step::Render => drop(folder.run(&job(name))),
        Step::Resume => drop(folder.run(&format!("resume {name} --keep-segments"))),
        Step::ResumeAll => drop(folder.run("resume --all --keep-segments")),
        Step::Cancel => drop(folder.run(&format!("cancel {name}"))),
        Step::CancelRunning(moment) => {
            let mut child = start(folder, &job(name));
            millis(moment);
            folder.run(&format!("cancel {name}"));
            child.wait().expect("ends");
        }
        Step::Remove => drop(folder.run(&format!("remove --yes {name}"))),
        Step::Rescan => drop(folder.run("rescan")),
        Step::LoseDatabase => {
            for suffix in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(folder.join(&format!("jobs/genmedia.db{suffix}")));
            }
        }
    }
}

/// The states of all jobs.
fn states(folder: &Folder) -> BTreeMap<String, String> {
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_string();
    listed(folder).iter().map(|job| (text(&job["name"]), text(&job["state"]))).collect()
}

fn check(steps: &[(bool, Step)]) {
    let folder = Folder::new();
    for (which, step) in steps {
        let name = if *which { "a" } else { "b" };
        let before = states(&folder);
        let segments: Vec<_> = ["a", "b"].map(|n| (n, finished_segments(&folder, n))).into();
        take(&folder, name, *step);
        let after = states(&folder);
        let all = matches!(step, Step::ResumeAll | Step::Rescan | Step::LoseDatabase);
        for (job, finished) in &segments {
            let (was, is) = (before.get(*job), after.get(*job).map_or("none", |s| s));
            if *job == name || all {
                let may = allowed(was.map(String::as_str), *step);
                assert!(may.contains(&is), "{job}: {was:?} became {is} by {step:?}, of {steps:?}");
            } else {
                assert_eq!(was.map_or("none", |s| s), is, "{job} by {step:?} on {name}");
            }
            if !(*job == name && matches!(step, Step::Remove)) {
                let now = finished_segments(&folder, job);
                for (segment, stamp) in finished {
                    assert_eq!(now.get(segment), Some(stamp), "{job}/{segment} by {step:?}");
                }
            }
        }
    }
    // Whatever happened, both can be finished, and are whole.
    for name in ["a", "b"] {
        folder.render(&job(name));
        assert!(folder.run(&format!("verify {name}")).status.success());
        assert!(renderings(&folder, name).values().all(|n| *n == 1), "{steps:?}");
    }
    let film = |name: &str| std::fs::read(folder.join(&format!("jobs/{name}/{name}.mp4")));
    assert!(film("a").expect("the film") == film("b").expect("the film"));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: quick_or_long(4, 64),
        max_shrink_iters: 32,
        ..Default::default()
    })]

    #[test]
    fn no_order_of_steps_loses_a_segment_or_reaches_a_state_that_is_not_allowed(
        steps in prop::collection::vec((any::<bool>(), step()), 4..14)
    ) {
        check(&steps);
    }
}
