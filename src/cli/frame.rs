//! `genmedia frame JOB|RECIPE.toml --index N -o FILE.png`

use std::path::{Path, PathBuf};

use genmedia::error::{Invalid, Origin};
use genmedia::files::{self, Over};
use genmedia::generate::Means;
use genmedia::generate::shader::Device;
use genmedia::jobs::{Catalog, Folder};
use genmedia::playlist::time;
use genmedia::recipe::{ImageFormat, Images};
use genmedia::render::{self, Stills};
use genmedia::values::whole;
use genmedia::{Error, Recipe};

use super::options::Dir;
use super::{Failure, note, print_path};

/// Frames before the one that is asked for, from which on it is told that they are drawn.
const FAR: u64 = 300;

/// Draw one frame, alone: exactly the one in the video.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia frame noise-04aab1f6 --index 999 -o last.png
  genmedia frame jobs/tide.toml --time 2.5 -o tide.png
  genmedia frame jobs/sine-sea.toml --index 0 -o first.jpg")]
pub struct Args {
    #[command(flatten)]
    of: One,
    /// Index of the frame, from 0
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true)]
    #[arg(required_unless_present = "time")]
    index: Option<u64>,
    /// Instead of an index: the frame that is seen at this time, such as 2.5, 90s or 1:30
    #[arg(long, value_name = "TIME", value_parser = time::parse, conflicts_with = "index")]
    time: Option<u64>,
    /// Where it is written; .png, .jpg or .jpeg
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// What draws shaders: auto, cpu, or the number or a part of the name of a device (see genmedia devices)
    #[arg(long, value_name = "DEVICE", default_value_t)]
    device: Device,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

/// One film: that of a job, or of a recipe.
#[derive(Debug, clap::Args)]
pub(super) struct One {
    /// A job's name, or a recipe file
    #[arg(value_name = "JOB|RECIPE.toml")]
    what: PathBuf,
    #[command(flatten)]
    dir: Dir,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { output, device, force, .. } = &self;
        let format = image_format("output", output)?;
        let recipe = self.of.recipe()?;
        let index = moment(&recipe, self.index, self.time)?;
        let over = files::check_free(output, *force)?;
        let means = Means { device: device.clone(), ..Means::default() };
        draw(&recipe, index, &means, self.of.folder().as_ref(), (output, format, over))
    }
}

fn wrong(flag: &str, value: &dyn std::fmt::Display, reason: String) -> Error {
    Invalid::new(flag, value, reason).from_origin(&Origin::Flags).into()
}

/// The format that the name of a file asks for, which was given for `flag`.
pub(super) fn image_format(flag: &str, file: &Path) -> Result<ImageFormat, Error> {
    let ending = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
    match ending.to_ascii_lowercase().as_str() {
        "png" => Ok(ImageFormat::Png),
        "jpg" | "jpeg" => Ok(ImageFormat::Jpg),
        _ => {
            let reason = "an image ends in .png, .jpg or .jpeg".to_string();
            Err(wrong(flag, &file.display(), reason))
        }
    }
}

/// The frame of an index, or that is seen at a time in microseconds.
pub(super) fn moment(recipe: &Recipe, index: Option<u64>, time: Option<u64>) -> Result<u64, Error> {
    let (name, value, index) = match (index, time) {
        (Some(index), _) => ("index", index.to_string(), index),
        (None, time) => {
            let micros = time.unwrap_or_default();
            ("time", format!("{}", micros as f64 / 1e6), recipe.fps.at(micros))
        }
    };
    if index >= recipe.frames {
        let (last, seconds) = (recipe.frames - 1, recipe.seconds());
        let reason = format!("the frames are 0 to {last}, and last {seconds:.3} s");
        return Err(wrong(name, &value, reason));
    }
    Ok(index)
}

/// Draws a frame into a file, and prints its name.
pub(super) fn draw(
    recipe: &Recipe,
    index: u64,
    means: &Means,
    folder: Option<&Folder>,
    (output, format, over): (&Path, ImageFormat, Over),
) -> Result<(), Failure> {
    let stills = Stills::alone(recipe, means, folder)?;
    stills.spare(output)?;
    let reach = stills.reach(index);
    if reach >= FAR {
        note(format_args!("frame {index} grows out of {reach} frames before it; they come first"));
    }
    let frame = stills.draw(index)?;
    let images = Images { format, png_level: None, jpg_quality: None };
    render::write_image_over(output, &frame, &images, over)?;
    Ok(print_path(output)?)
}

impl One {
    /// The folder that it has if it is a job.
    fn folder(&self) -> Option<Folder> {
        Folder::new(&self.dir.dir, self.what.to_str()?).ok()
    }

    /// The recipe of the file or of the job.
    pub(super) fn recipe(&self) -> Result<Recipe, Failure> {
        let (what, dir) = (&self.what, &self.dir.dir);
        if what.is_file() {
            return Ok(Recipe::read(what)?.0);
        }
        if let Some(name) = what.to_str().filter(|_| is_name(what))
            && dir.join(name).join("recipe.toml").is_file()
            && let Some(catalog) = Catalog::look(dir, &|_, _| {})?
        {
            return Ok(catalog.job(name)?.recipe()?);
        }
        Err(Failure::Told(format!(
            "there is no job and no recipe file {} (jobs are looked for in {})",
            what.display(),
            dir.display()
        )))
    }
}

fn is_name(path: &Path) -> bool {
    path.components().count() == 1
}
