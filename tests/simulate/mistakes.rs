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
        ("--pattern rule.rle", "--rule LifeHistory: a rule is B3/S23"),
        ("--pattern bytes.rle", "--pattern bytes.rle: line 1: "),
        (
            "--pattern glider --density 0.5",
            "--density 0.5: only with --kind life, ising, forest-fire",
        ),
        ("--density 1.5", "--density 1.5: 0 to 1"),
        ("--cell 0", "--cell 0: 1 to 4096 pixels"),
        ("--cell 2+t", "it cannot move: it is how it begins"),
        ("--steps 20000", "--steps 20000: 0 to 10000 steps a frame"),
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
