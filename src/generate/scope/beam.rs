//! Left and right as a beam draws them on a tube.

use pulp::{Arch, Simd, WithSimd};

use super::history::History;
use super::tap::Tap;
use super::trace::cubic;
use super::{Drawn, Scope};
use crate::generate::{Clip, Frame, PaintError};
use crate::parameters::Described;
use crate::values::{Ground, Size};

/// Draws what left and right draw together, and what still glows of it.
///
/// Frames are taken in runs. Light fades exponentially, so all the light of a run fades by one factor: it is drawn once, and
/// each frame multiplies it by its own factor. Light is counted in whole numbers, so the order of adding does not matter.
pub(super) struct BeamView {
    arch: Arch,
    /// The parameters, which may move: a run is drawn by those of its last frame.
    scope: Scope,
    size: Size,
    /// Frames of a run.
    run: i64,
    /// Runs that are still seen, besides the present one.
    runs: usize,
    history: History<Light>,
    present: Light,
}

/// Light that fell on pixels.
#[derive(Default)]
struct Light {
    pixels: Vec<u16>,
    /// Of each block of pixels whether light fell on any.
    is_lit: Vec<bool>,
}

/// Pixels of a block.
const BLOCK: usize = 64;
/// The light of a sample.
const SAMPLE: f32 = 16_384.0;
/// Times of the glow after which nothing is seen.
const AGES: f64 = 4.0;
/// The most runs that are kept.
const MOST: f64 = 8.0;
/// Light that is just seen, and light that is as bright as can be, in lights of a sample. What lies between is seen by its
/// logarithm, as eyes do: a beam that is quick is not lost beside one that stands.
const SEEN: (f32, f32) = (0.006, 3.0);

impl BeamView {
    pub fn new(scope: &Scope, clip: Clip) -> Self {
        let frames = scope.glow * AGES * clip.fps.as_f64();
        let run = (frames / MOST).ceil().max(1.0);
        Self {
            arch: Arch::new(),
            scope: scope.clone(),
            size: clip.size,
            run: run as i64,
            runs: (frames / run).ceil() as usize,
            history: History::default(),
            present: Light::default(),
        }
    }
}

/// Draws samples `first..end` into `light`, as they are seen at the moment of the last.
fn expose(
    light: &mut Light,
    (first, end): (i64, i64),
    now: &Scope,
    size: Size,
    tap: &mut Tap,
) -> Result<(), PaintError> {
    light.pixels.clear();
    light.pixels.resize(size.pixels(), 0);
    light.is_lit.clear();
    light.is_lit.resize(size.pixels().div_ceil(BLOCK), false);
    let rate = f64::from(tap.rate());
    // What is older is seen no more.
    let first = first.max(end - (now.glow * AGES * rate).ceil() as i64);
    let count = (end - first).max(0) as usize;
    // Those around them say how the beam turns.
    let [left, right] = tap.hear(first - 1, count + 3)?;
    let (width, height) = (size.width as f32, size.height as f32);
    let side = width.min(height);
    // At full scale the beam stays inside, unless it is very wide.
    let reach = side / 2.0 - (now.width as f32).min(side / 4.0);
    let gain = libm::pow(10.0, now.gain / 20.0) as f32 * reach;
    let turn = now.angle.to_radians();
    let (sin, cos) = (libm::sin(turn) as f32 * gain, libm::cos(turn) as f32 * gain);
    let place = |n: usize| {
        let (x, y) = (left[n], right[n]);
        (width / 2.0 + x * cos - y * sin, height / 2.0 - x * sin - y * cos)
    };
    let brush = Brush::new(now.width as f32);
    let mut canvas =
        Canvas { light, width: size.width as usize, height: size.height as usize, brush };
    let fading = libm::exp(-1.0 / (now.glow * rate)) as f32;
    // As bright at any rate and any size.
    let mut each = 0.5 * SAMPLE * 48_000.0 / rate as f32 * side / 720.0;
    let mut four = [place(count), place(count + 1), place(count + 2), place(count + 2)];
    // Where the beam stands, and the light that falls there.
    let (mut spot, mut standing) = (four[1], 0.0);
    for n in (1..=count).rev() {
        // From sample n to the one behind it.
        four = [place(n - 1), four[0], four[1], four[2]];
        let [_, here, ..] = four;
        if (here.0 - spot.0).abs().max((here.1 - spot.1).abs()) < STILL {
            standing += each;
        } else {
            canvas.spot(spot, standing);
            canvas.arc(four, each);
            (spot, standing) = (here, 0.0);
        }
        each *= fading;
    }
    canvas.spot(spot, standing);
    Ok(())
}

