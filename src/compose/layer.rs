//! A layer: where it lies, when it is seen, and how it meets what lies below.

use super::BlendMode;
use crate::error::Invalid;
use crate::parameters::parameters;
use crate::values::{Anchor, Clip, Place, Size, named};

named! {
    /// What of a layer is a mask for another.
    MaskBy as "kind of mask" {
        /// How light it is, over black.
        Luma = "luma",
        /// How much it covers.
        Alpha = "alpha",
    }
}

parameters! {
    /// How a layer lies over those before it.
    Layer, LayerDraft as "layer";

    /// What other layers call it
    name: Option<String> = None;
    /// How its colours meet what lies below
    blend: BlendMode = BlendMode::Normal, placeholder("MODE");
    /// How much of it is seen
    opacity: f64 = 1.0, placeholder("0..1"), within(0.0, 1.0, "");
    /// Pixels that it is drawn with
    size: Option<Size> = None, by_default("the frame's; of an image or a film its own");
    /// Where its anchor lies in the frame, in pixels; `w` and `h` are the frame's sides
    at: Option<Place> = None, by_default("where the frame's anchor is");
    /// The point of it that lies there
    anchor: Anchor = Anchor::Center, placeholder("ANCHOR");
    /// How much larger it is than it was drawn
    scale: f64 = 1.0, placeholder("X"), within(0.0, 1000.0, "times");
    /// How far it is turned around its anchor, counter-clockwise
    rotate: f64 = 0.0, placeholder("DEGREES"), within(-1e9, 1e9, "degrees");
    /// When it comes
    from: f64 = 0.0, placeholder("SECONDS"), within(0.0, 1e9, "seconds"), still(ITS_TIME);
    /// When it goes
    until: Option<f64> = None, placeholder("SECONDS"), within(0.0, 1e9, "seconds"),
        by_default("the film's end"), still(ITS_TIME);
    /// How long it takes to come
    fade_in: f64 = 0.0, placeholder("SECONDS"), within(0.0, 1e9, "seconds"), still(ITS_TIME);
    /// How long it takes to go
    fade_out: f64 = 0.0, placeholder("SECONDS"), within(0.0, 1e9, "seconds"), still(ITS_TIME);
    /// The layer by which it is seen, by name
    mask: Option<String> = None;
    /// What of that layer is the mask
    mask_by: MaskBy = MaskBy::Luma, placeholder("KIND"), only(Layer::has_mask, "mask");
    /// It is seen where the mask is not
    mask_invert: bool = false, only(Layer::has_mask, "mask");
    /// It is seen itself, and not only a mask for others
    show: bool = true, off("It is only a mask for others");
    /// What its chance starts from
    seed: Option<u64> = None, by_default("the film's, and one more for each layer before it"),
        still("it is what chance starts from");
}

const ITS_TIME: &str = "what moves with the time is opacity";

impl Layer {
    fn has_mask(&self) -> bool {
        self.mask.is_some()
    }

    /// Settles what was left open for a layer of a film, and checks everything; the seed is that of the layer. The
    /// picture of its source has `size`, if that has one of its own.
    ///
    /// # Errors
    /// The first value that is out of range or contradicts another.
    pub fn resolve(draft: LayerDraft, size: Option<Size>, clip: Clip) -> Result<Self, Invalid> {
        let mut layer = draft.over(Self::default(), clip)?;
        layer.size.get_or_insert(size.unwrap_or(clip.size));
        layer.at.get_or_insert(layer.anchor.of(clip.size));
        layer.seed.get_or_insert(clip.seed);
        if let Some(seed) = layer.seed.filter(|seed| *seed > i64::MAX as u64) {
            return Err(Invalid::new("layer.seed", seed, "a seed is below 2^63"));
        }
        let end = clip.fps.seconds(clip.frames);
        let until = *layer.until.get_or_insert(end);
        let ends = format!("the film ends at {end:.3} s (times are seconds)");
        if layer.from >= end {
            return Err(Invalid::new("layer.from", layer.from, ends));
        }
        // A film may end between two milliseconds.
        if until > end + 1e-3 {
            return Err(Invalid::new("layer.until", until, ends));
        }
        if until <= layer.from {
            let reason = format!("it would go before it comes, at {} s", layer.from);
            return Err(Invalid::new("layer.until", until, reason));
        }
        let seen = until - layer.from;
        for (key, fade) in [("fade-in", layer.fade_in), ("fade-out", layer.fade_out)] {
            if fade > seen + 1e-3 {
                let reason = format!("it is seen for {seen:.3} s only (times are seconds)");
                return Err(Invalid::new(&format!("layer.{key}"), fade, reason));
            }
        }
        if let Some(size) = layer.size.filter(|size| size.width.max(size.height) > MOST_SIDE) {
            let reason = format!("a side of a layer is at most {MOST_SIDE} pixels");
            return Err(Invalid::new("layer.size", size, reason));
        }
        Ok(layer)
    }

    /// How much of it is seen at a time, of 0 to 1, beside its opacity.
    pub(super) fn presence(&self, seconds: f64) -> f64 {
        let until = self.until.unwrap_or(f64::INFINITY);
        if seconds < self.from || seconds >= until {
            return 0.0;
        }
        let part = |time: f64, fade: f64| if fade > 0.0 { (time / fade).min(1.0) } else { 1.0 };
        part(seconds - self.from, self.fade_in) * part(until - seconds, self.fade_out)
    }
}

/// The longest side of a layer; floats of single precision have places in it to a 256th of a pixel.
const MOST_SIDE: u32 = 32_768;
