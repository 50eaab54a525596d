# `tidemark run`: workers are replaced under load, one after the other, and no request is lost.

# shellcheck source=tests/supervise/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/supervise/lib.sh" || exit 1
need wrk curl

# roll NAME HEADER COMMAND...: all workers replaced over and over under load; for three seconds, and on
# a slow host until one has been
roll() {
  local name=$1 header=$2 total=0 _
  shift 2
  start_pool "$name" --min 2 --min-life 0 --pause 0 -- "$@"
  wait_for "$name" 'worker 2 .* serves' || return
  (while kill -HUP "$pool" 2>/dev/null; do sleep 0.7; done) &
  local prodder=$!
  for _ in $(seq 10); do
    load 3 / "$header" || failed "$name: requests were lost: ${lost-} $(<"$scratch/$name.log")"
    total=$((total + requests))
    (($(replaced "$name") == 0)) || break
  done
  kill "$prodder"
  wait "$prodder" 2>/dev/null
  stop_pool "$name"
  [[ $pool_code -eq 0 ]] || failed "$name: exit code $pool_code: $(<"$scratch/$name.log")"
  (($(replaced "$name") >= 1)) || failed "$name: nothing was replaced: $(<"$scratch/$name.log")"
  echo "$name: $total requests, $(replaced "$name") replacements"
}

close='Connection: close'
if command -v node >/dev/null; then
  roll node_keep '' node app.js
  roll node_close "$close" node app.js
fi
if command -v puma >/dev/null; then
  roll puma_keep '' sh -c "exec puma -t 4:4 -b tcp://127.0.0.1:\$PORT"
  roll puma_close "$close" sh -c "exec puma -t 4:4 -b tcp://127.0.0.1:\$PORT"
fi
if command -v unicorn >/dev/null; then
  roll unicorn_close "$close" sh -c "unicorn -l 127.0.0.1:\$PORT"
fi
finish
