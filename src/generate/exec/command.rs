//! The command of one run: placeholders filled in.

use std::path::Path;
use std::process::Command;

use crate::programs;
use crate::values::Size;

/// What the placeholders stand for, but for `{out}`.
pub(super) struct Values {
    /// The first frame to draw.
    pub frame: u64,
    /// Frames to draw in this run.
    pub count: u64,
    /// Seconds from the start of the film.
    pub time: f64,
    /// Frames of the film.
    pub frames: u64,
    pub size: Size,
    pub seed: u64,
}

impl Values {
    fn pairs(&self) -> [(&'static str, String); 7] {
        [
            ("frame", self.frame.to_string()),
            ("count", self.count.to_string()),
            ("time", self.time.to_string()),
            ("frames", self.frames.to_string()),
            ("width", self.size.width.to_string()),
            ("height", self.size.height.to_string()),
            ("seed", self.seed.to_string()),
        ]
    }

    /// The command: `line` with its placeholders replaced, and the values in its environment too, as
    /// `GENMEDIA_FRAME` and so on. `out` stands for `{out}`; without it `{out}` stays as it is.
    pub(super) fn command(&self, line: &[String], out: Option<&Path>) -> Command {
        let mut pairs = self.pairs().to_vec();
        if let Some(out) = out {
            pairs.push(("out", out.to_string_lossy().into_owned()));
        }
        let mut parts = line.iter().map(|text| fill(text, &pairs));
        let mut command = Command::new(parts.next().unwrap_or_default());
        command.args(parts);
        for (name, value) in pairs {
            command.env(format!("GENMEDIA_{}", name.to_uppercase()), value);
        }
        command
    }
}

/// Replaces the placeholders in `text`. Values are not searched for placeholders, and other braces stay as they
/// are.
fn fill(text: &str, pairs: &[(&str, String)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let (before, after) = rest.split_at(start);
        filled.push_str(before);
        let pair = pairs.iter().find(|(name, _)| {
            after[1..].strip_prefix(name).is_some_and(|rest| rest.starts_with('}'))
        });
        rest = match pair {
            Some((name, value)) => {
                filled.push_str(value);
                &after[name.len() + 2..]
            }
            None => {
                filled.push('{');
                &after[1..]
            }
        };
    }
    filled.push_str(rest);
    filled
}

/// Checks that `program` exists and is executable.
pub(super) fn check(program: &str) -> Result<(), String> {
    // What a placeholder stands for is known when it is run.
    if program.contains('{') || programs::find(program, []).is_some() {
        return Ok(());
    }
    if !program.contains('/') {
        return Err(format!(
            "there is no program '{program}' in the folders of PATH; install it, or give its path \
             (./{program} for one in this folder)"
        ));
    }
    let path = Path::new(program);
    match path.is_file() {
        true => Err(format!(
            "{program} is not executable; chmod +x it, or write before it what runs it (python3, php)"
        )),
        false if path.is_dir() => Err(format!("{program} is a folder, no program")),
        false => Err(format!("there is no program {program}")),
    }
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn placeholders_are_filled_once_and_other_braces_stay() {
        let pairs = [("frame", "7".to_string()), ("frames", "{frame}".to_string())];
        assert_eq!(fill("{frame}/{frames}", &pairs), "7/{frame}");
        assert_eq!(fill("{\"frame\": {frame}}", &pairs), "{\"frame\": 7}");
        assert_eq!(fill("{fram} {} { frame} {{frame}", &pairs), "{fram} {} { frame} {7");
        assert_eq!(fill("ä{frame}ö{", &pairs), "ä7ö{");
    }
}
