//! The light that drives a simulation: of a picture, of letters, or of a layer.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::Simulate;
use crate::error::Invalid;
use crate::generate::{
    Frame, Generator, Image, PaintError, Painter, Parameters, Stage, Text, files,
};
use crate::parameters::{Described, Table};
use crate::values::{Clip, Size};

/// A byte a cell, row by row.
pub(super) type Light = Arc<[u8]>;

/// Where light comes from.
pub(super) struct Guide {
    simulate: Simulate,
    clip: Clip,
    layer: Option<Arc<dyn Generator>>,
    /// Light that stands still, once it has been looked at.
    still: OnceLock<Result<Light, PaintError>>,
}

/// Settles what drives a simulation, and looks into the picture's file. Of a recipe that knows its file, it is what it was
/// made with.
///
/// # Errors
/// The picture cannot be read; letters cannot be written; there is more than one of them.
pub(super) fn resolve(simulate: &mut Simulate, clip: Clip) -> Result<(), Invalid> {
    let said = [
        ("picture", &simulate.picture),
        ("letters", &simulate.letters),
        ("layer", &simulate.layer),
    ];
    let said: Vec<(&str, &String)> =
        said.into_iter().filter_map(|(key, value)| Some((key, value.as_ref()?))).collect();
    if let [_, (key, value), ..] = said[..] {
        let reason = "a picture, letters or a layer drive it, not two of them";
        return Err(Invalid::new(&format!("simulate.{key}"), value, reason));
    }
    let (key, value) = match said.first() {
        Some((key, value)) if *key != "layer" => (format!("simulate.{key}"), (*value).clone()),
        _ => return Ok(()),
    };
    let invalid = |reason: String| Invalid::new(&key, &value, reason);
    let is_picture = simulate.picture.is_some();
    if is_picture && simulate.files.contains_key(&value) {
        return Ok(());
    }
    if value.trim().is_empty() {
        let reason = if is_picture { "a file is needed" } else { "there is nothing to write" };
        return Err(invalid(reason.into()));
    }
    if value.chars().count() > MOST_LETTERS && !is_picture {
        let short: String = value.chars().take(20).chain("...".chars()).collect();
        let reason = format!("letters are {MOST_LETTERS} at most");
        return Err(Invalid::new(&key, short, reason));
    }
    if !is_picture {
        let text = letters(&value, 12.0, clip).map_err(invalid)?;
        text.generator(&Stage::from(clip)).ready().map_err(|reason| {
            let instead = "a layer of text in another font drives it as well";
            invalid(reason.replace("choose another with font", instead))
        })?;
    }
    // Looked at whole: what is damaged or not to be seen is found before any work.
    let light = Guide::new(simulate, &Stage::from(clip)).drawn();
    light.map_err(|e| invalid(e.to_string()))?;
    if is_picture {
        let hash = files::hash(Path::new(&value)).map_err(|e| invalid(e.to_string()))?;
        simulate.files.insert(value, hash);
    }
    Ok(())
}

/// The most letters that drive.
const MOST_LETTERS: usize = 200;

/// A picture, as large as the frame takes it.
fn picture(name: &str, clip: Clip) -> Result<Image, String> {
    let mut draft = <Image as Described>::Draft::default();
    draft.set("file", &[name.to_string()])?;
    draft.set("fit", &["crop".to_string()])?;
    Image::resolve(draft, clip).map_err(|e| e.reason)
}

/// Letters of `em` pixels, in the middle.
fn letters(text: &str, em: f64, clip: Clip) -> Result<Text, String> {
    let mut draft = <Text as Described>::Draft::default();
    // Braces are no fields of numbers here.
    let content = text.replace('{', "{{").replace('}', "}}");
    let em = em.to_string();
    for (key, value) in
        [("content", &content[..]), ("font-size", &em), ("outline", "0"), ("margin", "0")]
    {
        draft.set(key, &[value.to_string()])?;
    }
    Text::resolve(draft, clip).map_err(|e| e.reason)
}

impl Guide {
    pub fn new(simulate: &Simulate, stage: &Stage) -> Self {
        let layer = stage.pictures.first().map(|layer| layer.generator.clone());
        Self { simulate: simulate.clone(), clip: stage.clip, layer, still: OnceLock::new() }
    }

    /// True if it is another light in each frame.
    fn is_moving(&self) -> bool {
        self.simulate.layer.is_some() && self.simulate.looks_on()
    }

