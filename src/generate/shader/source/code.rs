//! A shader's text, line by line, each with the place that it is from.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::has_ending;
use super::library::{Library, is_text};

/// How deep files may name each other.
const DEEPEST: usize = 32;
/// The most lines of a shader with all that it includes.
const MOST: usize = 200_000;

/// A text that was put together from files.
#[derive(Debug, Clone, Default)]
pub struct Code {
    lines: Vec<Line>,
}

/// A line.
#[derive(Debug, Clone)]
struct Line {
    text: String,
    /// As it stands in its file, where that is not the same.
    original: Option<String>,
    /// What is wrong with it, if it is not skipped.
    wrong: Option<String>,
    /// The file, and the line's number in it from 1; none of what is ours.
    place: Option<(Arc<str>, usize)>,
}

/// What is wrong, and where: line and column from 1 in the whole text, and what is said of it.
#[derive(Debug)]
pub struct Fault {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl Code {
    /// Reads a file with all that it includes.
    ///
    /// # Errors
    /// A file cannot be read, or includes itself.
    pub fn read(file: &str, library: &mut Library) -> Result<Self, String> {
        let mut code = Self::default();
        code.add_file(file, library, &mut Included::default())?;
        Ok(code)
    }

    /// A text that stands in `file`.
    pub fn of(text: &str, file: &str) -> Self {
        let file: Arc<str> = file.into();
        let line = |(number, text): (usize, &str)| Line {
            text: text.into(),
            original: None,
            wrong: None,
            place: Some((file.clone(), number)),
        };
        Self { lines: (1..).zip(text.lines()).map(line).collect() }
    }

    /// Lines of ours.
    pub fn ours(text: &str) -> Self {
        let line =
            |text: &str| Line { text: text.into(), original: None, wrong: None, place: None };
        Self { lines: text.lines().map(line).collect() }
    }

    fn add_file(
        &mut self,
        file: &str,
        library: &mut Library,
        included: &mut Included,
    ) -> Result<(), String> {
        let text = library.text(file)?;
        let file = if is_text(file) { "shader" } else { file };
        if included.once.contains(file) {
            return Ok(());
        }
        if included.within.iter().any(|other| other == file) {
            // Its own first lines have it skipped.
            return match is_guarded(&text) {
                true => Ok(()),
                false => Err(format!("{file} includes itself")),
            };
        }
        if included.within.len() >= DEEPEST {
            return Err(format!("{file}: files include each other more than {DEEPEST} deep"));
        }
        if spoken(&text).any(|line| line.split_whitespace().eq(["#pragma", "once"])) {
            included.once.insert(file.to_string());
        }
        included.within.push(file.to_string());
        let mut is_comment = false;
        for line in Self::of(&text, file).lines {
            let other = if is_comment { None } else { other(&line.text) };
            is_comment = ends_in_comment(&line.text, is_comment);
            match (other, &line.place) {
                (Some(name), Some((_, number))) => {
                    let beside = Path::new(file).parent().unwrap_or(Path::new(""));
                    let name = beside.join(name).to_string_lossy().into_owned();
                    let is_there = library.place(&name).exists();
                    if !is_there && !has_ending(file, "wgsl") {
                        // It may be in a part that is skipped.
                        let wrong = Some(format!("{name} is not there"));
                        let original = Some(line.text);
                        let text = "#error missing".into();
                        self.lines.push(Line { text, original, wrong, place: line.place });
                        continue;
                    }
                    self.add_file(&name, library, included).map_err(|e| {
                        match e.contains('\n') {
                            true => e,
                            false => format!("{file}:{number}: {e}"),
                        }
                    })?;
                }
                _ => self.lines.push(plain(line)),
            }
            if self.lines.len() > MOST {
                return Err(format!("{file}: a shader has at most {MOST} lines"));
            }
        }
        included.within.pop();
        Ok(())
    }

    /// This text, and another behind it.
    pub fn then(mut self, other: Self) -> Self {
        self.lines.extend(other.lines);
        self
    }

    /// The whole text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            text.push_str(&line.text);
            text.push('\n');
        }
        text
    }

    /// The same lines with other texts.
    pub fn rewritten(&self, text: &str) -> Self {
        let mut texts = text.lines();
        let line = |line: &Line| {
            let text = texts.next().unwrap_or_default();
            let is_same = text == line.text;
            let original = line.original.clone().or_else(|| (!is_same).then(|| line.text.clone()));
            Line { text: text.into(), original, ..line.clone() }
        };
        Self { lines: self.lines.iter().map(line).collect() }
    }

    /// The same with lines of ours before some, which are numbered from 0.
    pub fn with_lines(self, mut ours: Vec<(usize, String)>) -> Self {
        ours.sort_by_key(|(line, _)| *line);
        let mut ours = ours.into_iter().peekable();
        let mut lines = Vec::with_capacity(self.lines.len());
        for (number, line) in self.lines.into_iter().enumerate() {
            while let Some((_, text)) = ours.next_if(|(before, _)| *before <= number) {
                lines.push(Line { text, original: None, wrong: None, place: None });
            }
            lines.push(line);
        }
        Self { lines }
    }

    /// A line of the whole text, from 1.
    pub fn line(&self, number: usize) -> Option<&str> {
        self.lines.get(number.checked_sub(1)?).map(|line| line.text.as_str())
    }

    /// Its file.
    pub fn name(&self) -> &str {
        let place = self.lines.iter().rev().find_map(|line| line.place.as_ref());
        place.map_or("shader", |(file, _)| file)
    }

    /// What is wrong, with the line in which it is and a sign below the place.
    pub fn fault(&self, fault: Fault) -> String {
        let Fault { line, column, message } = fault;
        let own = |line: &&Line| line.place.is_some();
        // What is found at the end, or in lines of ours, is of the last line before it.
        let upto = &self.lines[..line.min(self.lines.len())];
        let is_own = upto.last().is_some_and(|line| line.place.is_some());
        let at = upto.iter().rev().find(own).or_else(|| self.lines.iter().find(own));
        let Some(Line { text, original, wrong, place: Some((file, number)) }) = at else {
            return message;
        };
        let message = wrong.clone().unwrap_or(message);
        if !is_own {
            return format!("{file}: {message}");
        }
        // A line that was written anew has other columns.
        let text = original.as_ref().unwrap_or(text);
        let column = if original.is_some() { 1 } else { column.clamp(1, text.len() + 1) };
        let before = text.char_indices().take_while(|(at, _)| at + 1 < column).map(|(_, c)| c);
        let indent: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let number_width = number.to_string().len();
        let shown: String = text.chars().take(300).collect();
        format!(
            "{file}:{number}:{column}: {message}\n {number} | {shown}\n {:number_width$} | {indent}^",
            ""
        )
    }
}

