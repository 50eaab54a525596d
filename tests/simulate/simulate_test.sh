# `tidemark simulate` as a whole: what it says, draws, repeats and refuses.

# shellcheck source=tests/cli/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/cli/lib.sh"

run simulate --article --threads 2 --requests 1000 --quota 780MB \
  --svg "$scratch/two.svg" --png "$scratch/two.png"
expect_code 0 "two threads"
expect_contains "$out" "maximum of the sum" "both numbers"
expect_contains "$out" "sum of the maxima" "both numbers"
expect_contains "$out" "This server is one heap" "which of them counts"
expect_contains "$out" "Chance to pass the quota of 780.0 MB" "the odds"
expect_contains "$(cat "$scratch/two.svg")" "max total" "the picture"
[[ $(head -c 4 "$scratch/two.png" | tail -c 3) == PNG ]] || failed "the PNG is none"
widest=$(LC_ALL=C.UTF-8 wc -L <<<"$out")
((widest <= 100)) || failed "a line of $widest columns"

# The same on any number of cores, and another with another seed.
run simulate --article --threads 3 --requests 200 --runs 40 --jobs 1 --format json
expect_contains "$out" '"schema": "tidemark.simulate/2"' "JSON"
first=$out
run simulate --article --threads 3 --requests 200 --runs 40 --jobs 4 --format json
[[ $out == "$first" ]] || failed "the number of cores changes the answer"
run simulate --article --threads 3 --requests 200 --runs 40 --seed 2 --format json
[[ $out != "$first" ]] || failed "the seed changes nothing"

run simulate --article --threads 2 --requests 4 --format csv
expect_contains "$out" "seconds,held_bytes,memory_bytes" "CSV"
expect_contains "$out" ",thread_bytes" "CSV with the threads"
[[ $(sed -n 2p <<<"$out") =~ ,[0-9]+\;[0-9]+$ ]] || failed "two threads in a cell: $(sed -n 2p <<<"$out")"

# A log: times, peaks, endpoints; as it came, and shuffled.
awk 'BEGIN {
  print "at,endpoint,ms,peak_mb"
  for (i = 0; i < 3000; i++)
    printf "%.1f,%s,%d,%d\n", 1769868000 + i * 0.4, i % 50 ? "GET /" : "GET /report",
      i % 50 ? 80 : 2000, i % 50 ? 5 + i % 7 : 120
}' >"$scratch/requests.csv"
run simulate --threads 3 --log "$scratch/requests.csv" --base 100MB --quota 300MB
expect_contains "$out" "2.5" "the rate of the log"
expect_contains "$out" "Chance to pass the quota" "odds from a log"
run simulate --threads 3 --log "$scratch/requests.csv" --replay --runs 20
expect_code 0 "a replay"
expect_contains "$out" "of the log, as they came" "a replay"
expect_contains "$out" "counted over 20 runs" "the law does not hold for a replay"

# A climb that was simulated is found again, and a straight one is not explained by requests.
run simulate --threads 3 --rate 4 --time 100ms/1s --peak 10MB/60MB --base 150MB --hours 12 --format csv
awk -F, 'NR == 1 { print "time,rss_mb"; next } { printf "%d,%.3f\n", 1769868000 + $1, $3 / 1e6 }' <<<"$out" >"$scratch/climb.csv"
run simulate --from "$scratch/climb.csv" --threads 3 --png "$scratch/fit.png"
expect_code 0 "a fit"
expect_contains "$out" "Fitted to 12 h" "a fit"
[[ -s $scratch/fit.png ]] || failed "no picture of the fit"
awk 'BEGIN { print "time,rss_mb"; for (i = 0; i < 700; i++) printf "%d,%.2f\n", 1769868000 + 60 * i, 200 + i / 2 }' \
  >"$scratch/line.csv"
run simulate --from "$scratch/line.csv" --threads 3
expect_contains "$out" "Requests do not explain all of it" "a straight line"

# Many requests a second: they must take less time than the usual ones, which is said; and they are
# there too soon to explain a climb of hours.
awk 'BEGIN { print "time,rss_mb,rpm"; for (i = 0; i < 700; i++)
  printf "%d,%.2f,%d\n", 1769868000 + 60 * i, 150 + 60 * (1 - exp(-i / 30)), 4800 + i % 7 }' >"$scratch/busy.csv"
run simulate --from "$scratch/busy.csv" --threads 5
expect_contains "$out" "threads are then half busy" "a high rate"
expect_contains "$out" "of the rise only" "a climb that requests do not explain"
run simulate --from "$scratch/busy.csv" --threads 5 --time 100ms/1s --peak 10MB/60MB
expect_contains "$out" "are more than 5 threads of" "more than can be served"
run simulate --from "$scratch/busy.csv" --threads 5 --base 150MB
expect_contains "$out" "base 150.0 MB" "a base that is known"

# Over the quota.
run simulate --processes 3 --rate 3 --time 80ms/600ms --peak uniform:50MB:300MB --base 330MB --quota 1GB
expect_code 3 "three processes in 1 GB"
expect_contains "$out" "certain" "three processes in 1 GB"

refused() { # WHAT ARGS...
  local what=$1
  shift
  run simulate "$@"
  expect_code 2 "$what"
  expect_empty "$out" "$what"
  expect_contains "$err" "tidemark: error:" "$what"
}
refused "no sizes" --threads 2
refused "no threads" --article --threads 0
refused "a million threads" --article --threads 1000000
refused "no number" --peak nan
refused "a huge size" --peak 1e300
refused "a negative size" --peak -5MB
refused "the wrong order" --peak uniform:5MB:1MB
refused "p99 below p50" --peak 5MB/1MB
refused "a year and more" --article --hours 99999d
refused "a negative share" --article --gives-back -1
refused "nan as a share" --article --gives-back nan
refused "an unknown keeper" --article --ratchet shared
refused "a rate of nothing" --peak 1MB --rate 0
refused "both" --article --peak 1MB
refused "an endpoint without a peak" --endpoint 'x,1,5ms'
refused "a replay without a log" --article --replay
refused "a word for a size" --article --base much
expect_contains "$err" "--base: must be a size such as 512MB, not 'much'" "a word for a size"
refused "a word for a time" --peak 1MB --time soon
expect_contains "$err" "--time: must be a time such as" "a word for a time"
run simulate --peak "file:$scratch/missing.txt"
expect_code 1 "a file of values that is not there"
run simulate --log "$scratch/missing.csv"
expect_code 1 "a log that is not there"
printf 'a,b\n1,2\n' >"$scratch/other.csv"
run simulate --log "$scratch/other.csv" --peak 1MB
expect_code 1 "a log of something else"
expect_contains "$err" "how long a request took" "a log of something else"

finish
