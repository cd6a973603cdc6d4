//! A device at work: what it is asked for, drawn and read back.

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::super::device::Device;
use super::adapter::Gpu;
use super::bind::{Bound, Look, Pixels, Sheet};
use super::buffers::Buffers;
use super::compile::Compiled;
use super::engine::{Busy, Given, Plan, PlannedPass, Readback, Request};
use super::finish::Finisher;
use super::loops::ENDED;
use super::mips::Mips;
use super::read;

/// Pictures that are on their way at once.
const IN_FLIGHT: usize = 3;

/// What waits for the device, and whom to tell.
struct Flight {
    submitted: wgpu::SubmissionIndex,
    then: Then,
}

enum Then {
    Frame(wgpu::Buffer, Receiver<bool>, Sender<Result<Readback, String>>),
    Step,
}

/// A device that is open, and all that it draws with.
pub(super) struct Running {
    pub(super) gpu: Gpu,
    size: (u32, u32),
    /// The passes that draw into buffers, each with its place among all and its buffer; and that of the frame.
    pub(super) steps: Vec<(usize, usize, Bound)>,
    frame: Bound,
    sheets: Vec<(Sheet, wgpu::Texture)>,
    /// Pixels of each buffer.
    pub(super) buffers: Vec<(u32, u32)>,
    /// True for buffers of which smaller pictures are made.
    pub(super) mipped: Vec<bool>,
    pub(super) float: wgpu::TextureFormat,
    /// Where a frame is drawn, and where it is finished.
    drawn: wgpu::Texture,
    finish: Option<(Finisher, wgpu::Texture)>,
    sheet_mips: Mips,
    pub(super) buffer_mips: Mips,
    pub(super) states: HashMap<u64, Buffers>,
    flights: VecDeque<Flight>,
    spare: (Sender<wgpu::Buffer>, Receiver<wgpu::Buffer>),
    busy: Busy,
    /// What the driver said that nobody asked for: of what is wrong afterwards it is the reason.
    said: Arc<Mutex<Option<String>>>,
    /// Where it is noted that the driver ended loops, of one that does.
    ended: Option<wgpu::Buffer>,
}

/// Bytes of a note that loops were ended, and where it lies behind a picture.
pub(super) const ENDED_BYTES: u64 = 4;

