#!/usr/bin/env bash
# The speed claims of the server, each against nginx on the same files in the same run. Prints rows of
# a Markdown table. Needs nginx and wrk.
set -euo pipefail
PATH=$PATH:/usr/sbin
cd "$(dirname "$0")/.."
genmedia=$PWD/target/release/genmedia
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
calc() { echo "scale=4; $1" | bc; }
row() { printf '| %s | %s | %s | %s |\n' "$@"; }

jobs=$work/jobs
"$genmedia" render noise --size 64x48 --frames 3 --name small --dir "$jobs" --progress none >/dev/null
"$genmedia" render noise --frames 3 --name noise --dir "$jobs" --progress none >/dev/null
"$genmedia" render noise --size 16x16 --frames 100000 --segment-frames 1000 --name long --dir "$jobs" \
  --progress none >/dev/null
mkdir "$jobs/files"
head -c 4096 /dev/urandom >"$jobs/files/small.bin"
head -c 1G /dev/urandom >"$jobs/files/large.bin"
# What nginx lists: a folder with as many files.
mkdir "$work/frames"
(cd "$work/frames" && seq -f '%06g.png' 0 99999 | xargs touch)

cat >"$work/nginx.conf" <<CONF
worker_processes auto; pid $work/nginx.pid; error_log /dev/null; daemon off; user root;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; types { text/html html; }
  server {
    listen 127.0.0.1:18081; root $work;
    location / { autoindex on; }
  }
}
CONF
nginx -c "$work/nginx.conf" -p "$work" &
pids+=($!)
"$genmedia" serve --bind 127.0.0.1:18080 --dir "$jobs" --frame-limit 100000 >/dev/null 2>&1 &
pids+=($!)
sleep 1
ours=http://127.0.0.1:18080 theirs=http://127.0.0.1:18081

rate() { wrk -t2 -c32 -d5s "$1" | awk '/Requests\/sec/ { print $2 }'; }
took() { # the median of a request's seconds
  for _ in $(seq "${2:-9}"); do curl -s -o /dev/null -w '%{time_total}\n' "$1"; done | sort -n |
    awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'
}
ms() { printf '%.1f ms' "$(calc "$1 * 1000")"; }

a=$(rate "$ours/jobs/files/small.bin") b=$(rate "$theirs/jobs/files/small.bin")
row "serve, a file of 4 KiB; nginx" "$a/s" "$b/s" "$(calc "$a / $b")"
a=$(took "$ours/jobs/files/large.bin" 5) b=$(took "$theirs/jobs/files/large.bin" 5)
row "serve, a file of 1 GiB; nginx" "$a s" "$b s" "$(calc "$b / $a")"
a=$(took "$ours/jobs/long/frames/?limit=100000") b=$(took "$theirs/frames/")
row "serve, a list of 100 000 frames, none stored; nginx, as many files" "$(ms "$a")" "$(ms "$b")" "$(calc "$b / $a")"
# The slowest of 40 answers to one visitor while 300 others read a long list.
crowded() { # LIST ASKED
  wrk -t1 -c300 -d12s --timeout 60s "$1" >/dev/null &
  local crowd=$!
  sleep 2
  for _ in $(seq 40); do curl -s -o /dev/null -w '%{time_total}\n' "$2"; done | sort -n | tail -1
  wait "$crowd"
}
a=$(crowded "$ours/jobs/long/frames/?limit=100000" "$ours/health")
b=$(crowded "$theirs/frames/" "$theirs/jobs/files/small.bin")
row "serve, the slowest of 40 answers of /health while 300 read that list; nginx, a file of 4 KiB" \
  "$(ms "$a")" "$(ms "$b")" "$(calc "$b / $a")"
row "serve, its first page" "$(ms "$(took "$ours/jobs/long/frames/")")" "" ""
row "serve, the page of that job" "$(ms "$(took "$ours/jobs/long/")")" "" ""
for n in 0 1 2; do took "$ours/jobs/noise/frames/00000$n.png" 1 >/dev/null; done
row "serve, a noise frame drawn on request, 1024x768, as PNG" \
  "$(ms "$(took "$ours/jobs/noise/frames/000001.png" 21)")" "" ""
