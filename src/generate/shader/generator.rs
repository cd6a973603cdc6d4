//! What draws frames of a shader.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Shader;
use super::asked::Asked;
use super::given::Giver;
use super::gpu::{self, Engine, Given};
use super::scene::{self, Changing, Rows, SOUND, ScenePass};
use super::seen::Seeing;
use crate::cancel::Cancel;
use crate::generate::strand::{Growing, Runner, Strand};
use crate::generate::{Frame, Generator, PaintError, Painter, Stage, files};

/// How long a frame may take where nothing is said.
const LONGEST: Duration = Duration::from_secs(60);
/// Between two looks of who waits for the device.
const PATIENCE: Duration = Duration::from_millis(20);
/// Frames that a painter asks for before it needs them.
const AHEAD: usize = 2;

/// A device that draws, and what it is given.
pub(super) struct Opened {
    engine: Engine,
    passes: Vec<ScenePass>,
    pub changing: Vec<Changing>,
    giver: Giver,
    states: Mutex<u64>,
}

pub(super) struct ShaderGenerator {
    strand: Strand<Drawn>,
}

/// What a shader draws with.
pub(super) struct Drawn {
    shader: Shader,
    stage: Stage,
    cancel: Cancel,
    /// The device, once it is open; another, once it was lost.
    opened: Mutex<Option<Arc<Opened>>>,
    /// Why no frame is drawn any more.
    ended: Mutex<Option<String>>,
}

impl ShaderGenerator {
    pub fn new(shader: &Shader, stage: &Stage) -> Self {
        let drawn = Drawn {
            shader: shader.clone(),
            stage: stage.clone(),
            cancel: Cancel::new(),
            opened: Mutex::default(),
            ended: Mutex::default(),
        };
        Self { strand: Strand::new(drawn, stage) }
    }
}

/// What is said of a shader that takes too long for something.
fn too_long(longest: Duration, what: &str) -> String {
    format!(
        "the shader took longer than {} s {what}, and its device cannot be stopped; give it more with --timeout",
        longest.as_secs_f64()
    )
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drawn {
    fn opened(&self) -> Result<Arc<Opened>, String> {
        if let Some(reason) = &*lock(&self.ended) {
            return Err(reason.clone());
        }
        let mut opened = lock(&self.opened);
        if let Some(opened) = &*opened {
            return Ok(opened.clone());
        }
        let scene = scene::build(&self.shader, &self.stage)?;
        let (since, longest) = (Instant::now(), self.stage.means.timeout.unwrap_or(LONGEST));
        let wait = || match self.cancel.check() {
            Err(stopped) => Err(stopped.to_string()),
            Ok(()) if since.elapsed() <= longest => Ok(()),
            Ok(()) => {
                let reason = too_long(longest, "to compile");
                lock(&self.ended).get_or_insert(reason.clone());
                Err(reason)
            }
        };
        let rate = self.stage.sounds.first().map_or(44_100, |(_, sound)| sound.rate());
        let new = Arc::new(Opened {
            engine: Engine::start(&self.stage.means.device, scene.plan, &wait)?,
            passes: scene.passes,
            changing: scene.changing,
            giver: Giver::new(&self.shader, self.stage.clip, rate),
            states: Mutex::new(0),
        });
        *opened = Some(new.clone());
        Ok(new)
    }

    /// True if frames grow out of those before.
    fn has_buffers(&self) -> Result<bool, String> {
        Ok(self.opened()?.passes.iter().any(|pass| pass.buffer.is_some()))
    }

    /// What a device answers. If it does not, or says that it is gone, the next frame is drawn by another.
    pub(super) fn answer<T>(
        &self,
        opened: &Arc<Opened>,
        receiver: &Receiver<Result<T, String>>,
    ) -> Result<T, PaintError> {
        let longest = self.stage.means.timeout.unwrap_or(LONGEST);
        loop {
            self.cancel.check()?;
            let reason = match receiver.recv_timeout(PATIENCE) {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(reason)) => {
                    if reason == gpu::ENDED {
                        lock(&self.ended).get_or_insert(reason.clone());
                    }
                    reason
                }
                Err(RecvTimeoutError::Disconnected) => "the device failed".into(),
                Err(RecvTimeoutError::Timeout) => {
                    if opened.engine.busy().is_none_or(|busy| busy <= longest) {
                        continue;
                    }
                    let reason = too_long(longest, "for a frame");
                    // It would not do so the next time either.
                    lock(&self.ended).get_or_insert(reason.clone());
                    reason
                }
            };
            let mut current = lock(&self.opened);
            if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, opened)) {
                *current = None;
            }
            return Err(reason.into());
        }
    }

    /// What all passes are given at a frame.
    fn given(&self, opened: &Opened, frame: u64, seeing: &mut Seeing) -> Result<Given, PaintError> {
        self.shader.moves.check(frame)?;
        let mut given = opened.giver.at(frame, &opened.passes);
        for changing in &opened.changing {
            let (number, pixels) = match changing {
                Changing::Sound(number, seen, rows) => {
                    let mut pixels = seeing.sound(frame, seen)?;
                    let width = SOUND.0 as usize;
                    match rows {
                        Rows::Both => {}
                        Rows::Spectrum => pixels.truncate(width),
                        Rows::Waveform => drop(pixels.drain(..width)),
                    }
                    (*number, pixels)
                }
                Changing::Picture(number, seen, flip) => {
                    (*number, seeing.picture(frame, seen, *flip)?)
                }
            };
            given.sheets.push((number, pixels));
        }
        Ok(given)
    }
}