impl Running {
    pub(super) fn new(device: &Device, plan: Plan, busy: Busy) -> Result<Self, String> {
        let gpu = Gpu::open(device)?;
        let said: Arc<Mutex<Option<String>>> = Arc::default();
        let note = |said: &Arc<Mutex<Option<String>>>, reason: String| {
            said.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
        };
        let heard = said.clone();
        gpu.device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            note(
                &heard,
                match error {
                    wgpu::Error::OutOfMemory { .. } => OUT_OF_MEMORY.into(),
                    error => error.to_string().split_whitespace().collect::<Vec<_>>().join(" "),
                },
            );
        }));
        let heard = said.clone();
        gpu.device.set_device_lost_callback(move |reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                note(&heard, format!("the device is lost: {message}"));
            }
        });
        let most = gpu.adapter.most_pixels;
        let points = plan.finish.points;
        let size = plan.size;
        let drawn_size = (size.0 * points, size.1 * points);
        let buffers = plan.passes.iter().filter(|pass| pass.buffer.is_some());
        let largest = buffers.map(|pass| pass.size.0.max(pass.size.1)).max().unwrap_or(0);
        if largest > most {
            return Err(format!(
                "a buffer has a side of {largest} pixels, and those of {} are at most {most}",
                gpu.adapter.name
            ));
        }
        let wide = plan.sheets.iter().find(|sheet| sheet.size.0.max(sheet.size.1) > most);
        if let Some(Sheet { size: (width, height), .. }) = wide {
            return Err(format!(
                "a channel shows a picture of {width}x{height} pixels, and those of {} have sides of {most} at most",
                gpu.adapter.name
            ));
        }
        let needed = memory(&plan);
        if drawn_size.0.max(drawn_size.1) > most {
            let lower = if points > 1 { "--antialias or --size" } else { "--size" };
            return Err(format!(
                "a picture of {}x{} points is too large for {}, whose sides are at most {most}; lower {lower}",
                drawn_size.0, drawn_size.1, gpu.adapter.name
            ));
        }
        let float = match gpu.filters_floats() {
            true => wgpu::TextureFormat::Rgba32Float,
            false => wgpu::TextureFormat::Rgba16Float,
        };
        let bytes = wgpu::TextureFormat::Rgba8Unorm;
        let drawn_format = if plan.finish.is_dithered { float } else { bytes };
        let drawn_into = || plan.passes.iter().filter_map(|pass| Some((pass.buffer?, pass.size)));
        let count = drawn_into().map(|(buffer, _)| buffer + 1).max().unwrap_or(0);
        // One that nobody draws is as small as can be.
        let of = |buffer: usize| {
            drawn_into().find(|(own, _)| *own == buffer).map_or((1, 1), |(_, size)| size)
        };
        let buffers: Vec<(u32, u32)> = (0..count).map(of).collect();
        let looks = || plan.passes.iter().flat_map(|pass| &pass.looks);
        let mipped = (0..count)
            .map(|buffer| {
                looks().any(|look| look.has_mips && look.pixels == Pixels::Buffer(buffer))
            })
            .collect();
        let copied = wgpu::TextureUsages::COPY_SRC | wgpu::TextureUsages::TEXTURE_BINDING;
        let drawn = super::layout::target(&gpu.device, drawn_size, drawn_format, copied);
        let finish = (!plan.finish.is_nothing()).then(|| {
            let finished =
                super::layout::target(&gpu.device, size, bytes, wgpu::TextureUsages::COPY_SRC);
            (Finisher::new(&gpu.device, plan.finish, bytes), finished)
        });
        let sheets: Vec<_> = plan
            .sheets
            .into_iter()
            .map(|sheet| {
                let texture = sheet.texture(&gpu.device);
                (sheet, texture)
            })
            .collect();
        let ended = gpu.ends_loops().then(|| {
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: ENDED_BYTES,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            })
        });
        let bind = |mut compiled: Compiled, looks, format| {
            let note =
                ended.as_ref().and_then(|ended| Some((compiled.watch_loops()?, ended.clone())));
            Bound::new(&gpu.device, compiled, looks, format, note)
        };
        let (mut steps, mut frame) = (Vec::new(), None);
        for (place, pass) in plan.passes.into_iter().enumerate() {
            let PlannedPass { compiled, buffer, looks, .. } = pass;
            match buffer {
                Some(buffer) => steps.push((place, buffer, bind(compiled, looks, float))),
                None => frame = Some(bind(compiled, looks, drawn_format)),
            }
        }
        let running = Self {
            size,
            steps,
            frame: frame.ok_or("there is no pass that draws the frame")?,
            sheets,
            buffers,
            mipped,
            float,
            drawn,
            finish,
            sheet_mips: Mips::new(&gpu.device, bytes),
            buffer_mips: Mips::new(&gpu.device, float),
            states: HashMap::new(),
            flights: VecDeque::new(),
            spare: channel(),
            busy,
            said,
            ended,
            gpu,
        };
        for (n, (sheet, _)) in running.sheets.iter().enumerate() {
            running.upload(n, &sheet.pixels);
        }
        match running.wrong() {
            None => Ok(running),
            Some(reason) if reason == OUT_OF_MEMORY => Err(format!(
                "{OUT_OF_MEMORY}: about {} MiB are needed; lower --size{}",
                needed.div_ceil(1 << 20),
                if points > 1 { " or --antialias" } else { "" }
            )),
            Some(reason) => Err(reason),
        }
    }

    /// What has gone wrong, if anything has.
    pub(super) fn wrong(&self) -> Option<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Does what is asked, until nobody can ask any more.
    pub(super) fn run(&mut self, asked: &Receiver<Request>) {
        loop {
            let request = match self.flights.is_empty() {
                true => asked.recv().map_err(|_| TryRecvError::Disconnected),
                false => asked.try_recv(),
            };
            match request {
                Ok(request) => {
                    // A driver may compile as it takes work.
                    self.note_busy(true);
                    self.serve(request);
                    if self.flights.is_empty() {
                        self.note_busy(false);
                    }
                }
                Err(TryRecvError::Empty) => self.land(),
                Err(TryRecvError::Disconnected) => break,
            }
            while self.flights.len() >= IN_FLIGHT {
                self.land();
            }
        }
        while !self.flights.is_empty() {
            self.land();
        }
    }

    /// Notes since when the device has been at work, or that it is not.
    fn note_busy(&self, is_busy: bool) {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        *busy = if is_busy { busy.or_else(|| Some(Instant::now())) } else { None };
    }

    fn serve(&mut self, request: Request) {
        match request {
            Request::Frame { index, state, given, reply } => {
                match self.draw(index, state, &given) {
                    Ok((buffer, submitted)) => {
                        let (tell, told) = channel();
                        buffer.map_async(wgpu::MapMode::Read, .., move |mapped| {
                            let _ = tell.send(mapped.is_ok());
                        });
                        self.fly(submitted, Then::Frame(buffer, told, reply));
                    }
                    Err(e) => {
                        let _ = reply.send(Err(e));
                    }
                }
            }
            Request::Step { state, given, reply } => {
                let stepped = self.step(state, &given);
                let _ = reply.send(stepped.map(|submitted| self.fly(submitted, Then::Step)));
            }
            Request::Save { state, reply } => {
                let _ = reply.send(self.save(state));
            }
            Request::Load { state, bytes, reply } => {
                let _ = reply.send(self.load(state, &bytes));
            }
            Request::Forget { state } => drop(self.states.remove(&state)),
        }
    }

    fn fly(&mut self, submitted: wgpu::SubmissionIndex, then: Then) {
        self.flights.push_back(Flight { submitted, then });
    }

    /// Waits for what was asked first.
    fn land(&mut self) {
        let Some(Flight { submitted, then }) = self.flights.pop_front() else { return };
        let waited = self
            .gpu
            .device
            .poll(wgpu::PollType::Wait { submission_index: Some(submitted), timeout: None });
        let now = (!self.flights.is_empty()).then(Instant::now);
        *self.busy.lock().unwrap_or_else(PoisonError::into_inner) = now;
        let Then::Frame(buffer, told, reply) = then else { return };
        let result = match (self.wrong(), waited, told.try_recv()) {
            (Some(reason), ..) => Err(reason),
            (None, Ok(_), Ok(true)) => {
                let readback = Readback { buffer, size: self.size, spare: self.spare.0.clone() };
                match self.ended.is_some() && readback.is_ended() {
                    true => Err(ENDED.into()),
                    false => Ok(readback),
                }
            }
            _ => Err("the device is lost".into()),
        };
        let _ = reply.send(result);
    }

    pub(super) fn upload(&self, number: usize, pixels: &[u8]) {
        let Some((sheet, texture)) = self.sheets.get(number) else { return };
        let (width, height) = sheet.size;
        let bytes_per_row = Some(width * sheet.depth);
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row, rows_per_image: None };
        let extent = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
        self.gpu.queue.write_texture(texture.as_image_copy(), pixels, layout, extent);
        if texture.mip_level_count() > 1 {
            let mut commands = self.gpu.device.create_command_encoder(&Default::default());
            self.sheet_mips.make(&self.gpu.device, &mut commands, texture);
            self.gpu.queue.submit([commands.finish()]);
        }
    }

    /// The picture of a look; of buffers those that were drawn last.
    pub(super) fn view(&self, look: &Look, buffers: Option<&Buffers>) -> wgpu::TextureView {
        let texture = match look.pixels {
            Pixels::Sheet(number) => self.sheets.get(number).map(|(_, texture)| texture),
            Pixels::Buffer(number) => buffers.and_then(|buffers| buffers.last.get(number)),
        };
        // What a shader looks at that is not there is what it draws at first: nothing. A plan has no such look.
        let texture = texture.or_else(|| self.sheets.first().map(|(_, texture)| texture));
        let count = if look.has_mips { None } else { Some(1) };
        let of = wgpu::TextureViewDescriptor { mip_level_count: count, ..Default::default() };
        texture.map_or_else(|| self.drawn.create_view(&of), |texture| texture.create_view(&of))
    }

    fn draw(
        &mut self,
        index: u64,
        state: Option<u64>,
        given: &Given,
    ) -> Result<(wgpu::Buffer, wgpu::SubmissionIndex), String> {
        if let Some(reason) = self.wrong() {
            return Err(reason);
        }
        given.sheets.iter().for_each(|(number, pixels)| self.upload(*number, pixels));
        let Gpu { device, queue, .. } = &self.gpu;
        if let Some(blocks) = given.passes.last() {
            self.frame.fill(queue, blocks);
        }
        let buffers = state.and_then(|state| self.states.get(&state));
        let mut commands = device.create_command_encoder(&Default::default());
        let groups = self.frame.groups(device, &|look| self.view(look, buffers));
        let drawn = self.drawn.create_view(&Default::default());
        read::draw(&mut commands, &drawn, &self.frame.pipeline, &groups);
        let buffer = self
            .spare
            .1
            .try_recv()
            .unwrap_or_else(|_| read::buffer_and(device, self.size, 4, ENDED_BYTES));
        let finished = match &self.finish {
            Some((finisher, finished)) => {
                let target = finished.create_view(&Default::default());
                finisher.draw((device, queue), &mut commands, &drawn, &target, index);
                finished
            }
            None => &self.drawn,
        };
        read::copy(&mut commands, finished, &buffer, self.size, 4);
        if let Some(ended) = &self.ended {
            let behind = read::bytes(self.size, 4);
            commands.copy_buffer_to_buffer(ended, 0, &buffer, behind, ENDED_BYTES);
        }
        let submitted = queue.submit([commands.finish()]);
        match self.wrong() {
            Some(reason) => Err(reason),
            None => Ok((buffer, submitted)),
        }
    }
}

pub(super) fn extent((width, height): (u32, u32)) -> wgpu::Extent3d {
    wgpu::Extent3d { width, height, depth_or_array_layers: 1 }
}

const OUT_OF_MEMORY: &str = "the device has not enough memory";

/// Bytes that a plan takes on the device, about.
fn memory(plan: &Plan) -> u64 {
    let pixels = u64::from(plan.size.0) * u64::from(plan.size.1);
    let drawn = pixels
        * u64::from(plan.finish.points).pow(2)
        * if plan.finish.is_dithered { 16 } else { 4 };
    let of = |pass: &PlannedPass| u64::from(pass.size.0) * u64::from(pass.size.1);
    let buffers: u64 = plan.passes.iter().filter(|pass| pass.buffer.is_some()).map(of).sum();
    drawn + pixels * 4 * (1 + IN_FLIGHT as u64) + buffers * 16 * 2
}
