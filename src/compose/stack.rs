//! Layers, one over the other, as one picture.

use super::blend::{BlendMode, Pixels, Sheet, blend};
use super::canvas::luma;
use super::effect::Moment;
use super::linear::Linear;
use super::warp::{Affine, Border, bend_into};
use super::{Canvas, Effect, Layer, MaskBy, Scratch};
use crate::error::{Error, Result};
use crate::generate::{Clip, Frame};
use crate::parameters::Described;
use crate::values::{Ground, Size};

/// A layer of a stack, and its effects, in order.
pub type Sheaf<'a> = (&'a Layer, &'a [Effect]);

/// Draws the layers of a picture, with the memory that one worker needs for them.
pub struct Stack<'a> {
    layers: Vec<Sheaf<'a>>,
    ground: Ground,
    linear: Option<Linear>,
    /// Those on the whole.
    effects: &'a [Effect],
    clip: Clip,
    base: Canvas,
    /// What a layer's source draws into.
    frame: Frame,
    /// The picture of a layer.
    picture: Canvas,
    /// The same where it lies, if it is not upright or has another size there.
    turned: Canvas,
    masks: Vec<Mask>,
    scratch: Scratch,
}

/// How much is seen at each pixel, by a layer of some index.
struct Mask {
    by: (usize, MaskBy, bool),
    weights: Vec<u8>,
}

/// Draws what the source of a layer, by its index, shows.
pub type Draw<'d> = dyn FnMut(usize, &mut Frame) -> Result<()> + 'd;

