//! Patterns of cells, as Golly and others write them: run length encoded (RLE), and as plain text (`.cells`).
//!
//! The formats: <https://conwaylife.com/wiki/Run_Length_Encoded> and <https://conwaylife.com/wiki/Plaintext>.

/// A pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pattern {
    pub columns: usize,
    pub rows: usize,
    /// Column, row and state of the cells that are not dead.
    pub cells: Vec<(usize, usize, u8)>,
    /// The rule that it says it is for.
    pub rule: Option<String>,
}

/// The greatest side.
const MOST: usize = 65_535;
/// The most cells that are not dead.
const MOST_CELLS: usize = 1 << 26;

/// Patterns that have a name.
const NAMED: &[(&str, &str)] = &[
    ("glider", "bob$2bo$3o!"),
    ("lwss", "bo2bo$o$o3bo$4o!"),
    ("r-pentomino", "b2o$2o$bo!"),
    ("acorn", "bo$3bo$2o2b3o!"),
    ("diehard", "6bo$2o$bo3b3o!"),
    (
        "pulsar",
        "2b3o3b3o2$o4bobo4bo$o4bobo4bo$o4bobo4bo$2b3o3b3o2$2b3o3b3o$o4bobo4bo$o4bobo4bo$o4bobo4bo2$2b3o3b3o!",
    ),
    (
        "gosper-gun",
        "24bo$22bobo$12b2o6b2o12b2o$11bo3bo4b2o12b2o$2o8bo5bo3b2o$2o8bo3bob2o4bobo$10bo5bo7bo$11bo3bo$12b2o!",
    ),
];

impl Pattern {
    /// The pattern of this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        let (_, text) = NAMED.iter().find(|(known, _)| *known == name)?;
        rle(text).ok()
    }

    /// The names of patterns that are known without a file.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name)
    }

    /// Reads a file's text, of either format.
    ///
    /// # Errors
    /// It is none, or damaged: where and why.
    pub fn read(text: &str) -> Result<Self, String> {
        let is_comment = |line: &&str| line.starts_with(['#', '!']) || line.trim().is_empty();
        let first = text.lines().find(|line| !is_comment(line)).unwrap_or_default().trim();
        let is_plain = first.chars().all(|c| matches!(c, '.' | 'O' | 'o' | '*' | ' '));
        let pattern = if is_plain { plain(text)? } else { rle(text)? };
        match pattern.cells.is_empty() {
            true => Err("no cell lives in it".into()),
            false => Ok(pattern),
        }
    }

    fn push(&mut self, x: usize, y: usize, state: u8) -> Result<(), String> {
        if x >= MOST || y >= MOST || self.cells.len() == MOST_CELLS {
            return Err(format!("it is larger than {MOST}x{MOST} cells, or has too many"));
        }
        (self.columns, self.rows) = (self.columns.max(x + 1), self.rows.max(y + 1));
        self.cells.push((x, y, state));
        Ok(())
    }
}

/// Reads the run length encoded form. What stands behind the exclamation mark is a comment.
fn rle(text: &str) -> Result<Pattern, String> {
    let mut pattern = Pattern::default();
    let (mut x, mut y, mut count) = (0usize, 0usize, None::<usize>);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        if line.starts_with('x') && line.contains('=') {
            pattern.rule = header(line);
            continue;
        }
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            let wrong = |reason: &str| Err(format!("line {number}: {reason}"));
            if let Some(digit) = c.to_digit(10) {
                let grown = count.unwrap_or(0).saturating_mul(10).saturating_add(digit as usize);
                if grown > MOST {
                    return wrong("a run is longer than any field");
                }
                count = Some(grown);
                continue;
            }
            let run = count.take().unwrap_or(1);
            let state = match c {
                ' ' | '\t' => continue,
                '!' => return Ok(pattern),
                '$' => {
                    (x, y) = (0, (y + run).min(MOST));
                    continue;
                }
                'b' | '.' => 0,
                'o' => 1,
                'A'..='X' => c as u8 - b'A' + 1,
                // States from 25 on are two letters: pA is 25.
                'p'..='y' => match chars.next() {
                    Some(low @ 'A'..='X') => {
                        (c as u16 - 'o' as u16) * 24 + (low as u16 - 'A' as u16) + 1
                    }
                    _ => return wrong(&format!("'{c}' wants a letter from A to X behind it")),
                }
                .try_into()
                .map_err(|_| format!("line {number}: a cell has at most 255 states"))?,
                c => return wrong(&format!("'{c}' is no cell: b, o, $ and ! are expected")),
            };
            if state > 0 {
                let end = x.saturating_add(run);
                (x..end).try_for_each(|x| pattern.push(x, y, state))?;
            }
            x = x.saturating_add(run).min(MOST);
        }
    }
    Err("it is cut short: the ! at its end is missing".into())
}

/// The rule that the first line names: `x = 36, y = 9, rule = B3/S23`.
fn header(line: &str) -> Option<String> {
    let at = line.find("rule")?;
    let rule = line[at + 4..].trim_start().strip_prefix('=')?.trim();
    (!rule.is_empty()).then(|| rule.to_string())
}

/// Reads the plain form: a line a row, in which O or * lives.
fn plain(text: &str) -> Result<Pattern, String> {
    let mut pattern = Pattern::default();
    let mut y = 0;
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with('!') {
            continue;
        }
        for (x, c) in line.trim_end().chars().enumerate() {
            match c {
                '.' | ' ' => {}
                'O' | 'o' | '*' => pattern.push(x, y, 1)?,
                c => {
                    let shown = c.escape_debug();
                    return Err(format!(
                        "line {number}: '{shown}' is no cell: . and O are expected"
                    ));
                }
            }
        }
        y += 1;
    }
    Ok(pattern)
}
