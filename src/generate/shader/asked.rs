//! Frames that a device was asked for.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};

use super::generator::{Drawn, Opened, lock};
use super::gpu::Readback;
use crate::generate::PaintError;

/// A frame that was asked for, and is handed over when it is there.
#[derive(Clone)]
pub(super) struct Asked {
    pub opened: Arc<Opened>,
    pub index: u64,
    answer: Arc<Mutex<Answer>>,
}

enum Answer {
    Waiting(Receiver<Result<Readback, String>>),
    There(Arc<Readback>),
    Failed(PaintError),
}

impl Asked {
    pub fn new(
        opened: Arc<Opened>,
        index: u64,
        receiver: Receiver<Result<Readback, String>>,
    ) -> Self {
        Self { opened, index, answer: Arc::new(Mutex::new(Answer::Waiting(receiver))) }
    }

    /// Waits for it.
    pub fn wait(&self, drawn: &Drawn) -> Result<Arc<Readback>, PaintError> {
        let mut answer = lock(&self.answer);
        if let Answer::Waiting(receiver) = &*answer {
            let got = drawn.answer(&self.opened, receiver);
            match got {
                // Whoever comes after a stop waits again.
                Err(PaintError::Stopped(stopped)) => return Err(stopped.into()),
                Ok(readback) => *answer = Answer::There(Arc::new(readback)),
                Err(e) => *answer = Answer::Failed(e),
            }
        }
        match &*answer {
            Answer::There(readback) => Ok(readback.clone()),
            Answer::Failed(e) => Err(e.clone()),
            Answer::Waiting(_) => Err("the device did not answer".into()),
        }
    }
}
