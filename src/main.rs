//! The `genmedia` command.

mod cli;

use clap::Parser;

fn main() {
    // A panic was told of by its hook.
    let code = std::panic::catch_unwind(run).unwrap_or(101);
    genmedia::media::leave(code);
}

/// Does what was asked; returns the exit code.
fn run() -> u8 {
    genmedia::media::quieten_encoders();
    #[cfg(feature = "gpu")]
    genmedia::generate::shader::gpu::quieten_drivers();
    #[cfg(feature = "failpoints")]
    let _points = genmedia::crash::setup();
    cli::quieten_panics();
    cli::outlive_limits();
    match cli::Cli::try_parse() {
        Err(usage) => cli::usage::report(&usage),
        Ok(cli) => match cli.run() {
            Ok(()) => 0,
            Err(failure) => failure.report(),
        },
    }
}
