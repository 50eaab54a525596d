# For the scripts beside this one: pools on ports of their own, in a folder of their own.
#
# start_pool NAME OPTIONS... -- COMMAND   in the background; its output is $scratch/NAME.log,
#                                         its port $port, its pid $pool
# wait_for NAME PATTERN [SECONDS]         until the output holds it
# answers NAME                            until the pool's port does
# load SECONDS PATH [HEADER]              wrk with 16 clients, or $clients; false when a request was lost

# shellcheck source=tests/cli/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/cli/lib.sh" || exit 1

here=$TIDEMARK_SOURCE_DIR/tests/supervise
export TMPDIR=$scratch # where pools leave their files
pools=()

# shellcheck disable=SC2317  # the trap calls it
cleanup() {
  local pid
  for pid in "${pools[@]}"; do kill -TERM "$pid" 2>/dev/null; done
  for pid in "${pools[@]}"; do wait "$pid" 2>/dev/null; done
  rm -rf "$scratch"
}
trap cleanup EXIT

need() { # PROGRAM...
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || { echo "no $program here: skipped"; exit 77; }
  done
}

# A port that nobody has, and that the system gives to nobody unasked.
free_port() {
  local candidate
  for _ in $(seq 50); do
    candidate=$((20000 + RANDOM % 10000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}

start_pool() { # NAME OPTIONS... -- COMMAND...
  local name=$1
  shift
  port=$(free_port)
  (cd "$here" && PORT=$port exec "$TIDEMARK" run --host 127.0.0.1 "$@") >"$scratch/$name.log" 2>&1 &
  pool=$!
  pools+=("$pool")
}

wait_for() { # NAME PATTERN [SECONDS]
  local _
  for _ in $(seq $((10 * ${3:-20}))); do
    grep -qsE "$2" "$scratch/$1.log" && return 0
    sleep 0.1
  done
  failed "$1: no '$2' in: $(tail -n 40 "$scratch/$1.log")"
  return 1
}

stop_pool() { # NAME [SIGNAL]
  kill -"${2:-TERM}" "$pool" 2>/dev/null
  wait "$pool"
  # shellcheck disable=SC2034  # for the scripts that source this one
  pool_code=$?
}

answers() { # until the pool's port does
  local _
  for _ in $(seq 100); do
    ask / >/dev/null 2>&1 && return
    sleep 0.1
  done
  failed "$1: no answer: $(tail -n 20 "$scratch/$1.log")"
}

ask() { # PATH
  curl -sS -m 5 "http://127.0.0.1:$port$1"
}

load() { # SECONDS PATH [HEADER]; $clients of them
  local log
  log=$(wrk -t1 "-c${clients:-16}" "-d${1}s" --timeout 10s ${3:+-H "$3"} "http://127.0.0.1:$port$2")
  requests=$(grep -oE '[0-9]+ requests in' <<<"$log" | cut -d' ' -f1)
  if grep -qE 'Socket errors|Non-2xx' <<<"$log" || ((${requests:-0} == 0)); then
    # shellcheck disable=SC2034
    lost=$(grep -E 'Socket errors|Non-2xx' <<<"$log")
    return 1
  fi
}

replaced() { # NAME: how many workers have been
  grep -c 'has ended' "$scratch/$1.log"
}
