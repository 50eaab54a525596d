# `tidemark size` as a whole: the classic case, platforms, what nothing fits, and labelled series.

# shellcheck source=tests/cli/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/cli/lib.sh"

run size --quota 1GB --workers 3 --per-process 600MB
expect_code 3 "the classic case"
expect_contains "$out" "no leak is needed to pass it" "the classic case"
expect_contains "$out" "Take 1 worker with 2 threads" "the classic case"
expect_contains "$out" "WEB_CONCURRENCY=1" "what to paste"
expect_contains "$out" "RAILS_MAX_THREADS=2" "what to paste"
expect_contains "$out" "MALLOC_ARENA_MAX=2" "what to paste"
expect_contains "$out" "2.5 GB" "the instance for three"
expect_contains "$out" "2 x 1" "two workers are shown"

run size --dyno performance-m --workers 3 --per-process 600MB
expect_code 0 "three fit into 2.5 GB"
expect_contains "$out" "R15 at 5.4 GB" "where the platform kills"

run size --dyno standard-1x --node --workers 1 --per-process 200MB
expect_code 0 "Node.js"
expect_contains "$out" "--max-old-space-size=" "Node.js"

run size --quota 256MB --workers 2 --per-process 600MB
expect_code 3 "nothing fits"
expect_contains "$out" "Nothing fits" "nothing fits"
expect_contains "$out" "Cut first: the peak of 'heavy'" "what to cut"

run size --quota 1GB --workers 3 --per-process 600MB --format json
expect_contains "$out" '"schema": "tidemark.size/2"' "JSON"

for wrong in "--quota nan" "--quota -1GB" "--dyno huge" "--quota 1GB --per-process 1e300" \
  "--quota 1GB" "--per-process 600MB" "--quota 1GB --per-process 600MB --base 2GB" \
  "--quota 1GB --per-process 600MB --threads 1000000" "--quota 1GB --per-process 600MB --rate 0"; do
  # shellcheck disable=SC2086  # several arguments
  run size $wrong
  expect_code 2 "size $wrong"
  expect_empty "$out" "size $wrong"
done

corpus=$TIDEMARK_SOURCE_DIR/../shared/corpus/series
if [[ -r $corpus/labels.csv ]]; then
  right=0
  near=0
  all=0
  while IFS=, read -r _ file _ label _ _ quota _ _ _ _ _ workers threads _ _ _ _ _ fit _; do
    [[ $label == overcommit && -n $fit ]] || continue
    run size "$corpus/$file" --quota "${quota}MB" --workers "$workers" --threads "$threads" --format json
    [[ $code -eq 3 || $code -eq 0 ]] || failed "size $file: exit code $code: $err"
    got=$(sed -n 's/.*"workers_that_fit": \([0-9]*\).*/\1/p' <<<"$out")
    all=$((all + 1))
    ((got == fit)) && right=$((right + 1))
    ((got - fit <= 1 && fit - got <= 1)) && near=$((near + 1))
  done <"$corpus/labels.csv"
  echo "workers that fit: $right of $all exactly, $near within one"
  ((near * 10 >= all * 8)) || failed "only $near of $all series within one worker"
fi

finish
