# Both Prometheus and VictoriaMetrics take what `watch --record URL` sends and give it back to
# `verdict URL`; a server that goes away and comes back loses nothing that was not sent.

# shellcheck source=tests/cli/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/cli/lib.sh"

command -v prometheus >/dev/null || exit 77
command -v victoria-metrics >/dev/null || exit 77
command -v curl >/dev/null || exit 77

servers=()
# shellcheck disable=SC2317  # the trap calls it
cleanup() {
  ((${#servers[@]})) && kill "${servers[@]}" 2>/dev/null && wait "${servers[@]}" 2>/dev/null
  rm -rf "$scratch"
}
trap cleanup EXIT

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

answers() { # URL
  eventually 20 curl -sf -o /dev/null "$1"
}

# Servers show new samples some time after they came, VictoriaMetrics about a second.
# shellcheck disable=SC2317  # `eventually` calls it
verdict_is() { # CODE ARGUMENTS...
  local wanted=$1
  shift
  run verdict "$@"
  [[ $code -eq $wanted ]]
}
# shellcheck disable=SC2317  # `eventually` calls it
came_back() { # URL
  run verdict "$1" --since 10m --format json
  samples=$(grep -m 1 '"samples"' <<<"$out" | tr -dc 0-9)
  ((code == 0 && ${samples:-0} >= 10))
}

prometheus_port=$(free_port)
echo 'global: {}' >"$scratch/prometheus.yml"
prometheus --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/prometheus" \
  --web.listen-address="127.0.0.1:$prometheus_port" --web.enable-remote-write-receiver \
  >"$scratch/prometheus.log" 2>&1 &
servers+=("$!")
victoria_port=$(free_port)
victoria-metrics -storageDataPath="$scratch/victoria" -httpListenAddr="127.0.0.1:$victoria_port" \
  -memory.allowedPercent=10 >"$scratch/victoria.log" 2>&1 &
servers+=("$!")
answers "http://127.0.0.1:$prometheus_port/-/ready" || { echo "no prometheus"; exit 77; }
answers "http://127.0.0.1:$victoria_port/health" || { echo "no victoria-metrics"; exit 77; }

for port in "$prometheus_port" "$victoria_port"; do
  url="http://127.0.0.1:$port"
  run watch "$$" --every 0.2 --for 4 --record "$url" --quota 512MB
  expect_code 0 "recording to $port"
  expect_empty "$err" "recording to $port"
  eventually 10 came_back "$url" || failed "only ${samples:-0} samples came back from $port"
  expect_code 0 "the verdict from $port"
  expect_contains "$out" '"memory": "proportional_and_swap"' "the verdict from $port"
  run verdict "$url?query=tidemark_memory_bytes" --since 10m
  expect_code 0 "a selector at $port"
  run verdict "$url?query=sum(tidemark_memory_bytes)" --since 10m
  expect_code 0 "an expression at $port"
  run verdict "$url?query=nothing_of_this_name" --since 10m
  expect_code 1 "no such series at $port"
  expect_contains "$err" "no such samples" "no such series at $port"
  run verdict "$url?query=sum(" --since 10m
  expect_code 1 "wrong PromQL at $port"
done

# VictoriaMetrics takes old samples: two days of a leak, and the same verdict as from the file.
awk -v now="$(date +%s)" 'BEGIN {
  for (i = 0; i < 2880; i++)
    printf "app_memory_bytes{pod=\"a\"} %.0f %.0f\n",
      3e8 + i * 1e5 - 6e7 * exp(-i / 40), (now - 172800 + i * 60) * 1000
}' >"$scratch/leak.prom"
curl -sf --data-binary @"$scratch/leak.prom" \
  "http://127.0.0.1:$victoria_port/api/v1/import/prometheus" || failed "import"
eventually 20 verdict_is 3 "http://127.0.0.1:$victoria_port?query=app_memory_bytes" --since 3d
expect_code 3 "a leak on a server"
expect_contains "$out" "pod=a: leak" "a leak on a server"

# The heap by the name that prom-client gives it, beside the memory of the same process: two days of
# growth that is no object's.
awk -v now="$(date +%s)" 'BEGIN {
  for (i = 0; i < 2880; i++) {
    time = (now - 172800 + i * 60) * 1000
    printf "process_resident_memory_bytes{pod=\"n\"} %.0f %.0f\n", 3e8 + i * 1e5 - 6e7 * exp(-i / 40), time
    printf "nodejs_heap_size_used_bytes{pod=\"n\"} %.0f %.0f\n", 9e7 + 4e5 * sin(i), time
    printf "ruby_gc_stat_heap_live_slots{pod=\"n\"} %.0f %.0f\n", 2e6 + 1e4 * sin(i), time
  }
}' >"$scratch/native.prom"
curl -sf --data-binary @"$scratch/native.prom" \
  "http://127.0.0.1:$victoria_port/api/v1/import/prometheus" || failed "import"
for heap in nodejs_heap_size_used_bytes ruby_gc_stat_heap_live_slots; do
  eventually 20 verdict_is 3 \
    "http://127.0.0.1:$victoria_port?query={__name__=~\"process_resident_memory_bytes|$heap\"}" --since 3d
  expect_code 3 "$heap on a server"
  expect_contains "$out" "It is not objects" "$heap on a server"
done

# A server that is not there: a warning, and the watch goes on.
run watch "$$" --every 0.5 --for 2 --record "http://127.0.0.1:9"
expect_code 0 "a server that is not there"
expect_contains "$err" "no answer" "a server that is not there"

finish