impl Drawn for BeamView {
    fn draw(
        &mut self,
        now: &Scope,
        index: u64,
        tap: &mut Tap,
        frame: &mut Frame,
    ) -> Result<(), PaintError> {
        let (clip, rate, size) = (tap.clip(), tap.rate(), self.size);
        // Where a frame begins, by samples; before the film as well.
        let begin = |frame: i64| match u64::try_from(frame) {
            Ok(frame) => clip.fps.units(frame, rate) as i64,
            Err(_) => -(clip.fps.units(frame.unsigned_abs(), rate) as i64),
        };
        let end = begin(index as i64 + 1);
        let run = (index as i64 + 1).div_euclid(self.run);
        let length = self.run;
        let ends = |run: i64| (begin(run * length), begin((run + 1) * length));
        let scope = &self.scope;
        let find = |run: i64| {
            let mut light = Light::default();
            let last = u64::try_from((run + 1) * length - 1).unwrap_or(0);
            expose(&mut light, ends(run), &scope.at(last), size, tap).map(|()| light)
        };
        let known = self.history.up_to(run - 1, self.runs, find)?;
        let mut parts: Vec<(&Light, u32)> = Vec::with_capacity(self.runs + 1);
        let decay = now.glow * f64::from(rate);
        for (light, run) in known.zip(run - self.runs as i64..) {
            let left = libm::exp(-((end - ends(run).1) as f64) / decay);
            // The factor ends at 0, so a run does not vanish with a jump.
            let least = libm::exp(-AGES);
            parts.push((light, ((left - least).max(0.0) / (1.0 - least) * 32_768.0) as u32));
        }
        expose(&mut self.present, (begin(run * length), end), now, size, tap)?;
        parts.push((&self.present, 32_768));
        frame.begin(now.background);
        let shades = Shades::new(now);
        let (data, alpha) = frame.planes_mut();
        let (pixels, _) = data.as_chunks_mut::<3>();
        self.arch.dispatch(Develop { parts: &parts, shades: &shades, pixels, alpha });
        Ok(())
    }
}

/// What light looks like.
struct Shades {
    /// The colour of each entry, added to the background if there is one.
    colors: Vec<[u8; 3]>,
}

impl Shades {
    fn new(now: &Scope) -> Self {
        let brightness = now.brightness as f32 / SAMPLE;
        let colors = now.table();
        let ground = match now.background {
            Ground::Color(color) => color.0,
            Ground::None => [0; 3],
        };
        let shade = |n: usize| {
            let light = brightness * light(n);
            let seen = libm::log1pf(light / SEEN.0) / libm::log1pf(SEEN.1 / SEEN.0);
            let color = colors[(seen.min(1.0) * (colors.len() - 1) as f32 + 0.5) as usize];
            [0, 1, 2].map(|c| ground[c].saturating_add(color[c]))
        };
        Self { colors: (0..ENTRIES).map(shade).collect() }
    }
}

/// Entries of the table of light: 32 for each doubling.
const ENTRIES: usize = 25 * 32;

/// The entry of an amount of light: the exponent of its float, and the first bits behind.
#[inline(always)]
fn entry(light: u32) -> usize {
    (((light as f32).to_bits() >> 18) as usize).saturating_sub(127 * 32).min(ENTRIES - 1)
}

/// The light of an entry.
fn light(entry: usize) -> f32 {
    f32::from_bits(((entry + 127 * 32) as u32) << 18)
}

/// Adds up light, each part by its weight of 32768, and colours pixels by it.
struct Develop<'a> {
    parts: &'a [(&'a Light, u32)],
    shades: &'a Shades,
    pixels: &'a mut [[u8; 3]],
    /// Empty where the frame is opaque.
    alpha: &'a mut [u8],
}

impl WithSimd for Develop<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { parts, shades, pixels, alpha } = self;
        let mut sums = [0u32; BLOCK];
        for (n, pixels) in pixels.chunks_mut(BLOCK).enumerate() {
            let mut is_lit = false;
            for (light, weight) in parts.iter().filter(|(light, _)| light.is_lit[n]) {
                if !is_lit {
                    sums.fill(0);
                    is_lit = true;
                }
                for (sum, light) in sums.iter_mut().zip(&light.pixels[n * BLOCK..]) {
                    *sum += (u32::from(*light) * weight) >> 15;
                }
            }
            // Most of the picture is dark.
            if !is_lit {
                continue;
            }
            for (pixel, sum) in pixels.iter_mut().zip(&sums).filter(|(_, sum)| **sum > 0) {
                *pixel = shades.colors[entry(*sum)];
            }
            if !alpha.is_empty() {
                for ((alpha, pixel), sum) in alpha[n * BLOCK..].iter_mut().zip(pixels).zip(&sums) {
                    let [r, g, b] = *pixel;
                    *alpha = if *sum > 0 { r.max(g).max(b) } else { 0 };
                }
            }
        }
    }
}

/// How light is spread across the beam.
struct Brush {
    /// The share of each pixel across the beam, of 256; one list for each place of the beam's middle within a pixel.
    shares: Vec<Vec<u32>>,
    /// Pixels from the first to the middle.
    before: f32,
}

/// Places of the middle of the beam in a pixel that are told apart.
const PHASES: usize = 16;

