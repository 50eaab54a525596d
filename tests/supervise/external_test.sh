# `tidemark run --external`: the server keeps its workers; tidemark chooses which goes, and when, and
# no request is lost.

# shellcheck source=tests/supervise/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/supervise/lib.sh" || exit 1
need wrk curl

# cull NAME SERVER HEADER COMMAND...: workers of 2 s are too old; four seconds of load
cull() {
  local name=$1 server=$2 header=$3
  shift 3
  start_pool "$name" --external --max-age 2s --min-life 1s --pause 0 --sample 1s --  "$@"
  wait_for "$name" "$server keeps [12] worker" || return
  for _ in $(seq 100); do ask / >/dev/null 2>&1 && break; sleep 0.1; done
  load 5 / "$header" || failed "$name: requests were lost: ${lost-} $(tail -n 40 "$scratch/$name.log")"
  wait_for "$name" 'worker [0-9]+ in place of [0-9]+:' 30
  expect_contains "$("$TIDEMARK" status "$port")" "$server keeps its own workers" "$name: status"
  stop_pool "$name"
  ((pool_code == 0)) || failed "$name: exit code $pool_code: $(tail -n 40 "$scratch/$name.log")"
  echo "$name: $requests requests, $(replaced "$name") replacements"
}

close='Connection: close'
if command -v puma >/dev/null; then
  cull puma_keep Puma '' sh -c "exec puma -w 2 -t 4:4 --preload -b tcp://127.0.0.1:\$PORT"
  cull puma_close Puma "$close" sh -c "exec puma -w 2 -t 4:4 -b tcp://127.0.0.1:\$PORT"
fi
if command -v unicorn >/dev/null; then
  echo 'worker_processes 2' >"$scratch/unicorn.rb"
  cull unicorn unicorn "$close" sh -c "exec unicorn -c $scratch/unicorn.rb -l 127.0.0.1:\$PORT"
fi
if command -v gunicorn >/dev/null; then
  cull gunicorn gunicorn "$close" sh -c "exec gunicorn -w 2 -b 127.0.0.1:\$PORT wsgi_app:app"
fi
if command -v node >/dev/null; then
  cull node_keep Node.js '' node cluster.js
  cull node_close Node.js "$close" node cluster.js
fi

# The one that grew goes, not the one that is large from the start.
if command -v puma >/dev/null; then
  start_pool grown --external --max-memory 120MB --min-life 1s --pause 0 --sample 1s -- \
    sh -c "exec puma -w 2 -t 1:1 -b tcp://127.0.0.1:\$PORT"
  wait_for grown 'Puma keeps [12] worker'
  for _ in $(seq 100); do ask / >/dev/null 2>&1 && break; sleep 0.1; done
  for _ in $(seq 100); do
    for _ in $(seq 20); do ask /leak >/dev/null || failed 'grown: no answer'; done
    grep -q 'over --max-memory' "$scratch/grown.log" && break
  done
  wait_for grown 'is to be replaced: .* is over --max-memory 120.0 MB'
  wait_for grown 'has ended'
  stop_pool grown
fi
finish
