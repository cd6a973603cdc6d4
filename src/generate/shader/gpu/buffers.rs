//! The buffers of a state: drawn anew from frame to frame, saved and taken up.

use super::adapter::Gpu;
use super::engine::Given;
use super::mips::levels;
use super::read;
use super::running::{Running, extent};

/// The buffers of a state: those that were drawn last, and those before.
pub(super) struct Buffers {
    pub(super) last: Vec<wgpu::Texture>,
    before: Vec<wgpu::Texture>,
}

impl Running {
    /// Buffers that hold nothing.
    fn blank(&self) -> Buffers {
        let usage = wgpu::TextureUsages::RENDER_ATTACHMENT
            | wgpu::TextureUsages::TEXTURE_BINDING
            | wgpu::TextureUsages::COPY_SRC
            | wgpu::TextureUsages::COPY_DST;
        let texture = |buffer: usize| {
            self.gpu.device.create_texture(&wgpu::TextureDescriptor {
                label: None,
                size: extent(self.buffers[buffer]),
                mip_level_count: match self.mipped[buffer] {
                    true => levels(self.buffers[buffer]),
                    false => 1,
                },
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: self.float,
                usage,
                view_formats: &[],
            })
        };
        let all = || (0..self.buffers.len()).map(texture).collect();
        Buffers { last: all(), before: all() }
    }

    pub(super) fn step(
        &mut self,
        state: u64,
        given: &Given,
    ) -> Result<wgpu::SubmissionIndex, String> {
        if let Some(reason) = self.wrong() {
            return Err(reason);
        }
        given.sheets.iter().for_each(|(number, pixels)| self.upload(*number, pixels));
        let mut buffers = self.states.remove(&state).unwrap_or_else(|| self.blank());
        let Gpu { device, queue, .. } = &self.gpu;
        let mut commands = device.create_command_encoder(&Default::default());
        for (place, number, bound) in &self.steps {
            let Some(blocks) = given.passes.get(*place) else { continue };
            bound.fill(queue, blocks);
            let groups = bound.groups(device, &|look| self.view(look, Some(&buffers)));
            let target = buffers.before[*number].create_view(&wgpu::TextureViewDescriptor {
                mip_level_count: Some(1),
                ..Default::default()
            });
            read::draw(&mut commands, &target, &bound.pipeline, &groups);
            if self.mipped[*number] {
                self.buffer_mips.make(device, &mut commands, &buffers.before[*number]);
            }
            // Passes behind it see what it has drawn.
            std::mem::swap(&mut buffers.last[*number], &mut buffers.before[*number]);
        }
        let submitted = queue.submit([commands.finish()]);
        self.states.insert(state, buffers);
        match self.wrong() {
            Some(reason) => Err(reason),
            None => Ok(submitted),
        }
    }

    /// Bytes of a pixel of buffers.
    fn depth(&self) -> u32 {
        if self.float == wgpu::TextureFormat::Rgba32Float { 16 } else { 8 }
    }

    pub(super) fn save(&mut self, state: u64) -> Result<Vec<u8>, String> {
        let (device, queue) = (&self.gpu.device, &self.gpu.queue);
        let Some(buffers) = self.states.get(&state) else {
            return Err("there is no such state".into());
        };
        let mut bytes = Vec::new();
        for (texture, size) in buffers.last.iter().zip(&self.buffers) {
            let row = (size.0 * self.depth()) as usize;
            let buffer = read::buffer(device, *size, self.depth());
            let mut commands = device.create_command_encoder(&Default::default());
            read::copy(&mut commands, texture, &buffer, *size, self.depth());
            let all = read::now(device, &buffer, queue.submit([commands.finish()]))?;
            let rows = all.chunks_exact(read::stride(size.0, self.depth()) as usize);
            rows.for_each(|bytes_of| bytes.extend_from_slice(&bytes_of[..row]));
        }
        Ok(bytes)
    }

    pub(super) fn load(&mut self, state: u64, bytes: &[u8]) -> Result<bool, String> {
        let bytes_of =
            |(width, height): &(u32, u32)| (width * self.depth()) as usize * *height as usize;
        if bytes.len() != self.buffers.iter().map(bytes_of).sum::<usize>() {
            return Ok(false);
        }
        let buffers = self.blank();
        let mut rest = bytes;
        for (number, (texture, size)) in buffers.last.iter().zip(&self.buffers).enumerate() {
            let (own, others) = rest.split_at(bytes_of(size));
            rest = others;
            let bytes_per_row = Some(size.0 * self.depth());
            let layout =
                wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row, rows_per_image: None };
            self.gpu.queue.write_texture(texture.as_image_copy(), own, layout, extent(*size));
            if self.mipped[number] {
                let mut commands = self.gpu.device.create_command_encoder(&Default::default());
                self.buffer_mips.make(&self.gpu.device, &mut commands, texture);
                self.gpu.queue.submit([commands.finish()]);
            }
        }
        self.states.insert(state, buffers);
        self.wrong().map_or(Ok(true), Err)
    }
}