/// A line as GLSL has it: editors for Shadertoy know `#iUniform float x = 0.5 in { 0.0, 1.0 }`.
fn plain(line: Line) -> Line {
    let text = line.text.trim_start();
    let plain = match text.strip_prefix("#iUniform") {
        Some(rest) => {
            let end = [" in {", " in{", " step "].iter().filter_map(|word| rest.find(word)).min();
            let declared = rest[..end.unwrap_or(rest.len())].trim_end().trim_end_matches(';');
            let declared = declared.replace("color3", "vec3").replace("color4", "vec4");
            format!("uniform{declared};")
        }
        None if text.trim_end() == "#StrictCompatibility" => String::new(),
        None => return line,
    };
    Line { original: Some(line.text), text: plain, ..line }
}

/// The files that stand within each other as they are read.
#[derive(Default)]
struct Included {
    within: Vec<String>,
    /// Those that say that they are there once.
    once: BTreeSet<String>,
}

/// True for a text whose first lines have it skipped where it was included before.
fn is_guarded(text: &str) -> bool {
    let mut lines = spoken(text).map(str::trim).filter(|line| line.starts_with('#'));
    let mut name = |word: &str| {
        let rest = lines.next()?.strip_prefix('#')?.trim_start().strip_prefix(word)?;
        rest.split_whitespace().next().map(str::to_string)
    };
    name("ifndef").is_some_and(|guard| name("define") == Some(guard))
}

/// The file that a line includes, if it does.
fn other(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start();
    let rest = rest.strip_prefix("pragma").map_or(rest, str::trim_start);
    let rest = rest.strip_prefix("include")?.trim_start();
    let close = match rest.chars().next()? {
        '"' => '"',
        '<' => '>',
        _ => return None,
    };
    let name = &rest[1..];
    name.find(close).map(|end| &name[..end]).filter(|name| !name.is_empty())
}

/// The lines of a text that do not stand in a comment that began in one before.
pub fn spoken(text: &str) -> impl Iterator<Item = &str> {
    let mut is_comment = false;
    text.lines().filter(move |line| {
        let was = is_comment;
        is_comment = ends_in_comment(line, was);
        !was
    })
}

/// True if a comment is open behind a line.
fn ends_in_comment(line: &str, mut is_comment: bool) -> bool {
    let mut rest = line;
    loop {
        let found = match is_comment {
            true => rest.find("*/").map(|at| (at, false)),
            false => match (rest.find("/*"), rest.find("//")) {
                (Some(open), Some(line)) if line < open => None,
                (open, _) => open.map(|at| (at, true)),
            },
        };
        match found {
            Some((at, is)) => (rest, is_comment) = (&rest[at + 2..], is),
            None => return is_comment,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_it_includes() {
        assert_eq!(other("  # include \"a/b.glsl\" // x"), Some("a/b.glsl"));
        assert_eq!(other("#include <noise>"), Some("noise"));
        assert_eq!(other("#pragma include \"x.glsl\""), Some("x.glsl"));
        assert_eq!(other("// #include \"x\""), None);
        assert_eq!(other("#include x"), None);
        assert_eq!(other("#include \"\""), None);
    }

    #[test]
    fn comments_go_on_over_lines() {
        assert!(ends_in_comment("a /* b", false));
        assert!(!ends_in_comment("a /* b */ c", false));
        assert!(!ends_in_comment("// a /* b", false));
        assert!(!ends_in_comment("b */ // /*", true));
        assert!(ends_in_comment("b */ /*/", true));
    }

    #[test]
    fn a_fault_shows_its_line() {
        let code = Code::ours("#version 450").then(Code::of("a\n\tfoo bar\n", "x.frag"));
        let fault = |line, column| code.fault(Fault { line, column, message: "wrong".into() });
        assert_eq!(fault(3, 6), "x.frag:2:6: wrong\n 2 | \tfoo bar\n   | \t    ^");
        assert_eq!(fault(99, 1), "x.frag:2:1: wrong\n 2 | \tfoo bar\n   | ^");
    }
}
