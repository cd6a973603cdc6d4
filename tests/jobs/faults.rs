//! Faults and conditions that no test can bring about from outside: asked for by failpoints.

use std::fs;
use std::process::Stdio;

use crate::common::{Folder, ended, renderings, shown, stderr, wait_until};

const JOB: &str = "render noise --size 64x64 --frames 40 --segment-frames 5 --name n --threads 2";

#[test]
fn a_wish_to_cancel_counts_from_the_moment_that_the_job_is_held() {
    // Between the lock and the first write of the run, and while it waits to begin.
    for point in ["held", "opened"] {
        let folder = Folder::new();
        let killed = folder.command(JOB).env("FAILPOINTS", "planned=return").output();
        assert!(!killed.expect("genmedia starts").status.success());
        let mut command = folder.command(JOB);
        command.env("FAILPOINTS", format!("{point}=sleep(2500)")).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::null()).spawn().expect("starts");
        let pid = format!("pid {} ", child.id());
        wait_until("the lock", || {
            fs::read_to_string(folder.join("jobs/n/.lock"))
                .is_ok_and(|owner| owner.starts_with(&pid))
        });
        let told = stderr(&folder.run("cancel n"));
        assert!(told.contains("n: stopped and cancelled"), "{point}: {told}");
        assert_eq!(ended(&mut child), Some(1), "{point}");
        assert_eq!(shown(&folder, "n")["state"], "cancelled", "{point}");
        // And not a moment longer.
        folder.render(JOB);
    }
}

#[test]
fn a_panic_anywhere_ends_the_job_in_order() {
    for point in
        ["planned", "frame", "sealed", "written", "unrecorded", "recorded", "grown", "assembling"]
    {
        let folder = Folder::new();
        let mut command = folder.command(&format!("{JOB} --retries 0"));
        command.env("FAILPOINTS", format!("{point}=3*off->panic"));
        if matches!(point, "planned" | "assembling") {
            command.env("FAILPOINTS", format!("{point}=panic"));
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
        let output = child.wait_with_output().expect("ends");
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{point}: {told}");
        assert_eq!(shown(&folder, "n")["state"], "failed", "{point}");
        let tree = folder.tree();
        assert!(!tree.iter().any(|f| f.contains("genmedia-part")), "{point}: {tree:?}");
        folder.render(JOB);
        assert!(renderings(&folder, "n").values().all(|n| *n == 1), "{point}");
    }
}

#[test]
fn in_a_network_folder_the_database_has_a_rollback_journal() {
    let folder = Folder::new();
    let run = |args: &str| {
        let output = folder.command(args).env("FAILPOINTS", "network-folder=return").output();
        let output = output.expect("genmedia starts");
        assert!(output.status.success(), "{args}: {}", stderr(&output));
    };
    // One that was used on one machine before.
    folder.render(&JOB.replace("--name n", "--name before"));
    run(JOB);
    let db = rusqlite::Connection::open(folder.join("jobs/genmedia.db")).expect("a database");
    let mode: String =
        db.pragma_query_value(None, "journal_mode", |row| row.get(0)).expect("a mode");
    assert_eq!(mode, "delete");
    drop(db);
    assert!(!folder.tree().iter().any(|f| f.ends_with("-wal") || f.ends_with("-shm")));
    for command in ["jobs", "show n", "verify n", "rescan", "remove --yes n"] {
        run(command);
    }
}

#[test]
fn where_a_log_cannot_be_shared_a_rollback_journal_takes_its_place() {
    let folder = Folder::new();
    fs::create_dir_all(folder.join("jobs/genmedia.db-shm")).expect("in the way");
    folder.render(JOB);
    assert_eq!(shown(&folder, "n")["state"], "done");
}

#[test]
fn a_kill_while_a_job_is_made_anew_leaves_nothing_that_is_nobodys() {
    let args = format!("{JOB} --images png");
    for point in ["forgotten", "cleared"] {
        for next in ["remove --yes n", &args, &format!("{args} --force")] {
            let folder = Folder::new();
            folder.render(&args);
            let mut again = folder.command(&format!("{args} --force"));
            let killed = again.env("FAILPOINTS", format!("{point}=return")).output();
            assert!(!killed.expect("genmedia starts").status.success());
            assert_eq!(shown(&folder, "n")["segments_done"], 0, "{point}");
            assert!(folder.run(next).status.success(), "{point}: {next}");
            assert_eq!(
                folder.join("jobs/n").exists(),
                !next.starts_with("remove"),
                "{point}: {next}"
            );
            folder.render(&args);
            assert!(folder.run("verify n").status.success(), "{point}: {next}");
        }
    }
}

#[test]
fn a_kill_beside_an_output_leaves_nothing_that_is_not_found() {
    // While a film that is done is copied, and before the first segment.
    for (point, done) in [("copied", true), ("planned", false), ("frame", false)] {
        for next in [format!("{JOB} -o z.mp4"), "remove --yes n".into()] {
            let folder = Folder::new();
            if done {
                folder.render(&format!("{JOB} -o q.mp4"));
            }
            let killed = folder
                .command(&format!("{JOB} -o x.mp4"))
                .env("FAILPOINTS", format!("{point}=return"))
                .output()
                .expect("genmedia starts");
            assert!(!killed.status.success());
            let left = || {
                let tree = folder.tree();
                tree.into_iter().filter(|f| f.contains(".genmedia-")).collect::<Vec<_>>()
            };
            assert!(left().iter().any(|f| f == ".x.mp4.genmedia-lock"), "{point}: {:?}", left());
            assert!(folder.run(&next).status.success(), "{point}: {next}");
            assert_eq!(left(), [""; 0], "{point}: {next}");
        }
    }
}
