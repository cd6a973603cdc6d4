//! What channels show that is another picture in each frame: sound, layers and films.

use std::f32::consts::TAU;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::scene::turn_over;
use crate::generate::{Ear, Frame, PaintError, Painter, Picture, Seen, Stage, Waves};
use crate::values::{Clip, Size};

/// Samples of a spectrum, of which half are frequencies.
const WINDOW: usize = 2048;
/// Spectra that are mixed, and how much of what was before stays from one to the next.
const MIXED: i64 = 20;
const STAYS: f32 = 0.8;
/// Spectra a second.
const RATE: i64 = 60;
/// Decibels of nothing and of everything.
const LEAST: f32 = -100.0;
const MOST: f32 = -30.0;

/// What a painter sees with.
pub(super) struct Seeing<'a> {
    clip: Clip,
    /// What is heard, and how many samples a second.
    ears: Vec<(&'a Seen, Box<dyn Ear + 'a>, u32)>,
    pictures: Vec<(&'a Picture, Box<dyn Painter + 'a>)>,
    size: (u32, u32),
    fft: Option<Arc<dyn Fft<f32>>>,
    window: Vec<f32>,
    heard: [Vec<f32>; 2],
    frame: Frame,
}

impl<'a> Seeing<'a> {
    /// What sees all that is in a stage; a picture of sound has `size`.
    pub fn new(stage: &'a Stage, size: (u32, u32)) -> Self {
        let ear = |(seen, sound): &'a (Seen, Arc<dyn Waves>)| (seen, sound.ear(), sound.rate());
        Self {
            clip: stage.clip,
            ears: stage.sounds.iter().map(ear).collect(),
            pictures: stage.pictures.iter().map(|one| (one, one.generator.painter())).collect(),
            size,
            fft: None,
            window: Vec::new(),
            heard: Default::default(),
            frame: Frame::new(Size::new(1, 1)),
        }
    }

    /// Sound around a frame, as browsers give it to Shadertoy: a row of frequencies from the lowest up, 0 to 255 from
    /// -100 to -30 dB, smoothed over time; and a row of samples, 128 at rest. (Web Audio API, `AnalyserNode`: a Blackman
    /// window of 2048 samples, `smoothingTimeConstant` 0.8, 60 times a second.)
    pub fn sound(&mut self, frame: u64, seen: &Seen) -> Result<Vec<u8>, PaintError> {
        let (width, _) = self.size;
        let width = width as usize;
        let Some((_, ear, rate)) = self.ears.iter_mut().find(|(own, ..)| *own == seen) else {
            return Ok([vec![0; width], vec![128; width]].concat());
        };
        let fft =
            self.fft.get_or_insert_with(|| FftPlanner::new().plan_fft_forward(WINDOW)).clone();
        if self.window.is_empty() {
            // 0.42 - 0.5 cos + 0.08 cos 2: the Blackman window of the specification.
            let turn = |n: usize| TAU * n as f32 / WINDOW as f32;
            let at = |n: usize| {
                let once = libm::cosf(turn(n));
                0.42 - 0.5 * once + 0.08 * libm::cosf(2.0 * turn(n))
            };
            self.window = (0..WINDOW).map(at).collect();
        }
        let middle = self.clip.fps.units(frame, *rate) as i64;
        let rate = i64::from(*rate);
        let half = WINDOW as i64 / 2;
        let first = middle - half - (MIXED - 1) * rate / RATE;
        let count = (middle + half - first) as usize;
        self.heard.iter_mut().for_each(Vec::clear);
        ear.hear(first, count, &mut self.heard)?;
        let [left, right] = &self.heard;
        let mono: Vec<f32> = left.iter().zip(right).map(|(l, r)| (l + r) / 2.0).collect();
        let mut smooth = vec![0f32; width];
        for n in 0..MIXED {
            let from = (middle - half - (MIXED - 1 - n) * rate / RATE - first) as usize;
            let samples = &mono[from..from + WINDOW];
            let mut bins: Vec<Complex<f32>> =
                samples.iter().zip(&self.window).map(|(s, w)| Complex::new(s * w, 0.0)).collect();
            fft.process(&mut bins);
            for (smooth, bin) in smooth.iter_mut().zip(&bins) {
                let loud = bin.norm() / WINDOW as f32;
                *smooth = STAYS * *smooth + (1.0 - STAYS) * loud;
            }
        }
        let frequency = |loud: &f32| {
            let decibels = 20.0 * libm::log10f(loud.max(1e-10));
            (255.0 * (decibels - LEAST) / (MOST - LEAST)).clamp(0.0, 255.0) as u8
        };
        let wave = |sample: &f32| (128.0 * (1.0 + sample)).clamp(0.0, 255.0) as u8;
        let samples = &mono[count - WINDOW / 2 - width / 2..][..width];
        Ok(smooth.iter().map(frequency).chain(samples.iter().map(wave)).collect())
    }

    /// A layer or a film at a frame: four bytes a pixel.
    pub fn picture(&mut self, frame: u64, seen: &Seen, flip: bool) -> Result<Vec<u8>, PaintError> {
        let found = self.pictures.iter_mut().find(|(picture, _)| picture.seen == *seen);
        let Some((Picture { size, .. }, painter)) = found else {
            return Err("a channel shows a layer, and there is none of its name".into());
        };
        self.frame.reshape(*size);
        painter.paint(frame, &mut self.frame)?;
        let mut pixels = self.frame.straight();
        if flip {
            turn_over(&mut pixels, size.width as usize * 4);
        }
        Ok(pixels)
    }
}
