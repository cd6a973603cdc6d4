//! What clap found wrong, as one line like all others; help and version as they are.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use genmedia::generate::Simulate;
use genmedia::recipe::Source;

use super::note;

/// Shows what clap found wrong, or what it was asked to show, and gives the exit code.
pub fn report(usage: &clap::Error) -> u8 {
    if !usage.use_stderr() || usage.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = usage.print();
        return if usage.use_stderr() { 2 } else { 0 };
    }
    let text = usage.to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut message = lines.next().unwrap_or_default().trim_start_matches("error: ").to_string();
    for line in lines.by_ref().take_while(|line| !line.starts_with("Usage:")) {
        if line.starts_with("For more information") {
            break;
        }
        message.push_str(if line.starts_with("tip: ") { "; " } else { " " });
        message.push_str(line.trim_start_matches("tip: "));
    }
    let hint = hint(usage, &command(&text)).map(|hint| format!("; {hint}")).unwrap_or_default();
    note(format_args!("error: {message}{hint} (see --help)"));
    2
}

/// The command that was typed, by the line that says how it is used: `genmedia render wave`.
fn command(text: &str) -> String {
    let usage = text.lines().find_map(|line| line.trim().strip_prefix("Usage: ")).unwrap_or("");
    let is_name = |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase());
    usage.split(' ').take_while(is_name).collect::<Vec<_>>().join(" ")
}

/// What was probably meant.
fn hint(usage: &clap::Error, command: &str) -> Option<String> {
    let said = |kind| match usage.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let word = match usage.kind() {
        ErrorKind::InvalidSubcommand => said(ContextKind::InvalidSubcommand)?,
        ErrorKind::UnknownArgument => said(ContextKind::InvalidArg)?,
        _ => return None,
    };
    Some(match command {
        "genmedia" | "genmedia render" if word.ends_with(".toml") => {
            format!("genmedia run {word} renders a recipe")
        }
        "genmedia" if Source::NAMES.contains(&word) => format!("genmedia render {word} draws it"),
        "genmedia render" if word == "remix" => "genmedia remix LIST makes one".into(),
        "genmedia render" => match Simulate::by_name(word) {
            Some(flags) => format!("genmedia render simulate {flags} draws it"),
            None => {
                let drawn = Source::NAMES.iter().copied().filter(|name| *name != "remix");
                format!("it draws one of {}", drawn.collect::<Vec<_>>().join(", "))
            }
        },
        _ if word.starts_with('-') => return None,
        "genmedia jobs" => format!("genmedia show {word} tells of one job"),
        "genmedia render exec" => format!("the program comes after --: -- {word} ..."),
        "genmedia render wave" => format!("a formula is said by --expr '{word}'"),
        "genmedia render noise" | "genmedia render polygon" => {
            "what is to be drawn is said by options, such as --frames 1000".into()
        }
        "genmedia serve" => "the address is said by --bind, such as --bind 127.0.0.1:9000".into(),
        _ => return None,
    })
}
