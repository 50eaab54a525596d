#!/usr/bin/env bash
# Runs tidemark, memlab and Chrome DevTools' own code on the same V8 heap snapshots, one after the other, and prints a
# Markdown table for each: time, peak memory, throughput, and how many times tidemark's time each rival takes.
#
#   bench/v8/rivals.sh [--runs N] [--tidemark FILE] SNAPSHOT...
#
#   --runs N          take the quickest of N runs (default 1)
#   --tidemark FILE   the binary (default build/release/tidemark)
#
# memlab and DevTools (chrome-devtools-frontend, bundled by esbuild) are fetched by npm into build/bench-v8.
# bench/v8/make_snapshots.js makes snapshots of any size. Every file is read once beforehand.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
tidemark=$root/build/release/tidemark
modules=$root/build/bench-v8
runs=1
snapshots=()

usage() {
  sed -n '2,/^set /{/^# \{0,1\}/s///p}' "${BASH_SOURCE[0]}"
}

fail() {
  printf 'rivals.sh: %s\n' "$1" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    --runs | --tidemark)
      [ $# -ge 2 ] || fail "$1 needs a value; see --help"
      case $1 in
        --runs) runs=$2 ;;
        --tidemark) tidemark=$2 ;;
      esac
      shift 2
      ;;
    -h | --help) usage; exit 0 ;;
    -*) fail "unknown option $1; see --help" ;;
    *) snapshots+=("$(realpath "$1")"); shift ;;
  esac
done
[ ${#snapshots[@]} -gt 0 ] || fail 'needs a snapshot; see --help'
[[ $runs =~ ^[1-9][0-9]*$ ]] || fail "--runs: $runs is not a number above 0"

install_rivals() {
  mkdir -p "$modules"
  cp "$here/devtools_load.ts" "$here/memlab_load.mjs" "$modules/"
  (
    cd "$modules"
    if [ ! -d node_modules/chrome-devtools-frontend ] || [ ! -d node_modules/@memlab/heap-analysis ]; then
      echo 'fetching memlab and DevTools' >&2
      PUPPETEER_SKIP_DOWNLOAD=1 npm install --silent --no-audit --no-fund --ignore-scripts \
        @memlab/heap-analysis chrome-devtools-frontend > /dev/null
      npm install --silent --no-audit --no-fund esbuild > /dev/null
    fi
    # A file that only DevTools' own build writes.
    printf 'export const %s;\n' "LOCALES = ['en-US'], BUNDLED_LOCALES = LOCALES, DEFAULT_LOCALE = 'en-US', \
REMOTE_FETCH_PATTERN = '', LOCAL_FETCH_PATTERN = ''" \
      > node_modules/chrome-devtools-frontend/front_end/core/i18n/locales.js
    node_modules/.bin/esbuild devtools_load.ts --bundle --platform=node --format=esm --log-level=error \
      --outfile=devtools_load.mjs
  )
}

# measure COMMAND...: seconds and kB of the quickest run
measure() {
  local best_seconds='' best_kb='' seconds kb
  for ((run = 0; run < runs; ++run)); do
    /usr/bin/time -o "$modules/time" -f '%e %M' "$@" > /dev/null 2>&1
    read -r seconds kb < "$modules/time"
    if [ -z "$best_seconds" ] || awk "BEGIN { exit !($seconds < $best_seconds) }"; then
      best_seconds=$seconds best_kb=$kb
    fi
  done
  echo "$best_seconds $best_kb"
}

row() {
  local name=$1 bytes=$2 base=$3 seconds kb
  shift 3
  read -r seconds kb < <(measure "$@")
  awk -v name="$name" -v s="$seconds" -v kb="$kb" -v bytes="$bytes" -v base="$base" 'BEGIN {
    factor = base == "" ? "" : sprintf("%.0f ×", s / base)
    printf "| `%s` | %.2f | %.0f | %.1f × | %.0f | %s |\n", name, s, kb / 1024, kb * 1024 / bytes, bytes / s / 1e6, factor
  }'
  last_seconds=$seconds
}

install_rivals
for snapshot in "${snapshots[@]}"; do
  bytes=$(stat -c %s "$snapshot")
  cat "$snapshot" > /dev/null
  printf '\n%s: %d MB\n\n' "$(basename "$snapshot")" $((bytes / 1000000))
  echo '| | wall s | peak MB | of the file | MB/s | tidemark is faster by |'
  echo '|---|--:|--:|--:|--:|--:|'
  row 'tidemark suspects' "$bytes" '' "$tidemark" suspects -q "$snapshot"
  row 'tidemark summary' "$bytes" '' "$tidemark" summary -q "$snapshot"
  base=$last_seconds
  row 'memlab' "$bytes" "$base" node --max-old-space-size=16000 "$modules/memlab_load.mjs" "$snapshot"
  row 'DevTools' "$bytes" "$base" node --max-old-space-size=16000 "$modules/devtools_load.mjs" "$snapshot"
done
