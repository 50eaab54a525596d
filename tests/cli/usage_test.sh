#!/usr/bin/env bash
# Wrong usage: exit code 2, nothing on standard output, and a sentence that helps.
source "$(dirname "$0")/lib.sh"

expect_usage() { # WHAT
  expect_code 2 "$1"
  expect_empty "$out" "$1, standard output"
}

run
expect_usage "no command"
expect_contains "$err" "Usage: tidemark COMMAND" "no command"

printf 'release: rake db\nweb: bundle exec puma -p 3000\n' >"$scratch/Procfile"
touch "$scratch/a.heap.json" "$scratch/\$(x).heap.json"
(cd "$scratch" && "$TIDEMARK" 2>"$scratch/around")
expect_contains "$(<"$scratch/around")" "tidemark summary a.heap.json" "the dump that is here"
expect_contains "$(<"$scratch/around")" "1 heap dump in" "a name that a shell would run is left out"

run hlep
expect_usage "a mistyped command"
expect_contains "$err" "tidemark: error: unknown command 'hlep'" "a mistyped command"
expect_contains "$err" "did you mean 'help'?" "a mistyped command"

run frobnicate
expect_usage "an unknown command"
expect_contains "$err" "\`tidemark help\` lists the commands" "an unknown command"

run ""
expect_usage "an empty command"

run $'evil\e[2J\n'
expect_usage "a hostile command"
expect_contains "$err" "'evil\\x1b[2J\\n'" "a hostile command"
[[ $err != *$'\e'* ]] || failed "a hostile command reached the terminal"

run help frobnicate
expect_usage "help of an unknown command"

for command in $(commands); do
  run "$command" --frobnicate
  expect_usage "$command --frobnicate"
  expect_contains "$err" "tidemark: error: $command: unknown option '--frobnicate'" "$command"
  expect_contains "$err" "tidemark $command --help" "$command"
  [[ $("$TIDEMARK" "$command" --help) == *"--format"* ]] || continue
  run "$command" --format frob
  expect_usage "$command --format frob"
  expect_contains "$err" "--format: must be text" "$command --format frob"
  run "$command" --color frob
  expect_usage "$command --color frob"
done

finish