/// Buffers on a device.
pub(super) struct State {
    opened: Arc<Opened>,
    number: u64,
}

impl Drop for State {
    fn drop(&mut self) {
        self.opened.engine.forget(self.number);
    }
}

impl Drawn {
    fn state(&self) -> Result<State, PaintError> {
        let opened = self.opened()?;
        let mut states = lock(&opened.states);
        *states += 1;
        let number = *states;
        drop(states);
        Ok(State { opened, number })
    }

    fn step(&self, state: &State, frame: u64, seeing: &mut Seeing) -> Result<(), PaintError> {
        let given = self.given(&state.opened, frame, seeing)?;
        let receiver = state.opened.engine.step(state.number, given);
        self.answer(&state.opened, &receiver)
    }
}

impl Growing for Drawn {
    type State = State;
    type View = Asked;
    type Lamp<'a> = Seeing<'a>;

    fn begin(&self, seeing: &mut Seeing<'_>, _: &Cancel) -> Result<State, PaintError> {
        let state = self.state()?;
        self.step(&state, 0, seeing)?;
        Ok(state)
    }

    fn load(&self, saved: &[u8], _: &mut Seeing<'_>) -> Result<Option<State>, PaintError> {
        let state = self.state()?;
        // Another device's buffers are none of this one's.
        let kind = blake3::hash(state.opened.engine.kind.as_bytes());
        let Some(saved) = saved.strip_prefix(kind.as_bytes()) else { return Ok(None) };
        let Ok(bytes) = zstd::decode_all(saved) else { return Ok(None) };
        let receiver = state.opened.engine.load(state.number, bytes);
        Ok(self.answer(&state.opened, &receiver)?.then_some(state))
    }

    fn go_on(
        &self,
        state: &mut State,
        next: u64,
        seeing: &mut Seeing<'_>,
        _: &Cancel,
    ) -> Result<(), PaintError> {
        self.step(state, next, seeing)
    }

    fn look(
        &self,
        state: &State,
        frame: u64,
        seeing: &mut Seeing<'_>,
    ) -> Result<Asked, PaintError> {
        let opened = &state.opened;
        let given = self.given(opened, frame, seeing)?;
        let receiver = opened.engine.frame(frame, Some(state.number), given);
        Ok(Asked::new(opened.clone(), frame, receiver))
    }

    fn save(&self, state: &State) -> Result<Vec<u8>, PaintError> {
        let receiver = state.opened.engine.save(state.number);
        let bytes = self.answer(&state.opened, &receiver)?;
        let mut saved = blake3::hash(state.opened.engine.kind.as_bytes()).as_bytes().to_vec();
        zstd::stream::copy_encode(&bytes[..], &mut saved, 1).map_err(|e| e.to_string())?;
        Ok(saved)
    }

