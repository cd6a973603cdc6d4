#!/usr/bin/env bash
# Draws a sheet of all effects on one picture, at their defaults, except of those that do nothing then.
# Usage: effects.sh SHEET.jpg
set -euo pipefail
cd "$(dirname "$0")/.."
genmedia=$PWD/target/release/genmedia
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The names stand in the table of the reference.
names=$(sed -n '/^## Effects/,/^## Layers/s/^| `\([a-z]*\)` .*/\1/p' docs/reference.md)
number=10
for name in none $names; do
  case $name in
    displace) effect='by = "map"' ;;
    grade) effect='hue = 150' ;;
    shift) effect='x = 70' ;;
    *) effect= ;;
  esac
  cat >"$work/$name.toml" <<TOML
size = "220x165"
frames = 60
seed = 4
[[layer]]
name = "map"
show = false
noise = { kind = "fbm", scale = 90 }
[[layer]]
gradient = { kind = "radial", palette = ["#ffd27d", "#e5674d", "#4b2a63", "#141735"], x = 0.5, y = 0.85, length = 1.1 }
[[layer]]
[layer.polygon]
shape = "star"
points = 5
motion = "drift"
speed = 0.7
count = 9
fill = true
opacity = 0.9
color-mode = "palette"
palette = ["#fff3d6", "#ff9f6b", "#7de0d3", "#3a6ea5"]
background = "none"
[[layer]]
at = "w/2, h*0.55"
text = { content = "Aa", font-size = 64, color = "white", anchor = "center" }
TOML
  [ "$name" = none ] || printf '[[effect]]\nname = "%s"\n%s\n' "$name" "$effect" >>"$work/$name.toml"
  "$genmedia" frame "$work/$name.toml" --index 40 -o "$work/$number.png" >/dev/null
  label=$name
  [ "$name" != none ] || label="as it is"
  # The name lies below the picture.
  cat >"$work/label.toml" <<TOML
size = "220x189"
[[layer]]
color = { color = "white" }
[[layer]]
at = "w/2, 82.5"
image = { file = "$work/$number.png" }
[[layer]]
text = { content = "$label", outline = 0, font-size = 18, color = "black", anchor = "bottom", margin = 4 }
TOML
  "$genmedia" frame "$work/label.toml" --index 0 -o "$work/sheet-$number.png" >/dev/null
  number=$((number + 1))
done
count=$((number - 10))
ffmpeg -nostdin -v error -y -pattern_type glob -i "$work/sheet-*.png" \
  -vf "tile=7x$(((count + 6) / 7)):color=white" -frames:v 1 -q:v 6 "$1"
echo "$1"
