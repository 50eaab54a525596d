#!/usr/bin/env bash
# Processes elsewhere: a real sshd on loopback, and programs that answer as docker, kubectl and heroku
# do. Nothing stays on the far side, whatever ends the connection.
# slow: some twenty connections, each of which sends the program
source "$TIDEMARK_SOURCE_DIR/tests/cli/lib.sh"
command -v ruby >/dev/null || exit 77
command -v base64 >/dev/null || exit 77

export TMPDIR=$scratch/far # where the far side puts what it runs
mkdir "$TMPDIR"
real_path=$PATH
export PATH=$TIDEMARK_SOURCE_DIR/tests/far/bin:$PATH

cat >"$scratch/app.rb" <<'END'
KEPT = Array.new(20_000) { |i| "kept #{i}" }
puts 1
$stdout.flush
loop { sleep 1 }
END
ruby "$scratch/app.rb" >"$scratch/ready" &
app=$!
sshd=
trap 'kill $app $sshd 2>/dev/null; rm -rf "$scratch"' EXIT
eventually 20 test -s "$scratch/ready" || failed "the app does not start"

# shellcheck disable=SC2317  # called by eventually
nothing_left() {
  [[ -z $(ls -A "$TMPDIR") ]] && ! find /proc -maxdepth 2 -name exe -lname "$TMPDIR*" 2>/dev/null |
    grep -q .
}

expect_nothing_left() { # WHAT
  eventually 20 nothing_left || failed "$1: something stays: $(ls -A "$TMPDIR")"
  kill -0 "$app" || failed "$1: the app is gone"
}

for place in docker://shop kube://staging@shop/web-1/app heroku://shop/web.1; do
  run doctor "$place/$app"
  expect_code 0 "doctor $place"
  expect_contains "$out" "process $app" "doctor $place"
  expect_contains "$out" "tidemark capture $place/$app" "the next step is said as from here"
  dump=$scratch/${place%%:*}.zst
  run capture "$place/$app" -o "$dump"
  expect_code 0 "capture $place"
  expect_contains "$out" "from $place" "capture $place"
  run summary "$dump"
  expect_code 0 "a dump from $place"
  expect_contains "$out" "String" "a dump from $place"
  expect_nothing_left "$place"
done

run doctor docker://shop/$app --format json
expect_code 0 "doctor in JSON"
expect_contains "$out" '"tidemark.' "doctor in JSON"
run capture docker://shop/999999 -o "$scratch/none.zst"
expect_code 1 "a process that is not there"
expect_contains "$err" "999999" "the far side's words"
[[ ! -e $scratch/none.zst ]] || failed "a file although nothing was captured"

# What is refused says the step, the words of the other side, and what would help.
run doctor docker://nobody
expect_code 1 "no such container"
expect_contains "$err" "No such container: nobody" "no such container"
run doctor docker://distroless
expect_contains "$err" "executable file not found" "no shell"
run doctor kube://shop/web-1
expect_contains "$err" "cannot create resource" "no right"
expect_contains "$err" "create pods/exec" "what would help"
run doctor heroku://other/web.1
expect_contains "$err" "Couldn't find that app" "no such app"
for word in ssh:// ssh://-oProxyCommand=x/1 kube://a ssh://host:99999/1 heroku://shop; do
  run doctor "$word"
  expect_code 2 "$word"
  expect_contains "$err" "the form is" "$word"
done
run capture docker://shop
expect_code 2 "a capture of no process"
run suspects docker://shop/1
expect_code 2 "what reads files"

# The connection ends at moments all along: in the shell's first line, in the program, and after it.
for bytes in 0 3 40 100 5000 200000 1000000; do
  CUT_AFTER=$bytes run capture docker://shop/$app -o "$scratch/cut.zst"
  expect_code 1 "cut after $bytes"
  [[ ! -e $scratch/cut.zst && ! -e $scratch/cut.zst.partial ]] || failed "a file after a cut"
  expect_nothing_left "cut after $bytes"
done

# The program between is killed while the far side works.
"$TIDEMARK" watch docker://shop/$app --for 1h >"$scratch/watched" 2>&1 &
watcher=$!
eventually 20 grep -q process "$scratch/watched" || failed "watch says nothing"
far=$(find /proc -maxdepth 2 -name exe -lname "$TMPDIR*" 2>/dev/null | head -1 | tr -dc 0-9)
kill -9 "$watcher"
wait "$watcher" 2>/dev/null
[[ -n $far ]] || failed "nothing runs on the far side"
expect_nothing_left "a killed watch"

export PATH=$real_path
if command -v ssh-keygen >/dev/null && [[ -x /usr/sbin/sshd ]]; then
  mkdir "$scratch/bin"
  ssh-keygen -q -t ed25519 -N '' -f "$scratch/host"
  ssh-keygen -q -t ed25519 -N '' -f "$scratch/key"
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  [[ $(id -u) -ne 0 ]] || mkdir -p /run/sshd
  /usr/sbin/sshd -D -e -f /dev/null -h "$scratch/host" -p "$port" -o ListenAddress=127.0.0.1 \
    -o AuthorizedKeysFile="$scratch/key.pub" -o StrictModes=no -o PasswordAuthentication=no \
    -o PidFile=none -o SetEnv=TMPDIR="$TMPDIR" 2>"$scratch/sshd" &
  sshd=$!
  eventually 10 grep -qs listening "$scratch/sshd" || failed "sshd: $(<"$scratch/sshd")"
  cat >"$scratch/bin/ssh" <<END
#!/bin/sh
exec $(command -v ssh) -F /dev/null -i $scratch/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "\$@"
END
  chmod +x "$scratch/bin/ssh"
  export PATH=$scratch/bin:$PATH
  run capture "ssh://127.0.0.1:$port/$app" -o "$scratch/ssh.zst"
  expect_code 0 "capture over ssh"
  run summary "$scratch/ssh.zst"
  expect_code 0 "a dump over ssh"
  expect_nothing_left "ssh"
  "$TIDEMARK" watch "ssh://127.0.0.1:$port/$app" --for 1h >"$scratch/over-ssh" 2>&1 &
  watcher=$!
  eventually 20 grep -q process "$scratch/over-ssh" || failed "watch over ssh says nothing"
  pkill -9 -P "$watcher"
  wait "$watcher"
  code=$?
  expect_code 1 "a connection that was cut"
  grep -q "connection ended" "$scratch/over-ssh" || failed "a cut is not said"
  expect_nothing_left "a cut connection"
  run doctor "ssh://127.0.0.1:1/$app"
  expect_code 1 "no sshd"
  expect_contains "$err" "Connection refused" "no sshd"
fi
finish
