//! What is told beside results and progress: warnings, and the server's access log.

use std::fmt;
use std::str::FromStr;

#[cfg(feature = "serve")]
use genmedia::serve::ACCESS;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt as lines};

/// Without the page nobody asks.
#[cfg(not(feature = "serve"))]
const ACCESS: &str = "";

/// How requests are logged, `--log`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Log {
    /// A line of words each.
    Text,
    /// An object each.
    Json,
}

impl FromStr for Log {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("text or json".into()),
        }
    }
}

/// Writes warnings to stderr from here on; with `log` all requests too.
pub(super) fn start(log: Option<Log>) {
    let access = if log.is_some() { LevelFilter::INFO } else { LevelFilter::WARN };
    let wanted = Targets::new().with_target("genmedia", Level::WARN).with_target(ACCESS, access);
    let out = lines::layer().with_writer(std::io::stderr).with_ansi(false);
    let layer = match log {
        Some(Log::Json) => out.json().flatten_event(true).boxed(),
        _ => out.event_format(Lines).boxed(),
    };
    // Only the first is heard, and there is only one.
    let _ = tracing_subscriber::registry().with(layer.with_filter(wanted)).try_init();
}

/// `genmedia: warning: ...`, and requests with their time.
struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if event.metadata().target() == ACCESS {
            let now = humantime::format_rfc3339_millis(std::time::SystemTime::now());
            write!(writer, "{now} ")?;
        } else {
            write!(writer, "genmedia: warning: ")?;
        }
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
