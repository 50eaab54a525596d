# `tidemark verdict` as a whole: what it reads, says, draws, and how it ends.

# shellcheck source=tests/cli/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/cli/lib.sh"

# 30 hours of one sample a minute: level, growth an hour, in MB. Noise repeats itself.
series() { # START GROWTH
  awk -v start="$1" -v growth="$2" 'BEGIN {
    print "time,rss_mb"
    for (i = 0; i < 1800; i++)
      printf "%d,%.2f\n", 1769868000 + 60 * i,
        start + growth * i / 60 - 60 * exp(-i / 40) + (i * 7919 % 13) / 6
  }'
}

series 300 0 >"$scratch/flat.csv"
series 300 6 >"$scratch/leak.csv"
series 700 0 >"$scratch/over.csv"

run verdict "$scratch/flat.csv" --quota 512MB
expect_code 0 "a steady process"
expect_contains "$out" "steady" "a steady process"
expect_contains "$out" "No leak down to" "the smallest leak that would have shown"
expect_contains "$out" "tidemark verdict" "the next command"

run verdict "$scratch/leak.csv" --quota 1GB
expect_code 3 "a leak"
expect_contains "$out" "leak, 9" "a leak"
expect_contains "$out" "The quota of 1.0 GB is reached in" "a leak"

run verdict "$scratch/over.csv" --quota 512MB --workers 2
expect_code 3 "too many workers"
expect_contains "$out" "2 workers want" "too many workers"
expect_contains "$out" "1 fits into 95 % of the quota" "too many workers"

run verdict "$scratch/leak.csv" --format json
expect_code 3 "JSON of a leak"
expect_contains "$out" '"verdict": "leak"' "JSON"
expect_contains "$out" '"schema": "tidemark.verdict/2"' "JSON"

run verdict "$scratch/leak.csv" --svg "$scratch/p.svg" --png "$scratch/p.png" -q
expect_contains "$(<"$scratch/p.svg")" "</svg>" "SVG"
expect_contains "$(head -c 4 "$scratch/p.png")" "PNG" "PNG"
run verdict "$scratch/leak.csv" --svg "$scratch/no/such/folder.svg"
expect_code 1 "a picture that cannot be written"
expect_contains "$err" "folder.svg" "a picture that cannot be written"

# From a pipe and compressed.
gzip <"$scratch/leak.csv" | "$TIDEMARK" verdict - -q >"$scratch/out"
code=$?
expect_code 3 "a pipe"

# A Heroku log: two dynos, lines out of order and doubled.
awk 'BEGIN {
  for (i = 0; i < 1200; i++) for (d = 1; d <= 2; d++) {
    t = strftime("%Y-%m-%dT%H:%M:%S", 1769868000 + 60 * i, 1)
    m = d == 1 ? 200 + i / 4 - 50 * exp(-i / 30) : 230 - 50 * exp(-i / 30) + (i * 7919 % 13) / 6
    printf "%s.000000+00:00 heroku[web.%d]: source=web.%d dyno=heroku.1.aaaa-%d sample#memory_total=%.2fMB sample#memory_rss=%.2fMB sample#memory_cache=0.00MB sample#memory_swap=0.00MB sample#memory_quota=512.00MB\n", t, d, d, d, m, m
  }
}' >"$scratch/heroku.log" 2>"$scratch/awk.err"
if [[ -s "$scratch/heroku.log" ]]; then # mawk has strftime, busybox may not
  { sort -r "$scratch/heroku.log"; cat "$scratch/heroku.log"; } >"$scratch/twice.log"
  run verdict "$scratch/twice.log"
  expect_code 3 "a Heroku log"
  expect_contains "$out" "web.1: leak" "a Heroku log"
  expect_contains "$out" "web.2: steady" "a Heroku log"
  run verdict "$scratch/twice.log" --only web.2
  expect_code 0 "one dyno of a Heroku log"
  run verdict "$scratch/twice.log" --only web.9
  expect_code 1 "a dyno that is not there"
  expect_contains "$err" "web.1, web.2" "a dyno that is not there"
fi

# What cannot be read is said.
run verdict "$scratch/nothing.csv"
expect_code 1 "a file that is not there"
echo "no table" >"$scratch/text"
run verdict "$scratch/text"
expect_code 1 "a text"
expect_contains "$err" "neither a Heroku log, nor a table" "a text"
: >"$scratch/empty"
run verdict "$scratch/empty"
expect_code 1 "an empty file"
printf 'when,x,y\n1,2,3\n' >"$scratch/odd.csv"
run verdict "$scratch/odd.csv" --column when=time --column y=memory
expect_code 0 "columns named by hand"
expect_contains "$out" "not enough data" "one sample"
run verdict "$scratch/odd.csv" --column nonsense
expect_code 2 "a wrong --column"
run verdict "$scratch/flat.csv" --quota lots
expect_code 2 "a wrong --quota"

finish
