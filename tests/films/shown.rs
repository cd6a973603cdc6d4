//! A remix shows what a player would: colours, whatever codes them, and pictures that are stored turned.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::{Folder, probe, stderr};

/// The corners in the order in which they are written: above left, above right, below left, below right.
type Corners<T> = [T; 4];

/// Writes a film of a quarter of a second whose corners have these colours, 16 bits a channel.
fn write(path: &Path, size: (usize, usize), corners: Corners<[u16; 3]>, options: &str) {
    let (width, height) = size;
    let mut frame = Vec::new();
    for pixel in 0..width * height {
        let (right, below) = (pixel % width * 2 / width, pixel / width * 2 / height);
        frame.extend(corners[2 * below + right].into_iter().flat_map(u16::to_le_bytes));
    }
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb48le", "-r", "24"]);
    command.args(["-s", &format!("{width}x{height}"), "-i", "-"]);
    command.args(options.split_whitespace()).arg(path);
    let mut ffmpeg = command.stdin(Stdio::piped()).spawn().expect("ffmpeg is needed");
    let mut pipe = ffmpeg.stdin.take().expect("a pipe");
    for _ in 0..6 {
        std::io::Write::write_all(&mut pipe, &frame).expect("ffmpeg reads");
    }
    drop(pipe);
    assert!(ffmpeg.wait().expect("ffmpeg ends").success(), "{}", path.display());
}

/// What FFmpeg shows in the corners of `film` after these filters.
fn shown(film: &Path, filters: &str) -> Corners<[u8; 3]> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-noautorotate", "-i"])
        .arg(film)
        .args(["-frames:v", "1", "-vf", &format!("{filters},format=rgb24,scale=4:4:flags=area")])
        .args(["-f", "rawvideo", "-"])
        .output()
        .expect("ffmpeg is needed");
    assert!(output.status.success(), "{}", stderr(&output));
    let pixel = |at: usize| [0, 1, 2].map(|channel| output.stdout[3 * at + channel]);
    [pixel(0), pixel(3), pixel(12), pixel(15)]
}

/// The corners of a remix of `film`, and what was told.
fn remixed(folder: &Folder, film: &str) -> (Corners<[u8; 3]>, String) {
    fs::write(folder.join("list.m3u"), format!("{film}\n")).expect("written");
    let made = format!("{film}.remix.mkv");
    let args = format!("remix list.m3u -o {made} --codec ffv1 --pix-fmt yuv444p10le --force");
    let output = folder.run(&args);
    assert!(output.status.success(), "{film}: {}", stderr(&output));
    let filters = "scale=in_color_matrix=bt709:in_range=tv:flags=accurate_rnd+full_chroma_int";
    (shown(&folder.join(&made), filters), stderr(&output))
}

fn assert_close(found: Corners<[u8; 3]>, wanted: Corners<[u8; 3]>, by: u8, what: &str) {
    let differ = |(found, wanted): (&[u8; 3], &[u8; 3])| {
        found.iter().zip(wanted).any(|(found, wanted)| found.abs_diff(*wanted) > by)
    };
    let is_off = found.iter().zip(&wanted).any(differ);
    assert!(!is_off, "{what}: {found:?} for {wanted:?}");
}

