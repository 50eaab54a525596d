#!/usr/bin/env bash
# Ctrl-C while a dump comes in: a sentence, exit code 130, and nothing on standard output.
source "$(dirname "$0")/lib.sh"

[[ " $(commands | tr '\n' ' ')" == *" summary "* ]] || exit 77 # no command that reads a dump

# A dump without an end. The subshell's own kill -INT would be ignored: shells start background
# work that way, and env undoes it.
record='{"address":"0x7f0000000028", "type":"STRING", "shape_id":0, "slot_size":40, "memsize":40}'
mkfifo "$scratch/dump"
while sleep 0.01; do echo "$record" || break; done >"$scratch/dump" 2>/dev/null &
feeder=$!
env --default-signal=INT "$TIDEMARK" summary --no-index - \
  <"$scratch/dump" >"$scratch/out" 2>"$scratch/err" &
reader=$!
sleep 0.5
kill -INT $reader
wait $reader
code=$? err=$(<"$scratch/err")
kill $feeder 2>/dev/null
expect_code 130 "interrupted"
expect_empty "$(<"$scratch/out")" "interrupted, standard output"
expect_contains "$err" "tidemark: stopped before it was done" "interrupted"

finish
