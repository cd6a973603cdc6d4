//! Earlier frames that are still seen.

use super::{Change, Moment};
use crate::compose::blend::{BlendMode, Pixels, Sheet, blend};
use crate::compose::warp::{Affine, Border, bend_into, beyond};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::{Ground, Size};

parameters! {
    /// Lays pictures of earlier frames below the present one, ever fainter. Before the first frame there were none; in a
    /// loop there were the last ones.
    Echo, EchoDraft as "echo";

    /// Earlier pictures that are seen
    count: u32 = 8, placeholder("N"), within(1.0, 120.0, "pictures"), still(KEPT);
    /// How much of one is left beside the one after it
    decay: f64 = 0.7, placeholder("0..1"), within(0.0, 1.0, "");
    /// Frames from one to the next; as often as there are pictures, at most 240
    every: u32 = 1, placeholder("FRAMES"), within(1.0, 120.0, "frames"), most(Echo::most_apart), still(KEPT);
    /// How their colours meet
    blend: BlendMode = BlendMode::Lighten, placeholder("MODE");
    /// How much larger one is than the one after it
    scale: f64 = 1.0, placeholder("X"), within(0.1, 10.0, "times");
    /// How far one is turned beside the one after it, counter-clockwise
    rotate: f64 = 0.0, placeholder("DEGREES"), within(-36_000.0, 36_000.0, "degrees");
    /// How far to the right of the one after it
    x: f64 = 0.0, placeholder("PIXELS"), within(-10_000.0, 10_000.0, "pixels");
    /// How far below the one after it
    y: f64 = 0.0, placeholder("PIXELS"), within(-10_000.0, 10_000.0, "pixels");
}

/// Why numbers of pictures do not move.
const KEPT: &str = "it is how many pictures are kept";

/// The most frames that are looked back.
const MOST: u32 = 240;

impl Echo {
    fn most_apart(&self) -> f64 {
        f64::from(MOST / self.count.max(1))
    }

    /// True if earlier pictures lie elsewhere.
    fn is_bent(&self) -> bool {
        self.scale != 1.0 || self.rotate != 0.0 || self.x != 0.0 || self.y != 0.0
    }

    /// Where the pixels of a picture come from that is so many steps old, and has another size perhaps.
    fn way(&self, past: u32, own: Size, size: Size) -> Affine {
        let middle = |side: u32| f64::from(side) / 2.0 - 0.5;
        let past = f64::from(past);
        let turns = self.rotate / 360.0 * past;
        Affine::shift(middle(size.width) + self.x * past, middle(size.height) + self.y * past)
            .then(Affine::turn(turns))
            .then(Affine::scale(libm::pow(self.scale, past)))
            .then(Affine::shift(-middle(own.width), -middle(own.height)))
    }
}

impl Change for Echo {
    const ABOUT: &'static str = "Earlier frames, ever fainter: trails, tunnels";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
        let size = canvas.size();
        let trail = std::mem::take(&mut scratch.trail);
        // Those before are drawn over each other, and the present one over them.
        let now = scratch.copy(canvas);
        canvas.begin(Ground::None);
        let mut bent = self.is_bent().then(|| Canvas::new(size));
        for past in (0..=self.count).rev() {
            let before = at.clip.before(at.index, u64::from(past) * u64::from(self.every));
            let picture = match past {
                0 => Some(&now),
                _ => before.and_then(|before| trail.get(before)),
            };
            let opacity = (libm::pow(self.decay, f64::from(past)) * 255.0).round() as u8;
            let Some(picture) = picture.filter(|_| opacity > 0) else { continue };
            let own = picture.size();
            let picture = match bent.as_mut().filter(|_| past > 0) {
                Some(bent) => {
                    bend_into(picture, bent, Border::None, &self.way(past, own, size));
                    &*bent
                }
                None => picture,
            };
            // What lies around a picture may be more or less than it was; their middles are one.
            let own = picture.size();
            let aside = |side: u32, own: u32| (i64::from(side) - i64::from(own)).div_euclid(2);
            let sheet = Sheet {
                picture: Pixels::Canvas(picture),
                at: (aside(size.width, own.width), aside(size.height, own.height)),
                mode: self.blend,
                opacity,
                mask: None,
                linear: None,
            };
            blend(canvas, &sheet);
        }
        scratch.give(now);
        scratch.trail = trail;
    }

    fn trail(&self) -> Option<(u64, u64)> {
        Some((self.count.into(), self.every.into()))
    }

    /// That of the oldest picture, however it is turned.
    fn reach(&self, own: Size) -> f64 {
        let count = f64::from(self.count);
        let larger = libm::pow(self.scale, count).max(1.0);
        match self.is_bent() {
            true => beyond(own, larger) + (self.x.abs() + self.y.abs()) * count,
            false => 0.0,
        }
    }
}
