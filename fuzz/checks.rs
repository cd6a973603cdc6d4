//! What must hold for any input: nothing panics, and the little that is promised of nonsense. Called
//! by the fuzzer with what it makes up, and by the tests with the corpus.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, Uri};
use genmedia::Recipe;
use genmedia::formula::{COMPLEX_LANES, ComplexFormula, Formula, ParseError};
use num_complex::Complex64;
use tower::ServiceExt;

/// Formulas: what is parsed can be computed, in a row as alone; what is not has a column.
pub fn formula(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let is_in_text = |e: &ParseError| (1..=text.chars().count() + 1).contains(&e.column);
    match Formula::parse(text, &["x", "y", "a"]) {
        Ok(formula) => {
            // More than the lanes that are computed together.
            let xs: Vec<f64> = (0..140).map(|i| f64::from(i) * 0.75 - 3.0).collect();
            let (mut row, mut program) = (vec![0.0; xs.len()], formula.program());
            program.row(&[0.0, 1.5, -0.25], &xs, &mut row);
            for (x, value) in xs.iter().zip(row).step_by(13) {
                let mut alone = [0.0];
                program.row(&[0.0, 1.5, -0.25], &[*x], &mut alone);
                let is_same = alone[0].to_bits() == value.to_bits() || value.is_nan();
                assert!(is_same && alone[0].is_nan() == value.is_nan(), "{text:?} at {x}: {value}");
            }
            formula.value(&[0.5, 1.5, -0.25]);
        }
        Err(e) => assert!(is_in_text(&e), "{text:?}: {e:?}"),
    }
    match ComplexFormula::parse(text) {
        Ok(formula) => {
            let (mut program, point) = (formula.program(), Complex64::new(0.5, -1.0));
            program.begin(0.5);
            for lane in [0, COMPLEX_LANES - 1] {
                program.put(lane, point, point);
            }
            program.run(COMPLEX_LANES);
            let bits = |lane| [program.after().get(lane)].map(|z| (z.re.to_bits(), z.im.to_bits()));
            let is_number = !program.after().get(0).is_nan();
            assert!(!is_number || bits(0) == bits(COMPLEX_LANES - 1), "{text:?}");
        }
        Err(e) => assert!(is_in_text(&e), "{text:?}: {e:?}"),
    }
}

/// Shaders, their headers and exports: what is wrong is said, and what is right is the same when it is read again.
pub fn shader(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // A text of several lines is the shader itself.
    let inline = toml::Value::from(format!("{text}\n")).to_string();
    recipe(format!("size = '8x8'\nframes = 2\n[shader]\nfile = {inline}\n").as_bytes());
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["a.json", "a.wgsl", "a.fs"] {
        let file = folder.path().join(name);
        fs::write(&file, text).expect("written");
        recipe(
            format!("size = '8x8'\nframes = 2\n[shader]\nfile = '{}'\n", file.display()).as_bytes(),
        );
    }
}

/// Recipes: the canonical form of one reads back as the same, and has the same identity.
pub fn recipe(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(recipe) = text.parse::<Recipe>() else { return };
    let canonical = recipe.to_toml();
    let again: Recipe = canonical.parse().unwrap_or_else(|e| panic!("{canonical}: {e}"));
    assert_eq!(recipe, again, "{canonical}");
    assert_eq!(recipe.identity(), again.identity());
}

/// Playlists of every form: a piece says where it stands. That one ends before it begins is told by
/// who uses it.
pub fn playlist(data: &[u8]) {
    let lines = data.split(|b| matches!(b, b'\n' | b'\r')).count();
    for piece in genmedia::playlist::read_bytes(data, Path::new("list")).unwrap_or_default() {
        assert!(piece.from.1 <= lines, "{piece:?}");
    }
}

/// What lies beside the folder of jobs, and must not be told.
const SECRET: &str = "nobody-may-read-this";

struct Site {
    runtime: tokio::runtime::Runtime,
    router: axum::Router,
    _folder: tempfile::TempDir,
}

fn site() -> Site {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("jobs");
    fs::create_dir_all(dir.join("a/b c")).expect("folders");
    for (name, content) in [
        ("secret", SECRET),
        ("jobs/genmedia.db", SECRET),
        ("jobs/.lock", SECRET),
        ("jobs/a/film.mp4", "0123456789"),
        ("jobs/a/b c/%41.txt", "text"),
    ] {
        fs::write(folder.path().join(name), content).expect("a file");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), dir.join("out")).expect("a link");
    let options = genmedia::serve::Options { dir, ..Default::default() };
    Site {
        runtime: tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime"),
        router: genmedia::serve::service(options).expect("a service"),
        _folder: folder,
    }
}

/// Requests: a line with the path, one with ranges, one with a condition. Nothing breaks the server,
/// nothing leads out of its folder, and a part is a part.
pub fn http(data: &[u8]) {
    static SITE: OnceLock<std::sync::Mutex<Site>> = OnceLock::new();
    let mut lines = data.split(|b| *b == b'\n');
    let Ok(uri) = Uri::try_from(lines.next().unwrap_or_default()) else { return };
    // It never ends.
    if uri.path().starts_with("/api/events") || !uri.path().starts_with('/') {
        return;
    }
    let mut request = Request::builder().uri(uri.clone());
    for (name, value) in ["range", "if-range", "if-none-match"].iter().zip(lines) {
        if let Ok(value) = axum::http::HeaderValue::from_bytes(value) {
            request = request.header(*name, value);
        }
    }
    let request = request.body(Body::empty()).expect("a request");
    let site = SITE.get_or_init(|| site().into()).lock().unwrap_or_else(|e| e.into_inner());
    let (status, body) = site.runtime.block_on(async {
        let answer = match site.router.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let status = answer.status();
        (status, to_bytes(answer.into_body(), 1 << 20).await.expect("a body"))
    });
    assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{uri}");
    let text = String::from_utf8_lossy(&body);
    assert!(!text.contains(SECRET), "{uri}: {text}");
}
