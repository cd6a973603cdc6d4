//! What it costs to keep a job: against the same frames, encoder and assembly without any of it,
//! and how soon a very long job goes on. Prints rows of a Markdown table.

use std::cell::Cell;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use genmedia::generate::Frame;
use genmedia::jobs::{Catalog, Job, SegmentRecord, SegmentState, Watch};
use genmedia::media::{self, Assembler, SegmentEncoder};
use genmedia::{Cancel, Error, Event, Options, Recipe};

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

fn main() -> Result {
    // `cargo test` runs benches too, to see that they start.
    if !std::env::args().any(|arg| arg == "--bench") {
        return Ok(());
    }
    let dir = std::env::temp_dir().join(format!("genmedia-keeping-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let result = keeping(&dir).and_then(|()| recording(&dir)).and_then(|()| resuming(&dir));
    std::fs::remove_dir_all(&dir)?;
    result
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A noise job as it is, and the same without seals, records, checksums, and segments on the disk.
fn keeping(dir: &Path) -> Result {
    let recipe: Recipe = "frames = 1000\n[noise]".parse()?;
    let (mut kept, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let started = Instant::now();
        bare_render(&recipe, &dir.join("bare"))?;
        bare.push(started.elapsed().as_secs_f64());
        clear(&dir.join("bare"))?;
        let started = Instant::now();
        genmedia::render(&recipe, dir, "kept", &Options::default(), &Cancel::new(), &|_| {})?;
        kept.push(started.elapsed().as_secs_f64());
        clear(&dir.join("kept"))?;
    }
    let (kept, bare) = (median(kept), median(bare));
    println!(
        "| noise, 1000 frames, as a job; without keeping it (nothing sealed or recorded, only the film synced) | \
         {kept:.2} s | {bare:.2} s | {:+.1} % |",
        (kept / bare - 1.0) * 100.0
    );
    Ok(())
}

/// Removes what a run has written, so that the disk is not busy with it in the next.
fn clear(folder: &Path) -> Result {
    std::fs::remove_dir_all(folder)?;
    std::process::Command::new("sync").status()?;
    Ok(())
}

/// Segments on all threads and the film behind them; nothing that survives a crash, but the film
/// is on the disk in the end.
fn bare_render(recipe: &Recipe, dir: &Path) -> Result {
    std::fs::create_dir_all(dir)?;
    media::init()?;
    let video = recipe.video.as_ref().ok_or("a video")?;
    let generator = recipe.generator(None).expect("it is drawn");
    let segment = |i: u64| dir.join(format!("{i}.segment"));
    let (next, done) = (AtomicU64::new(0), std::sync::mpsc::channel::<u64>());
    let (sender, arrivals) = done;
    std::thread::scope(|scope| -> Result {
        for _ in 0..std::thread::available_parallelism()?.get() {
            let (sender, next, generator, segment) = (sender.clone(), &next, &generator, &segment);
            scope.spawn(move || {
                let mut painter = generator.painter();
                let mut frame = Frame::new(recipe.size);
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= recipe.segments() {
                        break;
                    }
                    let mut encoder = {
                        let path = segment(index);
                        let file = File::create(&path).expect("a file");
                        SegmentEncoder::create(file, &path, &recipe.format(), video, None, 1)
                    }
                    .expect("an encoder");
                    for i in recipe.segment(index) {
                        painter.paint(i, &mut frame).expect("painted");
                        encoder.push(&frame).expect("encoded");
                    }
                    encoder.finish().expect("finished");
                    sender.send(index).expect("heard");
                }
            });
        }
        drop(sender);
        // The film grows behind the workers, as in a job.
        let path = dir.join("film.mp4");
        let mut film = Assembler::new(File::create(&path)?, &path, &recipe.format(), video);
        let mut there = std::collections::BTreeSet::new();
        let mut wanted = 0;
        for index in arrivals {
            there.insert(index);
            while there.remove(&wanted) {
                let frames = recipe.segment(wanted);
                film.push(&segment(wanted), frames.end - frames.start)?;
                wanted += 1;
            }
        }
        film.finish()?;
        Ok(std::fs::File::open(dir.join("film.mp4"))?.sync_all()?)
    })
}

/// One record, in a database that holds a hundred thousand.
fn recording(dir: &Path) -> Result {
    let recipe: Recipe = "frames = 100000\nsegment-frames = 1\nsize = '64x64'\n[noise]".parse()?;
    let (on, cancel) = (|_| {}, Cancel::new());
    let watch = Watch { on: &on, cancel: &cancel };
    let job = Job::open(dir, "records", &recipe, false, "rendered", watch)?;
    let started = Instant::now();
    for index in 0..recipe.segments() {
        let segment = SegmentRecord {
            index,
            frames: 1,
            state: SegmentState::Done,
            bytes: 1000,
            checksum: Some(genmedia::checksum::Checksum(u128::from(index))),
            image_bytes: 0,
            image_checksum: None,
            attempts: 1,
            error: None,
            seconds: 0.1,
        };
        job.record(segment, Event::Segment { index, frames: 1, bytes: 1000, seconds: 0.1 })?;
    }
    let each = started.elapsed().as_secs_f64() * 1e6 / recipe.segments() as f64;
    println!("| recording a segment, of 100 000 | {each:.0} µs |  |  |");
    drop(job);
    Catalog::open(dir, &|_, _| {})?.ok_or("jobs")?.remove("records")?;
    Ok(())
}

/// A job of a hundred thousand segments of which the last is missing.
fn resuming(dir: &Path) -> Result {
    let recipe: Recipe = "frames = 100000\nsegment-frames = 1\nsize = '64x64'\n[noise]".parse()?;
    let video = recipe.video.as_ref().ok_or("a video")?;
    media::init()?;
    {
        let (on, cancel) = (|_| {}, Cancel::new());
        let watch = Watch { on: &on, cancel: &cancel };
        let job = Job::open(dir, "long", &recipe, false, "rendered", watch)?;
        job.begin()?;
        let first = job.segment(0);
        let mut encoder = SegmentEncoder::create(
            File::create(&first)?,
            &first,
            &recipe.format(),
            video,
            None,
            1,
        )?;
        encoder.push(&genmedia::render::frame(&recipe, 0)?)?;
        encoder.finish()?;
        let content = std::fs::read(&first)?;
        for index in 0..recipe.segments() - 1 {
            let path = job.segment(index);
            let mut file =
                File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
            file.write_all(&content)?;
            job.site().seal(index).write(&file, &path, video.segment_container())?;
        }
        job.survey(false, false)?;
    }
    let first_frame = Cell::new(None);
    let mut times = Vec::new();
    for _ in 0..3 {
        let (cancel, first) = (Cancel::new(), std::sync::Mutex::new(None::<Duration>));
        let started = Instant::now();
        let on = |event| {
            if matches!(event, Event::Frame { .. }) {
                first.lock().expect("no panic").get_or_insert(started.elapsed());
                cancel.cancel();
            }
        };
        match genmedia::render(&recipe, dir, "long", &Options::default(), &cancel, &on) {
            Err(Error::Interrupted) => {}
            other => return Err(format!("to be interrupted, not {other:?}").into()),
        }
        first_frame.set(*first.lock().expect("no panic"));
        times.push(first_frame.get().ok_or("a frame")?.as_secs_f64());
        // The frame was its segment's last, and may have been finished.
        let folder = dir.join("long/segments");
        let _ = std::fs::remove_file(folder.join("099999.segment"));
    }
    println!(
        "| resuming a job of 100 000 recorded segments, to its first new frame | {:.2} s |  |  |",
        median(times)
    );
    Ok(())
}
