//! The `genmedia` command.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    genmedia::media::quieten_encoders();
    #[cfg(feature = "failpoints")]
    let _points = genmedia::crash::setup();
    cli::quieten_panics();
    cli::outlive_limits();
    match cli::Cli::try_parse() {
        Err(usage) => cli::usage::report(&usage),
        Ok(cli) => match cli.run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        },
    }
}
