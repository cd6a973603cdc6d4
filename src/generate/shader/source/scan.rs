//! What a text of GLSL declares and names, without understanding all of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

/// A word, a number or a sign.
#[derive(Debug, Clone)]
struct Token<'a> {
    text: &'a str,
    at: usize,
}

/// What is found in a text.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// All words, also those of macros.
    pub words: BTreeSet<String>,
    /// The words that stand in no macro.
    pub spoken: BTreeSet<String>,
    /// What is declared outside of functions with `uniform`, `in` or `out`.
    pub declared: Vec<Declared>,
    /// The functions that are defined, or declared, by name.
    pub functions: BTreeMap<String, Vec<Function>>,
    /// The names of variables and constants outside of functions, which are there whatever the conditions; of single variables
    /// also their type.
    pub globals: BTreeMap<String, Option<String>>,
    /// The names of structs.
    pub structs: BTreeSet<String>,
    /// The names of macros that it defines.
    pub macros: BTreeSet<String>,
    /// Lines, whole, that say which GLSL it is.
    pub directives: Vec<Range<usize>>,
}

/// A function.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Function {
    /// The types of its parameters.
    pub parameters: Vec<String>,
    /// The line in which its name stands, from 0.
    pub line: usize,
}

/// A line that says whether those behind it are there.
#[derive(Debug, Clone, Copy)]
enum Condition {
    If,
    Else,
    End,
}

/// A declaration.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Declared {
    /// Where it stands, up to its semicolon.
    pub range: Range<usize>,
    pub storage: Storage,
    /// Its type, with what stands before it.
    pub kind: String,
    /// Each name, with its sizes in brackets and what it is at first.
    pub names: Vec<(String, String, Option<String>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    Uniform,
    In,
    Out,
}

fn is_word(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_'
}

/// Splits a text into tokens; `directives` get the ranges of lines that begin with `#`.
fn tokens<'a>(text: &'a str, directives: &mut Vec<Range<usize>>) -> Vec<Token<'a>> {
    let bytes = text.as_bytes();
    let (mut tokens, mut at) = (Vec::new(), 0);
    let mut is_start = true;
    let find = |from: usize, what: &str| text[from..].find(what).map_or(text.len(), |n| from + n);
    while let Some(&c) = bytes.get(at) {
        let rest = &bytes[at..];
        let from = at;
        if c == b'\n' {
            is_start = true;
            at += 1;
        } else if c.is_ascii_whitespace() {
            at += 1;
        } else if rest.starts_with(b"//") {
            at = find(at, "\n");
        } else if rest.starts_with(b"/*") {
            at = (find(at + 2, "*/") + 2).min(text.len());
        } else if c == b'#' && is_start {
            // A line that ends in a backslash goes on.
            loop {
                at = find(at, "\n");
                match at > from && bytes[at - 1] == b'\\' && at < text.len() {
                    true => at += 1,
                    false => break,
                }
            }
            directives.push(from..at);
        } else if is_word(c) {
            at += rest.iter().take_while(|c| is_word(**c)).count();
            is_start = false;
            tokens.push(Token { text: &text[from..at], at: from });
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
            is_start = false;
            tokens.push(Token { text: &text[from..at], at: from });
        }
    }
    tokens
}

/// Words that may stand before a type.
const QUALIFIERS: [&str; 12] = [
    "highp",
    "mediump",
    "lowp",
    "flat",
    "smooth",
    "centroid",
    "const",
    "invariant",
    "noperspective",
    "attribute",
    "precise",
    "sample",
];

