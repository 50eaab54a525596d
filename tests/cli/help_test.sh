#!/usr/bin/env bash
# Every command has help: on standard output, within 100 columns, with examples, without colour.
source "$(dirname "$0")/lib.sh"
export LC_ALL=C.UTF-8

check_shape() { # WHAT
  expect_code 0 "$1"
  expect_empty "$err" "$1, standard error"
  local line
  while IFS= read -r line; do
    ((${#line} <= 100)) || failed "$1: wider than 100 columns: $line"
    [[ $line != *' ' ]] || failed "$1: spaces at the end: '$line'"
    [[ $line != *$'\e'* ]] || failed "$1: colour in a file: $line"
  done <<<"$out"
}

run help
check_shape "tidemark help"
overview=$out
for flag in --help -h; do
  run $flag
  check_shape "tidemark $flag"
  [[ $out == "$overview" ]] || failed "tidemark $flag differs from tidemark help"
done

count=0
for command in $(commands); do
  count=$((count + 1))
  run "$command" --help
  check_shape "tidemark $command --help"
  help=$out
  expect_contains "$help" "Usage: tidemark $command " "$command --help"
  expect_contains "$help" "Examples:" "$command --help"
  expect_contains "$help" "  tidemark $command" "$command --help, an example"
  expect_contains "$help" "Exit codes:" "$command --help"
  run help "$command"
  [[ $out == "$help" ]] || failed "tidemark help $command differs from tidemark $command --help"
done
((count > 0)) || failed "tidemark help lists no command"

run --version
check_shape "tidemark --version"
[[ $out =~ ^tidemark\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || failed "--version says: $out"

finish
