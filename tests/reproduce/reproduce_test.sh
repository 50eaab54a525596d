#!/usr/bin/env bash
# `tidemark reproduce` on small apps: a leak is named with its line, its twin acquitted, and nothing
# is left running, however the run ends. All kinds of leak: bench/reproduce/matrix.py.

# shellcheck source=tests/cli/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/cli/lib.sh"

for program in ruby puma node python3 curl; do
  if ! command -v "$program" >/dev/null; then
    echo "not here: $program"
    exit 77
  fi
done
apps=$TIDEMARK_SOURCE_DIR/tests/reproduce/apps
cd "$apps" || exit 1
puma=(puma -q -t 2:2 -b tcp://127.0.0.1:0 leaks.ru)
quick=(--warmup 300 --requests 300 --duration 60s --url '/a/{1..}')

# What a path in a report.json holds.
field() { # FILE PYTHON
  python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"
}

# Everything that runs with this mark in its environment.
marked() { # MARK
  grep -lsz -- "^TIDEMARK_TEST=$1\$" /proc/[0-9]*/environ 2>/dev/null
}
expect_gone() { # MARK WHAT
  local i
  for ((i = 0; i < 100; ++i)); do
    [[ -z $(marked "$1") ]] && return
    sleep 0.1
  done
  failed "$2: still running: $(marked "$1")"
}

leaks() {
  LEAK=class_array TIDEMARK_TEST=leak run reproduce "${quick[@]}" -o "$scratch/leak" -- "${puma[@]}"
  expect_code 3 "a leak"
  expect_contains "$out" "LEAK: " "a leak"
  expect_contains "$out" "leaks.ru:13" "the line that leaks"
  expect_contains "$out" "Visit" "the class that leaks"
  expect_contains "$out" "gains 1 for each request" "members for each request"
  expect_gone leak "after a run"
  local report=$scratch/leak/report.json
  [[ $(field "$report" "r['schema']") == tidemark.reproduce/2 ]] || failed "the schema"
  [[ $(field "$report" "80 < r['conclusion']['growth_bytes_per_1000_requests']['value'] / 1000 < 600") == True ]] ||
    failed "growth of a request: $(field "$report" "r['conclusion']")"
  [[ $(field "$report" "r['load']['failed']") == 0 ]] || failed "requests failed: $(field "$report" "r['load']")"
  [[ $(stat -c %a "$scratch/leak") == 700 ]] || failed "the folder is open to others"
  local file
  for file in 1.heap.json.zst traced-3.heap.json.zst series.csv summary.txt app.log; do
    [[ -s $scratch/leak/$file ]] || failed "no $file is left"
  done
  run suspects "$scratch"/leak/traced-{1,2,3}.heap.json.zst --no-index
  expect_contains "$out" "leaks.ru:13" "suspects of the dumps that are left"
}

acquits() {
  LEAK=class_array INNOCENT=1 run reproduce "${quick[@]}" -o "$scratch/innocent" --keep-dumps no \
    --compare "$scratch/leak/report.json" -- "${puma[@]}"
  expect_code 0 "the innocent twin"
  expect_contains "$out" "WITHIN THE LIMIT" "a fix"
  [[ $(field "$scratch/innocent/report.json" "r['conclusion']['outcome'] in ('steady', 'levels_off')") == True ]] ||
    failed "the innocent twin: $out"
  compgen -G "$scratch/innocent/*.zst" >/dev/null && failed "dumps are left"
}

node_too() {
  LEAK=listener run reproduce "${quick[@]}" --dumps 3 -o "$scratch/node" -- sh -c 'node leaks.js; true'
  expect_code 3 "a leak of Node.js"
  expect_contains "$out" "onPrice" "the function that leaks"
  expect_contains "$out" "leaks.js:" "its place"
  LEAK=listener INNOCENT=1 run reproduce "${quick[@]}" --dumps 3 --max-growth 20kB -o "$scratch/calm" \
    --format json -- node leaks.js
  expect_code 0 "the innocent twin of Node.js"
  expect_contains "$out" '"schema": "tidemark.reproduce/2"' "JSON"
  [[ "$out" == "$(<"$scratch/calm/report.json")" ]] || failed "report.json is not the document that is shown"
}

# Killed, it leaves nothing; interrupted, it concludes.
ends() {
  TIDEMARK_TEST=killed "$TIDEMARK" reproduce --duration 60s -o "$scratch/killed" -- "${puma[@]}" >/dev/null 2>&1 &
  local pid=$!
  for ((i = 0; i < 200; ++i)); do
    grep -qs Listening "$scratch/killed/app.log" && break
    sleep 0.1
  done
  sleep 0.5
  kill -9 "$pid"
  wait "$pid" 2>/dev/null
  expect_gone killed "after kill -9"
  TIDEMARK_TEST=interrupted timeout -s INT 6 "$TIDEMARK" reproduce "${quick[@]}" --warmup 100000000 --duration 600s \
    -o "$scratch/interrupted" -- node leaks.js >"$scratch/out" 2>"$scratch/err"
  expect_contains "$(<"$scratch/out")" "Interrupted" "Ctrl-C: $(<"$scratch/err")"
  expect_contains "$(<"$scratch/out")" "NOT ENOUGH REQUESTS YET" "Ctrl-C"
  expect_gone interrupted "after Ctrl-C"
}

# One that runs already, and goes on.
attaches() {
  PORT=0 LEAK=map node leaks.js >"$scratch/attached.log" 2>&1 &
  local pid=$!
  sleep 1
  run reproduce "${quick[@]}" --pid "$pid" --dumps 3 -o "$scratch/attached"
  expect_code 3 "a leak of a process that ran"
  expect_contains "$out" "sessions" "the map that leaks"
  kill -0 "$pid" 2>/dev/null || failed "the process that was attached to is gone"
  kill "$pid"
  wait "$pid" 2>/dev/null
}

endpoints() {
  printf 'GET /cheap\n' >"$scratch/list"
  cat >"$scratch/app.js" <<'END'
const kept = [];
require('http').createServer((request, response) => {
  if (request.url === '/dear') kept.push(Array.from({ length: 300 }, (_, i) => `${i} of ${kept.length}`));
  response.end('ok');
}).listen(process.env.PORT, '127.0.0.1');
END
  run reproduce --endpoints --url /dear --replay "$scratch/list" --warmup 200 --requests 200 -o "$scratch/endpoints" \
    --format json -- node "$scratch/app.js"
  expect_code 0 "endpoints"
  printf '%s' "$out" >"$scratch/endpoints.json"
  [[ $(field "$scratch/endpoints.json" "[e['endpoint'] for e in r['endpoints']]") == "['GET /dear', 'GET /cheap']" ]] ||
    failed "the dearest endpoint first: $out"
  [[ $(field "$scratch/endpoints.json" "5000 < r['endpoints'][0]['kept_bytes_per_request']['value'] < 50000") == True ]] ||
    failed "what the dear one keeps: $out"
}

refuses() {
  run reproduce
  expect_code 2 "no command"
  run reproduce --url nonsense -o "$scratch/none" -- true
  expect_code 2 "no URL"
  run reproduce -o "$scratch/none" -- no-such-program
  expect_code 1 "no program"
  expect_contains "$err" "no-such-program" "no program"
  run reproduce -o "$scratch/none" -- sh -c 'echo cannot load such file; exit 4'
  expect_code 1 "an app that ends"
  expect_contains "$err" "exit code 4" "an app that ends"
  expect_contains "$err" "cannot load such file" "an app that ends"
  run reproduce --compare "$scratch/list-that-is-none" -- true
  expect_code 1 "no baseline"
}

refuses
leaks
acquits
node_too
ends
attaches
endpoints
exit $((failures > 0))
