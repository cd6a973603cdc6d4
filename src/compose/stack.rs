//! Layers, one over the other, as one picture.

use super::blend::{BlendMode, Pixels, Sheet, blend};
use super::canvas::luma;
use super::chain::failed;
use super::linear::Linear;
use super::warp::{Affine, Border, bend_into};
use super::{Below, Canvas, Chain, Effect, Layer, MaskBy, Scratch};
use crate::error::Result;
use crate::generate::Frame;
use crate::parameters::Described;
use crate::values::{Clip, Ground, Size};

/// A layer of a stack, and its effects, in order.
pub type Sheaf<'a> = (&'a Layer, &'a [Effect]);

/// Draws the layers of a picture, with the memory that one worker needs for them.
pub struct Stack<'a> {
    layers: Vec<Sheaf<'a>>,
    ground: Ground,
    linear: Option<Linear>,
    /// The effects of each layer.
    own: Vec<Chain<'a>>,
    /// Those on the whole.
    whole: Chain<'a>,
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

/// How much is seen at each pixel.
struct Mask {
    /// The layer, what of it, whether it is inverted, and the frame.
    by: (usize, MaskBy, bool, u64),
    weights: Vec<u8>,
}

/// Draws what the source of a layer, by its index, shows at a frame.
pub type Draw<'d> = dyn FnMut(usize, u64, &mut Frame) -> Result<()> + 'd;

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
        let own = (1..).zip(&layers);
        let own = own.map(|(number, (layer, effects))| {
            let (size, seed) = (layer.size.unwrap_or(clip.size), layer.seed.unwrap_or(clip.seed));
            Chain::new(effects, Clip { size, seed, ..clip }, Some(number))
        });
        Self {
            own: own.collect(),
            layers,
            ground,
            linear: linear.then(Linear::new),
            whole: Chain::new(effects, clip, None),
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
    pub fn memory(layers: &[Sheaf], clip: &Clip) -> u64 {
        /// Frames that are looked at, where effects move.
        const LOOKS: u64 = 16;
        let size = clip.size;
        let pixels = |size: Size| size.pixels() as u64;
        let padded = |sheaf: &Sheaf| {
            let own = sheaf.0.size.unwrap_or(size);
            let frames = (0..=LOOKS).map(|n| clip.frames.saturating_sub(1) * n / LOOKS);
            let margin = frames.map(|index| margin(*sheaf, index, size)).max().unwrap_or(0);
            pixels(Size::new(own.width + 2 * margin, own.height + 2 * margin))
        };
        let largest = layers.iter().map(padded).max();
        let masks = layers.iter().filter(|(layer, _)| layer.mask.is_some()).count() as u64;
        let trails = layers.iter().map(|sheaf| match Chain::reach(sheaf.1) {
            0 => 0,
            _ => Chain::memory(sheaf.1, padded(sheaf).max(pixels(size))),
        });
        let scaled = layers
            .iter()
            .map(|(layer, _)| layer)
            .any(|layer| layer.scale != 1.0 || layer.rotate != 0.0 || !layer.moves.is_empty());
        pixels(size) * (18 + masks * 6 + u64::from(scaled) * 8)
            + largest.unwrap_or(0) * 17
            + trails.sum::<u64>()
    }

    /// Draws frame `index` into `frame`; `draw` draws what a layer's source shows.
    ///
    /// # Errors
    /// Those of `draw`; a value that moves leaves its range at this frame.
    pub fn draw(&mut self, index: u64, frame: &mut Frame, draw: &mut Draw) -> Result<()> {
        let mut base = std::mem::replace(&mut self.base, Canvas::new(Size::new(1, 1)));
        let none = Chain::new(&[], self.clip, None);
        let mut whole = std::mem::replace(&mut self.whole, none);
        let drawn = match whole.is_empty() {
            true => self.lay_all(index, &mut base, draw),
            false => whole.draw(index, &mut base, &mut Part { stack: self, n: None, draw }),
        };
        (self.base, self.whole) = (base, whole);
        drawn?;
        match self.ground {
            Ground::Color(_) => self.base.flatten(frame),
            Ground::None => self.base.store(frame),
        }
        Ok(())
    }

    /// Lays all layers that are seen over the ground.
    fn lay_all(&mut self, index: u64, base: &mut Canvas, draw: &mut Draw) -> Result<()> {
        self.masks.clear();
        base.begin(self.ground);
        (0..self.layers.len()).try_for_each(|n| match self.layers[n].0.show {
            true => self.lay(n, index, base, None, draw),
            false => Ok(()),
        })
    }

    /// The layer of a name, alone on nothing, as large as the frame.
    fn alone(&mut self, name: &str, index: u64, draw: &mut Draw) -> Result<Canvas> {
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
        layer.moves.check(index).map_err(|reason| failed(Some(n + 1), index, &reason))?;
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
        let place = upright(layer, size);
        let (picture, at) = match place {
            // It is laid as it is drawn, without a copy.
            Some(at) if self.own[n].is_empty() => {
                self.source(n, index, draw)?;
                (Pixels::Frame(&self.frame), at)
            }
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

    /// Draws what the source of a layer shows.
    fn source(&mut self, n: usize, index: u64, draw: &mut Draw) -> Result<()> {
        self.frame.reshape(self.layers[n].0.size.unwrap_or(self.clip.size));
        draw(n, index, &mut self.frame)
    }

    /// Draws a layer, and puts it through its effects; returns how much room there is at each side.
    fn own_effects(&mut self, n: usize, index: u64, draw: &mut Draw) -> Result<u32> {
        // What the effects look at is drawn with the same memory.
        let mut picture = std::mem::replace(&mut self.picture, Canvas::new(Size::new(1, 1)));
        let none = Chain::new(&[], self.clip, None);
        let mut own = std::mem::replace(&mut self.own[n], none);
        let drawn = own.draw(index, &mut picture, &mut Part { stack: self, n: Some(n), draw });
        (self.picture, self.own[n]) = (picture, own);
        drawn?;
        Ok(self.margin(n, index))
    }

    fn margin(&self, n: usize, index: u64) -> u32 {
        margin(self.layers[n], index, self.clip.size)
    }

    /// Draws what the source of a layer shows, with room around it.
    fn with_room(
        &mut self,
        n: usize,
        index: u64,
        picture: &mut Canvas,
        draw: &mut Draw,
    ) -> Result<()> {
        self.source(n, index, draw)?;
        let (own, margin) = (self.frame.size(), self.margin(n, index));
        picture.reshape(Size::new(own.width + 2 * margin, own.height + 2 * margin));
        if margin == 0 {
            picture.set(&self.frame);
            return Ok(());
        }
        picture.begin(Ground::None);
        let sheet = Sheet {
            picture: Pixels::Frame(&self.frame),
            at: (i64::from(margin), i64::from(margin)),
            mode: BlendMode::Normal,
            opacity: 255,
            mask: None,
            linear: None,
        };
        blend(picture, &sheet);
        Ok(())
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
        let by = (self.named(name), of.mask_by, of.mask_invert, index);
        if let Some(known) = self.masks.iter().position(|mask| mask.by == by) {
            return Ok(known);
        }
        let whole = self.alone(name, index, draw)?;
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

/// How much room there is at each side of a layer for what its effects do beyond it, in pixels, in a frame of `size`.
fn margin((layer, effects): Sheaf, index: u64, size: Size) -> u32 {
    let own = layer.size.unwrap_or(size);
    let reach: f64 = effects.iter().map(|effect| effect.reach(index, own)).sum();
    match own == size {
        true => 0,
        // More would not be seen.
        false => (reach.ceil().max(0.0) as u32).min(size.width.max(size.height)),
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

/// What the effects of a layer are put on, or those on the whole.
struct Part<'s, 'a, 'd> {
    stack: &'s mut Stack<'a>,
    n: Option<usize>,
    draw: &'s mut Draw<'d>,
}

impl Below for Part<'_, '_, '_> {
    fn draw(&mut self, index: u64, picture: &mut Canvas) -> Result<()> {
        match self.n {
            Some(n) => self.stack.with_room(n, index, picture, self.draw),
            None => self.stack.lay_all(index, picture, self.draw),
        }
    }

    fn layer(&mut self, name: &str, index: u64) -> Result<Canvas> {
        self.stack.alone(name, index, self.draw)
    }

    fn scratch(&mut self) -> &mut Scratch {
        &mut self.stack.scratch
    }
}
