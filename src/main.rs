//! The `genmedia` command.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    genmedia::media::quieten_encoders();
    match cli::Cli::try_parse() {
        Err(usage) => cli::report_usage(&usage),
        Ok(cli) => match cli.run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        },
    }
}
