//! Finds the passes of a shader: in a folder, or where its files name each other, as the editors for Shadertoy have them.

use std::path::Path;

use super::Shader;
use super::channel::{Channel, What};
use super::source::{self, Code, LETTERS, Library, Part};

/// Shows what a buffer has drawn.
const SHOW: &str = "void mainImage(out vec4 color, vec2 at) {\n    color = texelFetch(iChannel0, ivec2(at), 0);\n}\n";

impl Shader {
    /// Names the passes that the shader's files name. What is named already stays.
    ///
    /// # Errors
    /// A file cannot be read; there are more than buffers.
    pub(super) fn name_passes(&mut self, library: &mut Library) -> Result<(), String> {
        for (part, file) in source::folder(&self.file)? {
            match part {
                Part::Image => self.file = file,
                Part::Common if self.common.is_none() => self.common = Some(file),
                Part::Common => {}
                Part::Buffer(number) => {
                    let letter = LETTERS[number].to_string();
                    self.buffer.0.entry(letter).or_insert(file);
                }
            }
        }
        if source::is_glsl(&self.file) {
            self.name_channels(library)?;
            self.keep_picture(library)?;
        }
        Ok(())
    }

    /// Names the passes that lines such as `#iChannel0 "file://other.glsl"` show.
    fn name_channels(&mut self, library: &mut Library) -> Result<(), String> {
        let (mut order, mut seen) = (Vec::new(), vec![self.file.clone()]);
        for file in self.buffer.0.values().chain([&self.file]) {
            passes_within(file, library, &mut seen, &mut order)?;
        }
        for file in order {
            if self.buffer.0.values().all(|own| *own != file) {
                let letter = self.free(&file)?;
                self.buffer.0.insert(letter, file);
            }
        }
        Ok(())
    }

    /// The letter of a buffer that nobody draws: that which the file is named by, or the next.
    fn free(&self, file: &str) -> Result<String, String> {
        let stem = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
        let named = match source::pass_of(&stem) {
            Some(Part::Buffer(number)) => Some(LETTERS[number]),
            _ => None,
        };
        let is_free = |letter: &&str| !self.buffer.0.contains_key(*letter);
        // Behind all others, so that it sees what they have just drawn.
        let behind = |letter: &&str| self.buffer.0.keys().all(|own| own.as_str() < *letter);
        let next = LETTERS.iter().find(|letter| behind(letter));
        let next = next.or_else(|| LETTERS.iter().find(|letter| is_free(letter))).copied();
        let letter = named.filter(is_free).or(next);
        letter
            .map(str::to_string)
            .ok_or_else(|| format!("{file}: a shader has four buffers at most, and they are taken"))
    }

    /// A picture that sees itself as it was before is a buffer, which is shown.
    fn keep_picture(&mut self, library: &mut Library) -> Result<(), String> {
        let code = Code::read(&self.file, library)?;
        let mut channels = Channel::of_comments(&code, &self.file, None, &self.buffer)?;
        for (key, text) in &self.channel.0 {
            if let (Ok(key), Ok(channel)) = (key.parse(), text.parse()) {
                channels.insert(key, channel);
            }
        }
        if !channels.iter().any(|(key, own)| key.buffer.is_none() && own.what == What::Itself) {
            return Ok(());
        }
        let letter = self.free("")?;
        for number in 0..4 {
            if let Some(channel) = self.channel.0.remove(&number.to_string()) {
                self.channel.0.insert(format!("{letter}{number}"), channel);
            }
        }
        self.channel.0.insert("0".into(), format!("buffer-{}", letter.to_lowercase()));
        let file = std::mem::replace(&mut self.file, SHOW.into());
        self.buffer.0.insert(letter, file);
        Ok(())
    }
}

/// The passes that those within `file` name, each behind those that it names itself.
fn passes_within(
    file: &str,
    library: &mut Library,
    seen: &mut Vec<String>,
    order: &mut Vec<String>,
) -> Result<(), String> {
    for other in Channel::passes_of_comments(&Code::read(file, library)?, file) {
        if !seen.contains(&other) {
            seen.push(other.clone());
            passes_within(&other, library, seen, order)?;
            order.push(other);
        }
    }
    Ok(())
}
