#!/usr/bin/env bash
# Renders a frame and a short clip of each recipe in jobs/ into one page that needs no other file.
# Usage: gallery.sh PAGE.html [SHEET.jpg]
set -euo pipefail
cd "$(dirname "$0")/.."
genmedia=$PWD/target/release/genmedia
page=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

{
  cat <<'HTML'
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>genmedia: the recipes</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
main { display: grid; gap: 2rem; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)) }
figure { margin: 0 }
img, video { display: block; width: 100%; background: #000 }
pre { font-size: .8rem; overflow-x: auto }
</style>
<h1>The recipes of <code>jobs/</code></h1>
<p>Each is rendered by <code>genmedia run jobs/NAME.toml</code>; here a short clip, and what one sees.</p>
<main>
HTML
  for recipe in jobs/*.toml; do
    name=$(basename "$recipe" .toml)
    # The same picture, smaller and shorter.
    # The sweep of a stays, so a clip shows all of it.
    frames=$(sed -n 's/^frames = //p' "$recipe")
    sed -e '/^name = /d' -e "s/^frames = .*/frames = $((frames < 90 ? frames : 90))/" \
      -e 's/^size = .*/size = "480x360"/' "$recipe" >"$work/$name.toml"
    grep -q '^size' "$work/$name.toml" || sed -i '1a size = "480x360"' "$work/$name.toml"
    clip=$("$genmedia" run "$work/$name.toml" --dir "$work/clips" --progress none)
    "$genmedia" frame "$work/$name.toml" --index 45 -o "$work/$name.jpg" >/dev/null
    echo "<figure><video controls loop muted playsinline preload=none poster='data:image/jpeg;base64,$(base64 -w0 "$work/$name.jpg")' src='data:video/mp4;base64,$(base64 -w0 "$clip")'></video>"
    echo "<figcaption><h2>$name</h2><p>$(sed -n '1s/^# *//p' "$recipe")</p><details><summary>Recipe</summary><pre>"
    sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' "$recipe"
    echo "</pre></details></figcaption></figure>"
  done
  echo "</main></html>"
} >"$page"
echo "$page"

if [ $# -gt 1 ]; then
  count=$(ls "$work"/*.jpg | wc -l)
  ffmpeg -nostdin -v error -y -pattern_type glob -i "$work/*.jpg" \
    -vf "scale=320:240,tile=5x$(((count + 4) / 5))" -frames:v 1 -q:v 5 "$2"
  echo "$2"
fi
