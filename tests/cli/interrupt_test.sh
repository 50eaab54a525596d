#!/usr/bin/env bash
# Ctrl-C while a dump comes in: a sentence, exit code 130, and nothing on standard output.
source "$(dirname "$0")/lib.sh"

[[ " $(commands | tr '\n' ' ')" == *" summary "* ]] || exit 77 # no command that reads a dump

# A dump without an end, some 20 MB a second.
record='{"address":"0x7f0000000028", "type":"STRING", "shape_id":0, "slot_size":40, "memsize":40}'
mkfifo "$scratch/dump"
while sleep 0.01; do yes "$record" | head -n 2000 || break; done >"$scratch/dump" 2>/dev/null &
feeder=$!
# A shell starts background work with SIGINT ignored, and tidemark respects that; env undoes it.
env --default-signal=INT "$TIDEMARK" summary --no-index - \
  <"$scratch/dump" >"$scratch/out" 2>"$scratch/err" &
reader=$!
sleep 0.5
kill -INT $reader
for ((waited = 0; waited < 200; waited++)); do
  kill -0 $reader 2>/dev/null || break
  sleep 0.1
done
kill -KILL $reader 2>/dev/null && failed "still running 20 seconds after Ctrl-C"
wait $reader
code=$? err=$(<"$scratch/err")
kill $feeder 2>/dev/null
expect_code 130 "interrupted"
expect_empty "$(<"$scratch/out")" "interrupted, standard output"
expect_contains "$err" "tidemark: stopped before it was done" "interrupted"

finish
