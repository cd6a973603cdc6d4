//! Text: shaped, in its place, and right to the frame.

use genmedia::generate::Frame;
use proptest::prelude::*;

use super::common::{Folder, stderr};
use super::{draw, golden};

fn distance(one: &[u8], other: &[u8]) -> u64 {
    one.iter().zip(other).map(|(a, b)| u64::from(a.abs_diff(*b))).sum()
}

#[test]
fn text_is_what_it_was() {
    let text = "size = '160x72'\nframes = 60\n[text]\ncontent = '''\nÇağ fi AV {frame}\nΩμέγα Привет'''\n\
        font-size = 22\nbox = 'navy'\npadding = 4\nbackground = 'teal'\n";
    golden("text", text, 42);
}

#[test]
fn what_is_filled_in_is_right_to_the_frame() {
    let head = "size = '320x60'\nframes = 200\nfps = 25\n[text]\n";
    for (field, index, wanted) in [
        ("{frame}", 137, "137"),
        ("{frame:05}", 7, "00007"),
        ("{timecode}", 137, "00:00:05:12"),
        ("{time:.2}", 137, "5.48"),
        ("{2*n + 1}", 50, "101"),
    ] {
        // Something is filled in behind both, so that all digits are as wide as each other.
        let write =
            |content: &str, index| draw(&format!("{head}content = '{content}{{0*n:.0}}'"), index);
        assert!(write(field, index) == write(wanted, index), "{field}");
        assert!(write(field, index + 1) != write(wanted, index), "{field}");
    }
}

#[test]
fn the_seed_in_a_text_is_that_of_the_film() {
    let text = |content: &str| {
        format!(
            "size = '160x60'\nseed = 5\n[[layer]]\n[layer.color]\n[[layer]]\n[layer.text]\ncontent = '{content}'\n"
        )
    };
    assert!(draw(&text("{seed}"), 0) == draw(&text("5"), 0));
    assert!(draw(&text("{ seed } {seed:03}"), 0) == draw(&text("5 005"), 0));
    // What is in double braces is text, and so is what only looks like a table.
    for literal in ["{{seed}}", "{{name}}", "{{{{seed}}}}"] {
        assert!(
            draw(&text(literal), 0)
                != draw(&text(&literal.replace("seed", "5").replace("name", "5")), 0)
        );
    }
    draw(&text("table(\"none.csv\", \"b\", t)"), 0);
}

#[test]
fn a_font_that_changes_is_never_mixed_even_where_a_text_moves() {
    let folder = Folder::new();
    let fonts = "/usr/share/fonts/truetype/dejavu";
    let copy = |name: &str| {
        std::fs::copy(format!("{fonts}/{name}"), folder.join("own.ttf"))
            .expect("fonts-dejavu-core is needed");
    };
    copy("DejaVuSans.ttf");
    let own = folder.join("own.ttf").display().to_string();
    let recipe = super::recipe(&format!(
        "size = '200x60'\n[text]\ncontent = 'Sphinx'\nfont = '{own}'\nfont-size = '20 + n/10'\n"
    ));
    assert!(genmedia::render::frame(&recipe, 3).is_ok());
    copy("DejaVuSans-Bold.ttf");
    let error = genmedia::render::frame(&recipe, 3).expect_err("another font").to_string();
    assert!(error.contains("own.ttf has changed"), "{error}");
    let generator = recipe.generator(None).expect("it is drawn");
    assert_eq!(generator.files(), [folder.join("own.ttf")]);
}

#[test]
fn numbers_burnt_in_are_read_from_the_encoded_film() {
    let folder = Folder::new();
    let size = "--size 320x120 --frames 24";
    folder.render(&format!("render noise {size} --text {{frame}} --text-style box=black,box-opacity=1,font-size=60 --crf 40 -o f.mp4"));
    let output = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-i", "f.mp4", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .current_dir(folder.path())
        .output()
        .expect("ffmpeg");
    assert!(output.status.success(), "{}", stderr(&output));
    let clean = |index: u64| -> Frame {
        draw(
            "size = '320x120'\nframes = 24\n[text]\ncontent = '{frame}'\nfont-size = 60\nbackground = 'black'\n",
            index,
        )
    };
    let candidates: Vec<Frame> = (0..24).map(clean).collect();
    // The middle, where the digits are.
    let middle = |data: &[u8]| -> Vec<u8> {
        data.chunks_exact(960).skip(35).take(50).flat_map(|row| row[360..600].to_vec()).collect()
    };
    for (index, shown) in output.stdout.chunks_exact(320 * 120 * 3).enumerate() {
        let shown = middle(shown);
        let nearest =
            candidates.iter().enumerate().min_by_key(|(_, f)| distance(&middle(f.data()), &shown));
        assert_eq!(nearest.map(|(n, _)| n), Some(index));
    }
}