/// Looks at a text.
pub(super) fn scan(text: &str) -> Scan {
    let mut found = Scan::default();
    let mut directives = Vec::new();
    let tokens = tokens(text, &mut directives);
    let mut conditions: VecDeque<(usize, Condition)> = VecDeque::new();
    for range in directives {
        let line = &text[range.clone()];
        let first = line.trim_start_matches('#').trim_start();
        let first: String = first.chars().take_while(char::is_ascii_alphabetic).collect();
        let condition = match &*first {
            "if" | "ifdef" | "ifndef" => Some(Condition::If),
            "else" | "elif" => Some(Condition::Else),
            "endif" => Some(Condition::End),
            _ => None,
        };
        conditions.extend(condition.map(|condition| (range.start, condition)));
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        found.words.extend(words.filter(|word| !word.is_empty()).map(str::to_string));
        let name = line.trim_start_matches('#').trim_start();
        if let Some(defined) = name.strip_prefix("define") {
            let is_part = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
            found.macros.insert(defined.trim_start().chars().take_while(is_part).collect());
        }
        if ["version", "extension", "iChannel"].iter().any(|word| name.starts_with(word)) {
            found.directives.push(range);
        }
    }
    let is_name =
        |token: &Token| token.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    found
        .words
        .extend(tokens.iter().filter(|token| is_name(token)).map(|token| token.text.to_string()));
    found.spoken =
        tokens.iter().filter(|token| is_name(token)).map(|token| token.text.to_string()).collect();
    let (mut depth, mut n) = (0i64, 0);
    // What was before the declaration that begins here.
    let mut begins = true;
    // The type of the variables that are declared.
    let mut kind: Option<String> = None;
    // Of each condition that is open, the depth before it, and that behind its first branch.
    let mut open: Vec<(i64, Option<i64>)> = Vec::new();
    while let Some(token) = tokens.get(n) {
        while let Some((at, condition)) = conditions.front().copied()
            && at < token.at
        {
            conditions.pop_front();
            begins = true;
            match (condition, open.last_mut()) {
                (Condition::If, _) => open.push((depth, None)),
                // Each branch begins where the first did.
                (Condition::Else, Some((before, behind))) => {
                    behind.get_or_insert(depth);
                    depth = *before;
                }
                // Of a branch alone nobody knows whether it is there.
                (Condition::End, Some((before, behind))) => {
                    depth = behind.unwrap_or(*before);
                    open.pop();
                }
                (_, None) => {}
            }
        }
        if depth == 0
            && begins
            && let Some((declared, next)) = declaration(text, &tokens, n)
        {
            found.declared.push(declared);
            n = next;
            continue;
        }
        begins = matches!(token.text, ";" | "}");
        let before = |back: usize| n.checked_sub(back).and_then(|n| tokens.get(n));
        let is_typed = |back: usize| {
            before(back).is_some_and(|token| is_name(token) || matches!(token.text, "]" | "}"))
        };
        let next = tokens.get(n + 1).map(|token| token.text);
        match token.text {
            "(" if depth == 0 && before(1).is_some_and(is_name) && is_typed(2) => {
                let name = &tokens[n - 1];
                let line = text[..name.at].matches('\n').count();
                let function = Function { parameters: parameters(&tokens[n + 1..]), line };
                found.functions.entry(name.text.to_string()).or_default().push(function);
                depth += 1;
            }
            name if depth == 0
                && open.is_empty()
                && is_name(token)
                && matches!(next, Some("=" | ";" | "," | "["))
                && (is_typed(1) || before(1).is_some_and(|token| token.text == ","))
                && before(2).is_none_or(|token| token.text != "precision") =>
            {
                if is_typed(1) {
                    let is_const = before(2).is_some_and(|token| token.text == "const");
                    kind = before(1)
                        .filter(|token| is_name(token) && !is_const)
                        .map(|token| token.text.into());
                }
                let own = kind.clone().filter(|_| next != Some("["));
                found.globals.insert(name.to_string(), own);
            }
            name if is_name(token) && before(1).is_some_and(|token| token.text == "struct") => {
                found.structs.insert(name.to_string());
            }
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        n += 1;
    }
    found
}

/// The types of the parameters in `tokens`, which stand behind a parenthesis.
fn parameters(tokens: &[Token]) -> Vec<String> {
    const WAYS: [&str; 3] = ["in", "out", "inout"];
    let (mut types, mut kind, mut depth) = (Vec::new(), String::new(), 0);
    for token in tokens {
        match token.text {
            ")" if depth == 0 => break,
            "," if depth == 0 => types.push(std::mem::take(&mut kind)),
            "(" | "[" => depth += 1,
            ")" | "]" => {
                depth -= 1;
                kind.push_str("[]");
            }
            word if WAYS.contains(&word) || QUALIFIERS.contains(&word) => {}
            word if kind.is_empty() => kind = word.to_string(),
            _ => {}
        }
    }
    types.push(kind);
    types.retain(|kind| !kind.is_empty() && kind != "void");
    types
}

/// The declaration that begins at token `n`, and the token behind it.
fn declaration(text: &str, tokens: &[Token], n: usize) -> Option<(Declared, usize)> {
    let start = tokens.get(n)?.at;
    let mut n = n;
    let word = |n: usize| tokens.get(n).map(|token| token.text);
    let mut storage = None;
    let mut kind = String::new();
    loop {
        match word(n)? {
            "layout" => {
                let mut depth = 0;
                let close = (n..tokens.len()).find(|n| {
                    depth += match word(*n) {
                        Some("(") => 1,
                        Some(")") => -1,
                        _ => 0,
                    };
                    depth == 0 && word(*n) == Some(")")
                });
                n = close? + 1;
            }
            "uniform" => (storage, n) = (Some(Storage::Uniform), n + 1),
            "in" | "varying" => (storage, n) = (Some(Storage::In), n + 1),
            "out" => (storage, n) = (Some(Storage::Out), n + 1),
            qualifier if QUALIFIERS.contains(&qualifier) => {
                kind.push_str(qualifier);
                kind.push(' ');
                n += 1;
            }
            _ => break,
        }
    }
    let storage = storage?;
    // A block of uniforms stands as it is.
    let base = word(n)?;
    kind.push_str(base);
    n += 1;
    // float[3] x
    let brackets = |n: &mut usize| {
        let mut sizes = String::new();
        while word(*n) == Some("[") {
            let close = (*n..tokens.len()).find(|n| word(*n) == Some("]"))?;
            sizes.push_str(&text[tokens[*n].at..=tokens[close].at]);
            *n = close + 1;
        }
        Some(sizes)
    };
    let common = brackets(&mut n)?;
    let mut names = Vec::new();
    loop {
        let name = word(n)?.to_string();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return None;
        }
        n += 1;
        let sizes = brackets(&mut n)? + &common;
        let mut first = None;
        if word(n) == Some("=") {
            let from = tokens.get(n + 1)?.at;
            let (mut depth, mut end) = (0i64, n + 1);
            while let Some(sign) = word(end) {
                match sign {
                    "," | ";" if depth == 0 => break,
                    "(" | "[" => depth += 1,
                    ")" | "]" => depth -= 1,
                    _ => {}
                }
                end += 1;
            }
            first = Some(text[from..tokens.get(end)?.at].trim().to_string());
            n = end;
        }
        names.push((name, sizes, first));
        match word(n)? {
            "," => n += 1,
            ";" => {
                let range = start..tokens[n].at + 1;
                return Some((Declared { range, storage, kind, names }, n + 1));
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_found_and_no_others() {
        let text = "#version 300 es\nprecision highp float;\nlayout(location = 1) uniform lowp vec2 a, b[2];\n\
                    uniform float c = max(1., 2.); // uniform float no;\nin vec2 uv; out vec4 o;\n\
                    void f(in float x, out float y) { float uniform_; }\nuniform B { float d; };\n\
                    uniform sampler2D s;\n#define K uniform\n";
        let found = scan(text);
        let names: Vec<_> =
            found.declared.iter().flat_map(|d| &d.names).map(|n| n.0.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "uv", "o", "s"]);
        assert_eq!(found.declared[0].kind, "lowp vec2");
        assert_eq!(found.declared[0].names[1].1, "[2]");
        assert_eq!(found.declared[1].names[0].2.as_deref(), Some("max(1., 2.)"));
        assert_eq!(&text[found.declared[4].range.clone()], "uniform sampler2D s;");
        assert_eq!(found.directives.len(), 1);
        assert!(
            found.functions["f"][0].parameters == ["float", "float"]
                && found.functions["f"][0].line == 5
                && found.words.contains("K")
                && !found.words.contains("no")
        );
    }
}
