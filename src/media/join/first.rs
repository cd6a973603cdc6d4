//! Whether the first picture of a piece can be shown by what came with it.

use ffmpeg_next::codec::context::Context;
use ffmpeg_next::codec::packet::{Flags, Packet};
use ffmpeg_next::codec::{Parameters, threading};
use ffmpeg_next::decoder;
use ffmpeg_next::frame::Video;

use crate::media::reader::is_damaged;
use crate::media::versions::for_pictures;

/// Packets that are decoded together at most: one picture may be two fields, or refer to another that is not shown.
const TRIED: usize = 8;

/// Decodes the first pictures of pieces by the parameters of the film that is made.
pub(super) struct First(Option<decoder::Video>);

impl First {
    /// For pictures of these parameters. Pictures that FFmpeg cannot decode pass unchecked.
    pub(super) fn new(parameters: Parameters) -> Self {
        let context = Context::from_parameters(parameters).ok().map(|mut context| {
            context.set_threading(threading::Config::count(1));
            context
        });
        Self(context.and_then(|context| for_pictures(|| context.decoder().video()).ok()))
    }

    /// True if the first picture of a piece, shown at `time`, is whole. The piece begins with `packets`.
    pub(super) fn is_whole<'a>(
        &mut self,
        packets: impl Iterator<Item = &'a Packet> + Clone,
        time: i64,
    ) -> bool {
        let Some(decoder) = &mut self.0 else { return true };
        [1, TRIED].into_iter().any(|count| {
            decoder.flush();
            // A copy shows what the edit list of its film hides, so the decoder must not drop it.
            let mut shown = packets.clone().take(count).map(|packet| {
                let mut shown = packet.clone();
                shown.set_flags(if packet.is_key() { Flags::KEY } else { Flags::empty() });
                shown
            });
            let mut picture = Video::empty();
            let (sent, is_there) = for_pictures(|| {
                let sent = shown.all(|packet| decoder.send_packet(&packet).is_ok());
                (sent, decoder.send_eof().is_ok() && decoder.receive_frame(&mut picture).is_ok())
            });
            let is_first = picture.pts().or(picture.timestamp()).is_none_or(|shown| shown == time);
            sent && is_there && is_first && !is_damaged(&picture)
        })
    }
}
