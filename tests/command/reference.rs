//! The tables of docs/reference.md are what the generators' descriptions say.

use std::fmt::Write;
use std::path::Path;

use genmedia::compose::Layer;
use genmedia::compose::effect::effect_descriptions;
use genmedia::generate::{Description, descriptions};
use genmedia::parameters::{Described, Parameter};
use genmedia::sound::{Noise, Recording, Strip, Synthesis};
use genmedia::values::Form;

use crate::common::{Folder, stderr};

/// A generator's table, as Markdown.
fn section(generator: &Description) -> String {
    let mut text = format!("### {}\n{}.\n\n", generator.name, generator.about);
    text += "| Option | Is | Default |\n|---|---|---|\n";
    for parameter in generator.parameters.iter().filter(|p| p.form != Form::Record) {
        let cell = |text: String| text.replace('|', "\\|");
        let (option, is) = (cell(option(parameter)), cell(parameter.explained()));
        let default = match &parameter.default {
            Some(default) => format!("`{default}`"),
            None => String::new(),
        };
        writeln!(text, "| `{option}` | {is} | {default} |").expect("a string takes all");
    }
    text
}

/// The table of all effects.
fn effects() -> String {
    let mut text = "| Effect | Does | Values |\n|---|---|---|\n".to_string();
    for effect in effect_descriptions() {
        let value = |parameter: &Parameter| {
            let default = match (&parameter.default, parameter.form) {
                (_, Form::Switch) => " (false)".to_string(),
                (Some(default), _) => format!(" ({default})"),
                (None, _) => String::new(),
            };
            format!("`{}`: {}{default}", parameter.key, parameter.explained())
        };
        let values: Vec<String> = effect.parameters.iter().map(value).collect();
        writeln!(text, "| `{}` | {} | {} |", effect.name, effect.about, values.join("<br>"))
            .expect("a string takes all");
    }
    text
}

/// The table of what is said of a layer.
fn layers() -> String {
    let mut text = "| Key | Is | Default |\n|---|---|---|\n".to_string();
    for parameter in Layer::parameters() {
        let default = match (&parameter.default, parameter.form, parameter.off) {
            (_, Form::Switch, Some(_)) => "`true`".to_string(),
            (_, Form::Switch, None) => "`false`".to_string(),
            (Some(default), ..) => format!("`{default}`"),
            (None, ..) => String::new(),
        };
        // In a recipe there is no switch that turns it off.
        let mut parameter = parameter.clone();
        parameter.off = None;
        let is = parameter.explained();
        writeln!(text, "| `{}` | {is} | {default} |", parameter.key).expect("a string takes all");
    }
    text
}

/// The table of what is said of a track.
fn tracks() -> String {
    let mut text = "| Key | Is | Default |\n|---|---|---|\n".to_string();
    for (table, parameters) in [
        ("", Recording::parameters()),
        ("noise.", Noise::parameters()),
        ("formula.", Synthesis::parameters()),
        ("", Strip::parameters()),
    ] {
        for parameter in parameters.iter().filter(|p| p.form != Form::Record && p.key != "length") {
            let default = match (&parameter.default, parameter.form) {
                (_, Form::Switch) => "`false`".to_string(),
                (Some(default), _) => format!("`{default}`"),
                (None, _) => String::new(),
            };
            writeln!(
                text,
                "| `{table}{}` | {} | {default} |",
                parameter.key,
                parameter.explained()
            )
            .expect("a string takes all");
        }
    }
    text
}

fn option(parameter: &Parameter) -> String {
    match parameter.form {
        Form::Command => format!("-- {}", parameter.placeholder),
        Form::Switch => format!("--{}", parameter.flag()),
        _ if parameter.is_argument => parameter.placeholder.into(),
        _ => format!("--{} {}", parameter.flag(), parameter.placeholder),
    }
}

#[test]
fn the_reference_says_what_the_descriptions_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference.md");
    let text = std::fs::read_to_string(&path).expect("the reference");
    let sections: Vec<String> = descriptions().iter().map(section).collect();
    let tables = [
        ("generators", sections.join("\n")),
        ("effects", effects()),
        ("layers", layers()),
        ("tracks", tracks()),
    ];
    let wanted = tables.iter().fold(text.clone(), |text, (what, table)| {
        let begin = format!("<!-- The tables of the {what} follow from their descriptions. -->\n");
        let end = format!("<!-- End of the tables of the {what}. -->\n");
        let (before, rest) = text.split_once(&begin).expect("where the tables begin");
        let (_, after) = rest.split_once(&end).expect("where they end");
        format!("{before}{begin}{table}{end}{after}")
    });
    if text != wanted {
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reference.md");
        std::fs::write(&copy, wanted).expect("a file");
        panic!("a description has changed; look at it, and: cp {} docs/", copy.display());
    }
}

/// What `arguments` print where lines have at most `columns` characters.
fn help(arguments: &str, columns: &str) -> String {
    let folder = Folder::new();
    let mut command = folder.command(arguments);
    let output = command.arg("--help").env("COLUMNS", columns).output().expect("it runs");
    assert!(output.status.success(), "{arguments}: {}", stderr(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn help_fills_its_lines_however_long_they_may_be() {
    let folder = Folder::new();
    assert!(folder.run("man --write .").status.success());
    for page in folder.tree() {
        let command = page.trim_end_matches(".1").replace('-', " ");
        let command = command.trim_start_matches("genmedia").trim_start();
        // What is said after the options stands at the left edge.
        let text = help(command, "72");
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2) {
            let is_prose =
                pair.iter().all(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
            let next = pair[1].split(' ').next().unwrap_or_default();
            let is_short = pair[0].len() + 1 + next.len() <= 72;
            let ends = pair[0].ends_with(['.', ':']);
            assert!(!is_prose || ends || !is_short, "{command}: {pair:#?}");
        }
    }
}
