#!/usr/bin/env bash
# Installs genmedia in both ways, uses it as a new user would, and takes it away again. Needs root or
# sudo, and leaves the machine as it was.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "test-install: $*" >&2; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# It ends with taking all of this away.
if getent passwd genmedia >/dev/null || [ -e /var/lib/genmedia ] || [ -e /usr/bin/genmedia ]; then
  fail "genmedia is installed on this machine; its package and data are not touched"
fi

# make demo has run before this, in the way that the README shows.
film=$(find jobs -name 'noise-*.mp4' | head -1)
[ "$(ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets \
  -of csv=p=0 "$film")" = 1000 ] || fail "make demo: not a thousand frames"

# make install, below a folder of ours, and back.
make --silent install DESTDIR="$work/root" PREFIX=/usr
for file in bin/genmedia share/man/man1/genmedia.1 share/man/man1/genmedia-serve.1 \
  share/bash-completion/completions/genmedia share/zsh/site-functions/_genmedia \
  share/fish/vendor_completions.d/genmedia.fish; do
  [ -s "$work/root/usr/$file" ] || fail "make install: no $file"
done
bash -n "$work/root/usr/share/bash-completion/completions/genmedia"
(cd "$work" && root/usr/bin/genmedia render noise --frames 3 --size 64x48 --progress none >/dev/null)
make --silent uninstall DESTDIR="$work/root" PREFIX=/usr
left=$(find "$work/root" ! -type d)
[ -z "$left" ] || fail "make uninstall leaves $left"

# As under sudo, where Rust is not installed for root.
make --silent install DESTDIR="$work/root" PREFIX=/usr CARGO=no-such-cargo >/dev/null
"$work/root/usr/bin/genmedia" --version >/dev/null

# Cargo's own way.
cargo install --quiet --locked --path . --root "$work/cargo" 2>/dev/null || fail "cargo install"
"$work/cargo/bin/genmedia" --version | grep -q '^genmedia 0' || fail "cargo install"

# Without FFmpeg's libraries the build's script says what to install.
rustc --edition 2024 -o "$work/look" build.rs
said=$(CARGO_CFG_UNIX=1 PKG_CONFIG_LIBDIR=/nonexistent "$work/look")
[[ $said == *"genmedia needs libavcodec"*"apt install"* ]] || fail "$said"

# The package: what it needs, that it installs, works, and goes.
deb=$(ls target/debian/genmedia_*.deb)
depends=$(dpkg-deb -f "$deb" Depends)
for library in libavcodec libavformat libavutil libavfilter; do
  [[ $depends == *$library* ]] || fail "the package does not depend on $library: $depends"
done
as_root apt-get install -y -qq --no-install-recommends "./$deb" >/dev/null
cd "$work"
/usr/bin/genmedia --version | grep -q '^genmedia 0' || fail "genmedia --version"
/usr/bin/genmedia run /usr/share/doc/genmedia/recipes/noise.toml --progress none >/dev/null
getent passwd genmedia >/dev/null || fail "there is no user genmedia"
zcat -f /usr/share/man/man1/genmedia.1* | grep -q 'TH genmedia' || fail "no manual page"
unit=$(find /lib/systemd/system /usr/lib/systemd/system -name genmedia.service | head -1)
[ -n "$unit" ] || fail "no unit"
systemd-analyze verify --man=no "$unit" 2>&1 | grep -i genmedia && fail "the unit"
exposure=$(systemd-analyze security --offline=true "$unit" | sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p')
[ -n "$exposure" ] || fail "no exposure"
[ "$(printf '%s\n3\n' "$exposure" | sort -n | head -1)" != 3 ] || fail "exposure $exposure"

# What the unit starts, as the user that it names.
command=$(sed -n 's/^ExecStart=//p' "$unit")
as_root install -d -o genmedia -g genmedia /var/lib/genmedia
as_root runuser -u genmedia -- /usr/bin/genmedia render noise --frames 3 --size 64x48 --name a \
  --dir /var/lib/genmedia --progress none >/dev/null
as_root runuser -u genmedia -- env GENMEDIA_DIR=/var/lib/genmedia \
  GENMEDIA_BIND=127.0.0.1:0 $command >"$work/url" 2>/dev/null &
server=$!
for _ in $(seq 50); do [ -s "$work/url" ] && break; sleep 0.1; done
curl -sf "$(cat "$work/url")api/jobs" | grep -q '"state":"done"' || fail "the page does not show the job"
as_root pkill -TERM -P "$server" || as_root kill "$server"
wait "$server" || true

as_root apt-get purge -y -qq genmedia >/dev/null
[ ! -e /usr/bin/genmedia ] && [ ! -e "$unit" ] || fail "the package leaves files"
as_root rm -rf /var/lib/genmedia
as_root deluser --quiet --system genmedia
echo "test-install: installed, used and removed"
