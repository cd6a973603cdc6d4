//! How pictures are drawn, and read back into memory.

use std::time::Duration;

/// Bytes from row to row in a buffer.
pub(super) fn stride(width: u32, pixel: u32) -> u32 {
    (width * pixel).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT)
}

/// Bytes of a picture in a buffer.
pub(super) fn bytes((width, height): (u32, u32), pixel: u32) -> u64 {
    u64::from(stride(width, pixel)) * u64::from(height)
}

/// A buffer that holds a picture of so many bytes a pixel.
pub(super) fn buffer(device: &wgpu::Device, size: (u32, u32), pixel: u32) -> wgpu::Buffer {
    buffer_and(device, size, pixel, 0)
}

/// The same, with some bytes behind.
pub(super) fn buffer_and(
    device: &wgpu::Device,
    size: (u32, u32),
    pixel: u32,
    behind: u64,
) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: bytes(size, pixel) + behind,
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    })
}

/// Covers `target` with what a pipeline draws.
pub(super) fn draw(
    commands: &mut wgpu::CommandEncoder,
    target: &wgpu::TextureView,
    pipeline: &wgpu::RenderPipeline,
    groups: &[wgpu::BindGroup],
) {
    let ops = wgpu::Operations {
        load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
        store: wgpu::StoreOp::Store,
    };
    let attachment = wgpu::RenderPassColorAttachment {
        view: target,
        depth_slice: None,
        resolve_target: None,
        ops,
    };
    let mut pass = commands.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: None,
        color_attachments: &[Some(attachment)],
        depth_stencil_attachment: None,
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    });
    pass.set_pipeline(pipeline);
    for (index, group) in (0..).zip(groups) {
        pass.set_bind_group(index, group, &[]);
    }
    pass.draw(0..3, 0..1);
}

/// Copies a picture into a buffer.
pub(super) fn copy(
    commands: &mut wgpu::CommandEncoder,
    picture: &wgpu::Texture,
    buffer: &wgpu::Buffer,
    (width, height): (u32, u32),
    pixel: u32,
) {
    let bytes_per_row = Some(stride(width, pixel));
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row, rows_per_image: None };
    commands.copy_texture_to_buffer(
        picture.as_image_copy(),
        wgpu::TexelCopyBufferInfo { buffer, layout },
        wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
    );
}

/// How long what is no frame may take.
const LONGEST: Duration = Duration::from_secs(60);

/// What a buffer holds, once `submitted` is done.
///
/// # Errors
/// The device is gone, or does not answer.
pub(super) fn now(
    device: &wgpu::Device,
    buffer: &wgpu::Buffer,
    submitted: wgpu::SubmissionIndex,
) -> Result<Vec<u8>, String> {
    let (tell, told) = std::sync::mpsc::channel();
    buffer.map_async(wgpu::MapMode::Read, .., move |mapped| {
        let _ = tell.send(mapped);
    });
    let wait = wgpu::PollType::Wait { submission_index: Some(submitted), timeout: Some(LONGEST) };
    device.poll(wait).map_err(|e| format!("the device does not answer: {e}"))?;
    match told.try_recv() {
        Ok(Ok(())) => {}
        _ => return Err("the device is gone".into()),
    }
    let view = buffer.get_mapped_range(..).map_err(|e| format!("the device is gone: {e}"))?;
    let bytes = view.to_vec();
    drop(view);
    buffer.unmap();
    Ok(bytes)
}
