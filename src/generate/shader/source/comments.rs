//! What lines of a shader say of its channels, as editors for Shadertoy have them: `#iChannel0 "file://noise.png"`.

use std::collections::BTreeMap;
use std::path::Path;

use super::code::{Code, spoken};
use crate::generate::shader::channel::{Channel, Filter, Key, SOUNDS, What, has_ending};

impl Channel {
    /// The passes that lines such as `#iChannel0 "file://other.glsl"` name: the number of the channel, and the file.
    pub fn passes_of_comments(code: &Code, file: &str) -> Vec<(String, String)> {
        const ENDINGS: [&str; 5] = ["glsl", "frag", "fs", "fsh", "txt"];
        let text = code.text();
        let beside = Path::new(file).parent().unwrap_or(Path::new(""));
        let pass = |(number, what, value): (&str, Option<&str>, &str)| {
            let value = value.strip_prefix("file://").unwrap_or(value);
            let name = value.split(',').next().unwrap_or_default().trim();
            let is_pass = what.is_none() && has_ending(name, &ENDINGS);
            let name = name.strip_prefix("./").unwrap_or(name);
            is_pass.then(|| (number.to_string(), beside.join(name).to_string_lossy().into_owned()))
        };
        spoken(&text).filter_map(said_of).filter_map(pass).collect()
    }

    /// What lines such as `#iChannel0 "file://noise.png"` say, as editors write them, of the pass in `file`.
    ///
    /// # Errors
    /// What they say cannot be shown.
    pub fn of_comments(
        code: &Code,
        file: &str,
        buffer: Option<usize>,
    ) -> Result<BTreeMap<Key, Self>, String> {
        let mut found = BTreeMap::new();
        let text = code.text();
        // What it shows comes first, wherever that stands.
        let mut said: Vec<_> = spoken(&text).filter_map(said_of).collect();
        said.sort_by_key(|(_, what, _)| what.is_some());
        for (number, what, value) in said {
            if !matches!(number, "0" | "1" | "2" | "3") {
                return Err(format!("{file}: #iChannel{number}: channels are 0 to 3"));
            }
            let key = Key { buffer, name: number.into() };
            let wrong = |e: String| format!("{file}: #iChannel{number}: {e}");
            let Some(what) = what else {
                let value = value.strip_prefix("file://").unwrap_or(value);
                if has_ending(value, &SOUNDS) {
                    // The film's sound is what is heard.
                    found.insert(key, What::Sound(None).into());
                    continue;
                }
                let mut channel: Self = value.parse().map_err(wrong)?;
                if let What::Picture(name) | What::Film(name) = &mut channel.what {
                    let beside = Path::new(file).parent().unwrap_or(Path::new(""));
                    *name = beside.join(&*name).to_string_lossy().into_owned();
                    if !Path::new(&*name).exists()
                        && let Some(noise) = What::of_shadertoy(name)
                    {
                        found.insert(key, noise.into());
                        continue;
                    }
                    if let Some(letter) = Path::new(name).file_stem().and_then(|stem| stem.to_str())
                        && let Some(word @ What::Buffer(_)) = What::word(&letter.to_lowercase())
                    {
                        channel = word.into();
                    }
                }
                found.insert(key, channel);
                continue;
            };
            if let Some(channel) = found.get_mut(&key) {
                let value = value.to_ascii_lowercase();
                match (what, &*value) {
                    (
                        "MinFilter",
                        "nearestmipmapnearest"
                        | "linearmipmaplinear"
                        | "linearmipmapnearest"
                        | "nearestmipmaplinear",
                    ) => {
                        channel.filter = Filter::Mipmap;
                    }
                    ("MinFilter", value) => channel.set("filter", value).map_err(wrong)?,
                    ("WrapMode", value) => channel.set("wrap", value).map_err(wrong)?,
                    // One filter is for both; the other was said.
                    _ => {}
                }
            }
        }
        Ok(found)
    }
}

/// The number of a channel, of what something is said unless of what it shows, and what.
fn said_of(line: &str) -> Option<(&str, Option<&str>, &str)> {
    let rest = line.trim_start().strip_prefix("#iChannel")?;
    let (number, rest) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?;
    let (what, rest) = match rest.strip_prefix("::") {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric())?;
            (Some(&rest[..end]), &rest[end..])
        }
        None => (None, rest),
    };
    let value = rest.trim().strip_prefix('"')?.split('"').next()?;
    Some((number, what, value))
}
