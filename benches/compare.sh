#!/usr/bin/env bash
# The speed claims of the README, each against its peer in the same run. Prints a Markdown table.
set -euo pipefail
cd "$(dirname "$0")/.."
genmedia=$PWD/target/release/genmedia
peers=$PWD/benches/peers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cores=$(nproc)
frames=${FRAMES:-360}

# The wall time of a command in seconds; the folder `out` is empty before it.
once() {
  rm -rf "$work/out" && mkdir "$work/out"
  local start end
  start=$(date +%s.%N)
  "$@" >/dev/null 2>&1 || { echo "failed: $*" >&2 && exit 1; }
  end=$(date +%s.%N)
  echo "$end - $start" | bc
}
# The median of three runs.
seconds() { for _ in 1 2 3; do once "$@"; done | sort -n | sed -n 2p; }
calc() { echo "scale=4; $1" | bc; }
row() { printf '| %s | %s | %s | %s |\n' "$@"; }
fixed() { printf "%.${2:-0}f" "$1"; }

render() { "$genmedia" render "$@" --progress none --dir "$work/out"; }

cargo bench --quiet --bench generators >"$work/divan" 2>/dev/null
TMPDIR=$work cargo bench --quiet --bench keeping >"$work/keeping" 2>/dev/null
# The median of a divan benchmark in milliseconds. Reads to the end, or pipefail sees sed's SIGPIPE.
median() {
  sed 's/^│ *//' "$work/divan" | awk -F'│' -v name=" $1 " '!found && index($1, name) && $3 ~ /s/ {
    split($3, part, " "); ms = part[1]
    if (part[2] == "µs") ms /= 1000; if (part[2] == "ns") ms /= 1000000; if (part[2] == "s") ms *= 1000
    print ms; found = 1 }'
}

# The median of a benchmark with arguments: its name, and which.
median_of() {
  sed 's/│ */│/g' "$work/divan" | awk -F'│' -v name="$1" -v which="$2" '
    !found && index($0, name) { here = 1; next }
    here && /[├╰]─ [a-z_0-9]+ +│ +│/ { here = 0 }
    here && index($0, "─ " which " ") { for (i = 1; i <= NF; i++) if (index($i, "─ " which " ")) at = i
      split($(at + 2), part, " "); ms = part[1]
      if (part[2] == "µs") ms /= 1000; if (part[2] == "s") ms *= 1000
      print ms; found = 1; here = 0 }'
}

echo "| What | genmedia | Peer | Ratio |"
echo "|---|--:|--:|--:|"

dd if=/dev/urandom of="$work/noise.rgb" bs=$((1024 * 768 * 3)) count="$frames" status=none
cat "$work/noise.rgb" >/dev/null
ours=$(calc "$frames / $(seconds render noise --frames "$frames" --preset ultrafast --crf 23)")
theirs=$(calc "$frames / $(seconds ffmpeg -nostdin -y -f rawvideo -pix_fmt rgb24 -s 1024x768 -r 30 \
  -i "$work/noise.rgb" -c:v libx264 -preset ultrafast -crf 23 -pix_fmt yuv420p -g 1 \
  -threads "$cores" "$work/out/noise.mp4")")
row "noise 1024x768, ultrafast, $cores cores; ffmpeg from ready-made frames in the page cache" \
  "$(fixed "$ours") fps" "$(fixed "$theirs") fps" "$(fixed "$(calc "$ours / $theirs")" 2)"
truncate -s $((1024 * 768 * 3 * 120)) "$work/noise.rgb"

pipe() {
  /usr/bin/python3 "$peers/noise.py" "$frames" | ffmpeg -nostdin -y -f rawvideo -pix_fmt rgb24 \
    -s 1024x768 -r 30 -i - -c:v libx264 -preset ultrafast -crf 23 -pix_fmt yuv420p "$work/out/noise.mp4"
}
theirs=$(calc "$frames / $(seconds pipe)")
row "the same; numpy piped to ffmpeg" "$(fixed "$ours") fps" "$(fixed "$theirs") fps" \
  "$(fixed "$(calc "$ours / $theirs")" 1)"

