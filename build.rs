//! Says in one line what this build cannot do without: Unix, and FFmpeg's libraries, with what to install. Cargo
//! may run it after the script of ffmpeg-sys-next, which then speaks first.

use std::path::Path;
use std::process::Command;

/// Each library, and its version in FFmpeg 5.
const LIBRARIES: [(&str, &str); 5] = [
    ("libavcodec", "59"),
    ("libavfilter", "8"),
    ("libavformat", "59"),
    ("libavutil", "57"),
    ("libswresample", "4"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(parameters_hold_side_data)");
    for name in
        ["FFMPEG_DIR", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG", "LIBCLANG_PATH"]
    {
        println!("cargo::rerun-if-env-changed={name}");
    }
    if std::env::var_os("CARGO_CFG_UNIX").is_none() {
        println!("cargo::error=genmedia runs on Unix: Linux, macOS, the BSDs, or WSL on Windows");
        return;
    }
    let tool = std::env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".into());
    if is_of_8(&tool) {
        println!("cargo::rustc-cfg=parameters_hold_side_data");
    }
    // Where they are is said otherwise.
    if std::env::var_os("FFMPEG_DIR").is_some() {
        return;
    }
    let missing: Vec<String> = LIBRARIES
        .iter()
        .filter(|(library, version)| {
            let found = Command::new(&tool)
                .args([&format!("--atleast-version={version}"), *library])
                .output()
                .is_ok_and(|output| output.status.success());
            !found
        })
        .map(|(library, version)| format!("{library} {version}"))
        .collect();
    if !missing.is_empty() {
        println!(
            "cargo::error=genmedia needs {} or later, of FFmpeg 5: {}",
            missing.join(", "),
            install()
        );
    } else if !has_libclang() {
        // Not an error, because it may be where we do not look.
        println!("cargo::warning=libclang seems to be missing, which reads headers: {}", install());
    }
}

/// True for the libraries of FFmpeg 8 and later, which have no side data of streams besides that of their parameters.
fn is_of_8(tool: &str) -> bool {
    const MAJOR: u32 = 62;
    match std::env::var_os("FFMPEG_DIR") {
        Some(folder) => {
            let header = Path::new(&folder).join("include/libavformat/version_major.h");
            let header = std::fs::read_to_string(header).unwrap_or_default();
            let major = header
                .lines()
                .find_map(|line| line.strip_prefix("#define LIBAVFORMAT_VERSION_MAJOR"));
            major.is_some_and(|n| n.trim().parse().is_ok_and(|n: u32| n >= MAJOR))
        }
        None => Command::new(tool)
            .args([&format!("--atleast-version={MAJOR}"), "libavformat"])
            .output()
            .is_ok_and(|output| output.status.success()),
    }
}

/// True if libclang, which reads FFmpeg's headers, is in one of its usual places.
fn has_libclang() -> bool {
    let below = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let holds_it = |folder: &Path| {
        below(folder).iter().any(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let is_it = name.starts_with("libclang.so") || name.starts_with("libclang-1");
            is_it && file.exists()
        })
    };
    std::env::var_os("LIBCLANG_PATH").is_some()
        || cfg!(target_os = "macos")
        || ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(Path::new).iter().any(|root| {
            // /usr/lib/x86_64-linux-gnu, /usr/lib/llvm-14/lib
            let inner = below(root);
            holds_it(root) || inner.iter().any(|f| holds_it(f) || holds_it(&f.join("lib")))
        })
}

/// What to type on this system.
fn install() -> &'static str {
    let system = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let like = |name: &str| {
        let lines = system.lines().filter(|l| l.starts_with("ID=") || l.starts_with("ID_LIKE="));
        lines.flat_map(|l| l.split(['=', '"', ' '])).any(|word| word == name)
    };
    if cfg!(target_os = "macos") {
        "brew install pkgconf llvm ffmpeg"
    } else if like("debian") {
        "sudo apt install build-essential pkg-config libclang-dev libavcodec-dev libavfilter-dev \
         libavformat-dev libavutil-dev libswresample-dev"
    } else if like("fedora") {
        "sudo dnf install gcc pkgconf-pkg-config clang-devel ffmpeg-devel (from RPM Fusion)"
    } else if like("arch") {
        "sudo pacman -S base-devel clang pkgconf ffmpeg"
    } else if like("suse") {
        "sudo zypper install gcc pkg-config clang-devel ffmpeg-devel (from Packman)"
    } else {
        "install pkg-config, libclang and the development files of FFmpeg 5 or later"
    }
}
