//! Jobs that a real Slurm renders, on two nodes that are this machine.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::{Folder, finished_segments, shown, stderr, tool, wait_until};
use crate::store::local;
use crate::workers::{recipe, slow};

/// A cluster of two nodes, `one` and `two`, of two cores each.
struct Slurm {
    folder: Folder,
    daemons: Vec<Child>,
}

impl Slurm {
    fn start() -> Self {
        let folder = Folder::new();
        let at = folder.path().display().to_string();
        let ports = [0; 3].map(|_| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let [control, one, two] = ports.map(|port| port.local_addr().expect("an address").port());
        let user = tool("id", &["-un"]).trim().to_string();
        let host = tool("uname", &["-n"]).trim().to_string();
        let config = format!(
            "ClusterName=test\nSlurmctldHost={host}(127.0.0.1)\nSlurmctldPort={control}\n\
             SlurmUser={user}\nSlurmdUser={user}\nAuthType=auth/munge\nAuthInfo=socket={at}/munge.socket\n\
             CredType=cred/munge\nStateSaveLocation={at}/state\nSlurmdSpoolDir={at}/spool-%n\n\
             SlurmctldPidFile={at}/slurmctld.pid\nSlurmdPidFile={at}/slurmd-%n.pid\n\
             ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nSelectType=select/cons_tres\n\
             SelectTypeParameters=CR_CPU\nSwitchType=switch/none\nMpiDefault=none\n\
             JobAcctGatherType=jobacct_gather/none\nReturnToService=2\nMaxArraySize=21\nKillWait=2\n\
             SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0\n\
             NodeName=one NodeHostname={host} NodeAddr=127.0.0.1 Port={one} CPUs=2 RealMemory=100\n\
             NodeName=two NodeHostname={host} NodeAddr=127.0.0.1 Port={two} CPUs=2 RealMemory=100\n\
             PartitionName=main Nodes=one,two Default=YES MaxTime=60 State=UP\n"
        );
        fs::create_dir(folder.join("state")).expect("a folder");
        fs::write(folder.join("slurm.conf"), config).expect("written");
        fs::write(folder.join("key"), [7; 1024]).expect("written");
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o400);
        fs::set_permissions(folder.join("key"), permissions).expect("set");
        let mut slurm = Self { folder, daemons: Vec::new() };
        let name = |file: &str| format!("{at}/{file}");
        slurm.daemon(
            "munged",
            &[
                "--force",
                "--foreground",
                &format!("--socket={}", name("munge.socket")),
                &format!("--key-file={}", name("key")),
                &format!("--pid-file={}", name("munged.pid")),
                &format!("--log-file={}", name("munged.log")),
                &format!("--seed-file={}", name("seed")),
            ],
        );
        let socket = slurm.folder.join("munge.socket");
        wait_until("munged", || socket.exists());
        slurm.daemon("slurmctld", &["-D", "-i", "-f", &name("slurm.conf")]);
        for node in ["one", "two"] {
            slurm.daemon("slurmd", &["-D", "-N", node, "-f", &name("slurm.conf")]);
        }
        let is_up = |slurm: &Self| {
            let output = slurm.command("sinfo", &["-h", "-N", "-o", "%T"]).output();
            let said = output.expect("sinfo is needed").stdout;
            String::from_utf8_lossy(&said).matches("idle").count() == 2
        };
        wait_until("the nodes", || is_up(&slurm));
        slurm
    }

