//! Texts over what a draft draws, and what is filled into them.

use super::{Draft, LayerDraft, SourceDraft};
use crate::error::Invalid;
use crate::generate::text::TextDraft;
use crate::generate::text::template::{Filled, with_fields, written};
use crate::media::PixFmt;
use crate::recipe::Seed;
use crate::values::Ground;

impl Draft {
    /// Lays a text over what the draft draws. Its effects are those of what lies below.
    pub fn lay_text(&mut self, text: TextDraft) {
        if self.layer.is_empty() {
            self.generator = None;
            let (source, effect) = (self.take_sources(), std::mem::take(&mut self.effect));
            let pix_fmt = self.video.as_ref().and_then(|video| video.pix_fmt);
            let is_kept = pix_fmt.is_some_and(PixFmt::has_alpha);
            self.background = source.ground().or(is_kept.then_some(Ground::None));
            self.layer.push(LayerDraft { source, effect, ..LayerDraft::default() });
        }
        let source = SourceDraft { text: Some(text), ..SourceDraft::default() };
        self.layer.push(LayerDraft { source, ..LayerDraft::default() });
    }

    /// The same, with a seed, and with what is known of the job in its texts.
    pub(super) fn filled(&self) -> Result<Self, Invalid> {
        let mut draft = self.clone();
        let seed = self.seed()?;
        draft.seed = Some(Seed::Fixed(seed));
        let layers = (1..).zip(&mut draft.layer);
        let layers = layers.map(|(n, layer)| (format!("layer.{n}."), &mut layer.source.text));
        for (table, text) in layers.chain([(String::new(), &mut draft.text)]) {
            let Some(content) = text.as_mut().and_then(|text| text.content.as_mut()) else {
                continue;
            };
            let known = |field: &str| match (field.trim(), &self.name) {
                ("name", Some(name)) => Ok(Filled::Text(name.clone())),
                ("name", None) => {
                    let reason =
                        "{name} is the job's name, which must be said: name = 'sea', or --name sea";
                    Err(reason.into())
                }
                (field, _) if field.split(':').next().is_some_and(|own| own.trim() == "name") => {
                    Err(format!("{{{field}}}: a name is always written alike: {{name}}"))
                }
                _ => Ok(match written(field, "seed", seed) {
                    Some(seed) => Filled::Text(seed),
                    None => Filled::Field(field.into()),
                }),
            };
            *content = with_fields(content, known)
                .map_err(|e| Invalid::new(&format!("{table}text.content"), &*content, e))?;
        }
        Ok(draft)
    }
}
