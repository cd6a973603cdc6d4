//! Sound in a file of its own.

use std::fs::File;
use std::path::Path;

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::format::context;

use super::encode::encode;
use super::{Samples, SoundCodec, SoundFormat};
use crate::error::Result;
use crate::media::files::{create, failed, options};

/// The kinds of files that sound is written into, without loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoundFile {
    /// WAV, or RF64 (EBU Tech 3306) beyond 4 GiB: 24 bits.
    Wav,
    /// FLAC, 24 bits.
    Flac,
}

impl SoundFile {
    /// That of a file with this ending.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "wav" => Some(Self::Wav),
            "flac" => Some(Self::Flac),
            _ => None,
        }
    }

    fn codec(self) -> SoundCodec {
        match self {
            Self::Wav => SoundCodec::Pcm,
            Self::Flac => SoundCodec::Flac,
        }
    }

    /// Writes so many `samples` into `file`, an empty one; `path` is named in errors. `read` adds so many samples to its
    /// last argument, from the first on.
    ///
    /// # Errors
    /// The file cannot be written, or `read` failed.
    pub fn write(
        self,
        file: File,
        path: &Path,
        (rate, channels): (u32, u32),
        samples: u64,
        mut read: impl FnMut(i64, usize, &mut Samples) -> Result<()>,
    ) -> Result<()> {
        /// Packets that are in memory at once.
        const AT_ONCE: u64 = 64;
        let format = SoundFormat { codec: self.codec(), rate, channels, bitrate: 0 };
        let mut output: Option<context::Output> = None;
        let packets = samples.div_ceil(format.packet());
        for first in (0..packets).step_by(AT_ONCE as usize) {
            let wanted = first..(first + AT_ONCE).min(packets);
            let encoded = encode(&format, wanted.clone(), samples, &mut read)?;
            let output = match &mut output {
                Some(output) => output,
                none => none.insert(self.begin(&file, path, &encoded.parameters, samples)?),
            };
            let time_base = output.stream(0).map(|stream| stream.time_base());
            for (n, mut packet) in wanted.zip(encoded.packets) {
                let time = format.first_sample(n);
                packet.set_stream(0);
                packet.set_pts(Some(time));
                packet.set_dts(Some(time));
                packet.set_duration((samples as i64 - time).min(format.packet() as i64));
                if let Some(time_base) = time_base {
                    packet.rescale_ts((1, rate as i32), time_base);
                }
                Packet::write(&packet, output).map_err(failed("write", path))?;
            }
        }
        match output {
            Some(mut output) => output.write_trailer().map_err(failed("write", path)),
            None => Ok(()),
        }
    }

    fn begin(
        self,
        file: &File,
        path: &Path,
        parameters: &ffmpeg_next::codec::Parameters,
        samples: u64,
    ) -> Result<context::Output> {
        let (muxer, settings) = match self {
            Self::Wav => {
                ("wav", vec![("fflags", "+bitexact".to_string()), ("rf64", "auto".into())])
            }
            Self::Flac => ("flac", vec![("fflags", "+bitexact".to_string())]),
        };
        let file = file.try_clone().map_err(crate::error::Error::io("write", path))?;
        let mut output = create(file, path, muxer)?;
        {
            let mut stream = output.add_stream(parameters.id()).map_err(failed("write", path))?;
            stream.set_parameters(parameters.clone());
            if self == Self::Flac {
                // SAFETY: the stream belongs to `output`, whose header is not yet written; its extradata is null, or of the
                // size beside it.
                unsafe {
                    let parameters = &mut *(*stream.as_mut_ptr()).codecpar;
                    if !parameters.extradata.is_null() && parameters.extradata_size >= 18 {
                        let info = std::slice::from_raw_parts_mut(parameters.extradata, 18);
                        // Of 36 bits.
                        info[13] = info[13] & 0xF0 | (samples >> 32 & 0xF) as u8;
                        info[14..18].copy_from_slice(&(samples as u32).to_be_bytes());
                    }
                }
            }
        }
        output.write_header_with(options(settings)).map_err(failed("write", path))?;
        Ok(output)
    }
}
