//! Frames that are not stored: drawn when they are asked for, a few at a time.

use std::ffi::OsStr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use image::{ImageResult, RgbImage, imageops};

use super::app::App;
use super::listing::{Entry, Query};
use crate::error::Error;
use crate::generate::Frame;
use crate::jobs::JobView;
use crate::recipe::{ImageFormat, Images, Recipe};
use crate::render::{self, Stills, memory};
use crate::values::Size;

/// Stops the drawing of a frame that nobody waits for any more.
struct Leaving(Arc<Stills>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// A frame by the name of its image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Asked {
    pub index: u64,
    pub format: ImageFormat,
}

/// Frames that are gone through for one that grows out of others.
const MOST_FRAMES: u64 = 20_000;
/// How long a client's frame may take.
const LONGEST: Duration = Duration::from_secs(20);

/// MiB that a frame may take while it is drawn for a client.
const MOST_MIB: u64 = 512;

/// True if frames of this recipe may be drawn for anyone.
pub(super) fn are_drawn(recipe: &Recipe) -> bool {
    undrawn(recipe).is_none()
}

/// Why frames of this recipe are not drawn for just anyone, if so: no program is started for a client, and not much memory
/// taken.
pub(super) fn undrawn(recipe: &Recipe) -> Option<String> {
    let mib = memory::drawing(recipe).div_ceil(1 << 20);
    match () {
        () if recipe.source.is_program() => Some("no program is started for a visitor".into()),
        () if mib > MOST_MIB => Some(format!(
            "a frame of this job takes about {mib} MiB to draw, and this page spends at most {MOST_MIB} on one; \
             genmedia frame draws it"
        )),
        () => None,
    }
}

/// The frame whose image has this name.
pub(super) fn asked(job: &JobView, recipe: &Recipe, name: &OsStr) -> Option<Asked> {
    let (stem, ending) = name.to_str()?.rsplit_once('.')?;
    let format = ending.parse::<ImageFormat>().ok()?;
    let index: u64 = stem.parse().ok()?;
    let asked = Asked { index, format };
    // One name a frame: `1.png` and `000001.png` are not both.
    (index < recipe.frames && file_name(job, recipe, asked) == name).then_some(asked)
}

fn file_name(job: &JobView, recipe: &Recipe, asked: Asked) -> std::ffi::OsString {
    let path = job.folder.image(recipe, asked.index, asked.format);
    path.file_name().unwrap_or_default().into()
}

/// The format in which frames are listed.
pub(super) fn format(recipe: &Recipe) -> ImageFormat {
    recipe.images.as_ref().map_or(ImageFormat::Png, |images| images.format)
}

/// The frames of a job in order of time, as a folder of images: numbers of the wanted page, how many there
/// are in all, and the entry of a number.
pub(super) fn list(
    job: &JobView,
    recipe: Recipe,
    query: &Query,
) -> (std::ops::Range<u64>, u64, impl Fn(u64) -> Entry + Send + 'static) {
    let (page, limit) = query.page();
    let (_, is_reverse) = query.sorting();
    let frames = recipe.frames;
    let first = page.saturating_mul(limit).min(frames);
    let last = first.saturating_add(limit).min(frames);
    let (format, job) = (format(&recipe), job.clone());
    let entry = move |n: u64| {
        let index = if is_reverse { recipe.frames - 1 - n } else { n };
        let name = file_name(&job, &recipe, Asked { index, format });
        let mut entry = Entry::new(&name, false);
        entry.modified = Some(job.record.created);
        entry
    };
    (first..last, frames, entry)
}

/// Answers with a frame, `width` pixels wide at most.
pub(super) async fn answer(
    app: &App,
    job: &JobView,
    recipe: Recipe,
    asked: Asked,
    width: Option<u32>,
    headers: &HeaderMap,
    may_render: bool,
) -> Response {
    let width = width.filter(|width| *width < recipe.size.width);
    let Asked { index, format } = asked;
    // The recipe says all about it, so its tag is known before it is.
    let tag = format!(
        "\"{}-{index}-{format}-{}\"",
        &job.record.identity[..16.min(job.record.identity.len())],
        width.unwrap_or(0)
    );
    let kind = match format {
        ImageFormat::Png => "image/png",
        _ => "image/jpeg",
    };
    let fresh = [(header::ETAG, tag.as_str()), (header::CACHE_CONTROL, "no-cache")];
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or("");
    if known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag) || known == "*" {
        return (StatusCode::NOT_MODIFIED, fresh).into_response();
    }
    let later = |status: StatusCode| {
        (status, [(header::RETRY_AFTER, "1")], "too many frames are asked for; try again\n")
            .into_response()
    };
    if !may_render {
        return later(StatusCode::TOO_MANY_REQUESTS);
    }
    let folder = job.folder.clone();
    let found = app.renders.run(move || {
        let stills = Stills::known(&recipe, &folder)?;
        let reach = stills.reach(index);
        Ok::<_, Error>((stills, reach))
    });
    let (stills, reach) = match found.await {
        None => return later(StatusCode::SERVICE_UNAVAILABLE),
        Some(Ok((stills, reach))) => (Arc::new(stills), reach),
        Some(Err(e)) => return (StatusCode::NOT_FOUND, format!("{e}\n")).into_response(),
    };
    let too_far = || {
        let reason = "this frame grows out of many others; genmedia frame draws it\n";
        (StatusCode::SERVICE_UNAVAILABLE, reason).into_response()
    };
    if reach > MOST_FRAMES {
        return too_far();
    }
    // This future is dropped when the client leaves.
    let _leaving = Leaving(stills.clone());
    let made = app.renders.run(move || {
        // A generator's panic must cost its frame only.
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let frame = stills.draw(index)?;
            encode(frame, format, width).map_err(|e| Error::Media {
                what: "cannot encode a frame".into(),
                reason: e.to_string(),
            })
        }))
    });
    let made = match tokio::time::timeout(LONGEST, made).await {
        Ok(made) => made,
        Err(_) if reach > 0 => return too_far(),
        Err(_) => return later(StatusCode::SERVICE_UNAVAILABLE),
    };
    match made {
        None => later(StatusCode::SERVICE_UNAVAILABLE),
        Some(Ok(Ok(bytes))) => match app.room.keep(bytes) {
            Some(kept) => {
                ([(header::CONTENT_TYPE, kind)], fresh, kept.body(&app.sending)).into_response()
            }
            None => later(StatusCode::SERVICE_UNAVAILABLE),
        },
        Some(Ok(Err(e))) => (StatusCode::NOT_FOUND, format!("{e}\n")).into_response(),
        Some(Err(_)) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "this frame cannot be drawn\n").into_response()
        }
    }
}

/// The image of a frame, no wider than `width`.
fn encode(frame: Frame, format: ImageFormat, width: Option<u32>) -> ImageResult<Vec<u8>> {
    let frame = match width {
        None => frame,
        Some(width) => {
            let Size { width: full, height } = frame.size();
            let picture = RgbImage::from_raw(full, height, frame.data().to_vec());
            let height = u64::from(height) * u64::from(width) / u64::from(full);
            let size = Size::new(width, height.max(1) as u32);
            let small = imageops::thumbnail(&picture.unwrap_or_default(), size.width, size.height);
            let mut frame = Frame::new(size);
            frame.data_mut().copy_from_slice(&small);
            frame
        }
    };
    let mut image = Vec::with_capacity(frame.data().len());
    let images = Images { format, png_level: None, jpg_quality: None };
    render::encode_image(&mut image, &frame, &images)?;
    Ok(image)
}
