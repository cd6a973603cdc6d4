use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::format::{Address, Place};
use super::*;
use crate::media::Location;

fn header() -> Header {
    Header { seed: 7, options: vec![("count", "2".into())] }
}

/// A playlist of these pieces, in bytes.
fn written(format: Format, pieces: &[(Vec<u8>, &str, u64, u64)]) -> Vec<u8> {
    let mut writer = Writer::new(format, &header(), Vec::new()).expect("a vector takes all");
    for (place, title, start, length) in pieces {
        let entry = Entry { place, title, start: *start, length: *length, zero: 0 };
        writer.piece(&entry).expect("a vector takes all");
    }
    writer.finish().expect("a vector takes all")
}

fn path(bytes: &[u8]) -> PathBuf {
    Path::new(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes)).into()
}

/// Names that mean something to some reader.
const AWKWARD: &[&[u8]] = &[
    b"plain.mp4",
    b"with space.mp4",
    b" lead.mp4",
    b"trail.mp4 ",
    b"#comment.mp4",
    b"a#b?c.mp4",
    b"100%.mp4",
    b"%41%2F.mp4",
    b"quo\"te's.mp4",
    b"back\\slash.mp4",
    b"C:\\clips\\a.mp4",
    b"12:30.mp4",
    b"http:a.mp4",
    b"line\nbreak.mp4",
    b"#EXTVLCOPT:\n#EXTVLCOPT:sout=x.mp4",
    b"x',1,2\n!new_stream\n.mp4",
    b"carriage\rreturn.mp4",
    b"tab\t.mp4",
    b"\xff\xfe not UTF-8.mp4",
    "\u{fc}ml\u{e4}ut-\u{65e5}\u{672c}.mp4".as_bytes(),
    b"<location>&amp;]]>.mp4",
    b"--> .mp4",
    b"a, b - c.mp4",
    b"-dash.mp4",
    b"~home.mp4",
    b"$HOME`x`.mp4",
    b"%5%abc.mp4",
    b"semi;colon|pipe.mp4",
    b"folder/in side/#x.mp4",
    b"../up%20/a.mp4",
];

/// Writes one piece of each name in `format`, reads it back, and compares.
fn round_trip(format: Format, names: &[Vec<u8>], is_absolute: bool) {
    let folder = Path::new("/lists");
    let place = |name: &[u8]| match is_absolute {
        true => Place::Absolute(folder.join(path(name))),
        false => Place::Relative(path(name)),
    };
    let has_break = |name: &[u8]| name.iter().any(|b| matches!(b, b'\n' | b'\r'));
    let mut pieces = Vec::new();
    let mut expected = Vec::new();
    for (n, name) in (0u64..).zip(names) {
        let title = String::from_utf8_lossy(name).into_owned();
        match format.place(&place(name)) {
            Ok(place) => {
                pieces.push((place, title, n * 1_000_500, 5_000_000 + n));
                expected.push((
                    folder.join(path(name)),
                    n * 1_000_500,
                    n * 1_000_500 + 5_000_000 + n,
                ));
            }
            Err(reason) => {
                assert!(format == Format::Ffconcat && has_break(name), "{format}: {reason}");
            }
        }
    }
    let pieces: Vec<_> = pieces
        .iter()
        .map(|(p, title, start, length)| (p.clone(), &**title, *start, *length))
        .collect();
    let content = written(format, &pieces);
    let text = String::from_utf8_lossy(&content);
    let list = super::read::read_bytes(&content, &folder.join("list")).unwrap_or_else(|e| {
        panic!("{format}: {e}\n{text}");
    });
    let read: Vec<_> = list
        .iter()
        .map(|listed| match &listed.location {
            Location::File(path) => (path.clone(), listed.start, listed.stop),
            Location::Url(url) => panic!("{url} was a file"),
        })
        .collect();
    let expected: Vec<_> =
        expected.into_iter().map(|(path, start, stop)| (path, Some(start), Some(stop))).collect();
    // `./name` is the same path.
    let tidy = |path: &Path| path.components().collect::<PathBuf>();
    assert_eq!(read.len(), expected.len(), "{format}: nothing is injected\n{text}");
    for (read, expected) in read.iter().zip(&expected) {
        assert_eq!(tidy(&read.0), tidy(&expected.0), "{format}\n{text}");
        assert_eq!((read.1, read.2), (expected.1, expected.2), "{format}\n{text}");
    }
}

