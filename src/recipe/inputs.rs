//! Files that a recipe names, for where they are not at hand: by their content they are known anywhere.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{Recipe, Source};
use crate::generate::Files;
use crate::sound::Voice;

/// A file that frames are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its path, as the recipe says it.
    pub name: String,
    /// What tells its content from any other.
    pub content: String,
}

impl Input {
    /// The path of its copy among those of other files: `CONTENT/NAME`.
    pub fn copy(&self) -> String {
        let name = Path::new(&self.name).file_name().unwrap_or_default();
        format!("{}/{}", self.content, name.to_string_lossy())
    }
}

/// Where files of a recipe are found that are not where it says, by their names there.
pub type Copies = HashMap<String, PathBuf>;

impl Recipe {
    /// The files that it names, each once. Those at a URL are at hand anywhere.
    pub fn inputs(&self) -> Vec<Input> {
        let input =
            |name: &str, content: &str| Input { name: name.into(), content: content.into() };
        let of_files =
            |files: &Files| files.iter().map(|(name, hash)| input(name, hash)).collect::<Vec<_>>();
        let inputs = self.source.leaves().into_iter().flat_map(|source| match source {
            Source::Exec(exec) => of_files(&exec.files),
            Source::Image(image) => of_files(&image.files),
            Source::Text(text) => of_files(&text.files),
            Source::Shader(shader) => of_files(&shader.inputs()),
            Source::Remix(remix) => {
                let files = remix.films.iter().filter(|film| film.location().file().is_some());
                files.map(|film| input(&film.place, &film.fingerprint)).collect()
            }
            Source::Film(clip) => match (&clip.fingerprint, clip.path()) {
                (Some(print), Some(_)) => vec![input(&clip.file, print)],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        });
        let tracks = self.sound.iter().flat_map(|sound| &sound.tracks);
        let recordings = tracks.filter_map(|track| match &track.voice {
            Voice::Recording(recording) => Some(of_files(&recording.files)),
            _ => None,
        });
        let mut inputs: Vec<Input> = inputs.chain(recordings.flatten()).collect();
        inputs.sort_by(|a, b| a.name.cmp(&b.name));
        inputs.dedup();
        inputs
    }

    /// What draws the same frames from copies of its files.
    pub fn with_copies(&self, copies: &Copies) -> Self {
        let copy = |name: &str| copies.get(name).map(|path| path.to_string_lossy().into_owned());
        let copied = |files: &mut Files| {
            let all = std::mem::take(files).into_iter();
            *files = all.map(|(name, hash)| (copy(&name).unwrap_or(name), hash)).collect();
        };
        let mut recipe = self.clone();
        for source in recipe.source.leaves_mut() {
            match source {
                Source::Exec(exec) => {
                    for argument in &mut exec.command {
                        let is_file = exec.files.contains_key(argument);
                        if let Some(path) = copy(argument).filter(|_| is_file) {
                            *argument = path;
                        }
                    }
                    copied(&mut exec.files);
                }
                Source::Image(image) => {
                    if let Some(path) = copy(&image.file) {
                        image.file = path;
                    }
                    copied(&mut image.files);
                }
                Source::Film(clip) => {
                    if let Some(path) = copy(&clip.file) {
                        clip.file = path;
                    }
                }
                Source::Text(text) => copied(&mut text.files),
                // Its files name each other, so they keep their names.
                Source::Shader(shader) => {
                    let places = shader
                        .inputs()
                        .into_keys()
                        .filter_map(|name| Some((name.clone(), copy(&name)?)));
                    shader.places = places.collect();
                }
                Source::Remix(remix) => {
                    for film in &mut remix.films {
                        if let Some(path) = copy(&film.place) {
                            film.place = path;
                        }
                    }
                }
                _ => {}
            }
        }
        for track in recipe.sound.iter_mut().flat_map(|sound| &mut sound.tracks) {
            if let Voice::Recording(recording) = &mut track.voice {
                if let Some(path) = copy(&recording.file) {
                    recording.file = path;
                }
                copied(&mut recording.files);
            }
        }
        recipe
    }
}