    /// What one painter looks at it with.
    pub fn lamp(&self) -> Lamp<'_> {
        let painter = self.layer.as_ref().map(|layer| layer.painter());
        Lamp { guide: self, painter, frame: Frame::new(Size::new(1, 1)) }
    }

    /// The files that it is read from beside those of the recipe.
    pub fn files(&self) -> Vec<PathBuf> {
        self.layer.iter().flat_map(|layer| layer.files()).collect()
    }

    pub fn ready(&self) -> Result<(), String> {
        self.layer.as_ref().map_or(Ok(()), |layer| layer.ready())
    }

    pub fn stop(&self) {
        if let Some(layer) = &self.layer {
            layer.stop();
        }
    }

    /// Light of a picture or of letters, drawn a pixel a cell.
    fn drawn(&self) -> Result<Light, PaintError> {
        let (columns, rows) = self.simulate.field(self.clip.size);
        let size = Size::new(columns as u32, rows as u32);
        let clip = Clip { size, ..self.clip };
        let stage = Stage::from(clip);
        let mut frame = Frame::new(size);
        if let Some(name) = &self.simulate.picture {
            picture(name, clip)?.generator(&stage).painter().paint(0, &mut frame)?;
            return Ok(light(&frame, 1));
        }
        let text = self.simulate.letters.as_deref().unwrap_or_default();
        // Once in a known size, to see how large they may be.
        let lines = text.lines().count().max(1) as u32;
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or(1) as u32;
        let probe = (2000 / longest.max(lines)).clamp(8, 100);
        let wide = Size::new(2 * probe * longest + 64, 2 * probe * lines + 64);
        let probe = f64::from(probe);
        let measure = Clip { size: wide, ..self.clip };
        let mut sheet = Frame::new(wide);
        letters(text, probe, measure)?
            .generator(&Stage::from(measure))
            .painter()
            .paint(0, &mut sheet)?;
        let seen = light(&sheet, 1);
        let bounds = |of: &dyn Fn(usize) -> usize| {
            let places =
                seen.iter().enumerate().filter(|(_, light)| **light > 0).map(|(n, _)| of(n));
            places.fold((usize::MAX, 0), |(low, high), n| (low.min(n), high.max(n + 1)))
        };
        let width = wide.width as usize;
        let ((left, right), (top, bottom)) = (bounds(&|n| n % width), bounds(&|n| n / width));
        if right <= left {
            return Err("nothing is seen of the letters".into());
        }
        let across = 0.86 * columns as f64 / (right - left) as f64;
        let down = 0.86 * rows as f64 / (bottom - top) as f64;
        let em = (probe * across.min(down)).clamp(1.0, 10_000.0);
        letters(text, em, clip)?.generator(&stage).painter().paint(0, &mut frame)?;
        Ok(light(&frame, 1))
    }
}

/// Looks at the light, frame by frame.
pub(super) struct Lamp<'a> {
    guide: &'a Guide,
    painter: Option<Box<dyn Painter + 'a>>,
    frame: Frame,
}

impl Lamp<'_> {
    /// The light in which it begins, or that drives it all the time, if there is some.
    pub fn first(&mut self) -> Result<Option<Light>, PaintError> {
        let guide = self.guide;
        if !guide.simulate.has_light() {
            return Ok(None);
        }
        let found = match guide.still.get() {
            Some(found) => found.clone(),
            None => {
                let found = match guide.simulate.layer {
                    Some(_) => self.of_layer(0),
                    None => guide.drawn(),
                };
                match found {
                    // Whoever comes after a stop looks again.
                    Err(PaintError::Stopped(stopped)) => return Err(stopped.into()),
                    found => guide.still.get_or_init(|| found).clone(),
                }
            }
        };
        found.map(Some)
    }

    /// The light of a frame, where that is another in each.
    pub fn next(&mut self, frame: u64) -> Result<Option<Light>, PaintError> {
        match self.guide.is_moving() {
            true => self.of_layer(frame).map(Some),
            false => Ok(None),
        }
    }

    fn of_layer(&mut self, frame: u64) -> Result<Light, PaintError> {
        let Some(painter) = &mut self.painter else {
            return Err("there is no layer that drives it".into());
        };
        self.frame.reshape(self.guide.clip.size);
        painter.paint(frame, &mut self.frame)?;
        Ok(light(&self.frame, self.guide.simulate.cell as usize))
    }
}

/// The mean light of each cell of so many pixels across. What is transparent is dark.
fn light(frame: &Frame, cell: usize) -> Light {
    let size = frame.size();
    let (width, height) = (size.width as usize, size.height as usize);
    let (columns, rows) = (width.div_ceil(cell), height.div_ceil(cell));
    let mut lights = Vec::with_capacity(columns * rows);
    let mut sums = vec![0u64; columns];
    for row in 0..rows {
        sums.fill(0);
        let lines = row * cell..((row + 1) * cell).min(height);
        for y in lines.clone() {
            let (pixels, _) = frame.row(y as u32).as_chunks::<3>();
            for (sum, pixels) in sums.iter_mut().zip(pixels.chunks(cell)) {
                // Rec. 709, in parts of 256.
                let luma = |[r, g, b]: &[u8; 3]| {
                    54 * u64::from(*r) + 183 * u64::from(*g) + 19 * u64::from(*b)
                };
                *sum += pixels.iter().map(luma).sum::<u64>();
            }
        }
        lights.extend(sums.iter().enumerate().map(|(column, sum)| {
            let across = cell.min(width - column * cell);
            (sum / (256 * (across * lines.len()) as u64)) as u8
        }));
    }
    lights.into()
}

/// Which cells a start in light begins with: those that are lighter than the middle.
pub(super) fn is_light(light: u8) -> bool {
    light >= 128
}
