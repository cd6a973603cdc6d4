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
    /// VLC, else mpv; of those that play `format`, if it is said.
    pub fn find(format: Option<Format>) -> Result<Self, Failure> {
        let fitting: Vec<Kind> = [Kind::Vlc, Kind::Mpv]
            .into_iter()
            .filter(|kind| format.is_none_or(|format| kind.plays(format)))
            .collect();
        let found =
            fitting.iter().find_map(|kind| Some(Self { kind: *kind, program: kind.find()? }));
        found.ok_or_else(|| {
            let is_passed_over =
                is_root() && which("vlc").is_some() && fitting.contains(&Kind::Vlc);
            let why = match (format, fitting.as_slice()) {
                (Some(format), []) => {
                    return Failure::Told(format!(
                        "--play: no player plays {format}; VLC plays m3u and xspf, and mpv edl"
                    ));
                }
                (Some(_), [_]) if is_passed_over => {
                    "VLC does not run as root: play it as another user, or with mpv (--format edl)"
                        .into()
                }
                (Some(format), [kind]) => {
                    format!("{format} is played by {}; install it", kind.name())
                }
                _ if is_passed_over => {
                    "VLC does not run as root, and there is no mpv: play it as another user".into()
                }
                _ => "there is no player: install VLC or mpv".to_string(),
            };
            let package = if fitting == [Kind::Mpv] { "mpv" } else { "vlc" };
            let how = match std::env::consts::OS {
                "macos" => format!("brew install --cask {package}"),
                _ if which("apt-get").is_some() => format!("apt install {package}"),
                _ if package == "mpv" => "from https://mpv.io".into(),
                _ => "from https://www.videolan.org".into(),
            };
            Failure::Told(format!("--play: {why} ({how})"))
        })
    }

    /// The form that it plays piece by piece.
    pub fn format(&self) -> Format {
        match self.kind {
            Kind::Vlc => Format::M3u,
            Kind::Mpv => Format::Edl,
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
            false => {
                let name = self.kind.name();
                Err(Failure::Told(format!("--play: {name} ended with {status}")))
            }
        }
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Vlc => "VLC",
            Self::Mpv => "mpv",
        }
    }

    /// True for the forms that it plays piece by piece.
    fn plays(self, format: Format) -> bool {
        match self {
            Self::Vlc => matches!(format, Format::M3u | Format::Xspf),
            Self::Mpv => format == Format::Edl,
        }
    }

    /// The program, if it is installed and would run.
    fn find(self) -> Option<PathBuf> {
        match self {
            Self::Vlc if is_root() => None,
            Self::Vlc => which("vlc"),
            Self::Mpv => which("mpv"),
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
