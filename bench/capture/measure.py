#!/usr/bin/env python3
"""What a capture costs a server under load, beside the other ways. Prints Markdown rows.

  bench/capture/measure.py ruby|node [OBJECTS...]
  bench/capture/measure.py many ruby|node COUNT
  bench/capture/measure.py kill ruby|node COUNT
  bench/capture/measure.py kinds ruby

200 requests a second come all the time, due at fixed moments; latencies count from when a request
was due. Each way is tried once, two seconds into its own run of load. "many" takes COUNT captures
of one server under load and counts what failed; "kill" kills the tool (-9) at COUNT random moments
of one and looks what is left; "kinds" takes one of each kind. Needs Puma and Node.js, and
gcore (gdb) and rbtrace (ruby-rbtrace) for their rows. TIDEMARK names the program, NODE another Node.js,
TREE the root of another system, whose Puma then runs in pid, mount and net namespaces of its own;
with RUBY a Ruby of it runs plain_server.rb instead, and APP is another file for Puma (rails.ru).
"""

import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
TIDEMARK = os.environ.get("TIDEMARK", HERE.parent.parent / "build/release/tidemark")
NODE = os.environ.get("NODE", "node")
PORT = int(os.environ.get("PORT", "19190"))
RATE = 200
TREE = os.environ.get("TREE")
RUBY = os.environ.get("RUBY")
APP = os.environ.get("APP", "config.ru")


def memory(pid, field="VmRSS"):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1000
    return 0


def answers(place):
    """A server on a unix socket, to one request."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(30)
        client.connect(place)
        client.sendall(b"GET / HTTP/1.1\r\nhost: app\r\n\r\n")
        return b" 200 " in client.recv(100)


def children(pid):
    return [child for task in pathlib.Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


class Server:
    def __init__(self, runtime, objects, folder):
        env = dict(os.environ, OBJECTS=str(objects), PORT=str(PORT), OWN=f"{folder}/own")
        command = [NODE, "--max-old-space-size=8000", str(HERE / "server.js")]
        if runtime == "ruby":
            if shutil.which("rbtrace"):
                env["RUBYOPT"] = "-rrbtrace"
            command = ["puma", "-q", "-t", "4:4", "-b", f"tcp://127.0.0.1:{PORT}", str(HERE / "config.ru")]
        if TREE:
            env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "OBJECTS": str(objects)}
            env["RAILS_ENV"] = env["RACK_ENV"] = "production"
            command = ["puma", "-q", "-t", "4:4", "-b", "unix:///tmp/server.sock", f"/tmp/{APP}"]
            if RUBY:
                command = [RUBY, "/tmp/plain_server.rb", "/tmp/server.sock"]
            pathlib.Path(f"{TREE}/tmp/server.sock").unlink(missing_ok=True)
            for name in (APP, "plain_server.rb"):
                shutil.copy(HERE / name, f"{TREE}/tmp/{name}")
            command = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", f"--root={TREE}", "--wd=/",
                       "--mount-proc", *command]
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid, self.place = self.process.pid, str(PORT)
        if TREE:
            self.pid = int(self.wait_for(lambda: children(self.process.pid)[0]))
            self.place = f"/proc/{self.pid}/root/tmp/server.sock"
            self.wait_for(lambda: answers(self.place))
        else:
            self.wait_for(lambda: urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=1).read())
        self.load(3)

    @staticmethod
    def wait_for(ready):
        for _ in range(600):
            try:
                found = ready()
                if found:
                    return found
            except (OSError, IndexError):
                pass
            time.sleep(0.1)
        sys.exit("the server does not start")

    def load(self, seconds):
        out = subprocess.run(["node", str(HERE / "load.js"), self.place, str(RATE), str(seconds)],
                             capture_output=True, text=True, check=True)
        return json.loads(out.stdout)

    def alive(self):
        return self.process.poll() is None and os.path.exists(f"/proc/{self.pid}")

    def stop(self):
        self.process.kill()
        self.process.wait()


def by_tidemark(server, folder, *options):
    run = subprocess.run([TIDEMARK, "capture", str(server.pid), "--force", "--format", "json", "-q",
                          "-o", f"{folder}/capture.zst", *options],
                         capture_output=True, text=True, check=True)
    answer = json.loads(run.stdout)
    return f"{answer['pause_milliseconds'] or 0:.1f}", (answer["copy_peak_bytes"] or 0) / 1e6


def by_itself(server, _):
    urllib.request.urlopen(f"http://127.0.0.1:{PORT}/own", timeout=600).read()
    return "-", 0


def by_rbtrace(server, folder):
    """Debian's ruby-rbtrace: the gem has to be loaded by the app beforehand."""
    subprocess.run(["rbtrace", "-p", str(server.pid), "--heapdump", f"{folder}/rbtrace"], capture_output=True,
                   check=False)
    while not os.path.exists(f"{folder}/rbtrace") or os.path.getsize(f"{folder}/rbtrace") == 0:
        time.sleep(0.1)
    return "-", 0


