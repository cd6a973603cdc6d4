//! `genmedia completions SHELL` and `genmedia man`.

use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap_complete::Shell;
use genmedia::{Error, files};

use super::{Cli, Failure, print};

/// Print shell completions.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia completions bash > ~/.local/share/bash-completion/completions/genmedia
  genmedia completions fish > ~/.config/fish/completions/genmedia.fish")]
pub struct Completions {
    /// bash, elvish, fish, powershell or zsh
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "genmedia", &mut script);
        Ok(print(String::from_utf8_lossy(&script).trim_end())?)
    }
}

/// Print the manual page, or write all pages into a folder.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia man | man -l -
  genmedia man --write ~/.local/share/man/man1")]
pub struct Man {
    /// Write genmedia.1 and a page for each command into this folder
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut command = Cli::command();
        command.build();
        match &self.write {
            None => Ok(print(String::from_utf8_lossy(&page(&command)?).trim_end())?),
            Some(folder) => Ok(write_all(&command, folder)?),
        }
    }
}

fn page(command: &clap::Command) -> Result<Vec<u8>, Error> {
    let mut text = Vec::new();
    let man = clap_mangen::Man::new(command.clone());
    man.render(&mut text).map_err(Error::io("write", "the manual page"))?;
    Ok(text)
}

fn write_all(command: &clap::Command, folder: &Path) -> Result<(), Error> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    files::write(&folder.join(format!("{name}.1")), &page(command)?)?;
    command
        .get_subcommands()
        .filter(|c| c.get_name() != "help")
        .try_for_each(|command| write_all(command, folder))
}
