//! A picture from a file.

mod read;

#[cfg(feature = "gpu")]
pub(super) use self::read::texture;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::files::{self, Files};
use super::{Clip, Content, Frame, Generator, Painter, Parameters, Stage};
use crate::error::Invalid;
use crate::parameters::parameters;
use crate::values::{Fit, Size};

parameters! {
    /// The parameters of image.
    Image, ImageDraft as "image";

    /// The file: PNG, JPEG, WebP, PNM, BMP or TIFF
    file: String = String::new(), placeholder("FILE");
    /// How a picture of another shape goes into the frame
    fit: Fit = Fit::Pad, placeholder("FIT");
    /// The file, with the hash of its content
    files: Files = Files::new(), later();
}

impl Image {
    /// Makes the content of the file part of the recipe. Of a recipe that knows its file, it is what it was made with.
    fn find_file(&mut self) -> Result<(), Invalid> {
        if self.files.contains_key(&self.file) {
            return Ok(());
        }
        let invalid = |reason: String| Invalid::new("image.file", &self.file, reason);
        if self.file.is_empty() {
            return Err(invalid("a picture is needed: --file logo.png".into()));
        }
        let path = Path::new(&self.file);
        read::size(path).and_then(|_| read::check_whole(path)).map_err(invalid)?;
        let hash = files::hash(path).map_err(|e| invalid(e.to_string()))?;
        self.files = [(self.file.clone(), hash)].into();
        Ok(())
    }
}

impl Parameters for Image {
    fn about() -> &'static str {
        "A picture from a file"
    }

    fn help() -> &'static str {
        "Examples:
  genmedia render image --file photo.jpg --size 1920x1080 --fit crop --effect 'zoom,factor=1+0.1*t'
  genmedia render image --file logo.png --effect ripple --duration 10s

The frames have the size of the picture, if nothing else is said. The file's content is part of the \
recipe: when it changes, the job is a new one."
    }

    fn resolve(draft: ImageDraft, clip: Clip) -> Result<Self, Invalid> {
        let mut image = draft.over(Self::default(), clip)?;
        image.find_file()?;
        Ok(image)
    }

    /// That of the picture.
    fn size(&self) -> Size {
        read::size(Path::new(&self.file)).unwrap_or(Size::new(1024, 768))
    }

    fn generator(&self, stage: &Stage) -> Box<dyn Generator> {
        let size = stage.clip.size;
        Box::new(ImageGenerator { image: self.clone(), size, fitted: OnceLock::new() })
    }

    fn is_transparent(&self) -> bool {
        read::has_alpha(Path::new(&self.file))
    }

    fn content(&self) -> Content {
        Content::Smooth
    }

    /// The picture, as it is in its file while it is read, and fitted.
    fn memory(&self, size: Size) -> u64 {
        Parameters::size(self).pixels() as u64 * 8 + size.pixels() as u64 * 4
    }
}

struct ImageGenerator {
    image: Image,
    size: Size,
    /// The picture as frames show it, once it has been read.
    fitted: OnceLock<Result<Frame, String>>,
}

impl ImageGenerator {
    fn fitted(&self) -> Result<&Frame, String> {
        let read = || read::fitted(Path::new(&self.image.file), self.image.fit, self.size);
        self.fitted.get_or_init(read).as_ref().map_err(String::clone)
    }
}

impl Generator for ImageGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        Box::new(|_: u64, frame: &mut Frame| {
            frame.copy(self.fitted()?);
            Ok(())
        })
    }

    fn ready(&self) -> Result<(), String> {
        files::check(&self.image.files)?;
        self.fitted().map(drop)
    }

    fn files(&self) -> Vec<PathBuf> {
        self.image.files.keys().map(PathBuf::from).collect()
    }
}
