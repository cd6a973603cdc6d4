//! One colour.

use super::{Clip, Content, Frame, Generator, Painter, Parameters, Stage};
use crate::error::Invalid;
use crate::parameters::parameters;
use crate::values::{Color, Size};

parameters! {
    /// The parameters of color.
    Plain, PlainDraft as "color";

    /// The colour
    color: Color = Color([0x80, 0x80, 0x80]), by_default("gray");
}

impl Parameters for Plain {
    fn about() -> &'static str {
        "One colour, which may move"
    }

    fn help() -> &'static str {
        "Examples:
  genmedia render color --color navy --duration 10s
  genmedia render color --color 'mix(black, white, u)' --codec ffv1"
    }

    fn resolve(draft: PlainDraft, clip: Clip) -> Result<Self, Invalid> {
        draft.over(Self::default(), clip)
    }

    fn generator(&self, _: &Stage) -> Box<dyn Generator> {
        Box::new(self.clone())
    }

    fn content(&self) -> Content {
        Content::Smooth
    }

    fn memory(&self, _: Size) -> u64 {
        0
    }
}

impl Generator for Plain {
    fn painter(&self) -> Box<dyn Painter + '_> {
        Box::new(|_: u64, frame: &mut Frame| {
            frame.fill(self.color);
            Ok(())
        })
    }
}