#[test]
fn colours_are_those_that_players_show() {
    const COLOURS: Corners<[u8; 3]> =
        [[208, 32, 16], [24, 200, 40], [30, 60, 220], [128, 128, 128]];
    let folder = Folder::new();
    let matrix = |name: &str, range: &str| {
        format!("-vf scale=out_color_matrix={name}:out_range={range}:flags=accurate_rnd")
    };
    let x264 = "-c:v libx264 -qp 4 -preset ultrafast -pix_fmt yuv444p";
    let tagged = "-colorspace bt709 -color_primaries bt709 -color_trc bt709";
    let films = [
        ("untagged-sd.mkv", (320, 240), format!("{} {x264}", matrix("smpte170m", "tv"))),
        ("untagged-hd.mkv", (1280, 720), format!("{} {x264}", matrix("bt709", "tv"))),
        ("tagged-sd.mkv", (320, 240), format!("{} {x264} {tagged}", matrix("bt709", "tv"))),
        (
            "full-sd.mkv",
            (320, 240),
            format!("{} {x264} -color_range pc", matrix("smpte170m", "pc")),
        ),
        (
            "full-hd.mp4",
            (1280, 720),
            format!("{} {x264} -color_range pc {tagged}", matrix("bt709", "pc")),
        ),
        ("jpeg.avi", (320, 240), "-c:v mjpeg -q:v 2 -pix_fmt yuvj444p".to_string()),
        (
            "rgb.mp4",
            (320, 240),
            "-c:v libx264rgb -qp 0 -preset ultrafast -pix_fmt rgb24".to_string(),
        ),
        ("rgb.mkv", (320, 240), "-c:v ffv1 -pix_fmt gbrp10le".to_string()),
    ];
    for (film, size, options) in films {
        let codes = COLOURS.map(|colour| colour.map(|channel| u16::from(channel) * 257));
        write(&folder.join(film), size, codes, &options);
        let (found, told) = remixed(&folder, film);
        assert_close(found, COLOURS, 4, film);
        assert!(!told.contains("HDR"), "{told}");
    }
}

#[test]
fn hdr_is_shown_as_on_an_ordinary_screen() {
    let folder = Folder::new();
    // FFmpeg's own reckoning, without a word about what is too bright: light where white is 203 nits, colours of
    // BT.709, and a gamma of 2.2.
    let witness = "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709:t=bt470m:m=gbr:r=pc,format=gbrp16le";
    let tags = "-color_primaries bt2020 -colorspace bt2020nc -color_range tv";
    for (film, transfer, range) in [
        ("pq.mkv", "smpte2084", "PQ"),
        ("hlg.mkv", "arib-std-b67", "HLG"),
        ("wide.mkv", "bt2020-10", "SDR"),
    ] {
        let dark = [[0.22, 0.25, 0.20], [0.35, 0.35, 0.35], [0.30, 0.25, 0.20], [0.0, 0.0, 0.0]];
        let codes = dark.map(|colour| colour.map(|channel| (channel * 65_535.0) as u16));
        let options = format!(
            "-vf scale=out_color_matrix=bt2020:out_range=tv:flags=accurate_rnd -c:v ffv1 -pix_fmt yuv444p12le \
             -color_trc {transfer} {tags}"
        );
        write(&folder.join(film), (160, 120), codes, &options);
        let (found, told) = remixed(&folder, film);
        let line = format!("{film} is HDR ({range}), mapped to SDR");
        assert_eq!(told.contains(&line), range != "SDR", "{told}");
        if range == "PQ" {
            assert_close(found, shown(&folder.join(film), witness), 3, film);
        }
        assert_eq!(found[3], [0, 0, 0], "{film}: black stays black");
        let gray = found[1];
        assert!(gray[0].abs_diff(gray[1]) < 2 && gray[1].abs_diff(gray[2]) < 2, "{film}: {gray:?}");
        assert_eq!(probe(&folder.join(&format!("{film}.remix.mkv")), "color_transfer"), "bt709");
    }
    // The brightest is white, and what lies between is told apart.
    let gray = |code: f64| [(code * 65_535.0) as u16; 3];
    let options = "-vf scale=out_color_matrix=bt2020:out_range=tv -c:v ffv1 -pix_fmt yuv444p12le \
                   -color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc";
    let corners = [gray(0.52), gray(0.58), gray(0.64), gray(0.7518)];
    write(&folder.join("bright.mkv"), (160, 120), corners, options);
    let (found, _) = remixed(&folder, "bright.mkv");
    let levels = found.map(|pixel| pixel[1]);
    assert!(levels.windows(2).all(|pair| pair[0].saturating_add(2) < pair[1]), "{levels:?}");
    assert!(levels[1] > 220 && levels[3] > 252, "{levels:?}");
}