    /// Daemons are not on the path of users.
    fn daemon(&mut self, name: &str, args: &[&str]) {
        let program = PathBuf::from("/usr/sbin").join(name);
        let log = fs::File::create(self.folder.join(&format!("{name}-{}", self.daemons.len())));
        let log = log.expect("a file");
        let mut command = Command::new(program);
        command.args(args).env("SLURM_CONF", self.folder.join("slurm.conf"));
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a handle")).stderr(log);
        self.daemons.push(command.spawn().unwrap_or_else(|e| panic!("{name} is needed: {e}")));
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).env("SLURM_CONF", self.folder.join("slurm.conf"));
        command
    }

    /// What one of Slurm's programs says.
    fn ask(&self, program: &str, args: &[&str]) -> String {
        let output = self.command(program, args).output().expect("Slurm is needed");
        assert!(output.status.success(), "{program} {args:?}: {}", stderr(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// genmedia, in `folder`, with this Slurm.
    fn genmedia(&self, folder: &Folder, args: &str) -> Command {
        let mut command = folder.command(args);
        command.env("SLURM_CONF", self.folder.join("slurm.conf"));
        command
    }

    fn run(&self, folder: &Folder, args: &str) -> Output {
        self.genmedia(folder, args).output().expect("genmedia starts")
    }

    /// The tasks that wait or are at work: `12_3 RUNNING one`.
    fn tasks(&self) -> Vec<String> {
        let said = self.ask("squeue", &["-h", "-r", "-o", "%i %T %N"]);
        said.lines().map(str::to_string).collect()
    }

    /// Waits until a job of `folder` is done, and looks that its film is `whole`.
    fn await_film(&self, folder: &Folder, name: &str, whole: &[u8]) {
        wait_until("the film", || {
            shown(folder, name)["state"] == "done" || {
                std::thread::sleep(std::time::Duration::from_millis(100));
                false
            }
        });
        let film = fs::read(folder.join(&format!("jobs/{name}/{name}.mp4"))).expect("a film");
        assert!(film == whole, "the bytes of one machine");
        wait_until("the end of the publisher", || self.tasks().is_empty());
        // The last that it does is to take away what the job was submitted with.
        let left: Vec<String> = folder.tree();
        let own = |file: &&String| file.starts_with(&format!("jobs/{name}/cluster"));
        let left: Vec<&String> = left.iter().filter(own).collect();
        assert!(left.iter().skip(2).all(|file| file.contains("/logs/")), "{left:?}");
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        // The nodes first, munged last.
        for daemon in self.daemons.iter_mut().rev() {
            let _ = kill_process(Pid::from_child(daemon), Signal::TERM);
            let since = std::time::Instant::now();
            while matches!(daemon.try_wait(), Ok(None)) && since.elapsed().as_secs() < 10 {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

/// What workers said, all together.
fn logs(folder: &Folder, name: &str) -> String {
    let logs = fs::read_dir(folder.join(&format!("jobs/{name}/cluster/logs"))).expect("logs");
    let read = |log: fs::DirEntry| fs::read_to_string(log.path()).expect("a text");
    logs.flatten().map(read).collect()
}

#[test]
fn jobs_are_rendered_by_slurm() {
    let slurm = Slurm::start();
    two_nodes_give_the_bytes_of_one_machine(&slurm);
    what_is_killed_is_rendered_by_others(&slurm);
    a_node_that_is_lost_costs_what_it_was_at(&slurm);
    nodes_that_share_a_store_need_no_folder(&slurm);
    a_worker_out_of_its_time_goes_on(&slurm);
    what_slurm_has_no_more_can_be_gone_on_with(&slurm);
    what_is_taken_back_is_submitted_again_where_it_lacks(&slurm);
    what_cannot_be_submitted_is_said_in_a_line(&slurm);
}

fn nodes_that_share_a_store_need_no_folder(slurm: &Slurm) {
    let folder = Folder::new();
    let whole = slow(&folder, 16, 0.1);
    let url = local(&folder);
    let args = format!("submit slurm sea.toml --shards 4 --store {url} --wait");
    let output = slurm.run(&folder, &args);
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    assert!(
        told.contains(&format!("sea is done, in {url}/sea; genmedia resume sea fetches it")),
        "{told}"
    );
    assert!(fs::read(folder.join("store/sea/sea.mp4")).expect("a film") == whole);
    let film = folder.render("resume sea");
    assert!(fs::read(film).expect("a film") == whole);
    assert_eq!(shown(&folder, "sea")["state"], "done");
    let logs: Vec<PathBuf> =
        fs::read_dir("/tmp").expect("a folder").flatten().map(|e| e.path()).collect();
    let own = |path: &&PathBuf| path.to_string_lossy().starts_with("/tmp/genmedia-sea-");
    for log in logs.iter().filter(own) {
        fs::remove_file(log).expect("a log");
    }
    assert!(logs.iter().any(|log| log.to_string_lossy().ends_with("-film.log")), "{logs:?}");
}

fn two_nodes_give_the_bytes_of_one_machine(slurm: &Slurm) {
    let folder = Folder::new();
    let whole = recipe(&folder, "noise --frames 200 --size 64x48 --segment-frames 4");
    let dry = slurm.run(&folder, "submit slurm sea.toml --shards 30 --dry-run");
    assert!(dry.status.success(), "{}", stderr(&dry));
    assert!(!folder.join("jobs/sea").exists(), "nothing is made");
    // Scripts that a shell understands.
    let scripts = String::from_utf8(dry.stdout).expect("UTF-8");
    fs::write(folder.join("dry.sh"), &scripts).expect("written");
    tool("sh", &["-n", folder.join("dry.sh").to_str().expect("UTF-8")]);
    assert_eq!(scripts.matches("#!/bin/sh").count(), 2, "{scripts}");
    // More shards than an array of this Slurm may have, and the film behind them.
    let calls: Vec<&str> = scripts.lines().filter(|line| line.starts_with("# sbatch ")).collect();
    assert_eq!(calls.len(), 3, "{scripts}");
    assert!(
        calls[1].contains("--array=1-10 ") && calls[1].ends_with("shards.slurm 20"),
        "{calls:?}"
    );
    assert!(calls[2].contains("--dependency=afterany:"), "{calls:?}");
    // Handed over.
    let output = slurm.run(&folder, "submit slurm sea.toml --shards 30 --sbatch --time=5 --wait");
    assert!(output.status.success(), "{}", stderr(&output));
    let film = folder.join("jobs/sea/sea.mp4");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "jobs/sea/sea.mp4");
    assert!(fs::read(&film).expect("a film") == whole, "the bytes of one machine");
    let said = logs(&folder, "sea");
    assert_eq!(said.matches("genmedia: sea, shard ").count(), 30, "{said}");
    assert_eq!(said.matches(", start 1").count(), 31, "{said}");
    let rendered: u64 = said
        .lines()
        .filter_map(|line| {
            line.split_once(" segments rendered").or(line.split_once(" segment rendered"))
        })
        .filter_map(|(head, _)| head.rsplit(' ').next()?.parse::<u64>().ok())
        .sum();
    assert_eq!(rendered, 50, "each segment once: {said}");
    for name in ["shard-1.log", "shard-20.log", "shard-20+10.log", "film.log"] {
        assert!(folder.join(&format!("jobs/sea/cluster/logs/{name}")).exists(), "{name}");
    }
    let again = slurm.run(&folder, "submit slurm sea.toml --wait");
    assert!(again.status.success() && stderr(&again).contains("job sea is done"), "{again:?}");
    assert_eq!(String::from_utf8_lossy(&again.stdout).trim(), "jobs/sea/sea.mp4");
    let dry = slurm.run(&folder, "submit slurm sea.toml --dry-run");
    assert!(dry.stdout.is_empty() && stderr(&dry).contains("job sea is done"), "{dry:?}");
    assert!(slurm.tasks().is_empty());
    // A recipe by options, in any place, into a folder whose name looks like one.
    let args = "submit slurm --wait render noise --frames 40 --size 64x48 --name small --shards 2 --dry-run";
    assert_eq!(slurm.run(&folder, args).status.code(), Some(2), "--wait for nothing");
    let args = "submit slurm --dir=-jobs render noise --frames 40 --size 64x48 --name small --shards 2 --wait";
    let output = slurm.run(&folder, args);
    assert!(output.status.success(), "{}", stderr(&output));
    let alone = folder.render("render noise --frames 40 --size 64x48 --name alone");
    let small = fs::read(folder.join("-jobs/small/small.mp4")).expect("a film");
    assert!(fs::read(alone).expect("a film") == small);
}

/// The processes of the workers that are at work.
fn workers(folder: &Folder) -> Vec<(i32, String)> {
    let signs = fs::read_dir(folder.join("jobs/sea/cluster/workers")).into_iter().flatten();
    let read = |sign: fs::DirEntry| {
        let text = fs::read_to_string(sign.path()).ok()?;
        let sign: toml::Table = toml::from_str(&text).ok()?;
        let pid = i32::try_from(sign["pid"].as_integer()?).ok()?;
        Some((pid, sign["task"].as_str()?.to_string()))
    };
    signs.flatten().filter_map(read).collect()
}

fn what_is_killed_is_rendered_by_others(slurm: &Slurm) {
    let folder = Folder::new();
    let whole = slow(&folder, 48, 0.2);
    let output = slurm.run(&folder, "submit slurm sea.toml --shards 4");
    assert!(output.status.success(), "{}", stderr(&output));
    wait_until("workers", || finished_segments(&folder, "sea").len() > 4);
    let before = finished_segments(&folder, "sea");
    let (pid, _) = workers(&folder).first().cloned().expect("a worker");
    kill_process(Pid::from_raw(pid).expect("a process"), Signal::KILL).expect("it is there");
    let running = shown(&folder, "sea");
    assert_eq!(running["state"], "running", "{running}");
    assert_eq!(running["engine"], "Slurm");
    assert!(running["frames_done"].as_u64() >= Some(before.len() as u64), "{running}");
    assert!(running["workers"].as_array().is_some_and(|workers| !workers.is_empty()), "{running}");
    // What the head node does meanwhile is something else.
    let resumed = slurm.run(&folder, "resume");
    assert!(stderr(&resumed).contains("job sea was handed to Slurm; passed over"), "{resumed:?}");
    let resumed = slurm.run(&folder, "resume sea");
    assert_eq!(resumed.status.code(), Some(1), "{}", stderr(&resumed));
    let twice = slurm.run(&folder, "submit slurm sea.toml --shards 4");
    assert!(twice.status.success() && stderr(&twice).contains("Slurm has it ("), "{twice:?}");
    let alone = slurm.run(&folder, "render noise --frames 9 --name sea");
    assert!(stderr(&alone).contains("job sea was handed to Slurm ("), "{alone:?}");
    let now = finished_segments(&folder, "sea");
    assert!(before.iter().all(|(name, stamp)| now.get(name).is_none_or(|now| now == stamp)));
    slurm.await_film(&folder, "sea", &whole);
}

fn a_node_that_is_lost_costs_what_it_was_at(slurm: &Slurm) {
    let folder = Folder::new();
    let whole = slow(&folder, 48, 0.2);
    let output = slurm.run(&folder, "submit slurm sea.toml --shards 4");
    assert!(output.status.success(), "{}", stderr(&output));
    wait_until("workers", || finished_segments(&folder, "sea").len() > 4);
    let before = finished_segments(&folder, "sea");
    slurm.ask("scontrol", &["update", "nodename=two", "state=down", "reason=lost"]);
    wait_until("segments of others", || finished_segments(&folder, "sea").len() > before.len() + 8);
    let now = finished_segments(&folder, "sea");
    assert!(before.iter().all(|(name, stamp)| now.get(name) == Some(stamp)), "none twice");
    // Slurm has what was lost wait for two minutes before it starts it again, if nobody is in a hurry.
    for task in slurm.tasks().iter().filter(|task| task.contains("PENDING") && task.contains('_')) {
        let id = task.split(' ').next().expect("an id");
        let _ = slurm
            .command("scontrol", &["update", &format!("jobid={id}"), "starttime=now"])
            .output();
    }
    // It may have come back by itself.
    let _ = slurm.command("scontrol", &["update", "nodename=two", "state=resume"]).output();
    slurm.await_film(&folder, "sea", &whole);
}

fn a_worker_out_of_its_time_goes_on(slurm: &Slurm) {
    let folder = Folder::new();
    let whole = slow(&folder, 24, 0.2);
    // Slurm tells a worker up to a minute before its time is over, which is here at once.
    let output = slurm
        .run(&folder, "submit slurm sea.toml --shards 1 --sbatch '--time=1 --signal=B:TERM@58'");
    assert_eq!(
        output.status.code(),
        Some(2),
        "a shell would have parted them: {}",
        stderr(&output)
    );
    let mut command = slurm.genmedia(&folder, "submit slurm sea.toml --shards 1 --sbatch");
    let output = command.arg("--time=1 --signal=B:TERM@58").output().expect("genmedia starts");
    assert!(output.status.success(), "{}", stderr(&output));
    let waits = |slurm: &Slurm| slurm.tasks().into_iter().find(|task| task.contains("_1 PENDING"));
    wait_until("its time to be over", || {
        waits(slurm).is_some() && !finished_segments(&folder, "sea").is_empty()
            || shown(&folder, "sea")["state"] == "done"
    });
    if let Some(task) = waits(slurm) {
        let kept = finished_segments(&folder, "sea");
        assert!(logs(&folder, "sea").contains("interrupted; what was finished is kept"));
        let id = task.split(' ').next().expect("an id").to_string();
        slurm.ask("scontrol", &["update", &format!("jobid={id}"), "starttime=now", "timelimit=5"]);
        wait_until("more", || {
            let now = finished_segments(&folder, "sea");
            assert!(
                now.is_empty() || kept.iter().all(|(name, stamp)| now.get(name) == Some(stamp))
            );
            now.len() > kept.len() || now.is_empty()
        });
    }
    slurm.await_film(&folder, "sea", &whole);
}

/// What is cancelled behind genmedia's back, while a dead worker's last sign is fresh.
fn what_slurm_has_no_more_can_be_gone_on_with(slurm: &Slurm) {
    let folder = Folder::new();
    let whole = slow(&folder, 24, 0.2);
    let output = slurm.run(&folder, "submit slurm sea.toml --shards 2");
    assert!(output.status.success(), "{}", stderr(&output));
    wait_until("segments", || finished_segments(&folder, "sea").len() > 2);
    for (pid, _) in workers(&folder) {
        let _ = kill_process(Pid::from_raw(pid).expect("a process"), Signal::KILL);
    }
    let ids: Vec<String> = shown(&folder, "sea")["engine_jobs"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|id| id.as_str().unwrap_or_default().into())
        .collect();
    slurm.ask("scancel", &ids.iter().map(String::as_str).collect::<Vec<_>>());
    wait_until("nothing to be left", || slurm.tasks().is_empty());
    let waited = slurm.run(&folder, "submit slurm sea.toml --dry-run");
    assert!(waited.status.success(), "{}", stderr(&waited));
    let output = slurm.run(&folder, "resume");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(fs::read(folder.join("jobs/sea/sea.mp4")).expect("a film") == whole);
}

fn what_is_taken_back_is_submitted_again_where_it_lacks(slurm: &Slurm) {
    let folder = Folder::new();
    let whole = slow(&folder, 40, 0.2);
    let output = slurm.run(&folder, "submit slurm sea.toml --shards 4");
    assert!(output.status.success(), "{}", stderr(&output));
    wait_until("segments", || finished_segments(&folder, "sea").len() > 3);
    let output = slurm.run(&folder, "cancel sea");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("sea: taken back from Slurm"), "{}", stderr(&output));
    assert!(slurm.tasks().is_empty(), "{:?}", slurm.tasks());
    let job = shown(&folder, "sea");
    assert_eq!(job["state"], "cancelled");
    let kept = finished_segments(&folder, "sea");
    assert_eq!(job["frames_done"].as_u64(), Some(kept.len() as u64));
    // The first shard is made whole by hand, so that only the others lack something.
    assert!(!kept.contains_key("000039.segment"), "it was taken back in the middle: {kept:?}");
    let by_hand = slurm.genmedia(&folder, "shard sea --shard 1/4 --threads 1").spawn();
    let mut by_hand = by_hand.expect("it starts");
    wait_until("the first shard", || {
        (0..10).all(|n| folder.join(&format!("jobs/sea/segments/{n:06}.segment")).exists())
    });
    kill_process(Pid::from_child(&by_hand), Signal::TERM).expect("it is there");
    by_hand.wait().expect("it ends");
    let kept = finished_segments(&folder, "sea");
    let lacks = |shard: &u32| {
        (0..10).any(|n| !kept.contains_key(&format!("{:06}.segment", (shard - 1) * 10 + n)))
    };
    let lacking: Vec<u32> = (1..=4).filter(lacks).collect();
    assert!(!lacking.contains(&1) && !lacking.is_empty(), "{lacking:?}");
    slurm.ask("scontrol", &["update", "partition=main", "state=down"]);
    let output = slurm.run(&folder, "submit slurm sea.toml --shards 4");
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    let said = format!("40 frames in 4 shards, {} of which lack something", lacking.len());
    assert!(told.contains(&said), "{told}");
    assert_eq!(shown(&folder, "sea")["state"], "queued", "it waits for its nodes");
    let tasks = slurm.tasks();
    let waits = |number: &u32| tasks.iter().any(|task| task.contains(&format!("_{number} ")));
    assert_eq!((1..=4).filter(waits).collect::<Vec<u32>>(), lacking, "{tasks:?}");
    slurm.ask("scontrol", &["update", "partition=main", "state=up"]);
    slurm.await_film(&folder, "sea", &whole);
}

fn what_cannot_be_submitted_is_said_in_a_line(slurm: &Slurm) {
    let folder = Folder::new();
    recipe(&folder, "noise --frames 20 --size 16x16 --segment-frames 5");
    let cases = [
        (
            "submit slurm sea.toml --sbatch --dep=afterok:1",
            2,
            "--dependency is set by genmedia itself",
        ),
        ("submit slurm sea.toml --sbatch -Q", 2, "-Q is set by genmedia itself"),
        ("submit slurm sea.toml --sbatch -vW", 2, "-W is set by genmedia itself"),
        ("submit slurm sea.toml --sbatch foo.sh", 2, "'foo.sh' is no option"),
        ("submit slurm sea.toml --sbatch --", 2, "'--' is no option"),
        (
            "submit slurm sea.toml --sbatch --array=1-3",
            2,
            "--array is set by genmedia itself; --parallelism says",
        ),
        (
            "submit slurm sea.toml --sbatch --partition=nope",
            1,
            "Slurm: sbatch says: error: invalid partition specified: nope",
        ),
        (
            "submit slurm sea.toml --shards 5",
            2,
            "--shards 5: the job has 4 segments; choose at most as many shards",
        ),
        ("submit slurm sea.toml --shards 0", 2, "--shards"),
        ("submit slurm gone.toml", 1, "gone.toml"),
        ("submit slurm", 2, "RECIPE.toml"),
        ("submit", 2, "slurm"),
        (
            "submit slurm --shards 2 render exec --frames 4 -- nothing-of-this-name {frame}",
            1,
            "nothing-of-this-name",
        ),
    ];
    for (args, code, what) in cases {
        let output = slurm.run(&folder, args);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{args}: {told}");
        assert!(told.contains(what), "{args}: {told}");
        assert!(slurm.tasks().is_empty(), "{args}: {:?}", slurm.tasks());
        assert!(!folder.join("jobs/sea").exists(), "{args}: nothing is half submitted");
    }
    // Without Slurm.
    let output =
        slurm.genmedia(&folder, "submit slurm sea.toml").env("PATH", "/nonexistent").output();
    let told = stderr(&output.expect("genmedia starts"));
    assert!(told.contains("Slurm: there is no sbatch here; submit from a machine"), "{told}");
    // One that does not say what it has taken: what was submitted is taken back.
    let sbatch = "#!/bin/sh\nexec 3>&1\nPATH=$REAL sbatch \"$@\" >/dev/null && echo taken\n";
    fs::create_dir(folder.join("bin")).expect("made");
    fs::write(folder.join("bin/sbatch"), sbatch).expect("written");
    crate::common::allow_all(&folder.join("bin/sbatch"));
    let path = std::env::var("PATH").expect("a path");
    let mut command = slurm.genmedia(&folder, "submit slurm sea.toml --sbatch --hold");
    command.env("REAL", &path).env("PATH", format!("{}:{path}", folder.join("bin").display()));
    let output = command.output().expect("genmedia starts");
    let told = stderr(&output);
    assert!(told.contains("Slurm: sbatch gave no number of a job, but 'taken'"), "{told}");
    wait_until("nothing to be left", || slurm.tasks().is_empty());
    assert!(!folder.join("jobs/sea").exists());
    // A name that Slurm would expand.
    let args = "submit slurm --shards 2 --wait render noise --frames 40 --size 16x16 --name a%j";
    let output = slurm.run(&folder, args);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--name a%j: Slurm gives a % or a backslash"), "{output:?}");
    // A recipe that is changed after it was handed over makes no other film.
    let output = slurm.run(&folder, "submit slurm sea.toml --sbatch --hold");
    assert!(output.status.success(), "{}", stderr(&output));
    let recipe = folder.join("jobs/sea/recipe.toml");
    let text = fs::read_to_string(&recipe).expect("a recipe");
    fs::write(&recipe, text.replace("seed = 1", "seed = 2")).expect("written");
    let ids: Vec<String> = slurm
        .tasks()
        .iter()
        .filter_map(|task| Some(task.split(['_', ' ']).next()?.into()))
        .collect();
    for id in &ids {
        let _ = slurm.command("scontrol", &["release", id]).output();
    }
    wait_until("its end", || slurm.tasks().is_empty());
    assert!(
        logs(&folder, "sea").contains("was changed after it was begun"),
        "{}",
        logs(&folder, "sea")
    );
    assert!(!folder.join("jobs/sea/sea.mp4").exists());
    fs::write(&recipe, text).expect("written");
    // Slurm is asked by those who look, since it may have given a job up.
    slurm.ask("scontrol", &["update", "partition=main", "state=down"]);
    let output = slurm.run(&folder, "submit slurm sea.toml --shards 2 --parallelism 1");
    assert!(output.status.success(), "{}", stderr(&output));
    let state = || {
        let shown = slurm.run(&folder, "show sea --json").stdout;
        let shown: serde_json::Value = serde_json::from_slice(&shown).expect("an object");
        (shown["state"].clone(), shown["error"].clone())
    };
    assert_eq!(state().0, "queued");
    let ids: Vec<String> = slurm
        .tasks()
        .iter()
        .filter_map(|task| Some(task.split(['_', ' ']).next()?.into()))
        .collect();
    slurm.ask("scancel", &ids.iter().map(String::as_str).collect::<Vec<_>>());
    wait_until("its end", || slurm.tasks().is_empty());
    assert_eq!(state().0, "interrupted");
    assert_eq!(
        state().1,
        "Slurm has it no more, and it is not done; submit it again, or go on here with genmedia resume"
    );
    slurm.ask("scontrol", &["update", "partition=main", "state=up"]);
    // Nodes that do not see the folder: it is taken away as soon as the job is handed over.
    slurm.ask("scontrol", &["update", "partition=main", "state=down"]);
    let output = slurm.run(&folder, "submit slurm sea.toml");
    assert!(output.status.success(), "{}", stderr(&output));
    fs::rename(folder.join("jobs"), folder.join("elsewhere")).expect("renamed");
    fs::create_dir_all(folder.join("jobs/sea/cluster/logs")).expect("made");
    slurm.ask("scontrol", &["update", "partition=main", "state=up"]);
    wait_until("its end", || slurm.tasks().is_empty());
    let said = logs(&folder, "sea");
    assert!(
        said.contains("does not see the folder of the job; choose a --dir that all nodes share"),
        "{said}"
    );
}