#[test]
fn awkward_names_come_back_from_every_format() {
    let names: Vec<Vec<u8>> = AWKWARD.iter().map(|name| name.to_vec()).collect();
    for format in Format::ALL {
        round_trip(*format, &names, false);
        round_trip(*format, &names, true);
    }
}

#[test]
fn m3u_is_what_vlc_reads() {
    let place = |name: &str| Format::M3u.place(&Place::Relative(name.into())).expect("a place");
    let pieces = [
        (place("a b.mp4"), "a, b - c", 12_345_678, 5_000_000),
        (place("x#1.mp4"), "line\nbreak", 0, 500_000),
    ];
    assert_eq!(
        String::from_utf8_lossy(&written(Format::M3u, &pieces)),
        "#EXTM3U\n# genmedia playlist seed=7 count=2\n\
         #EXTINF:5,,a, b \u{2013} c 0:12.3\n#EXTVLCOPT:start-time=12.345678\n\
         #EXTVLCOPT:stop-time=17.345678\na b.mp4\n\
         #EXTINF:0.5,line break 0:00\n#EXTVLCOPT:start-time=0\n#EXTVLCOPT:stop-time=0.5\n\
         x%231.mp4\n"
    );
}

#[test]
fn lists_of_other_programs_are_read() {
    let read = |text: &str| -> Vec<(String, Option<u64>, Option<u64>)> {
        let list = super::read::read_bytes(text.as_bytes(), Path::new("/lists/x"));
        let list = list.unwrap_or_else(|e| panic!("{e}: {text}"));
        list.iter().map(|l| (l.location.to_string(), l.start, l.stop)).collect()
    };
    let file = |name: &str, start, stop| (name.to_string(), start, stop);
    assert_eq!(
        read("\u{feff}#EXTM3U\r\n#EXTINF:10,x\r\na b.mp4\r\n\r\n# note\r\n/b.mp4\r\n"),
        [file("/lists/a b.mp4", None, None), file("/b.mp4", None, None)]
    );
    assert_eq!(
        read("#EXTVLCOPT:start-time=1.5\n#EXTVLCOPT:run-time=2\nhttp://x/a%20b.mp4\nc.mp4"),
        [
            file("http://x/a%20b.mp4", Some(1_500_000), Some(3_500_000)),
            file("/lists/c.mp4", None, None)
        ]
    );
    assert_eq!(
        read(
            "ffconcat version 1.0\nfile 'it'\\''s.mp4'\nduration 3\nfile a\\ b.mp4\n\
              inpoint 00:00:01.5\noutpoint 2500000us\n"
        ),
        [
            file("/lists/it's.mp4", None, None),
            file("/lists/a b.mp4", Some(1_500_000), Some(2_500_000))
        ]
    );
    assert_eq!(
        read("# mpv EDL v0\na.mp4,10,5;b.mp4\n%5%c,d;e,length=2,start=1\n"),
        [
            file("/lists/a.mp4", Some(10_000_000), Some(15_000_000)),
            file("/lists/b.mp4", None, None),
            file("/lists/c,d;e", Some(1_000_000), Some(3_000_000)),
        ]
    );
    assert_eq!(
        read(
            "<?xml version='1.0'?><playlist xmlns='http://xspf.org/ns/0/' version='1'>\
             <title>t</title><trackList><track><title>x</title>\
             <location>file:///a%20b.mp4?&amp;</location></track><track/>\
             <track><location><![CDATA[c.mp4]]></location><extension application='y'>\
             <vlc:option>start-time=3</vlc:option><vlc:option>no-audio</vlc:option></extension>\
             </track></trackList></playlist>"
        ),
        [file("/a b.mp4?&", None, None), file("/lists/c.mp4", Some(3_000_000), None)]
    );
}

