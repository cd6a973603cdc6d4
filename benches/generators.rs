//! What a frame costs, on one core: drawing and colour conversion.

use divan::Bencher;
use divan::counter::ItemsCount;
use genmedia::Recipe;
use genmedia::generate::{Frame, generator};
use genmedia::media::{Picture, PixFmt};

fn main() {
    divan::main();
}

fn frames(bencher: Bencher, toml: &str) {
    let recipe: Recipe = toml.parse().expect("a valid recipe");
    let generator = generator(&recipe);
    let mut painter = generator.painter();
    let mut frame = Frame::new(recipe.size);
    let mut index = 0;
    bencher.counter(ItemsCount::new(recipe.size.pixels())).bench_local(|| {
        index = (index + 1) % recipe.frames;
        painter.paint(index, &mut frame)
    });
}

#[divan::bench]
fn noise_1024x768(bencher: Bencher) {
    frames(bencher, "[noise]");
}

#[divan::bench]
fn polygon_1920x1080(bencher: Bencher) {
    frames(bencher, "[polygon]");
}

#[divan::bench]
fn polygon_filled_1920x1080(bencher: Bencher) {
    frames(bencher, "[polygon]\nfill = true\ncount = 50");
}

#[divan::bench]
fn density_1024x768(bencher: Bencher) {
    frames(bencher, "[wave]\nview = 'density'");
}

#[divan::bench]
fn density_wide_1024x768(bencher: Bencher) {
    frames(bencher, "[wave]\nview = 'density'\nx = '-200..200'\ny = '-200..200'");
}

#[divan::bench]
fn surface_400_1280x720(bencher: Bencher) {
    frames(bencher, "size = '1280x720'\n[wave]\nsamples = 400");
}

#[divan::bench]
fn surface_default_1024x768(bencher: Bencher) {
    frames(bencher, "[wave]");
}

#[divan::bench(args = [PixFmt::Yuv420p, PixFmt::Yuv444p, PixFmt::Yuv420p10])]
fn convert_1024x768(bencher: Bencher, pix_fmt: PixFmt) {
    let recipe: Recipe = "[noise]".parse().expect("a valid recipe");
    let frame = genmedia::generate::frame(&recipe, 0).expect("noise never fails");
    let mut picture = Picture::new(recipe.size, pix_fmt);
    bencher.counter(ItemsCount::new(recipe.size.pixels())).bench_local(|| picture.set(&frame));
}
