//! What simulations look like.

use super::golden;

#[test]
fn each_kind_is_drawn_as_it_was() {
    for (kind, index, keys) in [
        ("life", 30, "cell = 2\nrule = 'B3/S23'"),
        ("larger", 20, "cell = 1\nrule = 'R3,C0,M1,S14..23,B14..19,NM'\ndensity = 0.5"),
        ("elementary", 80, "kind = 'elementary'\nrule = 'code777'\ncell = 1\ncolormap = 'viridis'"),
        ("cyclic", 60, "kind = 'cyclic'\ncell = 1\nstates = 8"),
        ("sandpile", 40, "kind = 'sandpile'\ngrains = 4000\ncell = 1\nrelief = 2"),
        ("ising", 40, "kind = 'ising'\ncell = 1"),
        ("forest-fire", 120, "kind = 'forest-fire'\ncell = 1\nlightning = 0.0002\nedges = 'dead'"),
        (
            "reaction-diffusion",
            150,
            "kind = 'reaction-diffusion'\ncell = 2\ndensity = 0.05\nrelief = 4",
        ),
        (
            "physarum",
            150,
            "kind = 'physarum'\nagents = 3000\nletters = 'gm'\nrole = 'food'\nrelief = 1",
        ),
        ("particles", 60, "kind = 'particles'\nagents = 800\nscale = 40"),
        ("de-jong", 10, "kind = 'attractor'\npoints = 100000\nspin = 40"),
        ("aizawa", 10, "kind = 'attractor'\nshape = 'aizawa'\npoints = 100000\ncolormap = 'magma'"),
        ("dla", 60, "kind = 'dla'\ncell = 1\nspan = 1500"),
        ("growth", 120, "kind = 'growth'\ncell = 1\nspacing = 6"),
        ("boids", 200, "kind = 'boids'\nagents = 90\nsight = 20"),
    ] {
        let toml = format!("size = '120x80'\nframes = 500\nseed = 3\n[simulate]\n{keys}");
        golden(&format!("simulate-{kind}"), &toml, index);
    }
}
