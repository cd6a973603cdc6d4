//! Streams of a copy: what a container has a place for, and what is said of them there.

use ffmpeg_next::codec::Parameters;
use ffmpeg_next::format::context;
use ffmpeg_next::media;
use ffmpeg_next::{Error as AvError, Stream, StreamMut, ffi};

use super::form::Form;

/// The name of a stream's codec if the container is not known to have a place for it. It may have one: Matroska takes
/// all that AVI does.
pub(super) fn unknown_codec(output: &context::Output, stream: &Stream) -> Option<&'static str> {
    let id = stream.parameters().id();
    // SAFETY: the format is static, and the function only looks into its tables.
    let answer = unsafe {
        ffi::avformat_query_codec((*output.as_ptr()).oformat, id.into(), ffi::FF_COMPLIANCE_NORMAL)
    };
    (answer == 0).then(|| id.name())
}

/// True for ADPCM in blocks, which MP4 and QuickTime store without times.
pub(super) fn is_adpcm(stream: &Stream) -> bool {
    matches!(stream.parameters().id().name(), "adpcm_ms" | "adpcm_ima_wav")
}

/// True for codecs that Matroska stores only in QuickTime's way (`V_QUICKTIME`). FFmpeg reads that; players do not.
pub(super) fn is_quicktime_only(output: &context::Output, stream: &Stream) -> bool {
    let is_picture = stream.parameters().medium() == media::Type::Video;
    // SAFETY: the tables are static, and the list of them ends with a null pointer.
    let has_tag = unsafe {
        let tables = [ffi::avformat_get_riff_video_tags(), std::ptr::null()];
        ffi::av_codec_get_tag(tables.as_ptr(), stream.parameters().id().into()) != 0
    };
    is_picture && !has_tag && unknown_codec(output, stream).is_some()
}

/// Adds a stream like `stream`.
pub(super) fn add(output: &mut context::Output, stream: &Stream) -> Result<(), AvError> {
    let parameters = stream.parameters();
    let form = Form::of(stream);
    let tag = tag(output, &parameters);
    let mut copy = output.add_stream(parameters.id())?;
    copy.set_parameters(parameters);
    copy.set_time_base(stream.time_base());
    copy.set_avg_frame_rate(stream.avg_frame_rate());
    // SAFETY: the stream belongs to `output`, whose header is not yet written; plain numbers.
    unsafe {
        let raw = copy.as_mut_ptr();
        let own = &mut *(*raw).codecpar;
        own.codec_tag = tag;
        // The first packets are none of a lead-in.
        own.initial_padding = 0;
        // Of alpha beside its packets, muxers know from the pixels only.
        if form.is_transparent {
            own.format = ffi::AVPixelFormat::AV_PIX_FMT_YUVA420P as i32;
        }
        own.sample_aspect_ratio = ffi::AVRational { num: form.aspect.0, den: form.aspect.1 };
        (*raw).sample_aspect_ratio = own.sample_aspect_ratio;
    }
    form.shown().try_for_each(|(kind, data)| tell(&mut copy, kind.into(), data))
}

/// The tag of a stream's codec, if it is one of the container's too (`hvc1`, whose parameters stand in the header only),
/// or if the container has none for the codec (the profile of ProRes in Matroska); else 0, which lets the muxer choose.
fn tag(output: &context::Output, parameters: &Parameters) -> u32 {
    // SAFETY: the format and its tables are static, and the parameters valid as long as they are borrowed.
    unsafe {
        let tag = (*parameters.as_ptr()).codec_tag;
        let tags = (*(*output.as_ptr()).oformat).codec_tag;
        let codec = parameters.id().into();
        let is_its = || ffi::av_codec_get_id(tags, tag) == codec;
        let has_one = || ffi::av_codec_get_tag(tags, codec) != 0;
        if tags.is_null() || is_its() || !has_one() { tag } else { 0 }
    }
}

/// Gives a stream the data of how it is shown.
#[cfg(not(parameters_hold_side_data))]
fn tell(
    stream: &mut StreamMut,
    kind: ffi::AVPacketSideDataType,
    data: &[u8],
) -> Result<(), AvError> {
    // SAFETY: the stream is valid; the memory is FFmpeg's, of the size that was asked for.
    unsafe {
        let place = ffi::av_stream_new_side_data(stream.as_mut_ptr(), kind, data.len());
        if place.is_null() {
            return Err(AvError::Other { errno: ffmpeg_next::error::ENOMEM });
        }
        std::ptr::copy_nonoverlapping(data.as_ptr(), place, data.len());
    }
    Ok(())
}

/// It is part of the parameters.
#[cfg(parameters_hold_side_data)]
fn tell(_: &mut StreamMut, _: ffi::AVPacketSideDataType, _: &[u8]) -> Result<(), AvError> {
    Ok(())
}
