//! A generator of one's own, rendered with all that genmedia's have: every core, resumable, MP4.

use genmedia::generate::{Frame, Generator, Painter};
use genmedia::render::render_with;
use genmedia::{Cancel, Options, Recipe};

/// Rings that grow from the middle, `pace` pixels a frame.
struct Rings {
    pace: i64,
}

impl Generator for Rings {
    fn painter(&self) -> Box<dyn Painter + '_> {
        Box::new(|index: u64, frame: &mut Frame| {
            let size = frame.size();
            let (cx, cy) = (i64::from(size.width / 2), i64::from(size.height / 2));
            for y in 0..size.height {
                for (x, pixel) in (0..).zip(frame.row_mut(y).chunks_exact_mut(3)) {
                    let distance = ((x - cx).pow(2) + (i64::from(y) - cy).pow(2)).isqrt();
                    let shade = (distance * 4 - self.pace * index as i64).rem_euclid(256) as u8;
                    pixel.copy_from_slice(&[shade, shade / 2, 255 - shade]);
                }
            }
            Ok(())
        })
    }
}

fn main() -> genmedia::Result<()> {
    // What is not drawn: size, length, codec. A recipe names a source, which is not used here.
    let recipe: Recipe = "size = '320x240'\nframes = 90\n[noise]".parse()?;
    let (dir, options) = (std::path::Path::new("jobs"), Options::default());
    let film =
        render_with(&recipe, &Rings { pace: 9 }, dir, "rings", &options, &Cancel::new(), &|_| ())?;
    println!("{}", film.display());
    Ok(())
}
