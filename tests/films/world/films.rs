//! The films: one of each habit.

use std::path::Path;
use std::process::Command;

use crate::common::{Folder, Numbered, apart, stderr};

/// A film of 60 frames, 25 a second, that carry their numbers, with a click each quarter of a second.
pub struct Film {
    /// What is peculiar to it.
    pub what: &'static str,
    pub name: &'static str,
    /// Options of the encoder of the picture.
    pub video: &'static str,
    /// Those of the sound; none if it is empty.
    pub sound: &'static str,
    /// Options of a second run of ffmpeg that copies the film, before its name; none if it is empty.
    pub remux: &'static str,
    /// The container that it is copied into.
    pub copy: &'static str,
    /// Of a film in two parts: options of the second part's picture and sound.
    pub second: Option<(&'static str, &'static str)>,
    /// Its pictures are stored otherwise than they are shown, so that their numbers cannot be read.
    pub is_turned: bool,
    /// Its last two fifths are missing.
    pub is_cut: bool,
    /// Its sound stands far from its picture.
    pub is_apart: bool,
    /// So many frames are hidden at its beginning by an edit list.
    pub hidden: u16,
    /// How long its sound needs to get going after a cut, in seconds.
    pub lead: f64,
    /// How far a click may be from its place: half a packet, in seconds.
    pub slack: f64,
}

const H264: &str = "-c:v libx264 -preset veryfast -g 10 -keyint_min 10 -sc_threshold 0";
const AAC: &str = "-c:a aac -ar 48000";

/// A picture that films carry as their cover.
macro_rules! cover {
    () => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/samples/looks.jpg")
    };
}

const fn film(name: &'static str, what: &'static str, video: &'static str) -> Film {
    Film {
        what,
        name,
        video,
        sound: AAC,
        remux: "",
        copy: "mp4",
        second: None,
        is_turned: false,
        is_cut: false,
        is_apart: false,
        hidden: 0,
        lead: 0.1,
        slack: 0.03,
    }
}

const fn heard(sound: &'static str, film: Film) -> Film {
    Film { sound, ..film }
}

const fn remuxed(remux: &'static str, film: Film) -> Film {
    Film { remux, ..film }
}

const fn cut(film: Film) -> Film {
    Film { is_cut: true, ..film }
}

const fn into(copy: &'static str, film: Film) -> Film {
    Film { copy, ..film }
}

/// B-frames, some of them referred to.
const B: &str = "-c:v libx264 -preset veryfast -bf 3 -b_strategy 0 -x264-params b-pyramid=normal -g 10 -keyint_min 10 -sc_threshold 0";
const OPEN: &str = "-c:v libx264 -preset veryfast -bf 3 -b_strategy 0 -x264-params open-gop=1 -g 10 -keyint_min 10 -sc_threshold 0";
const H265: &str = "-c:v libx265 -preset ultrafast -x265-params log-level=error:bframes=3:keyint=10:min-keyint=10:scenecut=0:open-gop=0";
const H265_OPEN: &str = "-c:v libx265 -preset ultrafast -x265-params log-level=error:bframes=3:keyint=10:min-keyint=10:scenecut=0:open-gop=1";
const HDR10: &str = "-c:v libx265 -preset ultrafast -x265-params log-level=error:bframes=3:keyint=10:min-keyint=10:scenecut=0:open-gop=0:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400 -pix_fmt yuv420p10le -color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc";
const VP9: &str = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 10";
const MPEG4: &str = "-c:v mpeg4 -q:v 4 -g 10";
const MPEG4_B: &str = "-c:v mpeg4 -q:v 4 -g 10 -bf 2";