    fn bytes(asked: &Asked) -> usize {
        // What the device has written.
        asked.opened.giver.pixels() * 4
    }
}

impl Generator for ShaderGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let strand = &self.strand;
        let Drawn { stage, .. } = &strand.growing;
        let (number, seeing) = (strand.enter(), Seeing::new(stage, SOUND));
        let next = 0..0;
        Box::new(ShaderPainter { strand, number, seeing, own: None, next, asked: VecDeque::new() })
    }

    fn ready(&self) -> Result<(), String> {
        let Drawn { shader, stage, .. } = &self.strand.growing;
        files::check(&shader.checked())?;
        stage.ready()?;
        self.strand.growing.opened().map(drop)
    }

    fn files(&self) -> Vec<PathBuf> {
        let Drawn { shader, stage, .. } = &self.strand.growing;
        let own = shader.checked().into_keys().map(PathBuf::from);
        own.chain(stage.files()).collect()
    }

    fn device(&self) -> Result<Option<String>, String> {
        let kind = self.strand.growing.opened()?.engine.kind.clone();
        Ok(Some(kind))
    }

    fn reach(&self, index: u64) -> u64 {
        match self.strand.growing.has_buffers() {
            Ok(true) => self.strand.reach(index),
            _ => 0,
        }
    }

    fn stop(&self) {
        let Drawn { stage, cancel, .. } = &self.strand.growing;
        cancel.cancel();
        self.strand.stop();
        stage.stop();
    }
}

struct ShaderPainter<'a> {
    strand: &'a Strand<Drawn>,
    /// Its number at the strand.
    number: u64,
    seeing: Seeing<'a>,
    /// Buffers of its own, for frames that the strand is past.
    own: Option<Runner<State>>,
    /// The frames that will be asked for.
    next: Range<u64>,
    /// Those that it has asked for.
    asked: VecDeque<Asked>,
}

impl ShaderPainter<'_> {
    /// Asks for a frame that depends on no other.
    fn ask(&mut self, index: u64) -> Result<Asked, PaintError> {
        let drawn = &self.strand.growing;
        let opened = drawn.opened()?;
        let given = drawn.given(&opened, index, &mut self.seeing)?;
        let receiver = opened.engine.frame(index, None, given);
        Ok(Asked::new(opened, index, receiver))
    }

    fn alone(&mut self, index: u64) -> Result<Asked, PaintError> {
        self.asked.retain(|asked| asked.index >= index);
        let now = match self.asked.front() {
            Some(asked) if asked.index == index => asked.clone(),
            _ => {
                self.asked.clear();
                let asked = self.ask(index)?;
                self.asked.push_back(asked.clone());
                asked
            }
        };
        while self.asked.len() <= AHEAD
            && let next = index + self.asked.len() as u64
            && self.next.contains(&next)
        {
            let asked = self.ask(next)?;
            self.asked.push_back(asked);
        }
        Ok(now)
    }
}

impl Painter for ShaderPainter<'_> {
    fn prepare(&mut self, frames: Range<u64>) {
        self.asked.clear();
        self.next = frames.clone();
        self.strand.want(self.number, frames);
    }

    fn paint(&mut self, index: u64, frame: &mut Frame) -> Result<(), PaintError> {
        let drawn = &self.strand.growing;
        let asked = match drawn.has_buffers()? {
            false => self.alone(index)?,
            true => match self.strand.view(self.number, index, &mut self.seeing)? {
                Some(asked) => asked,
                None => self.strand.own(&mut self.own, index, &mut self.seeing)?,
            },
        };
        let readback = asked.wait(drawn)?;
        frame.take_rgba(drawn.shader.alpha, |row| readback.rows(row))?;
        self.strand.drawn(self.number, index);
        Ok(())
    }
}

impl Drop for ShaderPainter<'_> {
    fn drop(&mut self) {
        self.strand.leave(self.number);
    }
}
