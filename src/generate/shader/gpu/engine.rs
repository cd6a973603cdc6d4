//! One thread that has the device: it is asked for pictures, and has several of them in flight.
//!
//! All painters share it. What a device does is done in order anyway, and a device that hangs costs this thread and no
//! other: nobody joins it, and the process can end.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::super::device::Device;
use super::bind::{Look, Sheet};
use super::compile::Compiled;
use super::finish::Finish;
use super::read;
use super::running::{ENDED_BYTES, Running};

/// Between two looks of who waits for a device to be opened.
const PATIENCE: Duration = Duration::from_millis(50);
/// Bytes of its thread's stack, for shaders that are nested deeply.
const STACK: usize = 64 << 20;

/// All that is to be drawn.
pub struct Plan {
    /// Pixels of a frame, across and down.
    pub size: (u32, u32),
    /// The passes, in the order in which they are drawn, that of the frame last.
    pub passes: Vec<PlannedPass>,
    /// Pictures that are given to them.
    pub sheets: Vec<Sheet>,
    /// What is done to a frame at last.
    pub finish: Finish,
}

/// A pass.
pub struct PlannedPass {
    /// The shader.
    pub compiled: Compiled,
    /// The buffer that it draws into, or none of the frame.
    pub buffer: Option<usize>,
    /// Pixels of that, across and down.
    pub size: (u32, u32),
    /// What its textures show.
    pub looks: Vec<Look>,
}

/// What changes from frame to frame.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Of each pass, the bytes of its blocks of uniforms.
    pub passes: Vec<Vec<Vec<u8>>>,
    /// Pictures that are others now, by number.
    pub sheets: Vec<(usize, Vec<u8>)>,
}

pub(super) enum Request {
    /// A frame, drawn over the buffers of a state.
    Frame { index: u64, state: Option<u64>, given: Given, reply: Sender<Result<Readback, String>> },
    /// The buffers of a state, drawn anew from those that they were.
    Step { state: u64, given: Given, reply: Sender<Result<(), String>> },
    /// The buffers of a state, as bytes.
    Save { state: u64, reply: Sender<Result<Vec<u8>, String>> },
    /// Buffers that were saved become those of a state; false if they are none.
    Load { state: u64, bytes: Vec<u8>, reply: Sender<Result<bool, String>> },
    /// A state is not needed any more.
    Forget { state: u64 },
}

/// A frame that was drawn, in memory that the device wrote.
pub struct Readback {
    pub(super) buffer: wgpu::Buffer,
    pub(super) size: (u32, u32),
    /// Where the buffer goes when it is not needed any more.
    pub(super) spare: Sender<wgpu::Buffer>,
}

impl Readback {
    /// True if the driver ended loops.
    pub(super) fn is_ended(&self) -> bool {
        let behind = read::bytes(self.size, 4);
        let note = self.buffer.get_mapped_range(behind..behind + ENDED_BYTES);
        note.is_ok_and(|note| note.iter().any(|byte| *byte != 0))
    }

    /// Has `take` look at the rows from the last to the first, which is that where y is greatest: at each, four bytes a
    /// pixel.
    ///
    /// # Errors
    /// The device is gone.
    pub fn rows(&self, take: &mut dyn FnMut(usize, &[u8])) -> Result<(), String> {
        let (width, height) = self.size;
        let view =
            self.buffer.get_mapped_range(..).map_err(|e| format!("the device is gone: {e}"))?;
        let rows = view.chunks_exact(read::stride(width, 4) as usize);
        // What lies behind is no row.
        for (row, bytes) in (0..height as usize).zip(rows) {
            take(height as usize - 1 - row, &bytes[..width as usize * 4]);
        }
        Ok(())
    }
}

impl Drop for Readback {
    fn drop(&mut self) {
        self.buffer.unmap();
        // An engine that is gone needs it no more.
        let _ = self.spare.send(self.buffer.clone());
    }
}

/// Since when the device has been at the picture that it is at.
pub(super) type Busy = Arc<Mutex<Option<Instant>>>;

/// A device at work.
pub struct Engine {
    requests: Sender<Request>,
    busy: Busy,
    /// See [`Gpu::kind`](super::Gpu::kind).
    pub kind: String,
}

impl Engine {
    /// Opens a device and has it ready for `plan`.
    ///
    /// # Errors
    /// There is no such device, or it refuses, or has too little memory.
    ///
    /// `wait` is called from time to time, and says when it is enough.
    pub fn start(
        device: &Device,
        plan: Plan,
        wait: &dyn Fn() -> Result<(), String>,
    ) -> Result<Self, String> {
        let (requests, asked) = channel();
        let (tell, told) = channel();
        let busy = Busy::default();
        let (device, shared) = (device.clone(), busy.clone());
        let run = move || match Running::new(&device, plan, shared) {
            Ok(mut running) => {
                let _ = tell.send(Ok(running.gpu.kind.clone()));
                running.run(&asked);
            }
            Err(e) => {
                let _ = tell.send(Err(e));
            }
        };
        // Whatever panics there is told of by whoever waits.
        let spawned = thread::Builder::new().name("render-gpu".into()).stack_size(STACK).spawn(run);
        spawned.map_err(|e| format!("no thread for the device: {e}"))?;
        let kind = loop {
            match told.recv_timeout(PATIENCE) {
                Ok(kind) => break kind?,
                Err(RecvTimeoutError::Timeout) => wait()?,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err("the device failed as it was opened".into());
                }
            }
        };
        Ok(Self { requests, busy, kind })
    }

    /// How long the device has been at the picture that it is at.
    pub fn busy(&self) -> Option<Duration> {
        let since = *self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        since.map(|since| since.elapsed())
    }

    fn ask<T>(
        &self,
        request: impl FnOnce(Sender<Result<T, String>>) -> Request,
    ) -> Receiver<Result<T, String>> {
        let (reply, receiver) = channel();
        // Who waits hears that nobody answers.
        let _ = self.requests.send(request(reply));
        receiver
    }

    /// Asks for a frame.
    pub fn frame(
        &self,
        index: u64,
        state: Option<u64>,
        given: Given,
    ) -> Receiver<Result<Readback, String>> {
        self.ask(|reply| Request::Frame { index, state, given, reply })
    }

    /// Asks for the next buffers of a state.
    pub fn step(&self, state: u64, given: Given) -> Receiver<Result<(), String>> {
        self.ask(|reply| Request::Step { state, given, reply })
    }

    /// Asks for the buffers of a state.
    pub fn save(&self, state: u64) -> Receiver<Result<Vec<u8>, String>> {
        self.ask(|reply| Request::Save { state, reply })
    }

    /// Gives a state buffers that were saved.
    pub fn load(&self, state: u64, bytes: Vec<u8>) -> Receiver<Result<bool, String>> {
        self.ask(|reply| Request::Load { state, bytes, reply })
    }

    /// Lets go of a state.
    pub fn forget(&self, state: u64) {
        let _ = self.requests.send(Request::Forget { state });
    }
}
