//! Text, in which numbers of the frame may stand.

mod font;
mod layout;
pub(crate) mod template;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustybuzz::ttf_parser::Tag;
use rustybuzz::{Face, Variation};
use tiny_skia::{
    Color as Ink, FillRule, LineJoin, Paint, PathBuilder, Pixmap, Rect, Stroke, Transform,
};

use self::layout::{Block, Setting};
use self::template::{Filled, Template, with_fields};
use super::files::{self, Files};
use super::{Clip, Content, Frame, Generator, Painter, Parameters, Stage};
use crate::error::Invalid;
use crate::parameters::parameters;
use crate::values::{Anchor, Color, Ground, Size, bare, embedded, named};

named! {
    /// How lines of a text lie beside each other.
    Align as "alignment" {
        /// They begin together.
        Left = "left",
        /// Their middles lie together.
        Center = "center",
        /// They end together.
        Right = "right",
    }
}

parameters! {
    /// The parameters of text.
    Text, TextDraft as "text";

    /// What is written: lines, with {frame}, {time}, {timecode}, {u}, {seed}, {name} or formulas filled in
    content: String = String::new(), placeholder("TEXT");
    /// A file of a font, or a family that is installed
    font: Option<String> = None, placeholder("FONT"), by_default("Inter, built in");
    /// How heavy the family's face is: 400 is regular, 700 bold
    weight: u32 = 400, within(1.0, 1000.0, ""), only(Text::has_font, "font"),
        still("it is another font");
    /// The family's italic face
    italic: bool = false, only(Text::has_font, "font");
    /// Pixels of an em
    font_size: Option<f64> = None, placeholder("PIXELS"), within(1.0, 10_000.0, "pixels"),
        by_default("an 18th of the frame's height");
    /// Colour of the letters
    color: Color = Color::WHITE, by_default("white");
    /// Width of the line around the letters
    outline: f64 = 2.0, placeholder("PIXELS"), within(0.0, 1000.0, "pixels");
    /// Colour of the line around the letters
    outline_color: Color = Color::BLACK, by_default("black");
    /// Colour of a box behind the text, or none
    boxed as "box": Ground = Ground::None, by_default("none");
    /// How much of what lies below the box covers
    box_opacity: f64 = 0.6, placeholder("0..1"), within(0.0, 1.0, "");
    /// Pixels from the text to the sides of its box
    padding: f64 = 12.0, placeholder("PIXELS"), within(0.0, 10_000.0, "pixels");
    /// Where in the frame the text is
    anchor: Anchor = Anchor::Center, placeholder("ANCHOR");
    /// Pixels from the sides of the frame
    margin: f64 = 24.0, placeholder("PIXELS"), within(0.0, 10_000.0, "pixels");
    /// How lines lie beside each other
    align: Align = Align::Center, placeholder("ALIGN");
    /// How far lines are apart
    line_height: f64 = 1.0, placeholder("X"), within(0.1, 10.0, "times");
    /// Colour of the frame behind it, or none
    background: Ground = Ground::None, by_default("none");
    /// Which face of the font's file
    face: u32 = 0, within(0.0, 65_535.0, ""), only(Text::has_font, "font"), still("it is another font"), later();
    /// The file of the font, with the hash of its content
    files: Files = Files::new(), later();
}

impl Text {
    fn has_font(&self) -> bool {
        self.font.is_some()
    }

    /// Finds the file of the font. Of a recipe that knows its file, it is what it was made with.
    fn find_font(&mut self) -> Result<(), Invalid> {
        let Some(font) = self.font.as_ref().filter(|_| self.files.is_empty()) else {
            return Ok(());
        };
        let invalid = |reason: String| Invalid::new("text.font", font, reason);
        let found = font::find(font, self.weight, self.italic).map_err(invalid)?;
        let hash = files::hash(Path::new(&found.path)).map_err(|e| invalid(e.to_string()))?;
        self.face = found.face.unwrap_or(self.face);
        let data = std::fs::read(&found.path).map_err(|e| invalid(e.to_string()))?;
        font::open(&data, self.face).map_err(invalid)?;
        self.files = [(found.path, hash)].into();
        Ok(())
    }
}

impl Parameters for Text {
    fn about() -> &'static str {
        "Text, in which numbers of the frame may stand"
    }

    fn help() -> &'static str {
        "Examples:
  genmedia render text --content '{timecode}' --duration 10s
  genmedia render text --content 'Frame {frame:05}' --font 'DejaVu Sans' --weight 700 --color gold
  genmedia render noise --text '{frame}' --text-style anchor=bottom-left,box=black

