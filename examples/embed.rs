//! Rendering inside another program: it is told how far it is, and can be stopped.

use std::path::Path;

use genmedia::{Cancel, Error, Event, Options, Recipe, render};

fn main() -> genmedia::Result<()> {
    let recipe: Recipe = "
        size = '640x360'
        frames = 120
        [wave]
        expr = 'sin(x*y + a)'
        spin = 0.5
    "
    .parse()?;
    // A clone of this may be cancelled from anywhere: a button, a signal, a deadline.
    let cancel = Cancel::new();
    // Called from several threads, as it happens.
    let on = |event: Event| match event {
        Event::Planned { frames_done: 0, frames, .. } => println!("{frames} frames to draw"),
        Event::Planned { frames_done, frames, .. } => {
            println!("{frames_done} of {frames} are done")
        }
        Event::Progress { frames, frames_done, fps, .. } => {
            println!("{:3} %, {fps:.0} fps", 100 * frames_done / frames);
        }
        Event::Segment { index, bytes, .. } => println!("segment {index}, {bytes} bytes"),
        _ => {}
    };
    let name = recipe.default_name();
    match render(&recipe, Path::new("jobs"), &name, &Options::default(), &cancel, &on) {
        Ok(film) => println!("done: {}", film.display()),
        Err(Error::Interrupted) => println!("stopped; the same call goes on from here"),
        Err(e) => return Err(e),
    }
    Ok(())
}
