//! The tables of docs/reference.md are what the generators' descriptions say.

use std::fmt::Write;
use std::path::Path;

use genmedia::generate::{Description, descriptions};
use genmedia::parameters::Parameter;
use genmedia::values::Form;

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

fn option(parameter: &Parameter) -> String {
    match parameter.form {
        Form::Command => format!("-- {}", parameter.placeholder),
        Form::Switch => format!("--{}", parameter.flag()),
        _ => format!("--{} {}", parameter.flag(), parameter.placeholder),
    }
}

#[test]
fn the_reference_says_what_the_descriptions_say() {
    const BEGIN: &str = "<!-- The tables of the generators follow from their descriptions. -->\n";
    const END: &str = "<!-- End of the tables. -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference.md");
    let text = std::fs::read_to_string(&path).expect("the reference");
    let (before, rest) = text.split_once(BEGIN).expect("where the tables begin");
    let (_, after) = rest.split_once(END).expect("where they end");
    let sections: Vec<String> = descriptions().iter().map(section).collect();
    let wanted = format!("{before}{BEGIN}{}{END}{after}", sections.join("\n"));
    if text != wanted {
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reference.md");
        std::fs::write(&copy, wanted).expect("a file");
        panic!("a description has changed; look at it, and: cp {} docs/", copy.display());
    }
}
