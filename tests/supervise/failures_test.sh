# `tidemark run` when things go wrong: workers that do not start, crash or hang, shells and npm in
# between, a taken port, a full disk, a crash of tidemark itself, the end of the whole box.

# shellcheck source=tests/supervise/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/supervise/lib.sh" || exit 1
need node curl

# A command that cannot be run, and one that never gets anywhere.
run run --port "$(free_port)" -- no-such-program-here
expect_code 1 'no such program'
expect_contains "$err" 'cannot run no-such-program-here' 'no such program'
start_pool failing -- sh -c 'exit 7'
wait_for failing 'ended with exit code 7 before it served.*next try'
stop_pool failing
start_pool never --start-timeout 1s -- sleep 1000
wait_for never 'is killed: not ready after 1 s'
stop_pool never
[[ $pool_code -eq 0 ]] || failed "never ready: exit code $pool_code"

# A port that another program has, and one that another tidemark has.
start_pool holder -- node app.js
wait_for holder 'worker 1 .* serves'
holder_port=$port
run run --port "$holder_port" -- node app.js
expect_code 1 'second tidemark'
expect_contains "$err" "a tidemark already runs $holder_port" 'second tidemark'
run run --host 127.0.0.1 --name other --port "$holder_port" -- node app.js
expect_code 1 'port taken'
expect_contains "$err" 'has it; stop it, or choose another --port' 'port taken'

# A worker that crashes is started again.
worker=$(ask /)
kill -KILL "$worker"
wait_for holder 'worker 2 .* serves'
expect_contains "$(<"$scratch/holder.log")" 'ended by SIGKILL, which nobody asked for' 'crash'
[[ $(ask /) =~ ^[0-9]+$ ]] || failed 'crash: no answer afterwards'

# tidemark itself is killed: the worker goes on, and the next tidemark takes it over.
worker=$(ask /)
kill -KILL "$pool"
wait "$pool" 2>/dev/null
[[ $(ask /) == "$worker" ]] || failed 'killed tidemark: the worker does not go on'
(cd "$here" && PORT=$holder_port exec "$TIDEMARK" run --host 127.0.0.1 -- node app.js) \
  >"$scratch/next.log" 2>&1 &
pool=$!
pools+=("$pool")
if wait_for next 'took over 1 worker|cannot be taken over'; then
  if grep -q 'took over' "$scratch/next.log"; then
    [[ $(ask /) == "$worker" ]] || failed 'taken over: another worker answers'
    "$TIDEMARK" status "$holder_port" | grep -q "$worker .*serving" ||
      failed "taken over: not in the status: $("$TIDEMARK" status "$holder_port")"
  else
    wait_for next 'serves'
  fi
  # And it can be replaced, drained by the part inside that has found the new tidemark.
  sleep 1.5
  kill -HUP "$pool"
  wait_for next "\(pid $worker\) has ended"
  [[ $(ask /) =~ ^[0-9]+$ ]] || failed 'taken over and replaced: no answer'
fi
stop_pool next

# A shell and npm in between, which pass on neither descriptors nor signals.
start_pool shell --stop-timeout 3s -- sh -c 'node app.js; true'
wait_for shell 'worker 1 .* serves'
ask / >/dev/null || failed 'behind sh -c: no answer'
stop_pool shell
expect_contains "$(<"$scratch/shell.log")" 'gets SIGTERM: finished' 'behind sh -c'
if command -v npm >/dev/null; then
  mkdir "$scratch/package"
  echo '{"name":"app","version":"1.0.0","scripts":{"start":"node app.js"}}' >"$scratch/package/package.json"
  cp "$here/app.js" "$scratch/package"
  start_pool npm -- npm --prefix "$scratch/package" start
  wait_for npm 'worker 1 .* serves' 30
  ask / >/dev/null || failed 'behind npm: no answer'
  stop_pool npm
fi

# It listens elsewhere: said aloud.
start_pool elsewhere -- env APP_PORT="$(free_port)" node app.js
wait_for elsewhere 'has NOT taken the socket of port .* it listens on port [0-9]+ instead'
stop_pool elsewhere

# It hangs at its end.
start_pool deaf --stop-timeout 1s --min-life 0 --pause 0 -- env DEAF=1 node app.js
wait_for deaf 'worker 1 .* serves'
kill -HUP "$pool"
wait_for deaf 'worker 1 .* is killed: hangs'
wait_for deaf 'worker 1 .* has ended'
ask / >/dev/null || failed 'after a hanging worker: no answer'
kill -TERM "$pool"
sleep 0.3
kill -INT "$pool" # again: at once
wait "$pool"

# The whole box is told to end, workers and all, with requests under way: none is started anew.
start_pool box --min 2 -- node app.js
wait_for box 'worker 2 .* serves'
for i in 1 2 3 4 5 6; do
  curl -sS -m 5 "http://127.0.0.1:$port/wait" >"$scratch/answer.$i" 2>&1 &
  asking[i]=$!
done
sleep 0.1
began=$SECONDS
# shellcheck disable=SC2046  # pids
kill -TERM "$pool" $(pgrep -P "$pool")
wait "$pool" || failed "end of the box: exit code $?"
((SECONDS - began < 30)) || failed "end of the box: took $((SECONDS - began)) s"
wait "${asking[@]}"
for i in 1 2 3 4 5 6; do
  [[ $(<"$scratch/answer.$i") =~ ^[0-9]+$ ]] || failed "end of the box: $(<"$scratch/answer.$i")"
done
grep -q 'worker 3' "$scratch/box.log" && failed "end of the box: a worker was started: $(<"$scratch/box.log")"

# A full disk: files and sockets of ours go elsewhere, or not at all.
if unshare -Urm true 2>/dev/null; then
  mkdir "$scratch/full"
  port=$(free_port)
  # shellcheck disable=SC2016  # the inner shell expands
  unshare -Urm sh -c 'mount -t tmpfs -o size=4k none "$1" && head -c 4096 /dev/zero >"$1/x" &&
    cd "$3" && PORT=$4 TMPDIR=$1 exec "$2" run --host 127.0.0.1 -- node app.js' \
    sh "$scratch/full" "$TIDEMARK" "$here" "$port" >"$scratch/full.log" 2>&1 &
  pool=$!
  pools+=("$pool")
  wait_for full 'worker 1 .* serves'
  ask / >/dev/null || failed "full disk: no answer: $(<"$scratch/full.log")"
  stop_pool full
fi
finish