loop() {
  for i in $(seq -w 0 19); do php "$peers/noise.php" "$work/out/$i.png"; done
  ffmpeg -nostdin -y -framerate 30 -i "$work/out/%02d.png" "$work/out/noise.mp4"
}
defaults=$(calc "$frames / $(seconds render noise --frames "$frames")")
theirs=$(calc "20 / $(seconds loop)")
row "the same, each side's defaults; PHP GD, one process a frame, then ffmpeg" \
  "$(fixed "$defaults") fps" "$(fixed "$theirs" 1) fps" "$(fixed "$(calc "$defaults / $theirs")")"

/usr/bin/time -f '%U %S' -o "$work/time" "$genmedia" render noise --frames "$frames" \
  --progress none --dir "$work/cpu" >/dev/null
cpu=$(awk -v n="$frames" '{ print ($1 + $2) * 1000 / n }' "$work/time")
draw=$(calc "$(median noise_1024x768) + $(median yuv420p)")
row "drawing and colour conversion of noise, of the job's processor time" "$(fixed "$draw" 2) ms" \
  "$(fixed "$cpu" 2) ms" "$(fixed "$(calc "100 * $draw / $cpu")" 1) %"

ours=$(median polygon_1920x1080)
theirs=$(/usr/bin/python3 "$peers/polygons.py")
row "polygon frame 1920x1080, one core; cairo" "$(fixed "$ours" 1) ms" "$(fixed "$theirs" 1) ms" \
  "$(fixed "$(calc "$theirs / $ours")" 1)"

for kind in perlin worley fbm; do
  ours=$(median_of noise_kind_1024x768 $kind)
  theirs=$(median_of fastnoise_lite_1024x768 $kind)
  row "noise --kind $kind, a frame, one core; the crate fastnoise-lite" "$(fixed "$ours" 1) ms" \
    "$(fixed "$theirs" 1) ms" "$(fixed "$(calc "$theirs / $ours")" 1)"
done

shell_exec() {
  seq -w 0 39 | xargs -P"$cores" -I{} php "$peers/noise.php" "$work/out/{}.png"
  ffmpeg -nostdin -y -framerate 30 -i "$work/out/%02d.png" "$work/out/noise.mp4"
}
our_exec() {
  "$genmedia" render exec --frames 40 --progress none --dir "$work/out" "$@"
}
theirs=$(seconds shell_exec)
ours=$(seconds our_exec -- php "$peers/noise.php" "{out}")
row "exec, 40 frames of PHP, one process a frame; seq, xargs -P$cores, then ffmpeg" \
  "$(fixed "$ours" 2) s" "$(fixed "$theirs" 2) s" "$(fixed "$(calc "$theirs / $ours")" 2)"
ours=$(seconds our_exec --batch 10 -- php "$peers/noise_batch.php" "{count}")
row "the same, --batch 10" "$(fixed "$ours" 2) s" "$(fixed "$theirs" 2) s" \
  "$(fixed "$(calc "$theirs / $ours")" 2)"

# The processor time that a filter of ffmpeg's takes for a frame, on one thread, in milliseconds: what a graph takes
# with it more than without.
filter() {
  local took=()
  for graph in null "$1"; do
    /usr/bin/time -f '%U %S' -o "$work/time" ffmpeg -nostdin -v error -filter_threads 1 -f lavfi \
      -i "testsrc2=s=${3:-1920x1080},format=$2,loop=-1:1" -vf "$graph" -frames:v 61 -f null -
    took+=("$(awk '{ print $1 + $2 }' "$work/time")")
  done
  calc "(${took[1]} - ${took[0]}) * 1000 / 60"
}
for effect in blur:gblur=8:gbrp edges:sobel:gbrp rotate:rotate=0.26:rgba kaleidoscope:rotate=0.26:rgba; do
  IFS=: read -r name peer pixels <<<"$effect"
  ours=$(median_of effect_1920x1080 "$name")
  theirs=$(filter "$peer" "$pixels")
  row "effect $name, a frame of 1920x1080 from RGB to RGB, one core; ffmpeg's $peer on $pixels" \
    "$(fixed "$ours" 1) ms" "$(fixed "$theirs" 1) ms" "$(fixed "$(calc "$theirs / $ours")" 1)"
done

