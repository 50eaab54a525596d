#!/usr/bin/env bash
# Captures of the Rubies of other Debian releases, each in a tree of its own and in pid, mount and
# net namespaces, under 200 requests a second. Makes the trees with debootstrap, 300 MB each.
#
#   bench/capture/versions.sh [RELEASE...]     default: bullseye trixie sid
#   TREES=FOLDER CAPTURES=100 KILLS=50 bench/capture/versions.sh trixie
#
# Root only. TREES keeps them for the next time; without it they are removed in the end.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
captures=${CAPTURES:-100}
kills=${KILLS:-50}
if [ -n "${TREES:-}" ]; then
  trees=$TREES
  mkdir -p "$trees"
else
  trees=$(mktemp -d)
  trap 'rm -rf --one-file-system "$trees"' EXIT
fi

[ $# -gt 0 ] || set -- bullseye trixie sid
for release in "$@"; do
  tree=$trees/$release
  if [ ! -x "$tree/usr/bin/puma" ]; then
    rm -rf --one-file-system "$tree"
    debootstrap --variant=minbase --include=puma,ruby-rack "$release" "$tree" >"$trees/$release.log" 2>&1 || {
      tail -n 3 "$trees/$release.log"
      echo "$release: no tree"
      continue
    }
  fi
  echo "## Debian $release: $(chroot "$tree" ruby -v)"
  export TREE=$tree
  python3 "$here/measure.py" kinds ruby
  python3 "$here/measure.py" many ruby "$captures"
  python3 "$here/measure.py" kill ruby "$kills"
done
