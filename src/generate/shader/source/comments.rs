//! What lines of a shader say of its channels, as editors for Shadertoy have them: `#iChannel0 "file://noise.png"`.

use std::collections::BTreeMap;
use std::path::Path;

use super::code::{Code, spoken};
use crate::generate::shader::channel::{Channel, Filter, Key, SOUNDS, What, has_ending};
use crate::values::Pairs;

impl Channel {
    /// The files of passes that lines such as `#iChannel0 "file://other.glsl"` name.
    pub fn passes_of_comments(code: &Code, file: &str) -> Vec<String> {
        let text = code.text();
        let pass = |(_, what, value): (&str, Option<&str>, &str)| match what {
            None => pass_of(value, file).map(|(name, _)| name),
            Some(_) => None,
        };
        spoken(&text).filter_map(said_of).filter_map(pass).collect()
    }

    /// What lines such as `#iChannel0 "file://noise.png"` say, as editors write them, of the pass in `file`; `buffers` are the
    /// files of those.
    ///
    /// # Errors
    /// What they say cannot be shown.
    pub fn of_comments(
        code: &Code,
        file: &str,
        buffer: Option<usize>,
        buffers: &Pairs,
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
                if let Some((name, keys)) = pass_of(value, file) {
                    let drawn = buffers.0.iter().find(|(_, own)| **own == name);
                    let what = match drawn {
                        _ if name == file => "self".to_string(),
                        Some((letter, _)) => format!("buffer-{}", letter.to_lowercase()),
                        None => {
                            let reason = "no buffer draws this pass, and none sees the picture";
                            return Err(wrong(format!("{name}: {reason}")));
                        }
                    };
                    found.insert(key, (what + keys).parse().map_err(wrong)?);
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

/// The file of the pass that a value names, if it names one, and what is said of the channel behind it.
fn pass_of<'v>(value: &'v str, file: &str) -> Option<(String, &'v str)> {
    const ENDINGS: [&str; 5] = ["glsl", "frag", "fs", "fsh", "txt"];
    let value = value.strip_prefix("file://").unwrap_or(value);
    let (name, keys) = value.split_at(value.find(',').unwrap_or(value.len()));
    let name = name.trim().trim_start_matches("./");
    let beside = Path::new(file).parent().unwrap_or(Path::new(""));
    has_ending(name, &ENDINGS).then(|| (beside.join(name).to_string_lossy().into_owned(), keys))
}

/// The number of a channel, of what something is said unless of what it shows, and what.
fn said_of(line: &str) -> Option<(&str, Option<&str>, &str)> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("iChannel")?;
    let (number, rest) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?;
    let (what, rest) = match rest.strip_prefix("::") {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric())?;
            (Some(&rest[..end]), &rest[end..])
        }
        None => (None, rest),
    };
    let rest = rest.trim();
    let value = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
        _ => rest.split_whitespace().next()?,
    };
    Some((number, what, value))
}