pub const FILMS: &[Film] = &[
    film("h264.mp4", "H.264", H264),
    film("h264-b.mp4", "H.264 with B-frames", B),
    film("h264-open.mp4", "H.264 with open GOPs", OPEN),
    film("h264-b.mov", "QuickTime", B),
    film("h264-b.mkv", "Matroska, where packets have no decoding times", B),
    film("h264-b.ts", "MPEG-TS", B),
    film("h264-b.flv", "Flash", B),
    film("h264-b.avi", "AVI, which does not say when pictures are shown", B),
    film("h265.mp4", "H.265", H265),
    film("h265-open.mkv", "H.265 with open GOPs", H265_OPEN),
    film("h265.ts", "H.265 in MPEG-TS", H265),
    film("mpeg4.mp4", "MPEG-4 Part 2, whose size stands in its frames only", MPEG4),
    film("mpeg4-b.mp4", "MPEG-4 Part 2 with B-frames", MPEG4_B),
    into("mkv", film("mpeg4-b.avi", "the same in AVI", MPEG4_B)),
    into("mkv", film("mpeg2.ts", "MPEG-2 with B-frames", "-c:v mpeg2video -q:v 4 -bf 2 -g 10")),
    into(
        "mkv",
        heard("-c:a mp2", film("mpeg2.mpg", "MPEG-PS", "-c:v mpeg2video -q:v 4 -bf 2 -g 10")),
    ),
    into(
        "mkv",
        heard(
            "-c:a pcm_s16le -ar 48000",
            film("mpeg2.mxf", "MXF", "-c:v mpeg2video -q:v 4 -bf 2 -g 10"),
        ),
    ),
    heard(
        "-c:a aac -ar 48000",
        film("h263.3gp", "H.263 in 3GP", "-c:v h263 -s 176x144 -r 25 -q:v 4 -g 10"),
    ),
    into(
        "webm",
        heard(
            "-c:a libvorbis",
            film("vp8.webm", "VP8 and Vorbis", "-c:v libvpx -deadline realtime -cpu-used 8 -g 10"),
        ),
    ),
    into("webm", heard("-c:a libopus", film("vp9.webm", "VP9 and Opus", VP9))),
    film("vp9.mp4", "VP9, whose form stands in its frames only", VP9),
    into("mkv", film("av1.mp4", "AV1", "-c:v libsvtav1 -preset 12 -g 10")),
    into(
        "mkv",
        heard("-c:a libvorbis", film("theora.ogv", "Theora", "-c:v libtheora -q:v 8 -g 10")),
    ),
    // WMA keeps bits for packets to come.
    Film {
        lead: 0.5,
        ..into(
            "mkv",
            heard("-c:a wmav2", film("wmv2.wmv", "Windows Media", "-c:v wmv2 -q:v 4 -g 10")),
        )
    },
    into("mkv", heard("-c:a mp3", film("flv1.flv", "Sorenson", "-c:v flv -q:v 4 -g 10 -ar 44100"))),
    into(
        "mkv",
        heard(
            "-c:a pcm_s16le",
            film("mjpeg.avi", "Motion JPEG", "-c:v mjpeg -q:v 4 -pix_fmt yuvj420p"),
        ),
    ),
    into(
        "mov",
        heard(
            "-c:a pcm_s16le",
            film("prores.mov", "ProRes", "-c:v prores_ks -profile:v 0 -pix_fmt yuv422p10le"),
        ),
    ),
    into(
        "mov",
        heard(
            "-c:a pcm_s24le",
            film(
                "prores-alpha.mov",
                "ProRes with alpha",
                "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le",
            ),
        ),
    ),
    into(
        "mov",
        heard("-c:a pcm_s16le", film("hap.mov", "HAP", "-c:v hap -s 160x120 -pix_fmt rgba")),
    ),
    into("mkv", heard("-c:a flac", film("ffv1.mkv", "FFV1 and FLAC", "-c:v ffv1 -level 3 -g 10"))),
    film("h264-10.mp4", "10 bits", "-c:v libx264 -preset veryfast -pix_fmt yuv420p10le -g 10"),
    film("h264-422.mp4", "4:2:2", "-c:v libx264 -preset veryfast -pix_fmt yuv422p -g 10"),
    film("h264-444.mp4", "4:4:4", "-c:v libx264 -preset veryfast -pix_fmt yuv444p -g 10"),
    film("full.mp4", "full range", "-c:v libx264 -preset veryfast -pix_fmt yuvj420p -g 10"),
    film(
        "interlaced.ts",
        "interlaced",
        "-c:v libx264 -preset veryfast -flags +ildct+ilme -x264-params tff=1 -g 10",
    ),
    film(
        "wide.mp4",
        "pixels that are not square",
        "-c:v libx264 -preset veryfast -vf setsar=16/11 -g 10",
    ),
    into(
        "mkv",
        film(
            "wide.mkv",
            "the same in Matroska",
            "-c:v libx264 -preset veryfast -vf setsar=16/11 -g 10",
        ),
    ),
    film(
        "vfr.mkv",
        "variable frame rate",
        "-c:v libx264 -preset veryfast -vf select='not(eq(mod(n,3),1))' -fps_mode vfr -bf 0 -g 10",
    ),
    film(
        "vfr-b.mp4",
        "variable frame rate with B-frames",
        "-c:v libx264 -preset veryfast -vf select='not(eq(mod(n,3),1))' -fps_mode vfr -bf 3 -b_strategy 0 -g 10",
    ),
    Film {
        is_turned: true,
        ..remuxed("-metadata:s:v rotate=90", film("turned.mp4", "turned, as phones do", H264))
    },
    Film {
        is_turned: true,
        ..into(
            "mkv",
            remuxed(
                "-metadata:s:v rotate=90",
                film("turned.mov", "turned, copied to Matroska", H264),
            ),
        )
    },
    remuxed("-output_ts_offset 10", film("late.mkv", "times that begin at 10 s", B)),
    remuxed("-output_ts_offset 95443", film("wraps.ts", "a clock that wraps", B)),
    remuxed("-output_ts_offset 95420", film("wraps-soon.ts", "a clock that would wrap soon", B)),
    Film {
        hidden: 5,
        ..remuxed("-ss 0.2", film("edited.mp4", "an edit list that hides the beginning", B))
    },
    remuxed("-movflags +frag_keyframe+empty_moov", film("fragments.mp4", "fragmented", B)),
    into(
        "mov",
        remuxed("-timecode 01:00:00:00", film("timecode.mov", "with a track of timecode", B)),
    ),
    remuxed("-map 0 -map 0:v -map 0:a", film("several.mkv", "several streams", B)),
    heard("-c:a libmp3lame", film("mp3.mp4", "MP3", H264)),
    heard("-c:a ac3", film("ac3.mp4", "AC-3", H264)),
    heard("-c:a libopus", film("opus.mp4", "Opus", H264)),
    heard("-c:a flac -strict -2", film("flac.mp4", "FLAC", H264)),
    heard("-c:a pcm_s16le", film("pcm.mov", "PCM, for which MP4 has no place", H264)),
    Film { slack: 0.13, ..heard("-c:a aac -ar 8000", film("8k.mp4", "sound at 8 kHz", H264)) },
    into("mkv", heard("-c:a flac -ar 96000", film("96k.mkv", "sound at 96 kHz", H264))),
    heard("-c:a aac -ac 6", film("surround.mp4", "5.1", H264)),
    heard("-c:a aac -ac 8 -channel_layout 7.1", film("surround-7.mp4", "7.1", H264)),
    heard("", film("silent.mp4", "no sound", B)),
    film("hdr.mp4", "HDR10, with two notes of one kind at a picture", HDR10),
    into(
        "webm",
        heard(
            "-c:a libopus",
            film(
                "hlg.webm",
                "HLG",
                "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 10 -profile:v 2 -pix_fmt yuv420p10le \
                 -color_trc arib-std-b67 -color_primaries bt2020 -colorspace bt2020nc",
            ),
        ),
    ),
    remuxed(
        concat!("-attach ", cover!(), " -metadata:s:t mimetype=image/jpeg"),
        film("cover.mkv", "with a cover", B),
    ),
    remuxed(
        concat!("-i ", cover!(), " -map 0 -map 1 -disposition:v:1 attached_pic"),
        film("cover.mp4", "the same in MP4", B),
    ),
    remuxed(
        "-output_ts_offset 95443",
        into(
            "mkv",
            heard(
                "-c:a ac3 -ac 6",
                film(
                    "broadcast.ts",
                    "interlaced, open GOPs, wide pixels, 5.1, a clock that wraps",
                    "-c:v mpeg2video -q:v 4 -bf 2 -g 10 -flags +ildct+ilme -vf setsar=16/11",
                ),
            ),
        ),
    ),
    Film {
        is_turned: true,
        ..remuxed(
            "-metadata:s:v rotate=270 -timecode 01:00:00:00",
            heard(
                "-c:a aac -ar 44100 -ac 1",
                film("phone.mov", "turned, HDR, mono, timecode", HDR10),
            ),
        )
    },
    into(
        "mov",
        heard(
            "-c:a pcm_s16le",
            film(
                "dnxhr.mov",
                "DNxHR",
                "-c:v dnxhd -profile:v dnxhr_lb -pix_fmt yuv422p -s 320x240",
            ),
        ),
    ),
    into("mov", heard("", film("loop.gif", "GIF", "-c:v gif -pix_fmt rgb8"))),
    cut(remuxed(
        "-movflags +faststart",
        film("cut-end.mp4", "MP4 with its index first, cut short", B),
    )),
    remuxed(
        "-movflags frag_keyframe+dash+delay_moov -output_ts_offset 20",
        film("live.mp4", "fragments that begin at 20 s", B),
    ),
    film(
        "refresh.mp4",
        "pictures that are renewed bit by bit, without key frames",
        "-c:v libx264 -preset veryfast -bf 0 -x264-params intra-refresh=1:keyint=10",
    ),
    Film {
        second: Some((
            "-c:v libx264 -preset veryfast -bf 3 -b_strategy 0 -x264-params b-pyramid=normal -g 10 -keyint_min 10 -sc_threshold 0 -output_ts_offset 1.51",
            "-c:a aac -ar 48000 -ac 2",
        )),
        ..film("channels.ts", "sound whose channels change in the middle", B)
    },
    Film {
        second: Some((
            "-c:v libx264 -preset medium -g 10 -bf 0 -x264-params cabac=1:8x8dct=1:ref=4",
            AAC,
        )),
        ..film(
            "settings.flv",
            "pictures whose settings change in the middle",
            "-c:v libx264 -preset ultrafast -g 10 -bf 0",
        )
    },
    Film {
        second: Some((H264, AAC)),
        ..film("back.ts", "a clock that goes back in the middle", H264)
    },
    Film {
        second: Some((H264, AAC)),
        ..film(
            "far-back.ts",
            "a clock that goes back by minutes",
            "-c:v libx264 -preset veryfast -g 10 -keyint_min 10 -sc_threshold 0 -output_ts_offset 200",
        )
    },
    Film { is_apart: true, ..film("apart.flv", "sound that stands far from its picture", B) },
    cut(film("cut.ts", "MPEG-TS that was cut short", B)),
    cut(film("cut.mkv", "Matroska that was cut short", B)),
    cut(film("cut.mp4", "MP4 that was cut short", B)),
];

