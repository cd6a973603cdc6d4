//! Values from files: `table("data.csv", "level", t)` in a formula.
//!
//! What a formula needs of a file is written into the formula itself, behind its arguments, as `x: y, x: y`. So it is part of
//! a recipe's identity, and goes with it to other machines; the file may change or go.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::{Position, ReaderBuilder, StringRecord, Trim};

use crate::error::did_you_mean;

/// Larger files are a mistake.
const MOST_BYTES: u64 = 64 << 20;
/// The most letters of a cell that are told of.
const MOST_LETTERS: usize = 40;
/// The most names that are told of.
const MOST_NAMES: usize = 20;
/// The most rows that are written into a formula.
const MOST_ROWS: usize = 50_000;

/// The text of a formula, or of several with something between them, in which each table holds its values.
///
/// # Errors
/// A file cannot be read, or has no such column, or a value in it is none.
pub(crate) fn embedded(text: &str) -> Result<String, String> {
    let (mut whole, mut rest) = (String::new(), text);
    while let Some(at) = rest.find("table") {
        let (before, call) = rest.split_at(at);
        whole.push_str(before);
        let is_name = before.chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
        match arguments(call).filter(|_| is_name) {
            Some((args, end)) => {
                if let [file, column, x] = args[..]
                    && let (Some(path), Some(name)) = (quoted(file), quoted(column))
                {
                    let x = embedded(x)?;
                    whole += &format!("table({}, {}, {}", file.trim(), column.trim(), x.trim());
                    for (x, y) in points(path, name)? {
                        whole += &format!(", {x}: {y}");
                    }
                    whole.push(')');
                } else {
                    whole.push_str(&call[..end]);
                }
                rest = &call[end..];
            }
            None => {
                whole.push_str(&call[.."table".len()]);
                rest = &call["table".len()..];
            }
        }
    }
    whole.push_str(rest);
    Ok(whole)
}

/// The text without the values of its tables, as it was typed, for people.
pub(crate) fn bare(text: &str) -> String {
    let (mut whole, mut rest) = (String::new(), text);
    while let Some(at) = rest.find("table") {
        let (before, call) = rest.split_at(at);
        whole.push_str(before);
        match arguments(call) {
            Some((args, end)) if args.len() > 3 => {
                let [file, column, x] = [args[0], args[1], args[2]].map(str::trim);
                whole += &format!("table({file}, {column}, {})", bare(x));
                rest = &call[end..];
            }
            _ => {
                whole.push_str(&call[.."table".len()]);
                rest = &call["table".len()..];
            }
        }
    }
    whole.push_str(rest);
    whole
}

