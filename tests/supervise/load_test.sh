# `tidemark run`: more workers under a burst, fewer when idle, none beyond the quota; replacement by
# memory, requests and age; what status and metrics say of it.

# shellcheck source=tests/supervise/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/supervise/lib.sh" || exit 1
need node curl wrk

status_of() { # MEMBER: of the pool's JSON
  "$TIDEMARK" status "$port" --format json | grep -m 1 "\"$1\"" | sed 's/.*: //; s/,$//'
}

# Ten times the load at once, far beyond what one worker can do: none is lost, workers come, and go
# again.
start_pool burst --max 3 --idle 2s --sample 1s -- node app.js
wait_for burst 'worker 1 .* serves'
clients=2 load 2 /slow 'Connection: close' || failed "before the burst: requests were lost: $lost"
clients=20 load 5 /slow 'Connection: close' || failed "burst: requests were lost: $lost"
wait_for burst 'worker 2 .* serves'
grep -q '2 workers wanted: ' "$scratch/burst.log" || failed 'burst: no reason given'
expect_contains "$("$TIDEMARK" status "$port")" 'serving' 'status'
wait_for burst 'drains: .* enough for' 40
stop_pool burst

# A leak and a limit: replaced, new one first, before the old one drains.
metrics_port=$(free_port)
start_pool leak --max-memory 90MB --min-life 1s --pause 0 --sample 1s \
  --metrics-listen "127.0.0.1:$metrics_port" -- node app.js
wait_for leak 'worker 1 .* serves'
for _ in $(seq 300); do ask /leak >/dev/null || failed 'leak: no answer'; done
wait_for leak 'worker 1 .* is to be replaced: .* is over --max-memory 90.0 MB'
wait_for leak 'worker 1 .* drains: worker 2 is ready'
wait_for leak 'worker 2 in place of 1: .* now, .* then'
expect_contains "$("$TIDEMARK" status "$port")" 'replaced last:' 'status after a replacement'
[[ $(status_of workers_replaced) -ge 1 ]] || failed "leak: status says $(status_of workers_replaced)"
own=$(status_of tidemark_bytes)
# The sanitizers take more than tidemark itself.
if ! ldd "$TIDEMARK" | grep -qE 'asan|tsan'; then
  [[ ${own%.*} -lt 8000000 ]] || failed "tidemark itself takes $own bytes"
fi
metrics=$(curl -sS -m 5 "http://127.0.0.1:$metrics_port/metrics")
expect_contains "$metrics" "tidemark_workers_serving{pool=\"$port\"} 1" 'metrics'
expect_contains "$metrics" 'tidemark_worker_memory_bytes' 'metrics'
stop_pool leak

# A worker that is over its limit from the start: tidemark stops, and tells. Far over it: what a
# worker takes is less where other Node.js processes share its program.
start_pool hopeless --max-memory 8MB --min-life 1s --pause 0 --sample 1s -- node app.js
wait_for hopeless 'replacing workers does not help: a new worker takes' 30
sleep 3
(($(grep -c 'is to be replaced' "$scratch/hopeless.log") == 1)) ||
  failed "hopeless: went on: $(<"$scratch/hopeless.log")"
ask / >/dev/null || failed 'hopeless: no answer'
stop_pool hopeless

# No room for two: the old one goes before the new one comes, and clients wait in the queue.
start_pool narrow --quota 60MB --ahead 1s --min-life 1s --pause 0 --sample 1s -- node app.js
wait_for narrow 'worker 1 .* serves'
sleep 3
for _ in $(seq 170); do ask /leak >/dev/null || failed 'narrow: no answer'; done
wait_for narrow 'of the quota of 60.0 MB are used.*it grew most'
wait_for narrow 'before the new one starts: no room for both'
ask / >/dev/null || failed 'narrow: no answer while the new worker starts'
wait_for narrow 'worker 2 .* serves'
stop_pool narrow

# By requests.
start_pool requests --max-requests 50 --min-life 1s --pause 0 -- node app.js
wait_for requests 'worker 1 .* serves'
for _ in $(seq 60); do ask / >/dev/null; done
wait_for requests 'has served [0-9]+ requests'
wait_for requests 'worker 2 .* serves'
stop_pool requests
finish
