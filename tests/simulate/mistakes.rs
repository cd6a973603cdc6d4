//! What is said of simulations that cannot be.

use std::fs;

use crate::common::{Folder, stderr};

#[test]
fn each_mistake_is_one_line_that_names_it() {
    let folder = Folder::new();
    for (file, text) in [
        ("cut.rle", "x = 3, y = 3\nbob$2bo$3o"),
        ("odd.rle", "x = 3, y = 3\nbob$2bz$3o!"),
        ("wide.rle", "x = 900, y = 1\n900o!"),
        ("huge.rle", "x = 1, y = 1\n99999999999999999999o!"),
        ("many.rle", "x = 2, y = 1, rule = B3/S23\nAB!"),
        ("none.rle", "x = 3, y = 3\n3b!"),
        ("odd.cells", "!a comment\n.O.\n.x.\n"),
        ("empty.cells", ""),
        ("rule.rle", "x = 3, y = 3, rule = LifeHistory\nbob$2bo$3o!"),
    ] {
        fs::write(folder.join(file), text).expect("written");
    }
    fs::write(folder.join("bytes.rle"), [0u8, 255, 3, 200, 33]).expect("written");
    let mut png = Vec::new();
    let image = image::GrayImage::from_fn(90, 90, |x, y| image::Luma([(x * y) as u8]));
    image.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).expect("written");
    fs::write(folder.join("cut.png"), &png[..png.len() / 2]).expect("written");
    let before = folder.tree();
    for (args, expected) in [
        ("--rule B9/S23", "--rule B9/S23: '9': a cell has 0 to 8 neighbours"),
        ("--rule conway", "--rule conway: a rule is B3/S23"),
        ("--rule B0/S23", "B0 has cells be born out of nothing"),
        ("--rule B2/S/C999", "a rule has 2 to 256 states"),
        ("--kind elementary --rule 256", "--rule 256: an elementary rule is 0 to 255"),
        ("--kind elementary --rule B3/S23", "an elementary rule is 0 to 255"),
        ("--kind cyclic --rule 3", "--rule 3: only with --kind life or elementary"),
        ("--kind cyclic --states 2", "--states 2: 3 to 254 states"),
        ("--kind sand", "unknown kind of simulation"),
        ("--pattern glidr", "did you mean 'glider'?"),
        ("--pattern .", "--pattern .: "),
        ("--pattern cut.rle", "--pattern cut.rle: it is cut short: the ! at its end is missing"),
        ("--pattern odd.rle", "line 2: 'z' is no cell"),
        ("--pattern wide.rle", "it has 900x1 cells, and the field 256x192; a smaller --cell"),
        ("--pattern huge.rle", "line 2: a run is longer than any field"),
        ("--pattern many.rle", "a cell in it has state 2, and B3/S23 has states 0 to 1"),
        ("--pattern none.rle", "no cell lives in it"),
        ("--pattern odd.cells", "line 3: 'x' is no cell"),
        ("--pattern empty.cells", "no cell lives in it"),
        ("--pattern rule.rle", "--pattern rule.rle: its rule is LifeHistory, a rule is B3/S23"),
        ("--pattern bytes.rle", "--pattern bytes.rle: line 1: "),
        (
            "--pattern glider --density 0.5",
            "--density 0.5: only with --kind life, ising, forest-fire",
        ),
        ("--density 1.5", "--density 1.5: 0 to 1"),
        ("--cell 0", "--cell 0: 1 to 4096 pixels"),
        ("--cell 2+t", "it cannot move: it is how it begins"),
        ("--steps 20000", "--steps 20000: 0 to 10000 steps a frame"),
        ("--rule highlive", "or a name; did you mean 'highlife'?"),
        (
            "--rule 90",
            "--rule 90: a rule of life is B3/S23; numbers are rules of --kind elementary",
        ),
        ("--rule B2/S34H", "'H': hexagonal fields and von Neumann's neighbourhood are not known"),
        ("--rule R5,C0,M1,S34..58", "it does not say what is born and what survives"),
        ("--rule R500,C0,M1,S34..58,B34..45", "'R500': R is 1 to 100"),
        ("--rule R5,C0,M1,S34..58,B45..34,NM", "'B45..34': a rule is R5,C0,M1"),
        ("--kind elementary --rule code99999", "a code of 3 states is 0 to 2186"),
        ("--kind sandpile --pattern glider", "a sandpile has the pattern identity alone"),
        ("--kind sandpile --pattern identity --edges torus", "grains have to fall off somewhere"),
        ("--kind ising --temperature 0", "--temperature 0: 0.01 to 1000"),
        ("--kind reaction-diffusion --regime corall", "did you mean 'coral'?"),
        (
            "--kind reaction-diffusion --feed-over 2*q",
            "column 3: unknown name 'q' (names here: x, y, m, v,",
        ),
        ("--kind particles --vx 2*x", "--vx 2*x: only with --kind particles --flow formula"),
        ("--kind particles --flow formula --vx 2*q", "--vx 2*q: column 3: unknown name 'q'"),
        ("--kind particles --spawn 2*q", "--spawn 2*q: column 3: unknown name 'q'"),
        (
            "--kind particles --spawn=-1",
            "--spawn -1: no particle is born: it is more than 0 in the middle of no cell",
        ),
        ("--kind particles --spawn m", "no cell (without light, m is 0)"),
        (
            "--kind particles --drive 3",
            "--drive 3: only with --kind particles with --spawn or --flow formula",
        ),
        ("--kind life --letters a --role map", "--role map: a map is for formulas"),
        ("--kind boids --spawn x", "--spawn x: only with --kind particles"),
        ("--kind physarum --agents 0", "--agents 0: 1 to 20000000 agents"),
        ("--kind attractor --steps 3", "--steps 3: only with other kinds than attractor"),
        ("--kind attractor --shape thomas --b 3", "of shapes with two numbers or more"),
        ("--rule B3/S23:T20,30", "its field, :T20,30, is said by --size, --cell and --edges here"),
        ("--age 1+200*u", "and may be 1 to 127"),
        ("--picture cut.png", "--picture cut.png: "),
        ("--letters \u{200b}", "--letters \u{200b}: "),
        ("--letters 漢", "no sign for '漢'"),
        ("--kind particles --flow light", "--flow light: there is no light: --picture"),
        (
            "--kind cyclic --letters a --role food",
            "cyclic automata take light as their start alone",
        ),
        (
            "--kind reaction-diffusion --feed-over v*10",
            "it is 0.5450 where x is 0, y 0 and m 0, and may be 0 to 0.2",
        ),
        ("--kind boids --agents 2000000", "--agents 2000000: 1 to 1000000 agents"),
        ("--picture none.png", "--picture none.png: No such file"),
        ("--picture cut.rle", "--picture cut.rle: "),
        ("--picture a.png --letters b", "a picture, letters or a layer drive it, not two of them"),
        ("--layer x", "--layer x: a layer drives it, and there are none: [[layer]]"),
        ("--role food", "--role food: only with --picture, --letters or a layer"),
        ("--kind boids --letters x", "--letters x: only with --kind life, cyclic"),
        ("--loop", "a simulation does not lead back to its beginning"),
        ("--size 65534x65534 --cell 1", "--size 65534x65534: "),
    ] {
        let output = folder.run(&format!("render simulate {args} --name n"));
        let told = stderr(&output);
        assert!(!output.status.success(), "{args}");
        assert!(told.contains(expected), "{args}: {told}");
        assert_eq!(told.lines().count(), 1, "{args}: {told}");
    }
    assert_eq!(folder.tree(), before, "a mistake leaves nothing behind");
}
