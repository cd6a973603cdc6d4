//! `genmedia devices`

use genmedia::generate::shader::gpu::adapters;
use serde_json::json;

use super::{Failure, print};

/// List the devices that can draw shaders.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia devices
  genmedia render shader waves.frag --device 0
  genmedia render shader waves.frag --device nvidia

The one with a star is that of --device auto.")]
pub struct Args {
    /// A JSON array instead of a table
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        let adapters = adapters().map_err(Failure::Told)?;
        if self.json {
            let all: Vec<_> = adapters
                .iter()
                .map(|a| {
                    json!({
                        "index": a.index,
                        "name": a.name,
                        "type": a.kind,
                        "driver": a.driver,
                        "most_pixels": a.most_pixels,
                        "default": a.is_default,
                    })
                })
                .collect();
            return Ok(print(serde_json::Value::from(all))?);
        }
        for adapter in adapters {
            let star = if adapter.is_default { '*' } else { ' ' };
            let side = adapter.most_pixels;
            print(format_args!(
                "{star} {} {adapter}, pictures up to {side}x{side}",
                adapter.index
            ))?;
        }
        Ok(())
    }
}
