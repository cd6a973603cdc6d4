//! Identities are promises: a recipe that is another one after an update orphans every job of it. If it is meant,
//! raise `VERSION`.

use std::path::Path;

use genmedia::Recipe;

/// The recipes in `jobs/`, each with the first digits of its identity.
const IDENTITIES: &[(&str, &str)] = &[
    ("cells", "22933534d5f0e213"),
    ("clouds", "db660030d5bc2743"),
    ("drop", "b65a657a24691720"),
    ("flower", "bc4033e01b3fae21"),
    ("height-lines", "fb40e9b98ac3cca9"),
    ("interference", "6df8f9dccf4fdd80"),
    ("julia", "02587e1d30aec897"),
    ("lava", "ad39c8a4b74b1dbb"),
    ("lights", "14e57f0972c0401e"),
    ("lissajous", "58c26861192f400d"),
    ("makers-plot", "ec0ce071f994b542"),
    ("marble", "14db7482fa95cd56"),
    ("mosaic", "e84f7c03c0c52ef9"),
    ("newton", "596acaedc4b3403b"),
    ("noise", "c070a5351e3b4e19"),
    ("polygons", "d7d2aaa8e9608365"),
    ("portrait", "0aafbaa5c7a79464"),
    ("sine-sea", "ad7df292158b41e7"),
    ("stained-glass", "c2f034bc293c384d"),
    ("thread", "8ca08058aa7423fc"),
];

#[test]
fn the_recipes_in_jobs_are_what_they_were() {
    let jobs = Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs");
    for (name, wanted) in IDENTITIES {
        let (recipe, _) = Recipe::read(jobs.join(name).with_extension("toml")).expect("a recipe");
        assert!(recipe.identity().starts_with(wanted), "{name}: {}", recipe.to_toml());
    }
}
