use super::*;
use crate::media::{Codec, PixFmt};

fn recipe(toml: &str) -> Recipe {
    toml.parse().unwrap_or_else(|e| panic!("{toml}: {e}"))
}

fn error(toml: &str) -> String {
    toml.parse::<Recipe>().expect_err(toml).to_string()
}

#[test]
fn what_is_written_is_read_as_the_same() {
    for head in ["", "loop = true\n", "loop = false\n"] {
        for table in [
            "[noise]\nkind = 'fbm'\n",
            "[noise]\nkind = 'fbm'\nloop = true\n",
            "[noise]\nkind = 'fbm'\nloop = false\n",
            "[polygon]\n",
            "[[layer]]\n[layer.noise]\nkind = 'fbm'\nloop = true\n",
        ] {
            let text =
                format!("frames = 240\n{head}{table}[[effect]]\nname = 'rotate'\nspin = 0.1\n");
            let first = recipe(&text);
            let again = recipe(&first.to_toml());
            assert_eq!(again, first, "{text}");
            assert_eq!(again.identity(), first.identity(), "{text}");
        }
    }
}

#[test]
fn the_defaults_are_the_makers() {
    let noise = recipe("[noise]");
    assert_eq!((noise.size, noise.frames), (Size::new(1024, 768), 300));
    assert_eq!(noise.fps, FrameRate { num: 30, den: 1 });
    assert_eq!(noise.segment_frames, 30);
    // Where effects look back, a segment is twice as long as that at least, and four seconds in long films.
    let echo = |count: u32, frames: u32| {
        let text =
            format!("frames = {frames}\n[noise]\n[[effect]]\nname = 'echo'\ncount = {count}\n");
        text.parse::<Recipe>().expect("a recipe").segment_frames
    };
    assert_eq!([echo(8, 120), echo(40, 120), echo(8, 960), echo(8, 9000)], [30, 80, 60, 120]);
    assert_eq!(noise.seed, 1);
    let Source::Polygon(polygon) = recipe("[polygon]").source else { panic!("polygon") };
    assert_eq!((polygon.count, polygon.points, polygon.opacity), (251, 4, 0.41));
    assert_eq!(recipe("[polygon]").size, Size::new(1920, 1080));
    let Source::Wave(wave) = recipe("frames = 90\n[wave]").source else { panic!("wave") };
    assert_eq!(wave.a, Span::new(0.0, 15.0), "a rises by 5 a second");
    assert_eq!(wave.z, Span::new(-1.0, 1.0));
    let video = recipe("[noise]").video.expect("a video");
    assert_eq!((video.codec, video.pix_fmt), (Codec::H264, PixFmt::Yuv420p));
}

#[test]
fn the_canonical_form_reads_back_and_is_stable() {
    for toml in [
        "[noise]",
        "[polygon]\nfill = true\ncolor = 'orange'",
        "size = '96x64'\nframes = 31\nsegment-frames = 7\nfps = 24\nseed = 5\n[noise]\nkind = 'fbm'\n\
         [video]\ncodec = 'h265'\npreset = 'fast'\ncrf = 9\ngop = 3\npix-fmt = 'yuv444p10le'\n\
         container = 'mkv'\n[images]\npng-level = 4",
        "fps = 29.97\n[wave]\nexpr = 'exp(-x^2)' # no part of the formula",
        "[noise]\n[images]\nformat = 'jpg'",
        "[noise]\n[video]\nenabled = false\n[images]",
        "seed = 9223372036854775807\nfps = '30000/1001'\n[noise]\n[video]\ncodec = 'vp9'",
    ] {
        let first = recipe(toml);
        assert_eq!(recipe(&first.to_toml()), first, "{toml}");
        assert_eq!(recipe(&first.to_toml()).to_toml(), first.to_toml());
    }
}

/// Identities are promises: a change here orphans every job there is. If it is meant, raise
/// [`VERSION`].
#[test]
fn identities_do_not_drift() {
    assert_eq!(recipe("[noise]").default_name(), "noise-3aeb59f7");
    assert_eq!(recipe("generator = 'noise'").identity(), recipe("[noise]").identity());
    assert_ne!(recipe("seed = 2\n[noise]").identity(), recipe("[noise]").identity());
    assert_eq!(recipe("seed = 1\nname = 'x'\n[noise]").identity(), recipe("[noise]").identity());
}