Over another generator, --text writes it. Letters of Latin, Greek, Cyrillic and of other scripts in \
one direction are shaped as their font says; lines that mix directions, and text from top to bottom, \
are not set right. {frame:05} has five digits, {time:.2} two decimals, {{ is a brace."
    }

    fn resolve(draft: TextDraft, clip: Clip) -> Result<Self, Invalid> {
        let mut text = draft.over(Self::default(), clip)?;
        let invalid = |reason: String| Invalid::new("text.content", &text.content, reason);
        let shown = |field: &str| Ok(Filled::Field(bare(field)));
        let typed = with_fields(&text.content, shown).map_err(invalid)?;
        let invalid = |reason: String| Invalid::new("text.content", &typed, reason);
        // As it was typed first, so that columns in what is said of it are those that were typed.
        Template::parse(&typed).map_err(invalid)?;
        let with_tables = |field: &str| embedded(field).map(Filled::Field);
        text.content = with_fields(&text.content, with_tables).map_err(invalid)?;
        if text.content.trim().is_empty() {
            return Err(invalid("there is nothing to write: '{frame}'".into()));
        }
        let control = |c: &char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
        if let Some(c) =
            text.content.replace("\r\n", "\n").chars().find(|c| *c == '\r' || control(c))
        {
            return Err(invalid(format!("{} is no sign that is written", c.escape_unicode())));
        }
        let template = Template::parse(&text.content).map_err(invalid)?;
        if let Some(frame) = template.stray(clip) {
            return Err(invalid(format!("a formula in it is no number at frame {frame}")));
        }
        text.find_font()?;
        Ok(text)
    }

    fn size(&self) -> Size {
        Size::new(1280, 720)
    }

    fn generator(&self, stage: &Stage) -> Box<dyn Generator> {
        Box::new(TextGenerator { look: self.clone(), clip: stage.clip, font: OnceLock::new() })
    }

    fn is_transparent(&self) -> bool {
        self.background == Ground::None
    }

    fn content(&self) -> Content {
        Content::Smooth
    }

    /// The picture of the text.
    fn memory(&self, size: Size) -> u64 {
        size.pixels() as u64 * 4
    }
}

struct TextGenerator {
    look: Text,
    clip: Clip,
    /// The bytes of the font, once they have been read.
    font: OnceLock<Result<Vec<u8>, String>>,
}

impl TextGenerator {
    /// The font.
    fn face(&self) -> Result<Face<'_>, String> {
        let data = match self.look.files.keys().next() {
            None => font::BUILT_IN,
            Some(path) => {
                let read =
                    || std::fs::read(path).map_err(|e| format!("{path} cannot be read: {e}"));
                self.font.get_or_init(read).as_ref().map_err(String::clone)?
            }
        };
        let path = self.look.files.keys().next().map_or("the font", String::as_str);
        let mut face = font::open(data, self.look.face).map_err(|e| format!("{path}: {e}"))?;
        if face.is_variable() {
            let tag = Tag::from_bytes(b"wght");
            face.set_variations(&[Variation { tag, value: self.look.weight as f32 }]);
        }
        Ok(face)
    }

    fn setting(&self, is_tabular: bool) -> Setting {
        let Text { anchor, align, margin, line_height, font_size, .. } = self.look;
        let em = font_size.unwrap_or(f64::from(self.clip.size.height) / 18.0).max(1.0);
        Setting {
            em: em as f32,
            leading: line_height as f32,
            align,
            anchor,
            margin: margin as f32,
            is_tabular,
        }
    }
}

impl Generator for TextGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let template = Template::parse(&self.look.content).ok();
        let mut shown: Option<(String, Picture)> = None;
        Box::new(move |index: u64, frame: &mut Frame| {
            let Some(template) = &template else { return Err("there is nothing to write".into()) };
            let text = template.filling(self.clip).at(index)?;
            if shown.as_ref().is_none_or(|(before, _)| *before != text) {
                let face = self.face()?;
                let setting = self.setting(!template.is_still());
                let block = layout::set(&face, &text, &setting, self.clip.size);
                shown = Some((text, Picture::draw(&self.look, &block, self.clip.size)));
            }
            frame.begin(self.look.background);
            if let Some((_, picture)) = &shown {
                picture.lay(frame);
            }
            Ok(())
        })
    }

    fn ready(&self) -> Result<(), String> {
        files::check(&self.look.files)?;
        let face = self.face()?;
        let characters = Template::parse(&self.look.content)?.characters();
        match layout::missing(&face, &characters) {
            None => Ok(()),
            Some(c) => {
                let font = self.look.font.as_deref().unwrap_or("Inter (built in)");
                Err(format!("the font {font} has no sign for '{c}'; choose another with font"))
            }
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        self.look.files.keys().map(PathBuf::from).collect()
    }
}

