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
    // Of a layer only its number is known, and not where in it the mistake is.
    let number = error.message().strip_prefix("layer ").map(|rest| {
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<usize>()
    });
    if let Some(Ok(number)) = number {
        let headers =
            text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("[[layer]]"));
        let line = headers.map(|(n, _)| n + 1).nth(number - 1);
        let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        return format!("{place}{}", plain(error.message()));
    }
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
        // Serde speaks of types as Rust calls them.
        None => match message.split_once(", expected ") {
            Some((found, expected)) if expected.starts_with("struct ") => {
                format!("{found}, where a table is expected: {{ key = value }}")
            }
            Some((found, "a sequence")) => {
                format!("{found}, where a list is expected: [...], or of tables [[...]]")
            }
            Some((found, "u64" | "u32")) => {
                format!("{found}, where a whole number from 0 up is expected")
            }
            _ => message,
        },
    }
}
