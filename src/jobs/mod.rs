//! Jobs: what a recipe has become so far, on disk and in the database.
//!
//! `DIR/NAME/` holds `recipe.toml`, `segments/` while they are needed, `frames/` for images, and
//! the result. A file under its final name is whole: everything is written under a temporary name, synced and
//! renamed, and only then recorded in `DIR/genmedia.db`. Segments end in a [seal](crate::media::Seal),
//! so what is on disk can be told from damage without the database, and the database be rebuilt.

mod build;
mod catalog;
mod checkpoints;
mod event;
mod film;
mod folder;
mod job;
mod journal;
mod manage;
mod open;
mod output;
mod remove;
mod result;
pub mod shards;
mod signals;
mod site;
mod store;
mod survey;
mod verify;
mod view;

pub use build::Build;
pub use catalog::{Catalog, no_job};
pub use checkpoints::Checkpoints;
pub use event::Event;
pub use film::FilmChecksum;
pub use folder::Folder;
pub use job::Job;
pub use journal::Watch;
pub use manage::{Cancelled, Rescanned};
pub use output::Output;
pub use remove::Removed;
pub use site::Site;
pub use store::{
    DATABASE, Elsewhere, JobRecord, LIMITS, SegmentRecord, SegmentState, State, Store, StoredEvent,
};
pub use survey::Survey;
pub use verify::Verified;
pub use view::JobView;
