//! Jobs: the folder in which a recipe becomes a video, and what in it is finished.
//!
//! `DIR/NAME/` holds `recipe.toml`, `segments/` while they are needed, `frames/` for images, and
//! the result. A file under its final name is whole: everything is written aside and renamed.

mod folder;
mod lock;
mod output;

pub use folder::Job;
pub use output::Output;
