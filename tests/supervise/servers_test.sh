# `tidemark run` with servers that want something of their own: systemd's LISTEN_FDS, a cluster that
# runs already, thin.

# shellcheck source=tests/supervise/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/supervise/lib.sh" || exit 1
need wrk curl

close='Connection: close'

# roll NAME HEADER OPTIONS... -- COMMAND...: three seconds of load, all workers replaced over and over
roll() {
  local name=$1 header=$2
  shift 2
  start_pool "$name" --min 2 --min-life 0 --pause 0 "$@"
  wait_for "$name" 'worker 2 .* serves' || return
  (while kill -HUP "$pool" 2>/dev/null; do sleep 0.7; done) &
  local prodder=$!
  load 3 / "$header" || failed "$name: requests were lost: ${lost-} $(<"$scratch/$name.log")"
  wait_for "$name" 'has ended'
  kill "$prodder"
  wait "$prodder" 2>/dev/null
  stop_pool "$name"
  ((pool_code == 0)) || failed "$name: exit code $pool_code: $(<"$scratch/$name.log")"
  echo "$name: $requests requests, $(replaced "$name") replacements"
}

if command -v puma >/dev/null; then
  roll listen_fds '' --listen-fds -- puma -t 4:4 --bind-to-activated-sockets only

  # A server that does not look at LISTEN_FDS: said, not silent.
  start_pool ignores_fds --listen-fds -- puma -t 1:1 -b "tcp://127.0.0.1:$(free_port)"
  wait_for ignores_fds 'has NOT taken the socket of port .* it listens on port [0-9]+ instead'
  stop_pool ignores_fds

  # A cluster that somebody else started: its workers cannot be drained, and clients that close are
  # served all the same. It goes on when tidemark ends.
  port=$(free_port)
  (cd "$here" && exec puma -w 2 -t 4:4 -b "tcp://127.0.0.1:$port") >"$scratch/cluster.log" 2>&1 &
  cluster=$!
  pools+=("$cluster")
  answers cluster
  "$TIDEMARK" run --external --pid "$cluster" --max-age 2s --min-life 1s --pause 0 --sample 1s \
    >"$scratch/attached.log" 2>&1 &
  pool=$!
  pools+=("$pool")
  wait_for attached 'Puma keeps [12] worker'
  load 4 / "$close" || failed "attached: requests were lost: $lost $(<"$scratch/attached.log")"
  wait_for attached 'worker [0-9]+ in place of [0-9]+:' 30
  expect_contains "$("$TIDEMARK" status "$cluster")" "keeps its own workers" "attached: status"
  stop_pool attached
  ((pool_code == 0)) || failed "attached: exit code $pool_code: $(<"$scratch/attached.log")"
  expect_contains "$(<"$scratch/attached.log")" 'that keeps its connection open may lose one' 'attached: what it costs'
  expect_contains "$(<"$scratch/attached.log")" 'ends; the server and its workers go on' 'attached'
  ask / >/dev/null || failed 'attached: the server does not go on'
  echo "attached: $requests requests, $(replaced attached) replacements"
  kill "$cluster"
fi

if command -v thin >/dev/null; then
  roll thin '' -- sh -c "exec thin start -R config.ru -a 127.0.0.1 -p \$PORT"
fi

finish