#[test]
fn segments_cover_the_frames_once() {
    for (frames, length) in [(1, 30), (30, 30), (31, 30), (100, 7), (5, 1)] {
        let recipe = recipe(&format!("frames = {frames}\nsegment-frames = {length}\n[noise]"));
        let covered: Vec<u64> = (0..recipe.segments()).flat_map(|s| recipe.segment(s)).collect();
        assert_eq!(covered, (0..frames).collect::<Vec<_>>());
    }
}

#[test]
fn mistakes_name_the_key_the_value_and_a_way_out() {
    for (toml, parts) in [
        ("frames = 0\n[noise]", &["frames", "0", "1 to 53000000"][..]),
        (
            "",
            &[
                "generator",
                "noise, polygon, wave, color, gradient, image, text, scope, simulate, shader, exec or remix",
            ],
        ),
        ("generator = 'nois'", &["did you mean 'noise'"]),
        ("generator = 'noise'\n[wave]", &["[wave] belongs to another"]),
        ("[noise]\n[wave]", &["[noise] and [wave]"]),
        ("[nose]", &["unknown key 'nose'", "did you mean 'noise'"]),
        ("[noise]\n[video]\ncodec = 'x264'", &["line 3", "did you mean 'h264'"]),
        ("[noise]\n[video]\npreset = 'fst'", &["video.preset", "'fast'"]),
        ("[noise]\n[video]\ncodec = 'ffv1'\ncrf = 3", &["lossless"]),
        ("[noise]\n[video]\ncodec = 'av1'\npix-fmt = 'yuv444p'", &["av1 takes yuv420p"]),
        ("[noise]\n[video]\ncodec = 'h264'\ncontainer = 'webm'", &["goes into .mp4, .mkv"]),
        ("[noise]\n[video]\nenabled = false", &["without [images]"]),
        ("size = '40x40'\n[noise]\n[video]\ncodec = 'av1'", &["64x64"]),
        ("fps = 900\n[noise]\n[video]\ncontainer = 'mkv'", &["fps", "500"]),
        ("version = 99\n[noise]", &["version", "99"]),
        ("segment-frames = 0\n[noise]", &["segment-frames"]),
        ("[wave]\nexpr = 'x + '", &["wave.expr", "column 5"]),
        ("[wave]\nz = '1..-1'", &["wave.z", "must rise"]),
        ("[wave]\nsamples = 1", &["wave.samples", "2 to 4096"]),
        ("[wave]\nantialias = 9", &["wave.antialias"]),
        ("[wave]\nelevation = 90", &["wave.elevation"]),
        ("[polygon]\nopacity = 1.5", &["polygon.opacity", "0 to 1"]),
        ("[polygon]\nopacity = nan", &["polygon.opacity"]),
        ("[polygon]\nwidth = -1", &["polygon.width"]),
        ("[polygon]\npoints = 2", &["polygon.points"]),
        ("[noise]\n[images]\npng-level = 10", &["images.png-level", "0 (stored) to 9"]),
    ] {
        let message = error(toml);
        assert!(!message.contains('\n'), "{toml}: {message}");
        for part in parts {
            assert!(message.contains(part), "{toml}: {message} lacks {part}");
        }
    }
}

#[test]
fn a_random_seed_is_drawn_once_and_then_fixed() {
    let drawn = recipe("seed = 'random'\n[noise]");
    assert_eq!(recipe(&drawn.to_toml()).seed, drawn.seed);
    let seeds: std::collections::HashSet<u64> =
        (0..20).map(|_| recipe("seed = 'random'\n[noise]").seed).collect();
    assert!(seeds.len() > 1);
}

#[test]
fn ranges_are_found_by_sampling_and_poles_do_not_flatten_them() {
    let z = |expr: &str| match recipe(&format!("[wave]\nexpr = '{expr}'")).source {
        Source::Wave(wave) => wave.z,
        _ => unreachable!(),
    };
    assert_eq!(z("sin(x*y+a)"), Span::new(-1.0, 1.0));
    assert_eq!(z("7"), Span::new(6.0, 8.0));
    assert_eq!(z("x"), Span::new(-4.0, 4.0));
    let pole = z("1/(x*y)");
    assert!(pole.end < 100.0 && pole.start > -100.0, "{pole}");
    assert_eq!(z("sqrt(-1-x^2)"), Span::new(-1.0, 1.0), "nowhere a number");
}