/// An MP4 of one track, with this matrix of its pictures.
fn turn(film: &Path, [a, b, c, d]: [i32; 4]) {
    let mut bytes = fs::read(film).expect("a film");
    let header = bytes.windows(4).position(|name| name == b"tkhd").expect("a track");
    let matrix = [a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30];
    for (n, entry) in matrix.into_iter().enumerate() {
        bytes[header + 44 + 4 * n..][..4].copy_from_slice(&entry.to_be_bytes());
    }
    fs::write(film, bytes).expect("written");
}

#[test]
fn pictures_are_turned_and_mirrored_as_their_film_says() {
    let folder = Folder::new();
    let gray = |level: u8| [u16::from(level) * 257; 3];
    let levels = [16, 80, 150, 230];
    write(
        &folder.join("upright.mp4"),
        (160, 120),
        levels.map(gray),
        "-c:v libx264 -qp 4 -preset ultrafast -pix_fmt yuv420p",
    );
    for matrix in [
        [1, 0, 0, 1],
        [0, 1, -1, 0],
        [-1, 0, 0, -1],
        [0, -1, 1, 0],
        [-1, 0, 0, 1],
        [1, 0, 0, -1],
        [0, 1, 1, 0],
        [0, -1, -1, 0],
    ] {
        fs::copy(folder.join("upright.mp4"), folder.join("turned.mp4")).expect("copied");
        turn(&folder.join("turned.mp4"), matrix);
        let (found, _) = remixed(&folder, "turned.mp4");
        // Where each corner goes, seen from the middle (ISO/IEC 14496-12, 6.2.2).
        let [a, b, c, d] = matrix;
        let mut wanted = [[0; 3]; 4];
        for (corner, level) in levels.into_iter().enumerate() {
            let (x, y) = (corner as i32 % 2 * 2 - 1, corner as i32 / 2 * 2 - 1);
            let (x, y) = (a * x + c * y, b * x + d * y);
            wanted[(y + 1 + (x + 1) / 2) as usize] = [level; 3];
        }
        assert_close(found, wanted, 3, &format!("{matrix:?}"));
        let size = if a == 0 { "120,160" } else { "160,120" };
        assert_eq!(probe(&folder.join("turned.mp4.remix.mkv"), "width,height"), size);
    }
}

#[test]
fn colours_that_only_dolby_shows_are_refused() {
    let folder = Folder::new();
    let film = folder.join("vision.mp4");
    let options =
        "-c:v libx265 -x265-params log-level=error -preset ultrafast -pix_fmt yuv420p10le";
    write(&film, (160, 120), [[30_000; 3]; 4], options);
    let mut bytes = fs::read(&film).expect("a film");
    let find = |bytes: &[u8], name: &[u8]| {
        bytes.windows(4).rposition(|found| found == name).expect("a box") - 4
    };
    // A box of 32 bytes that says profile 5, level 6, pictures and their notes.
    let mut vision = b"\0\0\0\x20dvcC".to_vec();
    vision.extend([1, 0, 5 << 1, 6 << 3 | 0b101]);
    vision.resize(32, 0);
    let at = find(&bytes, b"hvcC");
    for name in [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hev1"] {
        let size = find(&bytes, name);
        let now = u32::from_be_bytes(bytes[size..size + 4].try_into().expect("four")) + 32;
        bytes[size..size + 4].copy_from_slice(&now.to_be_bytes());
    }
    bytes.splice(at..at, vision);
    fs::write(&film, bytes).expect("written");
    fs::write(folder.join("list.m3u"), "vision.mp4\n").expect("written");
    let output = folder.run("remix list.m3u -o out.mp4");
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("vision.mp4") && told.contains("Dolby Vision"), "{told}");
    assert_eq!(told.trim_end().lines().count(), 1, "{told}");
    assert!(!folder.join("out.mp4").exists());
}