#[test]
fn what_is_no_playlist_is_refused_with_its_line() {
    let refused = |text: &[u8]| {
        let error = super::read::read_bytes(text, Path::new("x.m3u")).expect_err("no playlist");
        error.to_string()
    };
    assert!(
        refused(b"#EXTM3U\n#EXT-X-TARGETDURATION:4\na.ts\n")
            .contains("x.m3u, line 2: this is an HLS")
    );
    assert!(refused(b"#EXTM3U\n#EXTVLCOPT:start-time=abc\n").contains("line 2: 'abc' is no time"));
    assert!(refused(b"\x00\x00\x00 ftypisom").contains("line 1: this is no playlist"));
    assert!(
        refused(b"a.mp4\nrtsp://host/x\n").contains("line 2: 'rtsp://host/x': files, http and")
    );
    assert!(refused(b"C:\\clips\\a.mp4\n").contains("a path of Windows"));
    assert!(refused(b"{\"pieces\": [{\"uri\": 5}]}").contains("this is no playlist"));
    assert!(refused(b"<playlist><trackList>").contains("ends in the middle"));
    assert!(refused(b"ffconcat version 1.0\ninpoint 5\n").contains("line 2: no file comes before"));
    assert!(refused(b"# mpv EDL v0\n%99%x,1,2\n").contains("line 2: a text's length is wrong"));
}

#[test]
fn films_are_addressed_from_the_playlist_the_root_or_a_server() {
    let place = |address: Address, film: &str| {
        let places = Places::new(address, Path::new("/show/lists"), Path::new("/show/jobs"))?;
        places.place(&Location::File(film.into()))
    };
    let relative = |film| place(Address::Relative, film).expect("a place");
    assert_eq!(relative("/show/lists/a/b.mp4"), Place::Relative("a/b.mp4".into()));
    assert_eq!(relative("/show/jobs/b.mp4"), Place::Relative("../jobs/b.mp4".into()));
    let absolute = place(Address::Absolute, "/a b.mp4").expect("a place");
    assert_eq!(absolute, Place::Absolute("/a b.mp4".into()));
    let base = |film| place(Address::Base("http://h:8080/jobs".into()), film);
    assert_eq!(
        base("/show/jobs/x/a #1.mp4").expect("a place"),
        Place::Url("http://h:8080/jobs/x/a%20%231.mp4".into())
    );
    let error = base("/elsewhere/a.mp4").expect_err("it is not below the jobs").to_string();
    assert!(error.contains("stands for /show/jobs, and this lies elsewhere"), "{error}");
    assert!(Places::new(Address::Base("ftp://h/".into()), Path::new(""), Path::new("")).is_err());
}

proptest! {
    #[test]
    fn any_name_comes_back(
        names in proptest::collection::vec(
            proptest::collection::vec(
                any::<u8>().prop_filter("no slash, no NUL", |b| !matches!(b, 0 | b'/')), 1..24
            ).prop_filter("not a folder's own", |name| name != b"." && name != b".."),
            1..5
        ),
        is_absolute: bool,
    ) {
        for format in Format::ALL {
            // A name with a playlist's ending is read as one.
            if names.iter().all(|name| !read::is_playlist(&path(name))) {
                round_trip(*format, &names, is_absolute);
            }
        }
    }

    #[test]
    fn no_playlist_panics(text in "\\PC{0,60}", head in 0usize..6) {
        let heads = ["", "#EXTM3U\n", "ffconcat version 1.0\n", "# mpv EDL v0\n", "{", "<?xml?>"];
        let _ = read::read_bytes(format!("{}{text}", heads[head]).as_bytes(), Path::new("x"));
    }
}