#[test]
fn letters_are_shaped() {
    let width = |text: &str| {
        let frame = draw(
            &format!("size = '600x80'\n[text]\ncontent = '{text}'\nfont-size = 40\noutline = 0\n"),
            0,
        );
        let columns = (0..600).filter(|x| (0..80).any(|y| frame.row(y)[x * 3] > 0));
        let all: Vec<usize> = columns.collect();
        all.last().map_or(0, |last| last - all[0])
    };
    // Kerning draws them together.
    assert!(width("AVAVAV") + 6 < width("A") * 3 + width("V") * 3 + 10);
    assert!(width("ТА") < width("Т") + width("А"));
    // A combining accent takes no room of its own.
    assert_eq!(width("e\u{301}"), width("é"));
    assert!(width("\\n") > 0);
}

#[test]
fn fonts_are_files_and_families_and_part_of_the_recipe() {
    let folder = Folder::new();
    let file = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
    assert!(std::path::Path::new(file).exists(), "fonts-dejavu-core is needed");
    std::fs::copy(file, folder.join("own.ttf")).expect("copied");
    let own = folder.join("own.ttf").display().to_string();
    let head = "size = '200x60'\n[text]\ncontent = 'Sphinx'\n";
    let by_name = draw(&format!("{head}font = 'dejavu sans'"), 0);
    let by_file = draw(&format!("{head}font = '{own}'"), 0);
    assert_eq!(by_name, by_file);
    assert_ne!(by_file, draw(head, 0));
    assert_ne!(by_file, draw(&format!("{head}font = 'DejaVu Sans'\nweight = 700"), 0));
    let recipe = super::recipe(&format!("{head}font = '{own}'"));
    assert_eq!(recipe.inputs().len(), 1);
    std::fs::write(&own, "no font").expect("written");
    let error = genmedia::render::frame(&recipe, 0).expect_err("another").to_string();
    assert!(error.contains("own.ttf has changed"), "{error}");
    let broken = format!("{head}font = '{own}'").parse::<genmedia::Recipe>();
    let error = broken.expect_err("no font").to_string();
    assert!(error.contains("own.ttf: this is no font that is known"), "{error}");
}

#[test]
fn a_name_in_a_text_is_that_of_the_job() {
    let folder = Folder::new();
    let film = |name: &str| {
        folder
            .run(&format!("render text --content {{name}} --name {name} --frames 2 --size 160x60 --background black"))
    };
    assert!(film("sea").status.success() && film("sky").status.success());
    let frame = |name: &str| {
        let drawn = folder.run(&format!("frame {name} --index 1 -o {name}.png"));
        assert!(drawn.status.success(), "{}", stderr(&drawn));
        image::open(folder.join(&format!("{name}.png"))).expect("an image").to_rgb8()
    };
    let (sea, sky) = (frame("sea"), frame("sky"));
    assert!(sea != sky);
    let wanted =
        draw("size = '160x60'\nframes = 2\n[text]\ncontent = 'sea'\nbackground = 'black'\n", 1);
    assert!(sea.as_raw() == wanted.data());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_text_in_any_place_is_drawn(text in "[ -|~À-\u{148}\u{14a}-\u{17e}Α-ΡΣ-ωА-я\\n]{1,40}", em in 1.0f64..300.0, outline in 0.0f64..60.0,
        w in 2u32..99, h in 2u32..99, margin in 0.0f64..200.0, pad in 0.0f64..99.0, line in 0.1f64..4.0) {
        let text = text.replace(['{', '}', '\''], "");
        prop_assume!(!text.trim().is_empty());
        let toml = format!("size = '{w}x{h}'\n[video]\nenabled = false\n[images]\n[text]\ncontent = '''\n{text}'''\n\
            font-size = {em}\noutline = {outline}\nmargin = {margin}\nbox = 'red'\npadding = {pad}\nline-height = {line}\n");
        let frame = draw(&toml, 0);
        let pixels = frame.data().chunks_exact(3).zip(frame.alpha().expect("transparent"));
        prop_assert!(pixels.into_iter().all(|(p, a)| p.iter().all(|c| c <= a)));
    }
}
