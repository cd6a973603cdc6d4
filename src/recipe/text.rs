//! The text of recipe files: reading it, and pointing at what is wrong in it.

use std::path::Path;

use crate::error::{Error, Result, did_you_mean};

/// A recipe file's text.
pub(super) fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::InvalidData => Error::RecipeFile {
            path: path.into(),
            reason: "not a recipe: the file is not text".into(),
        },
        std::io::ErrorKind::IsADirectory => {
            let advice =
                format!("this is a folder; name the files in it ({}/*.toml)", path.display());
            Error::io("read the recipe", path)(std::io::Error::new(e.kind(), advice))
        }
        _ => Error::io("read the recipe", path)(e),
    })
}

/// A TOML error in one line, with line, column and the nearest known key.
pub(super) fn describe(error: &toml::de::Error, text: &str) -> String {
    let place = error.span().and_then(|span| text.get(..span.start)).map(|before| {
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        format!("line {line}, column {column}: ")
    });
    format!("{}{}", place.unwrap_or_default(), plain(error.message()))
}

/// What serde says of a key, with the nearest known one.
pub(super) fn plain(message: &str) -> String {
    let message = message.trim().replace('\n', " ");
    let mut quoted = message.split('`').skip(1).step_by(2);
    match quoted.next().filter(|_| message.starts_with("unknown field")) {
        Some(typed) => {
            let known: Vec<&str> = quoted.collect();
            let near = did_you_mean(typed, known.iter().copied());
            format!("unknown key '{typed}'{near} (known: {})", known.join(", "))
        }
        None => message,
    }
}
