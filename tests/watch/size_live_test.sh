# `tidemark size --pid` on a real Puma cluster whose workers share what was loaded before they were
# forked: its numbers beside those of /proc. And what `watch --record` keeps for it.

# shellcheck source=tests/cli/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/cli/lib.sh"
for program in puma curl python3; do
  command -v "$program" >/dev/null || { echo "no $program here: skipped"; exit 77; }
done

port=$((20000 + RANDOM % 10000))
cat >"$scratch/config.ru" <<'END'
SHARED = Array.new(2500) { 'b' * 16_000 }
KEPT = []
run(lambda do |_env|
  KEPT << Array.new(600) { 'r' * 16_000 } if KEPT.size < 3
  [200, { 'content-type' => 'text/plain' }, ["#{Process.pid}\n"]]
end)
END
cat >"$scratch/puma.rb" <<END
workers 2
threads 3, 3
preload_app!
bind 'tcp://127.0.0.1:$port'
END
(cd "$scratch" && exec puma -C puma.rb) >"$scratch/puma.log" 2>&1 &
puma=$!
trap 'kill "$puma"; wait "$puma"; rm -rf "$scratch"' EXIT
for _ in $(seq 100); do curl -s "http://127.0.0.1:$port/" >/dev/null && break; sleep 0.1; done
# Until both workers have what their requests keep.
for _ in $(seq 200); do
  curl -s "http://127.0.0.1:$port/" >>"$scratch/pids"
  [[ $(sort "$scratch/pids" | uniq -c | awk '$1 >= 3' | wc -l) -ge 2 ]] && break
done

sum_of() { # KEYS PIDS...: of smaps_rollup, in bytes
  local keys=$1
  shift
  for pid in "$@"; do cat "/proc/$pid/smaps_rollup"; done |
    awk -v keys="^($keys):" '$1 ~ keys { sum += $2 } END { printf "%d\n", sum * 1024 }'
}
number() { # NAME: of the JSON
  grep -m 1 "\"$1\"" <<<"$out" | sed 's/.*: //; s/[.,].*$//'
}
near() { # GOT WANTED WHAT
  ((100 * $1 > 97 * $2 && 97 * $1 < 100 * $2)) || failed "$3: $1 instead of $2"
}

mapfile -t workers < <(pgrep -P "$puma")
run size --pid "$puma" --quota 512MB --format json
expect_code 0 "a live cluster"
total=$(sum_of 'Pss|SwapPss' "$puma" "${workers[@]}")
private=$(sum_of 'Private_Clean|Private_Dirty' "${workers[@]}")
[[ $(number workers) == 2 ]] || failed "workers: $(number workers)"
[[ $(number threads) == 3 ]] || failed "threads: $(number threads)"
near "$(number total_bytes)" "$total" "memory of all"
near "$(number private_bytes_per_worker)" $((private / 2)) "private memory of a worker"
near "$(number shared_bytes)" $((total - private)) "shared memory"
# What is shared is a good part of it: RSS would have counted it three times.
(($(number resident_bytes_summed) > total + 60000000)) || failed "RSS: $(number resident_bytes_summed), PSS: $total"

run size --pid "$puma" --quota 512MB
expect_contains "$out" "2 workers with 3 threads each" "in words"
expect_contains "$out" "are shared or the master's" "in words"
expect_contains "$out" "Confidence: low: one look" "in words"
for wrong in "--pid 1 --per-process 5MB" "--pid $puma $scratch/puma.log"; do
  # shellcheck disable=SC2086  # several arguments
  run size $wrong --quota 1GB
  expect_code 2 "size $wrong"
done
run size --pid no-such-program --quota 1GB
expect_code 1 "nobody of that name"

run watch "$puma" --for 3s --record "$scratch/history.db"
kept=$(python3 - "$scratch/history.db" <<'END'
import sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute(
    "SELECT bytes, workers FROM sample JOIN series ON series = id WHERE kind = 5 ORDER BY time").fetchall()
print(*([round(rows[-1][0]), rows[-1][1]] if rows else ["none", 0]))
END
)
[[ ${kept#* } == 2 ]] || failed "recorded beside the total: $kept"
near "${kept% *}" "$private" "recorded private memory"
run verdict "$scratch/history.db"
[[ $out != *"private to the workers"* ]] || failed "a verdict on what is only a part"

finish