one=$(median_of layers_1920x1080 one)
for blend in "normal:overlay:rgba:split[a][b];[a][b]overlay" \
  "screen:blend=screen:gbrp:split[a][b];[a][b]blend=all_mode=screen:all_opacity=0.5"; do
  IFS=: read -r name peer pixels graph <<<"$blend"
  ours=$(calc "$(median_of layers_1920x1080 "$name") - $one")
  theirs=$(filter "$graph" "$pixels")
  row "layer of 1920x1080 at half opacity, $name, one core; ffmpeg's $peer on $pixels" \
    "$(fixed "$ours" 1) ms" "$(fixed "$theirs" 1) ms" "$(fixed "$(calc "$theirs / $ours")" 1)"
done

graph="split[a][b];[a][b]blend=all_mode=screen,drawtext=text=%{n}:fontsize=40:fontcolor=white:borderw=2:x=20:y=h-60,\
split[d][e];[e]gblur=16[f];[d][f]blend=all_mode=screen:all_opacity=0.5"
theirs=$(filter "$graph" gbrp 1280x720)
for sources in ready drawn; do
  ours=$(median_of stack_1280x720 "$sources")
  row "stack of 1280x720: noise, a curve with its trail and text, which are $sources, with a glow, one core; ffmpeg's \
overlay, drawtext, gblur and blend on frames that are ready" "$(fixed "$ours" 1) ms" "$(fixed "$theirs" 1) ms" \
    "$(fixed "$(calc "$theirs / $ours")" 1)"
done

