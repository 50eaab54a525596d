#!/usr/bin/env bash
# The reference of the documents and their types are made by the program; the copies in docs/ are what
# it makes today.
source "$(dirname "$0")/lib.sh"

docs=$TIDEMARK_SOURCE_DIR/docs

expect_same() { # FILE WHAT
  if ! diff -u "$docs/$1" <("$TIDEMARK" schema --format "$2") > "$scratch/diff"; then
    failed "docs/$1 is not what \`tidemark schema --format $2 > docs/$1\` writes: $(head -n 20 "$scratch/diff")"
  fi
}

expect_same json.md text
expect_same tidemark.d.ts typescript

# A failure is a document too, on standard output, with the exit code as in text.
run summary no-such-file --format json
expect_code 1 "a missing dump, as JSON"
expect_contains "$out" '"schema": "tidemark.error/2"' "a missing dump, as JSON"
expect_contains "$out" '"code": "io"' "a missing dump, as JSON"
expect_empty "$err" "a missing dump as JSON, standard error"

run diff --frobnicate --format=json
expect_code 2 "a usage error, as JSON"
expect_contains "$out" '"code": "usage"' "a usage error, as JSON"

finish
