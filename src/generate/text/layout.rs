//! Text as outlines: shaped, broken into lines, and put in its place.

use rustybuzz::ttf_parser::{GlyphId, OutlineBuilder, Tag};
use rustybuzz::{Face, Feature, UnicodeBuffer, shape};
use tiny_skia::{Path, PathBuilder, Rect};

use super::Align;
use crate::values::{Anchor, Size};

/// What a tab is wide.
const TAB: &str = "    ";

/// How lines are set.
pub(super) struct Setting {
    /// Pixels of an em.
    pub em: f32,
    /// Lines' distance, of what the font says.
    pub leading: f32,
    pub align: Align,
    pub anchor: Anchor,
    /// Pixels from the frame's sides.
    pub margin: f32,
    /// All digits are as wide as each other.
    pub is_tabular: bool,
}

/// Text in its place.
pub(super) struct Block {
    /// The outlines; none if there is nothing to see.
    pub outlines: Option<Path>,
    /// From the first line's top to the last one's bottom, as wide as the widest.
    pub bounds: Option<Rect>,
}

/// The first character that the font has no glyph for.
pub(super) fn missing(face: &Face, text: &str) -> Option<char> {
    // Lines and tabs are ours, and the marks of directions and joining are the shaper's.
    let is_written = |c: &char| {
        !matches!(
            c,
            '\n' | '\r' | '\t' | ' ' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        )
    };
    text.chars().filter(is_written).find(|c| face.glyph_index(*c).is_none())
}

/// Sets `text` in a frame of `size`.
pub(super) fn set(face: &Face, text: &str, setting: &Setting, size: Size) -> Block {
    let scale = setting.em / face.units_per_em() as f32;
    let (ascent, descent) =
        (f32::from(face.ascender()) * scale, f32::from(face.descender()) * scale);
    let line = (ascent - descent + f32::from(face.line_gap()) * scale) * setting.leading;
    let tabular = Feature::new(Tag::from_bytes(b"tnum"), 1, ..);
    let features: &[Feature] = if setting.is_tabular { &[tabular] } else { &[] };
    let shaped = text.split('\n').map(|text| {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&text.trim_end_matches('\r').replace('\t', TAB));
        buffer.guess_segment_properties();
        let glyphs = shape(face, features, buffer);
        let width: i32 = glyphs.glyph_positions().iter().map(|at| at.x_advance).sum();
        (glyphs, width as f32 * scale)
    });
    let lines: Vec<_> = shaped.collect();
    let width = lines.iter().map(|(_, width)| *width).fold(0.0, f32::max);
    let height = ascent - descent + line * (lines.len() - 1) as f32;
    let (part_x, part_y) = setting.anchor.part();
    let start = |side: u32, part: f64, own: f32| {
        setting.margin + part as f32 * (side as f32 - 2.0 * setting.margin - own)
    };
    let (left, top) = (start(size.width, part_x, width), start(size.height, part_y, height));
    let mut outlines = PathBuilder::new();
    for (n, (glyphs, own)) in lines.iter().enumerate() {
        let indent = (width - own)
            * match setting.align {
                Align::Left => 0.0,
                Align::Center => 0.5,
                Align::Right => 1.0,
            };
        let (mut x, mut y) = (left + indent, top + ascent + line * n as f32);
        for (glyph, at) in glyphs.glyph_infos().iter().zip(glyphs.glyph_positions()) {
            let pen = (x + at.x_offset as f32 * scale, y - at.y_offset as f32 * scale);
            let id = GlyphId(glyph.glyph_id as u16);
            face.outline_glyph(id, &mut Pen { path: &mut outlines, at: pen, scale });
            x += at.x_advance as f32 * scale;
            y -= at.y_advance as f32 * scale;
        }
    }
    let bounds = Rect::from_xywh(left, top, width.max(1.0), height.max(1.0));
    Block { outlines: outlines.finish(), bounds }
}

/// Draws a glyph where the pen is.
struct Pen<'a> {
    path: &'a mut PathBuilder,
    at: (f32, f32),
    scale: f32,
}

impl Pen<'_> {
    /// From the font's units, y up, to pixels, y down.
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.at.0 + x * self.scale, self.at.1 - y * self.scale)
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
