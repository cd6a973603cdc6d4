//! genmedia as a crate: what the binary does, with a generator of the caller's.

use std::sync::Mutex;

use crate::common::{self, Folder, frame_hashes, is_exact};
use genmedia::generate::{Frame, Generator, Painter};
use genmedia::render::render_with;
use genmedia::{Cancel, Error, Event, Options, Recipe};

/// Every frame in one shade; frame `broken` fails, in the way that is asked for.
struct Fade {
    broken: Option<(u64, bool)>,
}

impl Generator for Fade {
    fn painter(&self) -> Box<dyn Painter + '_> {
        Box::new(|index: u64, frame: &mut Frame| {
            frame.data_mut().fill((index * 9) as u8);
            match self.broken {
                Some((at, false)) if at == index => Err("the paint is dry".into()),
                Some((at, true)) if at == index => panic!("the brush broke"),
                _ => Ok(()),
            }
        })
    }
}

fn recipe() -> Recipe {
    let toml = "size = '32x32'\nframes = 20\nsegment-frames = 6\n[noise]\n[video]\ncodec = 'ffv1'";
    toml.parse().expect("a valid recipe")
}

fn render(
    folder: &Folder,
    broken: Option<(u64, bool)>,
) -> (genmedia::Result<std::path::PathBuf>, Vec<Event>) {
    let events = Mutex::new(Vec::new());
    let on = |event| events.lock().expect("no panic in here").push(event);
    let options = Options { threads: 2, ..Options::default() };
    let fade = Fade { broken };
    let done = render_with(&recipe(), &fade, folder.path(), "fade", &options, &Cancel::new(), &on);
    (done, events.into_inner().expect("no panic in here"))
}

#[test]
fn a_generator_of_ones_own_is_rendered_with_events() {
    let folder = Folder::new();
    let (done, events) = render(&folder, None);
    let film = done.expect("rendered");
    is_exact(&film, 20, "30/1");
    let hashes = frame_hashes(&film);
    assert_eq!(hashes.iter().collect::<std::collections::HashSet<_>>().len(), 20);

    assert!(matches!(events[0], Event::Planned { frames: 20, frames_done: 0, segments: 4, .. }));
    let count = |f: fn(&Event) -> bool| events.iter().filter(|e| f(e)).count();
    assert_eq!(count(|e| matches!(e, Event::Frame { .. })), 20);
    assert_eq!(count(|e| matches!(e, Event::Segment { .. })), 4);
    assert!(matches!(events.last(), Some(Event::Done { bytes, .. }) if *bytes > 0));
}

#[test]
fn a_failing_segment_is_tried_again_and_costs_only_itself() {
    for panics in [false, true] {
        let folder = Folder::new();
        let (failed, events) = render(&folder, Some((13, panics)));
        let failed = failed.expect_err("frame 13 is broken");
        let Error::Failed { segments: 4, ref failures, .. } = failed else { panic!("{failed}") };
        let [failure] = failures.as_slice() else { panic!("{failures:?}") };
        assert_eq!((failure.segment, failure.frames.clone()), (2, 12..18));
        let reason = if panics { "the brush broke" } else { "frame 13: the paint is dry" };
        assert!(failure.error.contains(reason), "{}", failure.error);
        assert!(failed.to_string().contains("frames 12 to 17"), "{failed}");

        let count = |f: fn(&Event) -> bool| events.iter().filter(|e| f(e)).count();
        assert_eq!(count(|e| matches!(e, Event::Retry { index: 2, .. })), 2, "two more attempts");
        assert_eq!(count(|e| matches!(e, Event::SegmentFailed { index: 2, attempts: 3, .. })), 1);
        assert_eq!(count(|e| matches!(e, Event::Segment { .. })), 3, "all others are rendered");
        assert!(matches!(events.last(), Some(Event::Failed { .. })));

        // The next run renders what failed, and nothing else.
        let (done, events) = render(&folder, None);
        is_exact(&done.expect("repaired"), 20, "30/1");
        assert!(matches!(events[0], Event::Planned { frames_done: 14, segments_done: 3, .. }));
        let rendered = events.iter().filter(|e| matches!(e, Event::Segment { index: 2, .. }));
        assert_eq!(rendered.count(), 1);
    }
}

