#!/usr/bin/env bash
# What makers write: the length of each film by ffprobe, then random pieces as an m3u.
# Usage: playlist.sh FOLDER COUNT OUT
set -euo pipefail
for film in "$1"/*.mp4; do
  echo "$film $(ffprobe -v error -show_entries format=duration -of csv=p=0 "$film")"
done | awk -v count="$2" '
  { name[NR] = $1; length_of[NR] = $2 }
  END {
    srand(1); print "#EXTM3U"
    for (i = 0; i < count; i++) {
      n = 1 + int(rand() * NR); start = rand() * (length_of[n] - 0.5)
      printf "#EXTVLCOPT:start-time=%.3f\n#EXTVLCOPT:stop-time=%.3f\n%s\n", start, start + 0.5, name[n]
    }
  }' >"$3"
