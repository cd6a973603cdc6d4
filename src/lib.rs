//! genmedia renders generative video in batches: every core busy, nothing lost on a crash, and
//! the same recipe always giving the same bytes.
//!
//! A [`Recipe`] says everything about a video. A [generator](generate) draws its frames, each a
//! pure function of recipe and index. [`render()`](render::render) spreads segments of frames over
//! all cores, encodes them through [FFmpeg's libraries](media), and joins them without encoding
//! again.
//!
//! ```
//! use genmedia::{Cancel, Recipe, Options};
//!
//! let recipe: Recipe = r##"
//!     size = "320x240"
//!     frames = 10
//!     [wave]
//!     expr = "sin(x^2 + y^2 - a)"
//!     view = "density"
//!     colormap = "magma"
//! "##
//! .parse()?;
//!
//! let dir = std::env::temp_dir().join("genmedia-doctest");
//! let film = genmedia::render(
//!     &recipe,
//!     &dir,
//!     &recipe.default_name(),
//!     &Options::default(),
//!     &Cancel::new(),
//!     &|event| println!("{event:?}"),
//! )?;
//! assert!(film.ends_with(format!("{0}/{0}.mp4", recipe.default_name())));
//! # Ok::<(), genmedia::Error>(())
//! ```
//!
//! Features, all on by default: `cli`, the command and what it needs; `cluster`, workers on other machines; `gpu`, shaders;
//! `serve`, the progress page. Without them (`default-features = false`) the crate is a renderer, with neither clap nor
//! axum nor wgpu.

#![deny(unsafe_code)]
#![warn(missing_docs)]

#[cfg(not(unix))]
compile_error!("genmedia runs on Unix: Linux, macOS, the BSDs, or WSL on Windows");

mod cancel;
pub mod checksum;
mod clock;
#[cfg(feature = "cluster")]
pub mod cluster;
pub mod compose;
pub mod crash;
pub mod error;
pub mod files;
pub mod formula;
pub mod generate;
pub mod jobs;
#[allow(unsafe_code)] // The FFmpeg boundary.
pub mod media;
pub mod parameters;
pub mod playlist;
pub mod programs;
pub mod recipe;
pub mod remix;
#[cfg(feature = "cluster")]
pub mod remote;
pub mod render;
#[cfg(feature = "serve")]
pub mod serve;
pub mod sound;
pub mod values;
pub mod words;

pub use cancel::{Cancel, Stopped};
pub use error::{Error, Result};
pub use jobs::Event;
pub use recipe::Recipe;
pub use render::{Options, render};