def by_gcore(server, folder):
    subprocess.run(["gcore", "-o", f"{folder}/core", str(server.pid)], capture_output=True, check=True)
    return "-", 0


def nothing(_server, _folder):
    time.sleep(1)
    return "-", 0


def measure(server, name, way, seconds):
    """One run of load with one capture in it."""
    folder = tempfile.mkdtemp(prefix="tidemark-bench-")
    before = memory(server.pid)
    result = {}
    loader = threading.Thread(target=lambda: result.update(server.load(seconds)))
    loader.start()
    time.sleep(2)
    begun = time.monotonic()
    pause, extra = way(server, folder)
    taken = time.monotonic() - begun
    loader.join()
    after = memory(server.pid)
    shutil.rmtree(folder)
    print(f"| {before:.0f} MB | {name} | {pause} | {result['p50']:.1f} / {result['p99']:.0f} / "
          f"**{result['max']:.0f}** | {result['failed']} | {extra:.0f} MB | {after - before:+.0f} MB | {taken:.1f} s | {os.getloadavg()[0]:.1f} |",
          flush=True)


class UnderLoad:
    """A server that answers all the while."""

    def __init__(self, runtime):
        self.folder = tempfile.mkdtemp(prefix="tidemark-bench-")
        self.server = Server(runtime, 20_000, self.folder)
        self.loads, self.done = [], threading.Event()
        self.loader = threading.Thread(target=self.keep_loading)

    def keep_loading(self):
        while not self.done.is_set():
            self.loads.append(self.server.load(5))

    def __enter__(self):
        self.loader.start()
        return self.server, self.folder

    def __exit__(self, *_):
        self.done.set()
        self.loader.join()
        self.alive = self.server.alive()
        self.left = len(children(self.server.pid)) if self.alive else 0
        self.server.stop()
        shutil.rmtree(self.folder)

    def requests_failed(self):
        return f"{sum(one['failed'] for one in self.loads)} of {RATE * 5 * len(self.loads):,}"

    def lives(self):
        return "lives" if self.alive else "**DIED**"


