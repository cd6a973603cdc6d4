#!/usr/bin/env bash
# Time, size and PSNR of each preset on each kind of content: what `--preset auto` rests on.
# Prints a Markdown table. Needs the release build, ffmpeg, and some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
genmedia=$PWD/target/release/genmedia
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
frames=${FRAMES:-30}

declare -A content=(
  [noise]="noise"
  [polygon]="polygon"
  [density]="wave --view density --x -20..20 --y -20..20"
  [surface]="wave --spin 0.1"
)

row() { # codec preset content
  local out=$work/$1-$2-$3.mkv time
  # shellcheck disable=SC2086
  time=$( { /usr/bin/time -f '%e' "$genmedia" render ${content[$3]} --frames "$frames" --size 1024x768 \
    --codec "$1" --preset "$2" --threads 1 --progress none --dir "$work/jobs" -o "$out" >/dev/null; } 2>&1)
  local psnr
  psnr=$(ffmpeg -v info -i "$out" -i "$work/$3.mkv" -lavfi \
    "[0]format=yuv420p[a];[1]scale=out_color_matrix=bt709:out_range=tv,format=yuv420p[b];[a][b]psnr" -f null - 2>&1 |
    grep -oE 'average:[0-9.inf]+' | cut -d: -f2)
  awk -v c="$1" -v p="$2" -v g="$3" -v t="$time" -v n="$frames" -v d="$psnr" \
    -v s="$(stat -c %s "$out")" \
    'BEGIN { printf "| %s | %s | %s | %.1f | %.1f | %.2f |\n", c, g, p, n / t, s / n / 1000, d }'
}

echo "| codec | content | preset | frames/s and core | kB/frame | PSNR dB |"
echo "|---|---|---|--:|--:|--:|"
for what in noise polygon density surface; do
  # shellcheck disable=SC2086
  "$genmedia" render ${content[$what]} --frames "$frames" --size 1024x768 --codec ffv1 \
    --progress none --dir "$work/jobs" -o "$work/$what.mkv" >/dev/null
done
for what in noise polygon density surface; do
  for preset in ultrafast superfast veryfast faster fast medium slow; do row h264 $preset $what; done
done
for what in noise polygon density surface; do
  for preset in ultrafast superfast veryfast fast; do row h265 $preset $what; done
  for preset in 12 10 8; do row av1 $preset $what; done
  for preset in 8 5 3; do row vp9 $preset $what; done
done
