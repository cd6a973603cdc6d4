//! The one form of a recipe that is hashed, and written into the job's folder.

use serde::Serialize;

use super::*;

/// A recipe's canonical TOML.
pub(super) fn to_toml(recipe: &Recipe) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    struct Canonical<'a> {
        version: u32,
        generator: &'a str,
        seed: u64,
        size: Size,
        fps: FrameRate,
        frames: u64,
        segment_frames: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        noise: Option<&'a Noise>,
        #[serde(skip_serializing_if = "Option::is_none")]
        polygon: Option<&'a Polygon>,
        #[serde(skip_serializing_if = "Option::is_none")]
        wave: Option<&'a Wave>,
        #[serde(skip_serializing_if = "Option::is_none")]
        exec: Option<&'a Exec>,
        #[serde(skip_serializing_if = "Option::is_none")]
        remix: Option<&'a Remix>,
        video: CanonicalVideo<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        images: Option<&'a Images>,
    }
    #[derive(Serialize)]
    #[serde(untagged)]
    enum CanonicalVideo<'a> {
        On(&'a Video),
        Off { enabled: bool },
    }
    let source = &recipe.source;
    let (mut noise, mut polygon, mut wave, mut exec, mut remix) = (None, None, None, None, None);
    // What is left out here would not be part of the identity.
    match source {
        Source::Noise(p) => noise = Some(p),
        Source::Polygon(p) => polygon = Some(p),
        Source::Wave(p) => wave = Some(p),
        Source::Exec(p) => exec = Some(p),
        Source::Remix(p) => remix = Some(p),
    }
    let canonical = Canonical {
        version: VERSION,
        generator: source.name(),
        seed: recipe.seed,
        size: recipe.size,
        fps: recipe.fps,
        frames: recipe.frames,
        segment_frames: recipe.segment_frames,
        noise,
        polygon,
        wave,
        exec,
        remix,
        video: match &recipe.video {
            Some(video) => CanonicalVideo::On(video),
            None => CanonicalVideo::Off { enabled: false },
        },
        images: recipe.images.as_ref(),
    };
    // Every field is a number, text or a table, for which TOML has a form.
    toml::to_string(&canonical).expect("numbers, text and tables have a form in TOML")
}
