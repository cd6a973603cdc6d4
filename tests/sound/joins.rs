//! Segments of sound, joined without a seam.

use std::fs;

use crate::common::{Folder, duration, frame_hashes, stderr};
use crate::tools::{alone, decoded, film, left, level};

/// A picture that costs nothing, with sound that says where it is: tones, a sweep, noise and beats.
const BUSY: &str = r#"
size = "16x16"
frames = 75
noise = { kind = "white" }
[[sound]]
gain = -4
formula = "0.25*saw(110 + 40*u) + 0.2*sin(tau*3000*t) + 0.6*env(mod(t, 0.4), 0.001, 0.05)*noise(30000*t)"
[[sound]]
gain = "-14 + 3*sin(2*t)"
noise = { color = "pink" }
"#;

#[test]
fn sound_without_loss_is_bit_for_bit_that_of_the_recipe() {
    for (n, (fps, codec, container, sound)) in [
        ("30000/1001", "h264", "mkv", "flac"),
        ("24000/1001", "h264", "mp4", "flac"),
        ("25", "h264", "mov", "pcm"),
        ("240", "h264", "mkv", "pcm"),
        ("7", "ffv1", "mkv", "flac"),
    ]
    .into_iter()
    .enumerate()
    {
        for segment in [1, 7, 75] {
            let folder = Folder::new();
            let channels = 1 + n % 2;
            let recipe = format!(
                "fps = \"{fps}\"\nsegment-frames = {segment}\nchannels = {channels}\n{BUSY}
                 [video]\ncodec = \"{codec}\"\ncontainer = \"{container}\"\nsound-codec = \"{sound}\""
            );
            let film = film(&folder, "busy", &recipe);
            let (whole, joined) = (alone(&folder, &recipe), decoded(&film));
            assert!(level(&whole) > -30.0);
            assert!(whole == joined, "{sound} in {container} at {fps}, segments of {segment}");
            // Not a sample more or less than the picture takes.
            let (num, den) = fps.split_once('/').unwrap_or((fps, "1"));
            let seconds = 75.0 * den.parse::<f64>().unwrap() / num.parse::<f64>().unwrap();
            assert_eq!(whole.len() / 2, (seconds * 48_000.0) as usize);
            assert!((duration(&film) - seconds).abs() < 0.001, "{container} at {fps}");
        }
    }
}

#[test]
fn coded_sound_has_no_click_where_segments_meet() {
    // A click would be seen beside tones that a codec keeps nearly as they are.
    let recipe = |segment: u32, container: &str, codec: &str, sound: &str| {
        format!(
            "size = \"16x16\"\nframes = 60\nsegment-frames = {segment}\nnoise = {{ kind = \"white\" }}
             [sound]\nformula = \"0.3*sin(tau*440*t) + 0.2*sin(tau*3001*t)\"
             [video]\ncodec = \"{codec}\"\ncontainer = \"{container}\"\nsound-codec = \"{sound}\""
        )
    };
    for (container, codec, sound) in [
        ("mp4", "h264", "aac"),
        ("webm", "vp9", "opus"),
        ("mkv", "h264", "opus"),
        ("mp4", "h264", "opus"),
    ] {
        for segment in [1, 2, 20] {
            let folder = Folder::new();
            let recipe = recipe(segment, container, codec, sound);
            let film = film(&folder, "tones", &recipe);
            let (whole, joined) = (left(&alone(&folder, &recipe)), left(&decoded(&film)));
            assert!(joined.len() >= whole.len(), "{sound}: {} samples", joined.len());
            // At the film's ends tones begin and end at once, which no codec keeps.
            let inside = 4800..whole.len() - 4800;
            let differences: Vec<f32> = inside.clone().map(|n| joined[n] - whole[n]).collect();
            let most = differences.iter().fold(0f32, |most, d| most.max(d.abs()));
            assert!(most < 0.02, "{sound} in {container}, segments of {segment}: {most}");
            assert!(level(&differences) < -50.0, "{sound}: {} dB", level(&differences));
        }
    }
}

#[test]
fn picture_and_sound_begin_and_end_together() {
    for (container, codec, sound) in [
        ("mp4", "h264", "aac"),
        ("mp4", "h264", "opus"),
        ("webm", "vp9", "opus"),
        ("mkv", "h264", "opus"),
        ("mov", "h264", "pcm"),
    ] {
        for fps in ["24000/1001", "25", "30000/1001"] {
            let folder = Folder::new();
            let film = film(
                &folder,
                "ends",
                &format!(
                    "fps = \"{fps}\"\nsegment-frames = 7\n{BUSY}
                     [video]\ncodec = \"{codec}\"\ncontainer = \"{container}\"\nsound-codec = \"{sound}\""
                ),
            );
            let entries = |stream: &str, what: &str| {
                let args = ["-v", "error", "-select_streams", stream, "-show_entries"];
                let output = std::process::Command::new("ffprobe")
                    .args(args)
                    .args([&format!("packet={what}"), "-of", "csv=p=0"])
                    .arg(&film)
                    .output()
                    .expect("ffprobe is needed");
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                let first = |line: &str| line.split(',').next().and_then(|n| n.parse::<f64>().ok());
                text.lines().filter_map(first).collect::<Vec<f64>>()
            };
            assert_eq!(entries("v", "pts_time")[0], 0.0, "{container} at {fps}");
            // What comes before is a codec's lead-in, and never as long as two packets.
            let first = entries("a", "pts_time")[0];
            assert!((-0.03..=0.0).contains(&first), "{sound} in {container}: {first}");
            let (num, den) = fps.split_once('/').unwrap_or((fps, "1"));
            let end = 75.0 * den.parse::<f64>().unwrap() / num.parse::<f64>().unwrap();
            assert!((duration(&film) - end).abs() < 0.004, "{sound} in {container} at {fps}");
            assert_eq!(frame_hashes(&film).len(), 75);
        }
    }
}

#[test]
fn sound_is_the_same_from_any_number_of_threads_and_after_a_kill() {
    let folder = Folder::new();
    fs::write(folder.join("busy.toml"), format!("name = \"busy\"\nsegment-frames = 4\n{BUSY}"))
        .expect("written");
    let render = |threads: u32, dir: &str| {
        let film = folder.render(&format!("run busy.toml --threads {threads} --dir {dir}"));
        fs::read(film).expect("the film")
    };
    let one = render(1, "one");
    assert!(one == render(2, "two") && one == render(5, "five"));
    for point in ["sealed=3*off->return", "renamed=5*off->return", "frame=40*off->return"] {
        let dir = format!("killed-{}", point.split('=').next().unwrap_or_default());
        let mut command = folder.command(&format!("run busy.toml --threads 2 --dir {dir}"));
        let killed = command.env("FAILPOINTS", point).output().expect("it runs");
        assert_eq!(killed.status.code(), None, "{point}: {}", stderr(&killed));
        assert!(one == render(3, &dir), "{point}");
        let verified = folder.run(&format!("verify --dir {dir} busy"));
        assert!(verified.status.success(), "{}", stderr(&verified));
    }
}