#[test]
fn a_cancelled_render_says_so() {
    let folder = Folder::new();
    let cancel = Cancel::new();
    cancel.cancel();
    let options = Options::default();
    let done = genmedia::render(&recipe(), folder.path(), "n", &options, &cancel, &|_| {});
    assert!(matches!(done, Err(Error::Interrupted)));
}

/// What an example says, run in `folder`.
fn example(folder: &Folder, name: &str) -> String {
    // Cargo builds examples beside the tests, but tells tests only where binaries are.
    let test = std::env::current_exe().expect("this test");
    let path = test.ancestors().nth(2).expect("the target folder").join("examples").join(name);
    let output = std::process::Command::new(&path).current_dir(folder.path()).output();
    let output =
        output.unwrap_or_else(|e| panic!("{}: {e}; cargo build --examples", path.display()));
    assert!(output.status.success(), "{}", common::stderr(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_examples_do_what_they_say() {
    let folder = Folder::new();
    assert_eq!(example(&folder, "rings"), "jobs/rings/rings.mp4\n");
    is_exact(&folder.join("jobs/rings/rings.mp4"), 90, "30/1");
    // Rings: the corners are as far from the middle as each other, and the middle moves.
    let hashes = frame_hashes(&folder.join("jobs/rings/rings.mp4"));
    assert_eq!(hashes.iter().collect::<std::collections::HashSet<_>>().len(), 90);

    let said = example(&folder, "embed");
    assert!(said.starts_with("120 frames to draw\n"), "{said}");
    assert_eq!(said.matches("segment ").count(), 4, "{said}");
    let film = said.lines().last().and_then(|line| line.strip_prefix("done: ")).expect("a film");
    is_exact(&folder.join(film), 120, "30/1");
    assert!(example(&folder, "embed").starts_with("120 of 120 are done\n"), "it goes on");
}

/// Paints the frame's index until it has failed once, and from then on nothing that is right.
struct Fragile;

impl Generator for Fragile {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let mut is_broken = false;
        Box::new(move |index: u64, frame: &mut Frame| {
            is_broken |= index == 7;
            frame.data_mut().fill(if is_broken { 255 } else { index as u8 });
            if index == 7 { Err("it broke".into()) } else { Ok(()) }
        })
    }
}

#[test]
fn after_the_last_attempt_the_next_segment_has_a_new_painter() {
    for retries in [0, 1] {
        let folder = Folder::new();
        let options = Options { threads: 1, retries, keep_segments: true, ..Options::default() };
        let cancel = Cancel::new();
        let done = render_with(&recipe(), &Fragile, folder.path(), "n", &options, &cancel, &|_| {});
        assert!(matches!(done, Err(Error::Failed { .. })));
        // Segment 2 holds frames 12 to 17.
        let segment = folder.join("n/segments/000002.segment");
        let copy = folder.join("segment.mkv");
        std::fs::copy(&segment, &copy).expect("a segment");
        let shades = common::tool(
            "ffmpeg",
            &[
                "-nostdin",
                "-v",
                "error",
                "-i",
                copy.to_str().expect("UTF-8"),
                "-vf",
                "scale=1:1",
                "-f",
                "framemd5",
                "-",
            ],
        );
        let hashes: std::collections::HashSet<_> = shades
            .lines()
            .filter(|l| !l.starts_with('#'))
            .filter_map(|l| l.rsplit(' ').next())
            .collect();
        assert_eq!(hashes.len(), 6, "each frame has its own shade: {shades}");
    }
}
