//! `genmedia render GENERATOR`, whose options follow from the generator's description.

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};
use std::path::PathBuf;

use genmedia::generate::{Description, descriptions};
use genmedia::parameters::Parameter;
use genmedia::playlist::time;
use genmedia::recipe::Seed;
use genmedia::values::{Form, whole};
use genmedia::{Recipe, files};

use super::options::{Common, flag_error};
use super::signals::Signals;
use super::work::{Anew, RenderOptions, Task, Turn, dry_run, named_by_flags};
use super::{Failure, frame, note};

/// Render a film, or continue one.
pub type Args = Generated<Shared>;

/// A generator with its options, and those that are shared.
#[derive(Debug)]
pub struct Generated<S> {
    generator: String,
    /// The keys that were typed, and what was typed for them.
    typed: Vec<(String, Vec<String>)>,
    shared: S,
}

/// What all generators take.
#[derive(Debug, clap::Args)]
pub struct Shared {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    still: Still,
    #[command(flatten)]
    anew: Anew,
    #[command(flatten)]
    work: RenderOptions,
}

/// One frame instead of a film.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Still")]
struct Still {
    /// Draw one frame alone into this file, and make no job; .png, .jpg or .jpeg
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "name", "images", "dry_run"])]
    still: Option<PathBuf>,
    /// Its index, from 0 [default: 0]
    #[arg(long, value_name = "N", requires = "still", value_parser = whole::<u64>)]
    #[arg(allow_negative_numbers = true)]
    index: Option<u64>,
    /// The frame that is seen at this time instead, such as 2.5, 90s or 1:30
    #[arg(long, value_name = "TIME", requires = "still", value_parser = time::parse)]
    #[arg(conflicts_with = "index")]
    time: Option<u64>,
}

impl<S> Generated<S> {
    /// The options that are shared.
    pub(super) fn shared(&self) -> &S {
        &self.shared
    }

    /// What is to be rendered, as the options say; a seed that was drawn is told.
    pub(super) fn recipe(&self, common: &Common) -> Result<Recipe, Failure> {
        let mut draft = common.draft()?;
        if let Some(table) = draft.table(&self.generator) {
            for (key, texts) in &self.typed {
                table.set(key, texts).map_err(|e| flag_error(key, texts.join(" "), e))?;
            }
        }
        common.look.lay(&mut draft);
        let recipe = draft.resolve()?;
        if draft.seed == Some(Seed::Random) {
            note(format_args!("--seed {}", recipe.seed));
        }
        Ok(recipe)
    }
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Shared { common, still, anew, work } = self.shared();
        let recipe = self.recipe(common)?;
        if let Some(file) = &still.still {
            let format = frame::image_format("still", file)?;
            let index = frame::moment(&recipe, still.index, still.time)?;
            let over = files::check_free(file, anew.force)?;
            let means = work.means();
            return frame::draw(&recipe, index, &means, None, (file, format, over));
        }
        let video = &common.video;
        let name = video.name.clone().unwrap_or_else(|| recipe.default_name());
        if anew.dry_run {
            return dry_run(&recipe, &name);
        }
        let signals = Signals::watch()?;
        let output = video.output.as_deref();
        let task =
            Task { recipe: &recipe, name: &name, output, force: anew.force, beside_workers: false };
        work.render(&task, Turn::ALONE, &signals).map_err(named_by_flags)
    }
}

impl<S: clap::Args> clap::Args for Generated<S> {
    fn augment_args(command: Command) -> Command {
        command
            .about("Render a film, or continue one")
            .after_help(
                "Examples:
  genmedia render noise --frames 1000
  genmedia render polygon --count 40 --fill --color '#ff8800' --opacity 0.2
  genmedia render wave --expr 'cos(hypot(x, y) - a)' --spin 1 --colormap magma

The same command typed again continues what was cut short, or returns what is done.",
            )
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(descriptions().into_iter().map(subcommand::<S>))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: clap::Args> FromArgMatches for Generated<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::new(ErrorKind::MissingSubcommand);
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        let generators = descriptions();
        let generator = generators.iter().find(|g| g.name == name).ok_or_else(missing)?;
        Ok(Self {
            generator: name.to_string(),
            typed: generator.parameters.iter().filter_map(|p| typed(p, matches)).collect(),
            shared: S::from_arg_matches(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// `genmedia render NAME`.
fn subcommand<S: clap::Args>(generator: Description) -> Command {
    let heading = generator.name[..1].to_uppercase() + &generator.name[1..];
    let parameters = generator.parameters.into_iter().filter(is_option);
    let command = Command::new(generator.name)
        .args(parameters.map(|parameter| option(parameter).help_heading(heading.clone())));
    // The shared options bring a description of their own, so the generator's comes last.
    S::augment_args(command).about(generator.about).after_help(generator.help)
}

/// True if a parameter is an option of its generator. Whether it is a loop is said of the film.
fn is_option(parameter: &Parameter) -> bool {
    parameter.form != Form::Record && parameter.key != "loop"
}

/// The option of a parameter.
fn option(parameter: Parameter) -> Arg {
    let mut help = parameter.explained();
    if let Some(default) = &parameter.default {
        help += &format!(" [default: {default}]");
    }
    let mut option = Arg::new(parameter.key.clone()).help(help);
    if let Some(key) = parameter.excludes {
        option = option.conflicts_with(key);
    }
    match parameter.form {
        Form::Switch => option.long(parameter.flag()).action(ArgAction::SetTrue),
        Form::Pairs => option
            .long(parameter.flag())
            .value_name(parameter.placeholder)
            .allow_hyphen_values(true)
            .action(ArgAction::Append)
            .value_parser(Checked(parameter)),
        _ if parameter.is_argument => {
            option.value_name(parameter.placeholder).value_parser(Checked(parameter))
        }
        Form::Command => option
            .value_name(parameter.placeholder)
            .last(true)
            .required(true)
            .action(ArgAction::Append),
        form => option
            .long(parameter.flag())
            .value_name(parameter.placeholder)
            .allow_negative_numbers(form == Form::Number)
            // A formula may begin with a minus.
            .allow_hyphen_values(form == Form::Text || parameter.moves && form == Form::Number)
            .hide_possible_values(true)
            .value_parser(Checked(parameter)),
    }
}

/// The key of a parameter, and what was typed for it.
fn typed(parameter: &Parameter, matches: &ArgMatches) -> Option<(String, Vec<String>)> {
    let texts = match parameter.form {
        _ if !is_option(parameter) => return None,
        Form::Switch if !matches.get_flag(&parameter.key) => return None,
        Form::Switch => vec![parameter.off.is_none().to_string()],
        _ => matches.get_many::<String>(&parameter.key)?.cloned().collect(),
    };
    Some((parameter.key.clone(), texts))
}

/// Takes text that is a value of the parameter.
#[derive(Debug, Clone)]
struct Checked(Parameter);

impl TypedValueParser for Checked {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        option: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        let check = self.0.check;
        let parser = StringValueParser::new()
            .try_map(move |text| check(std::slice::from_ref(&text)).map(|()| text));
        parser.parse_ref(command, option, value)
    }

    /// For the shells' completion.
    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let choices = &self.0.choices;
        (!choices.is_empty()).then(|| Box::new(choices.iter().map(PossibleValue::new)) as Box<_>)
    }
}
