#!/usr/bin/env bash
# The pieces of an m3u as one film, by ffmpeg's concat filter, each piece opened where it begins.
# Usage: remix.sh LIST OUT FFMPEG-OPTION...
set -euo pipefail
list=$1 out=$2
shift 2
inputs=() count=0 streams=
while IFS= read -r line; do
  case $line in
    '#EXTVLCOPT:start-time='*) start=${line#*=} ;;
    '#EXTVLCOPT:stop-time='*) stop=${line#*=} ;;
    '#'* | '') ;;
    *)
      inputs+=(-ss "$start" -t "$(echo "$stop - $start" | bc)" -i "$(dirname "$list")/$line")
      streams+="[$count:v][$count:a]"
      count=$((count + 1))
      ;;
  esac
done <"$list"
ffmpeg -nostdin -v error -y "${inputs[@]}" -filter_complex "${streams}concat=n=$count:v=1:a=1[v][a]" \
  -map '[v]' -map '[a]' -c:a aac -b:a 192k "$@" "$out"
