//! How a stream is coded and shown, as far as the packets of another can follow its own.

use ffmpeg_next::Stream;
use ffmpeg_next::codec::Id;
use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::codec::packet::side_data::Type;
use ffmpeg_next::ffi::AVColorRange;

use super::nal::{Start, start};
use crate::media::alpha::is_transparent;
use crate::media::assemble::extradata;

/// What a stream says, beside its parameters, of how its pictures are to be shown.
const SHOWN: [(Type, &str); 6] = [
    (Type::DisplayMatrix, "rotation"),
    (Type::Stereo3d, "note on 3D"),
    (Type::DataSpherical, "note on how it goes around the viewer"),
    (Type::MasteringDisplayMetadata, "note on the screen it was mastered on"),
    (Type::ContentLightLevel, "note on its brightness"),
    (Type::DOVI_CONF, "Dolby Vision"),
];

/// How a stream is coded and shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Form {
    codec: Id,
    size: (i32, i32),
    format: i32,
    rate: i32,
    channels: i32,
    /// Alpha stands beside its packets.
    pub(super) is_transparent: bool,
    /// Whether of full range, and primaries, transfer and matrix.
    colors: [i64; 4],
    /// Of a pixel, width and height.
    pub(super) aspect: (i32, i32),
    shown: Vec<(Type, Vec<u8>)>,
    extradata: Vec<u8>,
    /// How many pictures the decoder holds back to show them in order.
    pub(super) delay: usize,
}

impl Form {
    pub(super) fn of(stream: &Stream) -> Self {
        let parameters = stream.parameters();
        let is_shown = |kind: Type| SHOWN.iter().any(|(shown, _)| *shown == kind);
        let side = stream.side_data().filter(|side| is_shown(side.kind()));
        // SAFETY: the parameters and the stream are valid as long as they are borrowed; plain numbers.
        let (p, outer) = unsafe { (&*parameters.as_ptr(), (*stream.as_ptr()).sample_aspect_ratio) };
        let aspect = if outer.num > 0 { outer } else { p.sample_aspect_ratio };
        let is_square = aspect.num <= 0 || aspect.den <= 0 || aspect.num == aspect.den;
        Self {
            codec: parameters.id(),
            size: (p.width, p.height),
            format: p.format,
            rate: p.sample_rate,
            channels: p.ch_layout.nb_channels,
            is_transparent: is_transparent(stream),
            colors: [
                // What says nothing is of limited range.
                (p.color_range == AVColorRange::AVCOL_RANGE_JPEG).into(),
                p.color_primaries as i64,
                p.color_trc as i64,
                p.color_space as i64,
            ],
            aspect: if is_square { (1, 1) } else { (aspect.num, aspect.den) },
            shown: side.map(|side| (side.kind(), side.data().to_vec())).collect(),
            extradata: extradata(&parameters),
            delay: usize::try_from(p.video_delay).unwrap_or(0),
        }
    }

    /// In what `self` differs from `other`; `None` if packets of the one can follow those of the other.
    pub(super) fn difference(&self, other: &Self) -> Option<&'static str> {
        let differ = [
            (self.codec != other.codec, "codec"),
            (self.size != other.size, "size"),
            (self.format != other.format, "format of samples"),
            (self.rate != other.rate, "sample rate"),
            (self.channels != other.channels, "number of channels"),
            (self.is_transparent != other.is_transparent, "transparency"),
        ];
        let coded = differ.into_iter().find(|(is, _)| *is).map(|(_, what)| what);
        let settings = || (self.extradata != other.extradata).then_some("settings of the encoder");
        coded.or_else(|| self.lost(other)).or_else(settings)
    }

    /// What of how it is shown is otherwise in `other`.
    pub(super) fn lost(&self, other: &Self) -> Option<&'static str> {
        // Containers round it: some store the size of the whole picture as shown.
        let aspect = |form: &Self| f64::from(form.aspect.0) / f64::from(form.aspect.1);
        if (aspect(self) / aspect(other) - 1.0).abs() > 0.005 {
            return Some("shape of pixels");
        }
        let data = |form: &Self, kind: Type| {
            form.shown.iter().find(|(own, _)| *own == kind).map(|(_, data)| data.clone())
        };
        let shown = SHOWN.iter().find(|(kind, _)| data(self, *kind) != data(other, *kind));
        let colors = || (self.colors != other.colors).then_some("colours");
        shown.map(|(_, what)| *what).or_else(colors)
    }

    /// What kind of key frame a packet of the stream holds.
    pub(super) fn start(&self, packet: &Packet) -> Start {
        start(self.codec, &self.extradata, packet.data().unwrap_or_default())
    }

    /// The data of how it is shown.
    pub(super) fn shown(&self) -> impl Iterator<Item = (Type, &[u8])> {
        self.shown.iter().map(|(kind, data)| (*kind, &data[..]))
    }
}
