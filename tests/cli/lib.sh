# For the scripts beside this one: runs the real binary, $TIDEMARK, and checks what it says.
# `run ARGS...` leaves its exit code in $code and its outputs in $out and $err.

set -u
# Documents say when they were made; here all are of one moment, so that two can be compared.
export SOURCE_DATE_EPOCH=1769868000
: "${TIDEMARK:?the tidemark binary to test}"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

run() {
  "$TIDEMARK" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
  code=$?
  # shellcheck disable=SC2034  # for the scripts that source this one
  out=$(<"$scratch/out")
  err=$(<"$scratch/err")
}

failed() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

expect_code() { # WANTED WHAT
  [[ $code -eq $1 ]] || failed "$2: exit code $code, not $1; standard error: $err"
}

expect_contains() { # TEXT PART WHAT
  [[ $1 == *"$2"* ]] || failed "$3: '$2' is not in: $1"
}

expect_empty() { # TEXT WHAT
  [[ -z $1 ]] || failed "$2: there should be nothing, not: $1"
}

# Waits until a command is true; false where it is not after so many seconds.
eventually() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}

# The names of all commands, as the binary lists them.
commands() {
  "$TIDEMARK" help | awk '/^  [a-z]/ { print $1 }'
}

finish() {
  if ((failures > 0)); then
    echo "$failures failed" >&2
    exit 1
  fi
  exit 0
}
