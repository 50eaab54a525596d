#!/usr/bin/env bash
# What becomes of the answer: a reader who leaves early is no error, a full disk is.
source "$(dirname "$0")/lib.sh"

# The reader is gone before anything is written.
{
  sleep 0.2
  "$TIDEMARK" help 2>"$scratch/err"
  echo $? >"$scratch/code"
} | true
[[ $(<"$scratch/code") == 0 ]] || failed "closed pipe: exit code $(<"$scratch/code")"
expect_empty "$(<"$scratch/err")" "closed pipe"

if [[ -w /dev/full ]]; then
  "$TIDEMARK" help >/dev/full 2>"$scratch/err"
  code=$? err=$(<"$scratch/err")
  expect_code 1 "full disk"
  expect_contains "$err" "standard output: cannot write: No space left" "full disk"
fi

"$TIDEMARK" help >&- 2>"$scratch/err"
code=$? err=$(<"$scratch/err")
expect_code 1 "closed standard output"
expect_contains "$err" "standard output: cannot write" "closed standard output"

"$TIDEMARK" help >"$scratch/out" 2>&- <&-
code=$? err=""
expect_code 0 "closed standard input and error"
expect_contains "$(<"$scratch/out")" "Usage: tidemark" "closed standard input and error"

"$TIDEMARK" frobnicate 2>&-
code=$? err=""
expect_code 2 "an error that nobody can read"

finish
