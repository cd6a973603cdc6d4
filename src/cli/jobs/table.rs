//! The table of jobs, as wide as the terminal.

use console::{Style, Term, measure_text_width, truncate_str};
use genmedia::jobs::{JobView, State};

use genmedia::words::{age, duration, percent, size};

/// A column: its head, whether it stands to the right, and in which order it is left out where
/// the terminal is narrow (0: never).
const COLUMNS: [(&str, bool, u8); 7] = [
    ("NAME", false, 0),
    ("STATE", false, 0),
    ("PROGRESS", true, 0),
    ("FPS", true, 1),
    ("LEFT", true, 4),
    ("SIZE", true, 3),
    ("AGE", true, 2),
];
const GAP: usize = 2;
const SHORTEST_NAME: usize = 8;

/// The table, without a line's end after the last.
pub(super) fn draw(jobs: &[JobView]) -> String {
    let terminal = Term::stdout();
    let width = terminal.is_term().then(|| terminal.size_checked()).flatten();
    draw_within(jobs, width.map(|(_, columns)| usize::from(columns)))
}

fn draw_within(jobs: &[JobView], width: Option<usize>) -> String {
    let mut rows: Vec<[String; 7]> = vec![COLUMNS.map(|(head, ..)| head.to_string())];
    rows.extend(jobs.iter().map(cells));
    let mut widths = [0; 7];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(measure_text_width(cell));
        }
    }
    let mut shown = [true; 7];
    if let Some(width) = width {
        let total = |widths: &[usize; 7], shown: &[bool; 7]| {
            let columns = widths.iter().zip(shown).filter(|(_, shown)| **shown);
            columns.map(|(w, _)| w + GAP).sum::<usize>().saturating_sub(GAP)
        };
        for turn in 1..=4 {
            let least = SHORTEST_NAME.min(widths[0]);
            if total(&widths, &shown) - widths[0] + least <= width {
                break;
            }
            for (shown, (.., order)) in shown.iter_mut().zip(COLUMNS) {
                *shown &= order != turn;
            }
        }
        let excess = total(&widths, &shown).saturating_sub(width);
        widths[0] = widths[0].saturating_sub(excess).max(SHORTEST_NAME.min(widths[0]));
    }
    let head = (Style::new().bold(), None);
    let styles = jobs.iter().map(|job| (Style::new(), Some(style(job.state))));
    let lines = rows.iter().zip(std::iter::once(head).chain(styles));
    lines.map(|(row, style)| line(row, &widths, &shown, &style)).collect::<Vec<_>>().join("\n")
}

fn cells(job: &JobView) -> [String; 7] {
    let none = || "-".to_string();
    let rate = job.record.fps;
    let rendered = job.frames_rendered();
    [
        job.record.name.clone(),
        job.state.name().into(),
        format!("{rendered}/{} {:>3} %", job.record.frames, percent(rendered, job.record.frames)),
        match job.state {
            State::Running | State::Done if rate > 0.0 => format!("{rate:.1}"),
            _ => none(),
        },
        job.seconds_left().map_or_else(none, duration),
        if job.bytes() > 0 { size(job.bytes()) } else { none() },
        age(job.record.created),
    ]
}

fn style(state: State) -> Style {
    match state {
        State::Running => Style::new().cyan(),
        State::Done => Style::new().green(),
        State::Failed => Style::new().red(),
        State::Interrupted | State::Cancelled => Style::new().yellow(),
        _ => Style::new(),
    }
}

fn line(
    row: &[String; 7],
    widths: &[usize; 7],
    shown: &[bool; 7],
    (all, state): &(Style, Option<Style>),
) -> String {
    let mut line = String::new();
    for (i, cell) in row.iter().enumerate().filter(|(i, _)| shown[*i]) {
        let cell = truncate_str(cell, widths[i], "…");
        let pad = " ".repeat(widths[i].saturating_sub(measure_text_width(&cell)));
        let cell = match state {
            Some(style) if i == 1 => style.apply_to(&cell).to_string(),
            _ => all.apply_to(&cell).to_string(),
        };
        let (before, after) = if COLUMNS[i].1 { (&*pad, "") } else { ("", &*pad) };
        line.push_str(&format!("{before}{cell}{after}{}", " ".repeat(GAP)));
    }
    line.trim_end().into()
}
