//! Players, as far as they are installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use genmedia::Error;
use genmedia::playlist::Format;
use genmedia::programs;

use super::Failure;

/// A player that is installed.
pub(super) struct Player {
    kind: Kind,
    program: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Vlc,
    Mpv,
}

impl Player {
    /// VLC, else mpv; VLC refuses to run as root.
    pub fn find() -> Result<Self, Failure> {
        let vlc = if is_root() { None } else { which("vlc") };
        let player = |kind| move |program| Self { kind, program };
        vlc.map(player(Kind::Vlc)).or_else(|| which("mpv").map(player(Kind::Mpv))).ok_or_else(
            || {
                let why = match is_root() && which("vlc").is_some() {
                    true => {
                        "VLC does not run as root, and there is no mpv: play it as another user"
                    }
                    false => "there is no player: install VLC or mpv",
                };
                let how = match std::env::consts::OS {
                    "macos" => "brew install --cask vlc",
                    _ if which("apt-get").is_some() => "apt install vlc",
                    _ => "from https://www.videolan.org",
                };
                Failure::Told(format!("--play: {why} ({how})"))
            },
        )
    }

    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Vlc => "VLC",
            Kind::Mpv => "mpv",
        }
    }

    /// The form that it plays piece by piece.
    pub fn format(&self) -> Format {
        match self.kind {
            Kind::Vlc => Format::M3u,
            Kind::Mpv => Format::Edl,
        }
    }

    pub fn plays(&self, format: Format) -> bool {
        match self.kind {
            Kind::Vlc => matches!(format, Format::M3u | Format::Xspf),
            Kind::Mpv => format == Format::Edl,
        }
    }

    /// Plays a playlist, to its end or until the viewer has enough.
    pub fn play(&self, playlist: &Path) -> Result<(), Failure> {
        let mut command = Command::new(&self.program);
        // A name that begins with a dash is no option.
        let path = std::path::absolute(playlist).map_err(Error::io("find", playlist))?;
        match self.kind {
            Kind::Vlc => command.arg("--play-and-exit").arg(path),
            Kind::Mpv => command.arg("--").arg(path),
        };
        let status = command.stdout(Stdio::null()).status();
        let status = status.map_err(Error::io("start", &self.program))?;
        match status.success() {
            true => Ok(()),
            false => Err(Failure::Told(format!("--play: {} ended with {status}", self.name()))),
        }
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The program of this name in the places where programs are.
fn which(name: &str) -> Option<PathBuf> {
    let usual = cfg!(target_os = "macos").then(|| "/Applications/VLC.app/Contents/MacOS".into());
    programs::find(name, usual)
}
