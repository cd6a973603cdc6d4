//! Figures for Prometheus (text format 0.0.4).

use std::fmt::Write;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use axum::extract::State;
use axum::response::Response;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::app::App;
use super::refusal::Refusal;
use crate::jobs::{Catalog, JobView, LIMITS, State as JobState, Store};

/// All figures, made once for all who ask at about the same time.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    const KIND: &str = "text/plain; version=0.0.4; charset=utf-8";
    let (jobs, all) = (app.jobs().await?, app.clone());
    let make = move || {
        let catalog = Catalog::look(&all.dir(), &|_, _| {})?;
        let times = catalog.map(|catalog| catalog.ask(Store::segment_times)).transpose()?;
        Ok(figures(&all, &jobs, &times.unwrap_or_default()).into_bytes())
    };
    Ok(app.answer("/metrics".into(), KIND, make).await)
}

/// `times`: how many segments took how long, by limit, and all of these together.
fn figures(app: &App, jobs: &[JobView], times: &[(u64, f64)]) -> String {
    let mut out = String::new();
    let mut head = |out: &mut String, name: &str, kind: &str, help: &str| {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
    };
    head(&mut out, "genmedia_jobs", "gauge", "Jobs by state.");
    for state in JobState::ALL {
        let count = jobs.iter().filter(|job| job.state == *state).count();
        let _ = writeln!(out, "genmedia_jobs{{state=\"{state}\"}} {count}");
    }
    let sum = |of: &dyn Fn(&JobView) -> u64| jobs.iter().map(of).sum::<u64>();
    let running = || jobs.iter().filter(|job| job.state == JobState::Running);
    for (name, kind, help, value) in [
        ("genmedia_frames", "gauge", "Frames of all jobs.", sum(&|job| job.record.frames) as f64),
        (
            "genmedia_frames_done",
            "gauge",
            "Frames of finished segments.",
            sum(&|job| job.record.frames_done) as f64,
        ),
        ("genmedia_bytes", "gauge", "Bytes of films and segments.", sum(&|job| job.bytes()) as f64),
        (
            "genmedia_fps",
            "gauge",
            "Frames a second of all running jobs, lately.",
            // The sum of no numbers would be -0.
            running().map(|job| job.record.fps).fold(0.0, |all, fps| all + fps),
        ),
    ] {
        head(&mut out, name, kind, help);
        let _ = writeln!(out, "{name} {value}");
    }
    if !times.is_empty() {
        let name = "genmedia_segment_seconds";
        head(&mut out, name, "histogram", "How long a worker was busy with a segment.");
        let limits = LIMITS.iter().map(f64::to_string).chain(["+Inf".to_string()]);
        let (mut count, mut seconds) = (0, 0.0);
        for (limit, (more, took)) in limits.zip(times) {
            (count, seconds) = (count + more, seconds + took);
            let _ = writeln!(out, "{name}_bucket{{le=\"{limit}\"}} {count}");
        }
        let _ = writeln!(out, "{name}_sum {seconds}\n{name}_count {count}");
    }
    head(&mut out, "genmedia_http_requests_total", "counter", "Requests by status.");
    for (status, count) in app.requests.answered() {
        let _ = writeln!(out, "genmedia_http_requests_total{{code=\"{status}\"}} {count}");
    }
    head(&mut out, "genmedia_http_requests_open", "gauge", "Requests being answered.");
    let open = app.requests.open();
    let _ = writeln!(out, "genmedia_http_requests_open {open}");
    process(app, &mut out, &mut head);
    out
}

/// What this process takes, under the names that all exporters use.
fn process(app: &App, out: &mut String, head: &mut dyn FnMut(&mut String, &str, &str, &str)) {
    let pid = Pid::from_u32(std::process::id());
    let mut system = System::new();
    let kind = ProcessRefreshKind::nothing().with_memory().with_cpu();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
    let since = app.requests.started.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut rows = vec![(
        "process_start_time_seconds",
        "gauge",
        "When the server started.",
        since.as_secs_f64(),
    )];
    if let Some(process) = system.process(pid) {
        rows.push((
            "process_resident_memory_bytes",
            "gauge",
            "Memory in use.",
            process.memory() as f64,
        ));
        rows.push((
            "process_cpu_seconds_total",
            "counter",
            "Processor time.",
            process.accumulated_cpu_time() as f64 / 1000.0,
        ));
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        rows.push(("process_open_fds", "gauge", "Open files.", files.count() as f64));
    }
    for (name, kind, help, value) in rows {
        head(out, name, kind, help);
        let _ = writeln!(out, "{name} {value}");
    }
}