impl Brush {
    fn new(width: f32) -> Self {
        // The beam is as wide as was said where it is half as bright; this is where it ends.
        let half = (width * 0.923).max(1.0);
        let taps = (2.0 * half).ceil() as usize + 1;
        let before = (taps - 1) as f32 / 2.0;
        let shares = |phase: usize| {
            let offset = (phase as f32 + 0.5) / PHASES as f32 - 0.5;
            let height = |n: usize| {
                let distance = (n as f32 - before - offset) / half;
                let near = (1.0 - distance * distance).max(0.0);
                near * near
            };
            let all: f32 = (0..taps).map(height).sum();
            (0..taps).map(|n| (height(n) / all * 256.0 + 0.5) as u32).collect()
        };
        Self { shares: (0..PHASES).map(shares).collect(), before }
    }
}

struct Canvas<'a> {
    light: &'a mut Light,
    width: usize,
    height: usize,
    brush: Brush,
}

/// A beam that goes less than so many pixels stands.
const STILL: f32 = 0.5;
/// The most pixels of a line that is drawn straight.
const STRAIGHT: f32 = 6.0;

impl Canvas<'_> {
    /// Spreads light around a place where the beam stands.
    fn spot(&mut self, (x, y): (f32, f32), light: f32) {
        if light <= 0.0 {
            return;
        }
        let (width, height) = (self.width, self.height);
        let first = y - self.brush.before;
        let phase = ((first - first.floor()) * PHASES as f32) as usize;
        let shares = self.brush.shares[phase.min(PHASES - 1)].clone();
        for (n, share) in shares.into_iter().enumerate() {
            let row = first.floor() + n as f32 + 0.5;
            let light = light * share as f32 / 256.0;
            self.dabs((row, 0.0, (height, width)), (x, 0.0, (width, 1)), 1, light as u32);
        }
    }

    /// Spreads light along the curve from the second of four places to the third.
    #[inline(always)]
    fn arc(&mut self, four: [(f32, f32); 4], light: f32) {
        let [a, b, c, d] = four;
        let length = (c.0 - b.0).abs().max((c.1 - b.1).abs());
        // Nothing is left of light that is spread so far.
        if length > 65_536.0 {
            return;
        }
        let parts = (length / STRAIGHT).ceil().clamp(1.0, 16.0);
        let each = light / parts;
        let mut from = b;
        for n in 1..=parts as u32 {
            let part = n as f32 / parts;
            let to = (cubic([a.0, b.0, c.0, d.0], part), cubic([a.1, b.1, c.1, d.1], part));
            self.line(from, to, each);
            from = to;
        }
    }

    /// Spreads light along a line, its end left out.
    #[inline(always)]
    fn line(&mut self, from: (f32, f32), to: (f32, f32), light: f32) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let steps = dx.abs().max(dy.abs()).ceil().max(1.0);
        let each = (light / steps) as u32;
        let (sx, sy) = (dx / steps, dy / steps);
        let (width, height) = (self.width, self.height);
        match dy.abs() > dx.abs() {
            true => {
                let (down, right) = ((height, width), (width, 1));
                self.dabs((from.1, sy, down), (from.0, sx, right), steps as u32, each);
            }
            false => {
                let (right, down) = ((width, 1), (height, width));
                self.dabs((from.0, sx, right), (from.1, sy, down), steps as u32, each);
            }
        }
    }

    /// Spreads light across the beam at each step of a line. Of both directions: where it begins, how far it is to the next
    /// step, and how many pixels there are and how far these are apart.
    #[inline(always)]
    fn dabs(
        &mut self,
        (mut along, forward, (ends, to_next)): (f32, f32, (usize, usize)),
        (mut across, sideways, (sides, stride)): (f32, f32, (usize, usize)),
        steps: u32,
        light: u32,
    ) {
        for _ in 0..steps {
            let first = across - self.brush.before;
            // The pixel in whose middle, or nearest to it, the first share falls.
            let pixel = first.floor();
            let phase = ((first - pixel) * PHASES as f32) as usize;
            let shares = &self.brush.shares[phase.min(PHASES - 1)][..];
            let is_inside = along >= 0.0 && along < ends as f32;
            let pixel = pixel as i64;
            let (from, until) = (pixel.max(0), (pixel + shares.len() as i64).min(sides as i64));
            if is_inside && from < until {
                let shares = &shares[(from - pixel) as usize..(until - pixel) as usize];
                let base = along as usize * to_next + from as usize * stride;
                let last = base + (shares.len() - 1) * stride;
                let pixels = self.light.pixels[base..=last].iter_mut().step_by(stride);
                for (pixel, share) in pixels.zip(shares) {
                    let light = (u64::from(light) * u64::from(*share)) >> 8;
                    *pixel = pixel.saturating_add(light.min(65_535) as u16);
                }
                if stride == 1 {
                    self.light.is_lit[base / BLOCK..=last / BLOCK].fill(true);
                } else {
                    let places = (base..=last).step_by(stride);
                    places.for_each(|place| self.light.is_lit[place / BLOCK] = true);
                }
            }
            (along, across) = (along + forward, across + sideways);
        }
    }
}