impl<'a> Stack<'a> {
    /// These layers over `ground` and then `effects`, for the frames of `clip`; light is mixed if they are `linear`.
    pub fn new(
        layers: Vec<Sheaf<'a>>,
        ground: Ground,
        linear: bool,
        effects: &'a [Effect],
        clip: Clip,
    ) -> Self {
        let one = Size::new(1, 1);
        Self {
            layers,
            ground,
            linear: linear.then(Linear::new),
            effects,
            clip,
            base: Canvas::new(clip.size),
            frame: Frame::new(one),
            picture: Canvas::new(one),
            turned: Canvas::new(one),
            masks: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// Bytes that such layers take, estimated from above.
    pub fn memory(layers: &[Sheaf], size: Size) -> u64 {
        let pixels = |size: Size| size.pixels() as u64;
        let largest = layers.iter().filter_map(|(layer, _)| layer.size).map(pixels).max();
        let masks = layers.iter().filter(|(layer, _)| layer.mask.is_some()).count() as u64;
        let scaled = layers
            .iter()
            .map(|(layer, _)| layer)
            .any(|layer| layer.scale != 1.0 || layer.rotate != 0.0 || !layer.moves.is_empty());
        pixels(size) * (18 + masks * 6 + u64::from(scaled) * 8) + largest.unwrap_or(0) * 17
    }

    /// Draws frame `index` into `frame`; `draw` draws what a layer's source shows.
    ///
    /// # Errors
    /// Those of `draw`; a value that moves leaves its range at this frame.
    pub fn draw(&mut self, index: u64, frame: &mut Frame, draw: &mut Draw) -> Result<()> {
        self.masks.clear();
        let mut base = std::mem::replace(&mut self.base, Canvas::new(Size::new(1, 1)));
        base.begin(self.ground);
        let drawn = (0..self.layers.len()).try_for_each(|n| match self.layers[n].0.show {
            true => self.lay(n, index, &mut base, None, draw),
            false => Ok(()),
        });
        let changed = drawn.and_then(|()| self.change(None, self.effects, index, &mut base, draw));
        self.base = base;
        changed?;
        match self.ground {
            Ground::Color(_) => self.base.flatten(frame),
            Ground::None => self.base.store(frame),
        }
        Ok(())
    }

    /// Puts a picture through effects: those of a layer, or those on the whole.
    fn change(
        &mut self,
        n: Option<usize>,
        effects: &'a [Effect],
        index: u64,
        picture: &mut Canvas,
        draw: &mut Draw,
    ) -> Result<()> {
        let at = Moment { clip: Clip { size: picture.size(), ..self.clip }, index };
        for effect in effects {
            effect.check(index).map_err(|reason| match n {
                Some(n) => failed(n, index, &reason),
                None => Error::Frame { index, reason },
            })?;
            if let Some(name) = effect.layer() {
                self.scratch.map = Some(self.whole(name, index, draw)?);
            }
            effect.apply(picture, &mut self.scratch, at);
        }
        Ok(())
    }

    /// The layer of a name, alone on nothing, as large as the frame.
    fn whole(&mut self, name: &str, index: u64, draw: &mut Draw) -> Result<Canvas> {
        let mut whole = Canvas::new(self.clip.size);
        let n = self.named(name);
        self.lay(n, index, &mut whole, Some(BlendMode::Normal), draw)?;
        Ok(whole)
    }

    /// The index of the layer of a name. A recipe that is resolved names layers that are there.
    fn named(&self, name: &str) -> usize {
        let is_it = |(layer, _): &Sheaf| layer.name.as_deref() == Some(name);
        self.layers.iter().position(is_it).unwrap_or(0)
    }

    /// Lays a layer over `base`; `plainly`, if it is there, in that mode instead of its own.
    fn lay(
        &mut self,
        n: usize,
        index: u64,
        base: &mut Canvas,
        plainly: Option<BlendMode>,
        draw: &mut Draw,
    ) -> Result<()> {
        let layer = self.layers[n].0;
        layer.moves.check(index).map_err(|reason| failed(n, index, &reason))?;
        let layer = &layer.at(index);
        let presence = layer.presence(self.clip.fps.seconds(index));
        let opacity = (layer.opacity * presence * 255.0).round() as u8;
        if opacity == 0 || layer.scale == 0.0 {
            return Ok(());
        }
        // A mask is drawn with the same memory, and so before.
        let mask = match &layer.mask {
            None => None,
            Some(name) => Some(self.mask(name, layer, index, draw)?),
        };
        let size = layer.size.unwrap_or(self.clip.size);
        self.frame.reshape(size);
        draw(n, &mut self.frame)?;
        let place = upright(layer, size);
        let (picture, at) = match place {
            // It is laid as it was drawn, without a copy.
            Some(at) if self.layers[n].1.is_empty() => (Pixels::Frame(&self.frame), at),
            Some((x, y)) => {
                let margin = i64::from(self.own_effects(n, index, draw)?);
                (Pixels::Canvas(&self.picture), (x - margin, y - margin))
            }
            None => {
                let margin = self.own_effects(n, index, draw)?;
                let Some(at) = self.turn(layer, margin) else { return Ok(()) };
                (Pixels::Canvas(&self.turned), at)
            }
        };
        let sheet = Sheet {
            picture,
            at,
            mode: plainly.unwrap_or(layer.blend),
            opacity,
            mask: mask.map(|mask| &self.masks[mask].weights[..]),
            linear: self.linear.as_ref(),
        };
        blend(base, &sheet);
        Ok(())
    }

    /// Puts what the source of a layer drew through its effects. Around a picture that is no whole frame there is room
    /// for what goes beyond it; returns how many pixels at each side.
    fn own_effects(&mut self, n: usize, index: u64, draw: &mut Draw) -> Result<u32> {
        let effects = self.layers[n].1;
        let own = self.frame.size();
        let reach: f64 = effects.iter().map(|effect| effect.reach(index)).sum();
        // More would not be seen.
        let most = self.clip.size.width.max(self.clip.size.height);
        let margin = match own == self.clip.size {
            true => 0,
            false => (reach.ceil().max(0.0) as u32).min(most),
        };
        let size = Size::new(own.width + 2 * margin, own.height + 2 * margin);
        self.picture.reshape(size);
        match margin {
            0 => self.picture.set(&self.frame),
            _ => {
                self.picture.begin(Ground::None);
                let at = (i64::from(margin), i64::from(margin));
                let picture = Pixels::Frame(&self.frame);
                let sheet = Sheet {
                    picture,
                    at,
                    mode: BlendMode::Normal,
                    opacity: 255,
                    mask: None,
                    linear: None,
                };
                blend(&mut self.picture, &sheet);
            }
        }
        // What the effects look at is drawn with the same memory.
        let mut picture = std::mem::replace(&mut self.picture, Canvas::new(Size::new(1, 1)));
        let changed = self.change(Some(n), effects, index, &mut picture, draw);
        self.picture = picture;
        changed?;
        Ok(margin)
    }

    /// Draws a layer's picture anew, turned and scaled, which has a `margin` at each side; returns where its upper left
    /// pixel lies, or nothing if it lies outside of the frame.
    fn turn(&mut self, layer: &Layer, margin: u32) -> Option<(i64, i64)> {
        let own = self.picture.size();
        let (part_x, part_y) = layer.anchor.part();
        // The anchor is a point of the picture without its margin.
        let part = |part: f64, side: u32| {
            let (side, margin) = (f64::from(side), f64::from(margin));
            (margin + part * (side - 2.0 * margin)) / side
        };
        let (part_x, part_y) = (part(part_x, own.width), part(part_y, own.height));
        let place = layer.at.unwrap_or_default();
        let (w, h) = (f64::from(own.width), f64::from(own.height));
        let turns = layer.rotate / 360.0;
        // Where the corners come.
        let (sin, cos) = libm::sincos((turns - turns.floor()) * std::f64::consts::TAU);
        let corner = |(a, b): (f64, f64)| {
            let (x, y) = ((a - part_x) * w * layer.scale, (b - part_y) * h * layer.scale);
            (place.x + x * cos + y * sin, place.y + y * cos - x * sin)
        };
        let corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)].map(corner);
        let extent = |of: fn(&(f64, f64)) -> f64, side: u32| {
            let least = corners.iter().map(of).fold(f64::INFINITY, f64::min).floor() - 1.0;
            let most = corners.iter().map(of).fold(f64::NEG_INFINITY, f64::max).ceil() + 1.0;
            let side = f64::from(side);
            (least.clamp(0.0, side) as i64, most.clamp(0.0, side) as i64)
        };
        let (left, right) = extent(|corner| corner.0, self.clip.size.width);
        let (top, bottom) = extent(|corner| corner.1, self.clip.size.height);
        if left >= right || top >= bottom {
            return None;
        }
        // Pixels of the frame would fall between those of a picture that is much larger.
        let (mut scale, mut w, mut h) = (layer.scale, w, h);
        while scale <= 0.5 && self.picture.size().pixels() > 1 {
            self.picture.halve();
            (scale, w, h) = (scale * 2.0, w / 2.0, h / 2.0);
        }
        let map = Affine::shift(place.x - left as f64 - 0.5, place.y - top as f64 - 0.5)
            .then(Affine::turn(turns))
            .then(Affine::scale(scale))
            .then(Affine::shift(0.5 - part_x * w, 0.5 - part_y * h));
        self.turned.reshape(Size::new((right - left) as u32, (bottom - top) as u32));
        bend_into(&self.picture, &mut self.turned, Border::None, &map);
        Some((left, top))
    }

