# `tidemark watch` on real processes: what leaks, what is flat, what came at once; restarts; logs.

# shellcheck source=tests/cli/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/cli/lib.sh"

here=$TIDEMARK_SOURCE_DIR/tests/watch
pids=()
# shellcheck disable=SC2317  # the trap calls it
cleanup() {
  ((${#pids[@]})) && kill "${pids[@]}" 2>/dev/null
  rm -rf "$scratch"
}
trap cleanup EXIT

# 25 seconds of a process, read as two hours and a half (a leak, whose pace a busy machine changes, as
# six), sampled ten times a second.
watch_one() { # NAME COMMAND...
  local name=$1 speedup=360
  shift
  [[ $name == *_leak ]] && speedup=900
  "$@" >"$scratch/$name.ready" 2>&1 &
  local pid=$!
  pids+=("$pid")
  eventually 20 test -s "$scratch/$name.ready" || failed "$name does not start"
  "$TIDEMARK" watch "$pid" --every 0.1 --for 25 --speedup "$speedup" --heap --heap-every 1 --format json \
    --record "$scratch/$name.db" \
    >"$scratch/$name.json" 2>"$scratch/$name.err" &
  watchers+=("$!:$name")
}

kind_of() { # NAME
  grep -m 1 '"verdict"' "$scratch/$1.json" | cut -d '"' -f 4
}

watchers=()
languages=()
if command -v ruby >/dev/null; then
  languages+=(ruby)
  for mode in leak flat bloat native_leak; do watch_one "ruby_$mode" ruby "$here/memory_process.rb" "$mode"; done
fi
if command -v node >/dev/null; then
  languages+=(node)
  for mode in leak flat bloat; do watch_one "node_$mode" node "$here/memory_process.js" "$mode"; done
fi

# Meanwhile: a name that is restarted under our eyes.
cp "$(command -v sleep)" "$scratch/tidesleeper"
"$scratch/tidesleeper" 4 &
first=$!
until [[ $(cat "/proc/$first/comm") == tidesleeper ]]; do sleep 0.05; done # else there is no such name yet
"$TIDEMARK" watch tidesleeper --every 0.2 --for 9 --record "$scratch/history.db" >"$scratch/restart.out" 2>"$scratch/restart.err" &
restart=$!
"$TIDEMARK" watch "$$" --every 0.1 --record "$scratch/killed.db" >/dev/null 2>&1 &
recorder=$!
wait "$first"
sleep 0.5 # looked for, and not there
"$scratch/tidesleeper" 20 &
pids+=("$!")
wait "$restart"
kill -9 "$recorder"
wait "$recorder" 2>/dev/null
expect_contains "$(<"$scratch/restart.out")" "restart (pid" "a restarted process"
expect_contains "$(<"$scratch/restart.out")" "in 1 process" "plain lines"

for watcher in "${watchers[@]}"; do
  wait "${watcher%%:*}"
  echo $? >"$scratch/${watcher##*:}.code"
done
# The kernel does not let one process look at another here.
heapless() { grep -q "cannot be read" "$scratch/$1_flat.json"; }
as_expected() { # LANGUAGE MODE
  local kind
  kind=$(kind_of "$1_$2")
  case $2 in
    leak) [[ $kind == leak && $(<"$scratch/$1_$2.code") == 3 ]] ;;
    flat) [[ $kind == steady || $kind == warming ]] ;;
    bloat) [[ $kind == bloat ]] ;;
    native_leak) # On a busy machine the heap is read so rarely that it says nothing yet.
      [[ $kind == leak && $(<"$scratch/$1_$2.code") == 3 ]] &&
        ! grep -qE '"says": *"(objects_leak|agrees)"' "$scratch/$1_$2.json"
      ;;
  esac
}
for language in "${languages[@]}"; do
  script=$here/memory_process.rb
  [[ $language == node ]] && script=$here/memory_process.js
  # The heap goes with it.
  if ! heapless "$language"; then
    grep -q '"now_bytes": *[1-9]' "$scratch/${language}_flat.json" ||
      failed "$language: no heap: $(grep -m 1 '"message"' "$scratch/${language}_flat.json")"
    "$TIDEMARK" verdict "$scratch/${language}_flat.db" --speedup 360 --format json \
      >"$scratch/${language}_again.json"
    grep -q '"heap_after_gc": *{' "$scratch/${language}_again.json" ||
      failed "$language: the history has no heap"
  fi
  modes=(leak flat bloat)
  [[ $language == ruby ]] && modes+=(native_leak)
  for mode in "${modes[@]}"; do
    as_expected "$language" "$mode" && continue
    # A machine that stands still for a second bends any curve: once more, by itself.
    watchers=()
    watch_one "${language}_$mode" "$language" "$script" "$mode"
    wait "${watchers[0]%%:*}"
    echo $? >"$scratch/${language}_$mode.code"
    as_expected "$language" "$mode" ||
      failed "$language: $mode is $(kind_of "${language}_$mode"), exit code $(<"$scratch/${language}_$mode.code"): $(<"$scratch/${language}_$mode.err")"
  done
done

# A log on standard input.
awk 'BEGIN { for (i = 0; i < 300; i++) printf "2026-01-31T%02d:%02d:00.000000+00:00 heroku[web.1]: source=web.1 dyno=heroku.1.u sample#memory_total=%.2fMB sample#memory_rss=%.2fMB sample#memory_cache=0.00MB sample#memory_swap=0.00MB sample#memory_quota=512.00MB\n", i / 60, i % 60, 300 + (i % 7), 300 + (i % 7) }' |
  "$TIDEMARK" watch - >"$scratch/log.out"
expect_contains "$(<"$scratch/log.out")" "web.1: steady" "a log"

# What was recorded can be judged; a recorder that is killed leaves a history that is whole.
run verdict "$scratch/history.db" --since 1h
expect_code 0 "a history"
expect_contains "$out" "tidesleeper" "a history"
run verdict "$scratch/killed.db"
expect_code 0 "the history of a killed recorder"
expect_contains "$out" "samples" "the history of a killed recorder"
run watch "$$" --record /nonexistent/folder/h.db
expect_code 1 "a history that cannot be written"

run watch no-such-program-runs-here
expect_code 1 "a process that is not there"
expect_contains "$err" "no process goes by the name" "a process that is not there"
run watch 1 --for soon
expect_code 2 "a wrong duration"

finish
