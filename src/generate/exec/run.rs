//! One run of the program.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use super::{ExecGenerator, picture};
use crate::clock::Stopwatch;
use crate::generate::Frame;
use crate::values::Size;

/// How often it is looked whether to stop.
const GLANCE: Duration = Duration::from_millis(20);
/// Lines of stderr that are told, and bytes of each.
const LINES: usize = 3;
const LINE: u64 = 400;
/// How long, after the program has ended, it may take to see that it wrote too much. Its pipe may stay open, if a
/// program that it left behind has it.
const SURPLUS: Duration = Duration::from_secs(1);
/// How long, after the program has ended, its last picture may take to be read.
const READING: Duration = Duration::from_secs(10);
/// How long, after the program has ended, its last words may take to be read.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A program that draws some frames.
pub(super) struct Run<'a> {
    generator: &'a ExecGenerator,
    child: Child,
    group: Pid,
    /// The next frame that it draws, and the one after its last.
    next: u64,
    end: u64,
    /// Where it draws to, if not to stdout.
    out: Option<PathBuf>,
    pictures: Option<Receiver<Result<Picture, String>>>,
    stderr: Option<LastLines>,
    is_gone: bool,
}

enum Picture {
    /// All that the program wrote.
    Whole(Vec<u8>),
    /// One of a batch.
    One(Frame),
    /// More than a picture can be; the program was cut off.
    TooMuch(u64),
}

impl<'a> Run<'a> {
    /// Starts the program for `count` frames from `first` on.
    pub(super) fn start(
        generator: &'a ExecGenerator,
        first: u64,
        count: u64,
    ) -> Result<Self, String> {
        let exec = &generator.exec;
        let text = |e: std::io::Error| format!("cannot run {}: {e}", exec.command[0]);
        let out = match exec.to_file() {
            true => Some(generator.keeper.folder().map_err(text)?.join(format!("{first}.png"))),
            false => None,
        };
        let mut child = generator
            .values(first, count)
            .command(&exec.command, out.as_deref())
            .stdin(Stdio::null())
            .stdout(if out.is_some() { Stdio::null() } else { Stdio::piped() })
            .stderr(Stdio::piped())
            // It and all that it starts can be killed together.
            .process_group(0)
            .spawn()
            .map_err(text)?;
        let group = Pid::from_child(&child);
        let stderr = child.stderr.take().map(LastLines::of);
        let pictures = child.stdout.take().map(|pipe| {
            // Of a batch, one picture waits while the one before it is encoded.
            let (sender, receiver) = sync_channel(1);
            let (size, raw, batch) = (generator.clip.size, exec.raw, u64::from(exec.batch));
            std::thread::spawn(move || match batch > 1 {
                true => read_batch(pipe, size, raw, count, batch, &sender),
                false => drop(sender.send(read_whole(pipe, size, raw))),
            });
            receiver
        });
        let (next, end) = (first, first + count);
        // From here on it is killed when it is dropped.
        let run =
            Self { generator, child, group, next, end, out, pictures, stderr, is_gone: false };
        generator.keeper.born(group).map_err(text)?;
        Ok(run)
    }

    /// The frame that it draws next.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// True if it has drawn all its frames.
    pub(super) fn is_over(&self) -> bool {
        self.next >= self.end
    }

    /// Reads the next frame.
    pub(super) fn read(&mut self, frame: &mut Frame) -> Result<(), String> {
        let drawn = self.picture(frame);
        self.next += 1;
        drawn.map_err(|reason| {
            if self.is_gone {
                return self.failure(&reason);
            }
            // That it failed says more than what came of it.
            match self.wait(Duration::from_millis(200)) {
                Ok(Some(status)) if !status.success() => self.failure(&ended(status)),
                _ => self.failure(&reason),
            }
        })
    }

    fn picture(&mut self, frame: &mut Frame) -> Result<(), String> {
        let raw = self.generator.exec.raw;
        let picture = match self.pictures.is_some() {
            true => self.receive()?,
            false => self.read_file()?,
        };
        match picture {
            Picture::Whole(bytes) => picture::draw(&bytes, raw, frame),
            Picture::One(drawn) => {
                *frame = drawn;
                Ok(())
            }
            Picture::TooMuch(most) => {
                // What becomes of it now is our doing, and says nothing.
                self.kill();
                let size = self.generator.clip.size;
                Err(format!("wrote more than the {most} bytes that {size} pixels may take"))
            }
        }
    }

    /// The next picture from stdout.
    fn receive(&self) -> Result<Picture, String> {
        let Some(pictures) = &self.pictures else { return Err("wrote no picture".into()) };
        let mut waited = Stopwatch::start();
        let mut ended: Option<Stopwatch> = None;
        loop {
            match pictures.recv_timeout(GLANCE) {
                Ok(picture) => return picture,
                Err(RecvTimeoutError::Disconnected) => return Err("wrote no picture".into()),
                Err(RecvTimeoutError::Timeout) => self.go_on(waited.elapsed())?,
            }
            if !self.is_gone && self.has_ended() {
                // What it has left behind may hold its pipe open for ever.
                self.kill_group();
                if ended.get_or_insert_with(Stopwatch::start).elapsed() > READING {
                    return Err("ended, and something that it started holds its stdout open".into());
                }
            }
        }
    }

    /// The picture in the file that the program was told.
    fn read_file(&mut self) -> Result<Picture, String> {
        match self.wait(self.generator.timeout.unwrap_or(Duration::MAX))? {
            Some(status) if status.success() => {}
            Some(status) => return Err(ended(status)),
            None => return Err(self.too_long()),
        }
        let path = self.out.as_deref().unwrap_or(Path::new(""));
        // What is no file may block whoever reads it.
        if !path.is_file() {
            return Err("did not write the file {out}".into());
        }
        let bytes =
            std::fs::read(path).map_err(|e| format!("wrote no file {{out}} to read: {e}"))?;
        Ok(Picture::Whole(bytes))
    }