# The processor time that a picture of sound takes ffmpeg, with decoding, on one thread, in milliseconds a frame.
heard() {
  local music=${TMPDIR:-/tmp}/genmedia-bench-music.wav frames
  frames=$(/usr/bin/time -f '%U %S' -o "$work/time" ffmpeg -nostdin -v error -stats -filter_complex_threads 1 -i "$music" \
    -filter_complex "[0:a]$1[v]" -map '[v]' -f null - 2>&1 | grep -o 'frame= *[0-9]*' | tail -1 | tr -dc 0-9)
  awk -v n="$frames" '{ print ($1 + $2) * 1000 / n }' "$work/time"
}
for view in "wave:showwaves=s=1280x720:rate=30:mode=line" "bars:showfreqs=s=1280x720:rate=30:win_size=4096" \
  "spectrum:showspectrum=s=1280x720:fps=30:slide=scroll" "xy:avectorscope=s=1280x720:rate=30:draw=line"; do
  ours=$(median_of scope_1280x720 "${view%%:*}")
  graph=${view#*:}
  theirs=$(heard "$graph")
  row "scope --view ${view%%:*}, a frame of 1280x720, one core; ffmpeg's ${graph%%=*}" \
    "$(fixed "$ours" 2) ms" "$(fixed "$theirs" 2) ms" "$(fixed "$(calc "$theirs / $ours")" 1)"
done

# The processor time that a frame of one of ffmpeg's own sources takes, on one thread, in milliseconds.
source_of() {
  /usr/bin/time -f '%U %S' -o "$work/time" ffmpeg -nostdin -v error -f lavfi -threads 1 -i "$1" -frames:v 200 -f null -
  awk '{ print ($1 + $2) * 1000 / 200 }' "$work/time"
}
for kind in "life:life=s=1024x768:r=30:ratio=0.35:seed=1" "elementary:cellauto=s=1024x768:rule=110"; do
  ours=$(median_of simulate_1024x768 "${kind%%:*}")
  graph=${kind#*:}
  theirs=$(source_of "$graph")
  row "simulate --kind ${kind%%:*}, a step and its frame of 1024x768, one core; ffmpeg's ${graph%%=*}" \
    "$(fixed "$ours" 2) ms" "$(fixed "$theirs" 2) ms" "$(fixed "$(calc "$theirs / $ours")" 1)"
done

ours=$(median_of simulated reaction)
theirs=$(/usr/bin/python3 "$peers/gray_scott.py")
row "simulate --kind reaction-diffusion, sixteen steps of 512x512 and their frame, one core; numpy's steps" \
  "$(fixed "$ours" 2) ms" "$(fixed "$theirs" 1) ms" "$(fixed "$(calc "$theirs / $ours")" 1)"
ours=$(calc "10000 / $(median_of simulated de-jong)")
row "simulate --kind attractor, de Jong's map, one core" "$(fixed "$ours") million points a second" "" ""
ours=$(calc "60 / $(seconds render simulate --kind physarum --agents 1000000 --size 1280x720 --frames 60)")
row "simulate --kind physarum, a million agents at 1280x720, $cores cores, with the encoder" "$(fixed "$ours" 1) fps" "" ""

# Both are drawn by the driver for the processor, if that is what there is.
for shader in trivial.frag:-:300 march.frag:-:60 trail:trail/buffer-a.frag:300; do
  IFS=: read -r file buffer count <<<"$shader"
  image=$file && [ "$buffer" = - ] || image=$file/image.frag
  ours=$(calc "$count / $(seconds render shader "benches/shaders/$file" --frames "$count" --preset ultrafast --crf 23)")
  [ "$buffer" = - ] || buffer=benches/shaders/$buffer
  theirs=$(calc "$count / $(seconds target/python/bin/python "$peers/shader.py" "benches/shaders/$image" "$buffer" \
    "$count" "$work/out/shader.mp4")")
  row "shader ${file%.frag}, 1280x720, ultrafast, $cores cores; moderngl on EGL, piped to ffmpeg" \
    "$(fixed "$ours" 1) fps" "$(fixed "$theirs" 1) fps" "$(fixed "$(calc "$ours / $theirs")" 2)"
done

ours=$(median curve_1280x720)
theirs=$(/usr/bin/python3 "$peers/curve.py")
row "wave curve 1280x720, 4000 points, one core; cairo" "$(fixed "$ours" 2) ms" \
  "$(fixed "$theirs" 2) ms" "$(fixed "$(calc "$theirs / $ours")" 1)"

ours=$(median mandelbrot_640x480)
/usr/bin/time -f '%U' -o "$work/time" ffmpeg -nostdin -v error -f lavfi -threads 1 -i \
  "mandelbrot=s=640x480:maxiter=96:start_x=-0.6:start_y=0:start_scale=3.6:end_scale=3.5" \
  -frames:v 60 -f null -
theirs=$(awk '{ print $1 * 1000 / 60 }' "$work/time")
row "wave complex, any formula, here Mandelbrot's, 640x480, 96 iterations; ffmpeg's mandelbrot" \
  "$(fixed "$ours" 1) ms" "$(fixed "$theirs" 1) ms" "$(fixed "$(calc "$theirs / $ours")" 2)"

ours=$(calc "$(median density_1024x768) * 1000000 / (1024 * 768)")
row "wave density, default formula, one core" "$(fixed "$ours" 2) ns a pixel" "" ""

ours=$(median surface_400_1280x720)
theirs=$(/usr/bin/python3 "$peers/surface.py")
row "wave surface 1280x720, 400x400 samples; matplotlib, 200x200" "$(fixed "$ours" 1) ms" \
  "$(fixed "$theirs") ms" "$(fixed "$(calc "$theirs / $ours")" 1)"

# Eight workers on a folder, which leave the film to another; one process makes it as well.
workers() {
  local number pids=()
  for number in 1 2 3 4 5 6 7 8; do
    "$genmedia" shard "$work/sea.toml" --shard "$number/8" --threads 1 --progress none --dir "$work/out" &
    pids+=($!)
  done
  wait "${pids[@]}"
}
publish() { "$genmedia" resume sea --force --keep-segments --progress none --dir "$work/out"; }
copied() { cat "$work"/out/sea/segments/*.segment >"$work/copy" && sync "$work/copy"; }
# As `once`, with the folder as it is.
again() {
  local start
  start=$(date +%s.%N)
  "$@" >/dev/null 2>&1 || { echo "failed: $*" >&2 && exit 1; }
  echo "$(date +%s.%N) - $start" | bc
}
{ echo 'name = "sea"'; "$genmedia" render noise --frames 1200 --dry-run 2>/dev/null; } >"$work/sea.toml"
ours=$(seconds workers)
theirs=$(seconds render noise --frames 1200 --threads 2)
row "noise, 1200 frames, eight workers of one thread; one process with two" "$(fixed "$ours" 2) s" \
  "$(fixed "$theirs" 2) s" "$(fixed "$(calc "$ours / $theirs")" 2)"
once workers >/dev/null
theirs=$(again copied)
ours=$(again publish)
row "their film, published; cat of the segments, synced" "$(fixed "$ours" 2) s" "$(fixed "$theirs" 2) s" \
  "$(fixed "$(calc "$ours / $theirs")" 2)"

# In turn, since a shared machine drifts; the median of the ratios. The first row is the measure for
# the others: what two programs that share nothing gain from the second core.
encoder() {
  ffmpeg -nostdin -y -f rawvideo -pix_fmt rgb24 -s 1024x768 -i "$work/noise.rgb" -c:v libx264 \
    -preset ultrafast -threads 1 -pix_fmt yuv420p -f null -
}
in_turn() { encoder && encoder; }
at_once() { encoder & encoder && wait $!; }
pairs() { # label, then the slower and the quicker command, separated by --
  local label=$1 slow=() quick=()
  shift
  while [ "$1" != -- ]; do slow+=("$1") && shift; done
  shift
  quick=("$@")
  for _ in 1 2 3 4 5; do
    local one two
    one=$(once "${slow[@]}")
    two=$(once "${quick[@]}")
    echo "$(calc "$one / $two") $one $two"
  done | sort -n | sed -n 3p | {
    read -r ratio one two
    row "$label" "$(fixed "$two" 2) s" "$(fixed "$one" 2) s" "$(fixed "$ratio" 2)"
  }
}
mkdir "$work/films"
for n in 1 2; do
  ffmpeg -nostdin -v error -f lavfi -i "testsrc2=size=1024x768:rate=30:duration=60" -f lavfi \
    -i "sine=frequency=$((n * 440)):duration=60" -c:v libx264 -preset veryfast -c:a aac "$work/films/$n.mp4"
done
"$genmedia" playlist "$work/films" --count 12 --seed 1 --snap frame --shuffle -o "$work/films/list.m3u" >/dev/null 2>&1
settings=(-c:v libx264 -preset veryfast -bf 0 -x264-params rc-lookahead=0:scenecut=0:keyint=120)
pairs "remix of 12 pieces of 5 s, 1024x768, with sound; ffmpeg's concat filter, the same settings" \
  "$peers/remix.sh" "$work/films/list.m3u" "$work/out/remix.mp4" "${settings[@]}" \
  -- "$genmedia" remix "$work/films/list.m3u" --dir "$work/out"
pairs "the same; ffmpeg's concat filter, -preset veryfast" \
  "$peers/remix.sh" "$work/films/list.m3u" "$work/out/remix.mp4" -c:v libx264 -preset veryfast \
  -- "$genmedia" remix "$work/films/list.m3u" --dir "$work/out"
for n in $(seq 3 100); do ln "$work/films/$((n % 2 + 1)).mp4" "$work/films/$n.mp4"; done
pairs "playlist of 1000 pieces of 100 films never seen before; ffprobe of each, then awk" \
  "$peers/playlist.sh" "$work/films" 1000 "$work/out/list.m3u" \
  -- env XDG_CACHE_HOME="$work/out" "$genmedia" playlist "$work/films" --count 1000 --length 0.5 -o "$work/out/list.m3u"
pairs "a million pieces of them, now known; the same peer" \
  "$peers/playlist.sh" "$work/films" 1000000 "$work/out/list.m3u" \
  -- "$genmedia" playlist "$work/films" --count 1000000 --length 0.5 -o "$work/out/list.m3u"
cat "$work/keeping"
pairs "(two ffmpeg with one thread each, at once; one after the other)" in_turn -- at_once
for generator in noise polygon wave; do
  pairs "$generator, two threads; one thread" render $generator --frames 300 --segment-frames 10 --threads 1 \
    -- render $generator --frames 300 --segment-frames 10 --threads 2
done
./benches/serve.sh

echo
echo "$cores cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)," \
  "$(ffmpeg -version | sed -n 's/^ffmpeg version \([^ ]*\).*/FFmpeg \1/p')," \
  "$(rustc --version | cut -d' ' -f1-2), $(date +%Y-%m-%d)"