impl Film {
    /// Makes it.
    pub fn make(&self, folder: &Folder) {
        let path = folder.join(self.name);
        let ending = path.extension().and_then(|e| e.to_str()).expect("an ending");
        let first = match self.remux {
            "" => path.clone(),
            _ => folder.join(&format!("first.{ending}")),
        };
        let clicks = (!self.sound.is_empty()).then_some(self.sound);
        let options = self.video;
        let frames = if self.second.is_some() { 30 } else { 60 };
        Numbered { frames, rate: "25", clicks, options, ..Numbered::default() }.write(&first);
        if let Some((options, sound)) = self.second {
            let second = folder.join(&format!("second.{ending}"));
            let clicks = Some(sound);
            let part = Numbered {
                frames,
                first: frames,
                rate: "25",
                clicks,
                options,
                ..Numbered::default()
            };
            part.write(&second);
            let (mut whole, second) = (read(&first), read(&second));
            match ending {
                "flv" => append_tags(&mut whole, &second, 1250),
                _ => whole.extend(second),
            }
            std::fs::write(&first, whole).expect("written");
        }
        if !self.remux.is_empty() {
            ffmpeg(&["-i", text(&first)], self.remux, &path);
        }
        if self.is_apart {
            std::fs::write(&path, apart(&read(&path), 4000)).expect("written");
        }
        if self.is_cut {
            let file = std::fs::OpenOptions::new().write(true).open(&path).expect("the film");
            let bytes = file.metadata().expect("its size").len();
            file.set_len(bytes * 3 / 5).expect("cut");
        }
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a film")
}

/// Appends the pictures and the sound of an FLV, so many milliseconds later.
fn append_tags(film: &mut Vec<u8>, other: &[u8], later: u32) {
    // A head, and the size of no tag before it; then tags, each with 11 bytes before its data and its size behind.
    let mut rest = &other[13..];
    while let [kind, a, b, c, d, e, f, g, ..] = *rest {
        let bytes = 15 + u32::from_be_bytes([0, a, b, c]) as usize;
        let mut tag = rest[..bytes].to_vec();
        let [high, time @ ..] = (u32::from_be_bytes([g, d, e, f]) + later).to_be_bytes();
        tag[4..7].copy_from_slice(&time);
        tag[7] = high;
        if kind != 18 {
            film.extend(tag);
        }
        rest = &rest[bytes..];
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn ffmpeg(input: &[&str], options: &str, path: &Path) {
    // An option of the input stands before it.
    let (before, options) = match options.strip_prefix("-ss ") {
        Some(time) => (vec!["-ss", time], ""),
        None => (vec![], options),
    };
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(before)
        .args(input)
        .args(options.split_whitespace())
        .args(["-c", "copy"])
        .arg(path)
        .output()
        .expect("ffmpeg is needed");
    assert!(output.status.success(), "{}: {}", path.display(), stderr(&output));
}