def kill(runtime, count):
    """kill -9 of the tool at random moments, from its start to a little after what a capture takes."""
    under = UnderLoad(runtime)
    killed = finished = 0
    with under as (server, folder):
        begun = time.monotonic()
        by_tidemark(server, folder)
        longest = 1.2 * (time.monotonic() - begun)
        while killed < count and server.alive() and not stopped.is_set():
            run = subprocess.Popen([TIDEMARK, "capture", str(server.pid), "--force", "-q", "-o", f"{folder}/killed.zst"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(random.uniform(0, longest))
            finished += run.poll() is not None
            killed += run.poll() is None
            run.kill()
            run.wait()
            # Its guard clears up.
            while f"@tidemark-capture-{server.pid}\n" in pathlib.Path("/proc/net/unix").read_text():
                time.sleep(0.02)
        by_tidemark(server, folder)
    print(f"| {killed} | {finished} | {under.lives()} | {under.left} | {under.requests_failed()} | {os.getloadavg()[0]:.0f} |",
          flush=True)


def kinds(runtime):
    """One capture of each kind of a server under load."""
    under = UnderLoad(runtime)
    with under as (server, folder):
        ways = [["--kind", "heap"], ["--kind", "heap", "--gc", "--redact", "salt"], ["--kind", "gc-stats"],
                ["--kind", "gc-stats", "--gc"], ["--kind", "alloc-profile", "--seconds", "2"],
                ["--trace-allocations", "on"], ["--kind", "heap"], ["--trace-allocations", "off"]]
        for way in ways:
            run = subprocess.run([TIDEMARK, "capture", str(server.pid), "--force", "-q", "--plain", *way] +
                                 ([] if "--trace-allocations" in way else ["-o", f"{folder}/one"]),
                                 capture_output=True, text=True, check=False)
            answer = "done" if run.returncode == 0 else f"**failed**: {run.stderr.strip()}"
            if way[-1] == "gc-stats" and run.returncode == 0:
                answer += ": " + pathlib.Path(f"{folder}/one").read_text()[:160]
            if "heap" in way or "alloc-profile" in way:
                summary = subprocess.run([TIDEMARK, "summary", f"{folder}/one", "--no-index", "--format", "json"],
                                         capture_output=True, text=True, check=False)
                answer += f", {json.loads(summary.stdout)['heap']['objects']} objects" if summary.returncode == 0 else summary.stderr
            print(f"  {' '.join(way)}: {answer}", flush=True)
    print(f"  {under.lives()}, {under.left} children left, requests failed: {under.requests_failed()}", flush=True)


def many(runtime, count):
    """So many captures of one server, which answers all the while; a row."""
    under = UnderLoad(runtime)
    pauses, stops, sizes, failed = [], [], [], []
    with under as (server, folder):
        for _ in range(count):
            if stopped.is_set():
                break
            sizes.append(memory(server.pid))
            run = subprocess.run([TIDEMARK, "capture", str(server.pid), "--force", "--format", "json", "-q",
                                  "-o", f"{folder}/capture.zst"], capture_output=True, text=True, check=False)
            if run.returncode != 0:
                failed.append(run.stderr.strip())
                continue
            answer = json.loads(run.stdout)
            pauses.append(answer["pause_milliseconds"] or 0)
            stops.append(answer["stopped_milliseconds"] or 0)
    for reason in failed:
        print(f"  failed: {reason}", flush=True)
    if not pauses:
        sys.exit("no capture was taken")
    middle = lambda numbers: sorted(numbers)[len(numbers) // 2]
    print(f"| {len(sizes)} | {len(failed)} | {min(sizes):.0f}-{max(sizes):.0f} | {middle(pauses):.1f} / {max(pauses):.1f} | "
          f"{middle(stops):.2f} / {max(stops):.1f} | {under.requests_failed()} | "
          f"{under.lives()} | {os.getloadavg()[0]:.0f} |", flush=True)


stopped = threading.Event()  # by SIGTERM: what has been counted is printed


def main():
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    if sys.argv[1] == "kill":
        print("| killed | came too late | process | children left | requests failed | load |\n|---|---|---|---|---|---|")
        kill(sys.argv[2], int(sys.argv[3]))
        return
    if sys.argv[1] == "kinds":
        kinds(sys.argv[2])
        return
    if sys.argv[1] == "many":
        print("| captures | failed | RSS, MB | pause p50 / max, ms | under ptrace p50 / max, ms | requests failed | "
              "process | load |\n|---|---|---|---|---|---|---|---|")
        many(sys.argv[2], int(sys.argv[3]))
        return
    runtime = sys.argv[1]
    sizes = [int(n) for n in sys.argv[2:]] or ([250_000, 1_200_000, 3_200_000] if runtime == "ruby" else
                                               [400_000, 2_000_000, 5_000_000])
    print("| RSS | way | pause, ms | client p50 / p99 / max, ms | failed | copy's own memory | process afterwards | took | load |\n"
          "|---|---|---|---|---|---|---|---|---|")
    for objects in sizes:
        folder = tempfile.mkdtemp(prefix="tidemark-bench-")
        server = Server(runtime, objects, folder)
        seconds = 12 + objects // 250_000
        try:
            # As long as the others: the app's own collections come seldom.
            measure(server, "no capture", nothing, seconds)
            for _ in range(3):
                measure(server, "**tidemark, forked copy**", by_tidemark, seconds)
            if shutil.which("gcore"):
                measure(server, "gcore", by_gcore, 10)
            if runtime == "ruby" and shutil.which("rbtrace"):
                measure(server, "rbtrace", by_rbtrace, seconds)
            if runtime == "node" and objects <= 2_000_000:
                measure(server, "inspector (tidemark)", lambda s, f: by_tidemark(s, f, "--method", "inspector"), seconds)
            if objects <= 2_000_000 or runtime == "ruby":
                measure(server, "in the process itself", by_itself, seconds)
        finally:
            server.stop()
            shutil.rmtree(folder)


main()
