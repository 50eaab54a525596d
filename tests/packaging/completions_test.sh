#!/usr/bin/env bash
# The man page and the completions come from the program and hold all of its commands and options.
source "$TIDEMARK_SOURCE_DIR/tests/cli/lib.sh"

python3 "$TIDEMARK_SOURCE_DIR/packaging/completions.py" "$TIDEMARK" "$scratch" || failed "it ends with $?"
bash -n "$scratch/tidemark.bash" || failed "bash cannot read its completion"
# shellcheck disable=SC2016  # for the shell that is started
completed() { # WORDS...
  bash -c 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tidemark; echo "${COMPREPLY[*]}"' \
    "$scratch/tidemark.bash" "$@"
}
[[ $(completed tidemark doc) == doctor ]] || failed "a command: $(completed tidemark doc)"
[[ $(completed tidemark doctor --form) == --format ]] || failed "an option"
[[ $(completed tidemark doctor --format j) == json ]] || failed "a value"
for command in $(commands); do
  for file in tidemark.1 tidemark.bash _tidemark tidemark.fish; do
    grep -qi "$command" "$scratch/$file" || failed "$command is not in $file"
  done
done
finish