    /// An error if it is time to stop.
    fn go_on(&self, waited: Duration) -> Result<(), String> {
        self.generator.cancel.check().map_err(|stopped| stopped.to_string())?;
        match self.generator.timeout {
            Some(timeout) if waited > timeout => Err(self.too_long()),
            _ => Ok(()),
        }
    }

    fn too_long(&self) -> String {
        let seconds = self.generator.timeout.unwrap_or_default().as_secs_f64();
        format!("took longer than --timeout {seconds} s")
    }

    /// Waits for the program's end, and sees that it was a good one.
    pub(super) fn finish(mut self) -> Result<(), String> {
        let end = self.wait(self.generator.timeout.unwrap_or(Duration::MAX))?;
        if let Some(Err(surplus)) =
            self.pictures.as_ref().and_then(|p| p.recv_timeout(SURPLUS).ok())
        {
            return Err(self.failure(&surplus));
        }
        match end {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(self.failure(&ended(status))),
            None => Err(self.failure(&self.too_long())),
        }
    }

    /// Waits for the end; `None` if it takes longer than that.
    fn wait(&mut self, longest: Duration) -> Result<Option<ExitStatus>, String> {
        let mut waited = Stopwatch::start();
        let mut pause = Duration::from_micros(100);
        loop {
            if self.has_ended() {
                // What it has started and left behind goes with it, while its number is its own.
                self.kill();
                return self.child.wait().map(Some).map_err(|e| e.to_string());
            }
            self.generator.cancel.check().map_err(|stopped| stopped.to_string())?;
            if waited.elapsed() >= longest {
                return Ok(None);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        }
    }

    /// True if the program has ended. Its number stays its own until `wait` has returned.
    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.is_gone
            || rustix::process::waitid(WaitId::Pid(self.group), options)
                .is_ok_and(|ended| ended.is_some())
    }

    fn kill(&mut self) {
        if !std::mem::replace(&mut self.is_gone, true) {
            self.kill_group();
        }
    }

    fn kill_group(&self) {
        let _ = rustix::process::kill_process_group(self.group, Signal::KILL);
    }

    /// What happened, in one line, with the last that the program said.
    fn failure(&mut self, what: &str) -> String {
        self.kill();
        let said = self.stderr.take().map(LastLines::told).unwrap_or_default();
        let program = &self.generator.exec.command[0];
        match said.as_str() {
            "" => format!("{program} {what}"),
            said => format!("{program} {what}; it said: {said}"),
        }
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait();
        self.generator.keeper.gone(self.group);
        if let Some(out) = &self.out {
            let _ = std::fs::remove_file(out);
        }
    }
}

fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => format!("ended with {status}"),
    }
}

fn read_whole(pipe: ChildStdout, size: Size, raw: bool) -> Result<Picture, String> {
    let most = picture::most(size, raw);
    let mut bytes = Vec::new();
    // One more, to know that there is more.
    let read = pipe.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|e| format!("cannot be read from: {e}"))?;
    match bytes.len() as u64 > most {
        true => Ok(Picture::TooMuch(most)),
        false => Ok(Picture::Whole(bytes)),
    }
}

fn read_batch(
    pipe: ChildStdout,
    size: Size,
    raw: bool,
    count: u64,
    batch: u64,
    pictures: &SyncSender<Result<Picture, String>>,
) {
    let mut stream = BufReader::with_capacity(1 << 16, pipe);
    for _ in 0..count {
        let mut frame = Frame::new(size);
        let read = picture::read_one(&mut stream, raw, &mut frame).map(|()| Picture::One(frame));
        let is_last = read.is_err();
        if pictures.send(read).is_err() || is_last {
            return;
        }
    }
    // A program may always draw a whole batch, where fewer pictures are asked for. Anything more is of another size,
    // or not what was meant.
    let mut frame = Frame::new(size);
    let is_over = |stream: &mut BufReader<_>| stream.fill_buf().is_ok_and(|bytes| bytes.is_empty());
    for _ in count..batch {
        if is_over(&mut stream) {
            return;
        }
        if let Err(reason) = picture::read_one(&mut stream, raw, &mut frame) {
            let _ = pictures.send(Err(reason));
            return;
        }
    }
    if !is_over(&mut stream) {
        let most = format!("wrote more than the {batch} pictures of {size} pixels of its batch");
        let _ = pictures.send(Err(most));
    }
}

/// The last lines of what a program says.
struct LastLines {
    lines: Arc<Mutex<VecDeque<String>>>,
    reader: JoinHandle<()>,
}

impl LastLines {
    fn of(pipe: ChildStderr) -> Self {
        let lines = Arc::default();
        let kept = Arc::clone(&lines);
        Self { lines, reader: std::thread::spawn(move || keep_last(pipe, &kept)) }
    }

    /// All of them as one line. What still holds the pipe open is not waited for.
    fn told(self) -> String {
        let mut waited = Stopwatch::start();
        while !self.reader.is_finished() && waited.elapsed() < LAST_WORDS {
            std::thread::sleep(Duration::from_millis(1));
        }
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(String::as_str).collect::<Vec<_>>().join(" | ")
    }
}

fn keep_last(pipe: impl Read, kept: &Mutex<VecDeque<String>>) {
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    while reader.by_ref().take(LINE).read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        let text = String::from_utf8_lossy(&line).trim().to_string();
        line.clear();
        let mut lines = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !text.is_empty() {
            lines.push_back(text.chars().filter(|c| !c.is_control()).collect::<String>());
        }
        if lines.len() > LINES {
            lines.pop_front();
        }
    }
}
