# `tidemark run` with PM2 in cluster mode.
# slow: installs PM2 from npm where it is not there yet.

# shellcheck source=tests/supervise/lib.sh
source "$TIDEMARK_SOURCE_DIR/tests/supervise/lib.sh" || exit 1
need wrk curl node

close='Connection: close'

# PM2 in cluster mode, from npm: its daemon forks workers and replaces those that end.
modules=${XDG_CACHE_HOME:-$HOME/.cache}/tidemark-tests/pm2
if command -v npm >/dev/null && [[ ! -d $modules/node_modules/pm2 ]]; then
  mkdir -p "$modules" && (cd "$modules" && npm init -y && npm install --no-audit --no-fund pm2) \
    >/dev/null 2>&1
fi
if [[ -x $modules/node_modules/.bin/pm2-runtime ]]; then
  export PM2_HOME=$scratch/pm2
  start_pool pm2 --external --max-age 3s --min-life 1s --pause 0 --sample 1s -- \
    "$modules/node_modules/.bin/pm2-runtime" start app.js -i 2
  wait_for pm2 'Node.js keeps [12] worker'
  answers pm2
  load 5 / "$close" || failed "pm2: requests were lost: $lost $(tail -n 40 "$scratch/pm2.log")"
  wait_for pm2 'worker [0-9]+ in place of [0-9]+:' 30
  stop_pool pm2
  ((pool_code == 0)) || failed "pm2: exit code $pool_code: $(tail -n 40 "$scratch/pm2.log")"
  echo "pm2: $requests requests, $(replaced pm2) replacements"
else
  echo 'pm2: not to be had here, left out'
fi
finish
