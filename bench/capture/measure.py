#!/usr/bin/env python3
"""What a capture costs a server under load, beside the other ways. Prints Markdown rows.

  bench/capture/measure.py ruby|node [OBJECTS...]
  bench/capture/measure.py many ruby|node COUNT

200 requests a second come all the time, due at fixed moments; latencies count from when a request
was due. Each way is tried once, two seconds into its own run of load. "many" takes COUNT captures
of one server under load and counts what failed. Needs Puma and Node.js, and
gcore (gdb) and rbtrace (ruby-rbtrace) for their rows. TIDEMARK names the program, NODE another Node.js.
"""

import json
import os
import pathlib
import shutil
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


def memory(pid, field="VmRSS"):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1000
    return 0


class Server:
    def __init__(self, runtime, objects, folder):
        env = dict(os.environ, OBJECTS=str(objects), PORT=str(PORT), OWN=f"{folder}/own")
        command = [NODE, "--max-old-space-size=8000", str(HERE / "server.js")]
        if runtime == "ruby":
            if shutil.which("rbtrace"):
                env["RUBYOPT"] = "-rrbtrace"
            command = ["puma", "-q", "-t", "4:4", "-b", f"tcp://127.0.0.1:{PORT}", str(HERE / "config.ru")]
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=1).read()
                break
            except OSError:
                time.sleep(0.1)
        self.load(3)

    def load(self, seconds):
        out = subprocess.run(["node", str(HERE / "load.js"), str(PORT), str(RATE), str(seconds)],
                             capture_output=True, text=True, check=True)
        return json.loads(out.stdout)

    def stop(self):
        self.process.kill()
        self.process.wait()


def by_tidemark(server, folder, *options):
    run = subprocess.run([TIDEMARK, "capture", str(server.pid), "--force", "--format", "json", "-q",
                          "-o", f"{folder}/capture.zst", *options],
                         capture_output=True, text=True, check=True)
    answer = json.loads(run.stdout)
    return f"{answer['pause_ms']:.1f}", answer["copy_peak_bytes"] / 1e6


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


def many(runtime, count):
    """So many captures of one server, which answers all the while; a row."""
    folder = tempfile.mkdtemp(prefix="tidemark-bench-")
    server = Server(runtime, 20_000, folder)
    loads, done = [], threading.Event()

    def load():
        while not done.is_set():
            loads.append(server.load(5))

    loader = threading.Thread(target=load)
    loader.start()
    pauses, stops, sizes, failed = [], [], [], []
    try:
        for _ in range(count):
            sizes.append(memory(server.pid))
            run = subprocess.run([TIDEMARK, "capture", str(server.pid), "--force", "--format", "json", "-q",
                                  "-o", f"{folder}/capture.zst"], capture_output=True, text=True, check=False)
            if run.returncode != 0:
                failed.append(run.stderr.strip())
                continue
            answer = json.loads(run.stdout)
            pauses.append(answer["pause_ms"])
            stops.append(answer["stopped_ms"])
    finally:
        done.set()
        loader.join()
        alive = server.process.poll() is None
        server.stop()
        shutil.rmtree(folder)
    for reason in failed:
        print(f"  failed: {reason}", flush=True)
    if not pauses:
        sys.exit("no capture was taken")
    middle = lambda numbers: sorted(numbers)[len(numbers) // 2]
    lost = sum(one["failed"] for one in loads)
    print(f"| {count} | {len(failed)} | {min(sizes):.0f}-{max(sizes):.0f} | {middle(pauses):.1f} / {max(pauses):.1f} | "
          f"{middle(stops):.2f} / {max(stops):.1f} | {lost} of {RATE * 5 * len(loads):,} | "
          f"{'lives' if alive else 'DIED'} | {os.getloadavg()[0]:.0f} |", flush=True)


def main():
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
            measure(server, "no capture", nothing, 8)
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
