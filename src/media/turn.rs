//! Films that are stored lying down or mirrored: phones turn the picture by a matrix in the file.

use ffmpeg_next::codec::packet::side_data::Type;
use ffmpeg_next::ffi;

/// How a picture is turned before it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Turn {
    /// Quarters, clockwise, 0 to 3.
    quarters: u8,
    /// Upside down before it is turned.
    is_flipped: bool,
}

impl Turn {
    /// That of a stream's pictures.
    pub(super) fn of(stream: &ffmpeg_next::Stream) -> Self {
        let matrix = stream.side_data().find(|side| side.kind() == Type::DisplayMatrix);
        let Some(matrix) = matrix.filter(|side| side.data().len() >= 36) else {
            return Self::default();
        };
        let mut entries = [0i32; 9];
        for (entry, bytes) in entries.iter_mut().zip(matrix.data().chunks_exact(4)) {
            *entry = i32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        // SAFETY: the function reads nine numbers, which are there.
        let degrees = unsafe { ffi::av_display_rotation_get(entries.as_ptr()) };
        if !degrees.is_finite() {
            return Self::default();
        }
        let [a, b, _, c, d, ..] = entries.map(i64::from);
        Self {
            // FFmpeg counts counterclockwise.
            quarters: (-degrees / 90.0).round().rem_euclid(4.0) as u8,
            is_flipped: a * d - b * c < 0,
        }
    }

    /// True if width and height are exchanged.
    pub(super) fn lies(self) -> bool {
        self.quarters % 2 == 1
    }

    /// FFmpeg's filters that do it, with a comma after each.
    pub(super) fn filters(self) -> &'static str {
        match (self.quarters, self.is_flipped) {
            (1, false) => "transpose=clock,",
            (1, true) => "transpose=cclock_flip,",
            (2, false) => "hflip,vflip,",
            (2, true) => "hflip,",
            (3, false) => "transpose=cclock,",
            (3, true) => "transpose=clock_flip,",
            (_, false) => "",
            (_, true) => "vflip,",
        }
    }
}
