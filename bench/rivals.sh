#!/usr/bin/env bash
# Runs tidemark and other tools on the same Ruby heap dumps, one after the other, and prints a Markdown table for each
# directory of dumps: time, peak memory, throughput, and how many times tidemark's time each rival takes.
#
#   bench/rivals.sh [--rivals LIST] [--runs N] [--tidemark FILE] DIR...
#
#   DIR               holds 1.json, 2.json and 3.json; bench/make_dumps.rb makes such directories
#   --rivals LIST     all (default), none, or some of heapy-read,heapy-diff,script
#                     (the last is bench/three_dump_diff.rb). At 1,500 MB a diff by a rival takes minutes
#   --runs N          take the quickest of N runs (default 1)
#   --tidemark FILE   the binary (default build/release/tidemark)
#
# Throughput is the size of the file, or of all three, over wall time. Every file is read once beforehand, so that all
# find it in the page cache.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tidemark=$here/../build/release/tidemark
rivals=heapy-read,heapy-diff,script
runs=1
directories=()

usage() {
  sed -n '2,/^set /{/^# \{0,1\}/s///p}' "${BASH_SOURCE[0]}"
}

fail() {
  printf 'rivals.sh: %s\n' "$1" >&2
  exit "${2:-2}"
}

while [ $# -gt 0 ]; do
  case $1 in
    --rivals | --runs | --tidemark)
      [ $# -ge 2 ] || fail "$1 needs a value; see --help"
      case $1 in
        --rivals) rivals=$2 ;;
        --runs) runs=$2 ;;
        --tidemark) tidemark=$2 ;;
      esac
      shift 2
      ;;
    -h | --help) usage; exit 0 ;;
    -*) fail "unknown option $1; see --help" ;;
    *) directories+=("$1"); shift ;;
  esac
done

[ ${#directories[@]} -gt 0 ] || fail 'needs a directory with 1.json, 2.json and 3.json; see --help'
[[ $runs =~ ^[1-9][0-9]*$ ]] || fail "--runs: $runs is not a number above 0"
case $rivals in
  all) rivals=heapy-read,heapy-diff,script ;;
  none) rivals= ;;
esac
for rival in ${rivals//,/ }; do
  case $rival in
    heapy-read | heapy-diff | script) ;;
    *) fail "--rivals: unknown rival $rival; see --help" ;;
  esac
done
for directory in "${directories[@]}"; do
  for number in 1 2 3; do
    [ -r "$directory/$number.json" ] || fail "$directory/$number.json cannot be read" 1
  done
done

command -v ruby > /dev/null || fail 'needs ruby, to measure with' 1
if [ ! -x "$tidemark" ]; then
  printf 'rivals.sh: no %s: leaving tidemark out (build it, or name it with --tidemark)\n' "$tidemark" >&2
  tidemark=