/// What is seen of a text, and where.
struct Picture(Option<(Pixmap, (u32, u32))>);

/// A colour, as it is drawn with.
fn ink(Color([r, g, b]): Color, opacity: f64) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(Ink::from_rgba8(r, g, b, (opacity * 255.0).round() as u8));
    paint
}

impl Picture {
    /// Draws the part of a text that lies in a frame of `size`.
    fn draw(look: &Text, block: &Block, size: Size) -> Self {
        let outset = |rect: Rect, by: f64| rect.outset(by as f32, by as f32);
        let back = match look.boxed {
            Ground::Color(color) => {
                let rect = block.bounds.and_then(|bounds| outset(bounds, look.padding));
                rect.map(|rect| (rect, color))
            }
            Ground::None => None,
        };
        let letters = block.outlines.as_ref();
        let letters =
            letters.and_then(|path| Some((path, outset(path.bounds(), look.outline + 1.0)?)));
        let seen =
            [back.map(|(rect, _)| rect), letters.map(|(_, rect)| rect)].into_iter().flatten();
        let side = |side: u32| side as f32;
        let (mut left, mut top) = (side(size.width), side(size.height));
        let (mut right, mut bottom) = (0.0f32, 0.0f32);
        for rect in seen {
            (left, top) = (left.min(rect.left()), top.min(rect.top()));
            (right, bottom) = (right.max(rect.right()), bottom.max(rect.bottom()));
        }
        let (left, top) = (left.floor().max(0.0) as u32, top.floor().max(0.0) as u32);
        let right = (right.ceil().max(0.0) as u32).min(size.width);
        let bottom = (bottom.ceil().max(0.0) as u32).min(size.height);
        if left >= right || top >= bottom {
            return Self(None);
        }
        let Some(mut pixels) = Pixmap::new(right - left, bottom - top) else { return Self(None) };
        let shift = Transform::from_translate(-(left as f32), -(top as f32));
        if let Some((rect, color)) = back {
            let paint = ink(color, look.box_opacity);
            let path = PathBuilder::from_rect(rect);
            pixels.fill_path(&path, &paint, FillRule::Winding, shift, None);
        }
        if let Some((path, _)) = letters {
            if look.outline > 0.0 {
                // Half of the line lies under the letter.
                let width = look.outline as f32 * 2.0;
                let stroke = Stroke { width, line_join: LineJoin::Round, ..Stroke::default() };
                pixels.stroke_path(path, &ink(look.outline_color, 1.0), &stroke, shift, None);
            }
            pixels.fill_path(path, &ink(look.color, 1.0), FillRule::Winding, shift, None);
        }
        Self(Some((pixels, (left, top))))
    }

    /// Lays it over a frame.
    fn lay(&self, frame: &mut Frame) {
        let Some((pixels, (left, top))) = &self.0 else { return };
        let width = frame.size().width as usize;
        let (data, alpha) = frame.planes_mut();
        let rows = pixels.data().chunks_exact(pixels.width() as usize * 4);
        for (y, row) in rows.enumerate() {
            let start = (*top as usize + y) * width + *left as usize;
            let (over, _) = row.as_chunks::<4>();
            let (below, _) = data[start * 3..][..over.len() * 3].as_chunks_mut::<3>();
            for (i, (pixel, [r, g, b, a])) in below.iter_mut().zip(over).enumerate() {
                let rest = u32::from(255 - a);
                let kept = |c: u8| ((u32::from(c) * rest + 127) / 255) as u8;
                *pixel = [kept(pixel[0]) + r, kept(pixel[1]) + g, kept(pixel[2]) + b];
                if let Some(alpha) = alpha.get_mut(start + i) {
                    *alpha = kept(*alpha) + a;
                }
            }
        }
    }
}
