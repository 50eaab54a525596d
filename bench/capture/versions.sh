#!/usr/bin/env bash
# Captures of the Rubies of other Debian releases, each in a tree of its own and in pid, mount and
# net namespaces, under 200 requests a second. Makes the trees with debootstrap, 300 MB each.
#
#   bench/capture/versions.sh [RELEASE[:PACKAGE]...]     default: bullseye bookworm:ruby-rails trixie
#                                              experimental:ruby3.4
#   TREES=FOLDER CAPTURES=100 KILLS=50 bench/capture/versions.sh trixie
#
# With a PACKAGE (ruby3.4) that Ruby runs bench/capture/plain_server.rb; with ruby-rails, Puma runs
# bench/capture/rails.ru; without one, config.ru.
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

# make_tree RELEASE PACKAGE TREE: "experimental" is a layer over sid.
make_tree() {
  local base=$1 include=puma,ruby-rack${2:+,$2} tree=$3
  if [ "$1" = experimental ]; then base=sid include=; fi
  rm -rf --one-file-system "$tree"
  debootstrap --variant=minbase ${include:+--include=$include} "$base" "$tree" || return 1
  if [ "$1" = experimental ]; then
    sed -i 'p; s/ sid / experimental /' "$tree/etc/apt/sources.list"
    # A mirror that stands still is good enough here.
    chroot "$tree" apt-get -o Acquire::Check-Valid-Until=false update &&
      chroot "$tree" apt-get -y --no-install-recommends install "$2"
  fi
}

[ $# -gt 0 ] || set -- bullseye bookworm:ruby-rails trixie experimental:ruby3.4
for wanted in "$@"; do
  release=${wanted%%:*}
  package=${wanted#"$release"}
  package=${package#:}
  tree=$trees/$release${package:+-$package}
  if [ ! -e "$tree/made" ]; then
    make_tree "$release" "$package" "$tree" >"$tree.log" 2>&1 || {
      tail -n 3 "$tree.log"
      echo "$wanted: no tree"
      continue
    }
    touch "$tree/made"
  fi
  export TREE=$tree RUBY=$package APP=config.ru
  if [ "$package" = ruby-rails ]; then export RUBY='' APP=rails.ru; fi
  echo "## Debian $release $package: $(chroot "$tree" "${RUBY:-ruby}" -v)"
  python3 "$here/measure.py" kinds ruby
  python3 "$here/measure.py" many ruby "$captures"
  python3 "$here/measure.py" kill ruby "$kills"
done