/// The arguments of the call that `text` begins with, and where it ends.
fn arguments(text: &str) -> Option<(Vec<&str>, usize)> {
    let open = text.find('(')?;
    if !text["table".len()..open].trim().is_empty() {
        return None;
    }
    let (mut args, mut start, mut depth, mut quote) = (Vec::new(), open + 1, 0, None);
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at <= open) {
        match (quote, c) {
            (Some(sign), c) if c == sign => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => {
                args.push(&text[start..at]);
                return Some((args, at + 1));
            }
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                args.push(&text[start..at]);
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    None
}

/// What stands in quotes, if nothing else does.
fn quoted(text: &str) -> Option<&str> {
    let text = text.trim();
    let inner = |sign: char| text.strip_prefix(sign)?.strip_suffix(sign);
    inner('"').or_else(|| inner('\''))
}

/// The points of a column: its values by those of the first column, or of a file with one column by the number of the row.
fn points(path: &str, column: &str) -> Result<Vec<(f64, f64)>, String> {
    if path.is_empty() {
        return Err("a table needs a file: table('data.csv', 'level', t)".into());
    }
    let fail = |reason: String| format!("{path}: {reason}");
    let text = read(Path::new(path)).map_err(fail)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let head = text.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    let delimiter =
        *[b'\t', b';', b','].iter().find(|sign| head.contains(char::from(**sign))).unwrap_or(&b',');
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .comment(Some(b'#'))
        .has_headers(false)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let mut next = || records.next().transpose().map_err(|e| fail(unread(text, &e)));
    let first = next()?.ok_or_else(|| fail("there is nothing in it".into()))?;
    let is_head = first.iter().any(|cell| !cell.is_empty() && cell.parse::<f64>().is_err());
    let at = place(&first, is_head, column).map_err(fail)?;
    let by_row = first.len() == 1 || at == 0;
    let mut points: Vec<(f64, f64)> = Vec::new();
    let (mut row, mut record) = (0u32, if is_head { next()? } else { Some(first) });
    while let Some(cells) = record {
        let line = || line(text, cells.position());
        let number = |at: usize| {
            let number = cells[at].parse::<f64>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| {
                let cell: String = cells[at].chars().take(MOST_LETTERS).collect();
                fail(format!("line {}: '{cell}' is no number", line()))
            })
        };
        // A cell that is empty says nothing, and the line goes on over it.
        if !cells[at].is_empty() && (by_row || !cells[0].is_empty()) {
            let x = if by_row { f64::from(row) } else { number(0)? };
            if let Some((before, _)) = points.last().filter(|(before, _)| *before >= x) {
                let reason =
                    format!("line {}: the first column rises, and {x} follows {before}", line());
                return Err(fail(reason));
            }
            points.push((x, number(at)?));
        }
        if row as usize >= MOST_ROWS {
            return Err(fail(format!("a table has at most {MOST_ROWS} rows")));
        }
        (row, record) = (row + 1, next()?);
    }
    match points.is_empty() {
        true => Err(fail(format!("the column '{column}' is empty"))),
        false => Ok(points),
    }
}

/// Where a column stands, by its name, or where there are no names by its number from 1.
fn place(head: &StringRecord, is_head: bool, column: &str) -> Result<usize, String> {
    if !is_head {
        let number = column.parse::<usize>().ok().filter(|n| (1..=head.len()).contains(n));
        return number.map(|n| n - 1).ok_or_else(|| {
            format!(
                "its columns have no names, but numbers: '1' to '{}', not '{column}'",
                head.len()
            )
        });
    }
    let mut named = (0..head.len()).filter(|at| &head[*at] == column);
    match (named.next(), named.next()) {
        (Some(at), None) => Ok(at),
        (Some(_), Some(_)) => Err(format!("two columns are named '{column}'")),
        (None, _) => {
            let near = did_you_mean(column, head.iter());
            let short = |name: &str| name.chars().take(MOST_LETTERS).collect::<String>();
            let known: Vec<String> = head.iter().take(MOST_NAMES).map(short).collect();
            let more = if head.len() > MOST_NAMES { ", ..." } else { "" };
            let known = known.join(", ");
            Err(format!("there is no column '{column}'{near} (known: {known}{more})"))
        }
    }
}

/// Why a row cannot be read.
fn unread(text: &str, error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = line(text, pos.as_ref());
            format!("line {line}: it has {len} cells, and the first has {expected_len}")
        }
        _ => error.to_string(),
    }
}

/// The line in which a row stands, from 1. Its position is before what the reader goes over: the second half of the last
/// line's end, lines that are empty, and those that are left out.
fn line(text: &str, position: Option<&Position>) -> usize {
    let at = position.map_or(0, |position| position.byte() as usize);
    let rest = text.get(at..).unwrap_or_default();
    let is_over = |line: &&str| line.trim().is_empty() || line.starts_with('#');
    let over: usize = rest.split_inclusive('\n').take_while(is_over).map(str::len).sum();
    1 + text[..at + over].matches('\n').count()
}

/// The text of a file.
fn read(path: &Path) -> Result<String, String> {
    let metadata = std::fs::metadata(path).map_err(|e| e.to_string())?;
    if !metadata.is_file() {
        return Err("this is no file".into());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| e.to_string())?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("a table has at most {} MiB", MOST_BYTES >> 20));
    }
    String::from_utf8(bytes).map_err(|_| "this is no text in UTF-8".into())
}
