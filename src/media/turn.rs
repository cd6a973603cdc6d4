//! Films that are stored lying down: phones turn the picture by a matrix in the file.

use ffmpeg_next::codec::packet::side_data::Type;
use ffmpeg_next::ffi;

/// By how many quarters the picture is to be turned, clockwise, 0 to 3.
pub(super) fn quarter_turns(stream: &ffmpeg_next::Stream) -> u32 {
    let matrix = stream.side_data().find(|side| side.kind() == Type::DisplayMatrix);
    let Some(matrix) = matrix.filter(|side| side.data().len() >= 36) else { return 0 };
    let mut entries = [0i32; 9];
    for (entry, bytes) in entries.iter_mut().zip(matrix.data().chunks_exact(4)) {
        *entry = i32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    // SAFETY: the function reads nine numbers, which are there.
    let degrees = unsafe { ffi::av_display_rotation_get(entries.as_ptr()) };
    if !degrees.is_finite() {
        return 0;
    }
    // FFmpeg counts counterclockwise.
    ((-degrees / 90.0).round() as i64).rem_euclid(4) as u32
}