fi
if [[ $rivals == *heapy* ]] && ! command -v heapy > /dev/null; then
  printf 'rivals.sh: heapy is not installed: leaving it out\n' >&2
  rivals=${rivals//heapy-read/} rivals=${rivals//heapy-diff/}
fi

scratch=
child=
clean_up() {
  [ -z "$child" ] || kill "$child" 2> /dev/null || true
  [ -z "$scratch" ] || rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

wants() {
  [[ ,$rivals, == *,$1,* ]]
}

bytes_of() {
  stat -L -c %s "$@" | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

# row KEY LABEL BYTES COMMAND [ARGUMENT...]
# KEY groups those that do the same job. tidemark's row comes first in its group and gives the others their ratio. The
# group "first" is for a dump without an index, so any that an earlier run wrote goes.
declare -A reference
row() {
  local key=$1 label=$2 bytes=$3 run wall user peak status ratio=
  shift 3
  printf '%s ...\n' "$label" >&2
  : > "$scratch/cost"
  for ((run = 0; run < runs; run++)); do
    if [ "$key" = first ]; then find "$scratch/index" -type f ! -name dump.json -delete; fi
    # In the background, so that the traps above run at once and not when the command has ended.
    ruby --disable-gems "$here/measure.rb" "$scratch/cost" "$@" 2> "$scratch/stderr" &
    child=$!
    wait "$child" || fail "$(head -n 1 "$scratch/stderr")" 1
    child=
  done
  read -r wall user peak status < <(sort -n "$scratch/cost")
  # tidemark ends with 3 when it found something, which is what it was asked to do.
  if [ "$status" -ne 0 ] && [ "$status" -ne 3 ]; then
    printf '| %s | failed with status %s | | | | |\n' "$label" "$status"
    sed 's/^/rivals.sh:   /' "$scratch/stderr" | head -n 5 >&2
    return
  fi
  if [[ $label == tidemark* ]]; then
    reference[$key]=${reference[$key]:-$wall}
  elif [ -n "${reference[$key]-}" ]; then
    ratio=$(awk -v rival="$wall" -v ours="${reference[$key]}" 'BEGIN { printf "%.1f x", rival / ours }')
  fi
  awk -v label="$label" -v wall="$wall" -v user="$user" -v peak="$peak" -v bytes="$bytes" -v ratio="$ratio" \
    'BEGIN { printf "| %s | %.2f | %.2f | %d | %.0f | %s |\n", label, wall, user, peak, bytes / 1e6 / wall, ratio }'
}

compare() {
  local directory=$1 dumps=("$1/1.json" "$1/2.json" "$1/3.json") last=$1/3.json one three
  one=$(bytes_of "$last")
  three=$(bytes_of "${dumps[@]}")
  # Beside the dumps, because a hard link cannot leave the file system. An index that tidemark writes next to a link
  # goes away with it, and an index that somebody else keeps is not met.
  scratch=$(mktemp -d "$directory/rivals.XXXXXX")
  mkdir "$scratch/index"
  ln "$(readlink -f "$last")" "$scratch/index/dump.json"
  cat "${dumps[@]}" > /dev/null
  reference=()

  printf '\n### %s: %d + %d + %d MB\n\n' "$(basename "$directory")" \
    $(($(bytes_of "${dumps[0]}") / 1000000)) $(($(bytes_of "${dumps[1]}") / 1000000)) $((one / 1000000))
  printf '| command | wall s | user s | peak MB | MB/s | against tidemark |\n|---|--:|--:|--:|--:|--:|\n'
  if [ -n "$tidemark" ]; then
    row one 'tidemark summary' "$one" "$tidemark" summary --no-index "$last"
    runs=1 row first 'tidemark summary, writing its index' "$one" "$tidemark" summary "$scratch/index/dump.json"
    row again 'tidemark summary, from its index' "$one" "$tidemark" summary "$scratch/index/dump.json"
    row suspects 'tidemark suspects' "$one" "$tidemark" suspects --no-index "$last"
  fi
  if wants heapy-read; then row one 'heapy read' "$one" heapy read "$last"; fi
  if [ -n "$tidemark" ]; then row three 'tidemark diff, three dumps' "$three" "$tidemark" diff --no-index "${dumps[@]}"; fi
  if wants heapy-diff; then row three 'heapy diff, three dumps' "$three" heapy diff "${dumps[@]}"; fi
  if wants script; then row three 'three_dump_diff.rb' "$three" ruby "$here/three_dump_diff.rb" "${dumps[@]}"; fi

  rm -rf "$scratch"
  scratch=
}

version() {
  if [ -n "$tidemark" ]; then "$tidemark" --version | head -n 1; fi
  ruby -e 'puts "ruby #{RUBY_VERSION}"'
  if [[ $rivals == *heapy* ]]; then printf 'heapy %s\n' "$(heapy version)"; fi
  printf '%s cores, load %s\n' "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)"
}

version | paste -sd ';' | sed 's/;/; /g'
for directory in "${directories[@]}"; do
  compare "${directory%/}"
done