    /// Finds how much is seen by the layer of this name; its index among the masks.
    fn mask(&mut self, name: &str, of: &Layer, index: u64, draw: &mut Draw) -> Result<usize> {
        let by = (self.named(name), of.mask_by, of.mask_invert);
        if let Some(known) = self.masks.iter().position(|mask| mask.by == by) {
            return Ok(known);
        }
        let whole = self.whole(name, index, draw)?;
        let weight = |[r, g, b, a]: &[u8; 4]| {
            let weight = match of.mask_by {
                MaskBy::Luma => luma([*r, *g, *b]),
                MaskBy::Alpha => *a,
            };
            if of.mask_invert { 255 - weight } else { weight }
        };
        let weights = whole.pixels().iter().map(weight).collect();
        self.masks.push(Mask { by, weights });
        Ok(self.masks.len() - 1)
    }
}

/// Where the upper left pixel of a layer of this size lies, if it needs not be drawn anew to lie there.
fn upright(layer: &Layer, size: Size) -> Option<(i64, i64)> {
    let (part_x, part_y) = layer.anchor.part();
    let place = layer.at.unwrap_or_default();
    let (x, y) =
        (place.x - part_x * f64::from(size.width), place.y - part_y * f64::from(size.height));
    let turns = layer.rotate / 360.0;
    // Further out it is not seen, and floats would lose count.
    let whole = |x: f64| x.clamp(-1e9, 1e9).round();
    let is_upright = turns == turns.floor()
        && layer.scale == 1.0
        && (x - whole(x)).abs() < 1e-3
        && (y - whole(y)).abs() < 1e-3;
    is_upright.then(|| (whole(x) as i64, whole(y) as i64))
}

/// An error of a layer, by its index.
fn failed(n: usize, index: u64, reason: &str) -> Error {
    Error::Frame { index, reason: format!("layer {}: {reason}", n + 1) }
}
