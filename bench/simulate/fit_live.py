#!/usr/bin/env python3
"""Does what `tidemark watch` recorded of one thread foretell what three and five threads need?

    bench/simulate/fit_live.py TIDEMARK [SECONDS]      (default: 150 for each of five set-ups)

A real Puma (Debian's) serves app.ru, whose requests have known times and peaks, to Poisson arrivals.
`watch --record` looks on. `simulate --from` and `size` get the recording of one thread and the
requests; from what they find, the memory with three and with five threads is predicted, and then
measured. All of it is STRETCH times as fast as a usual app (requests of 30 to 250 ms stand for some of 1 to
8 s); the recording's times are stretched accordingly, since the model knows no other unit of time.

One malloc heap, which keeps what was freed: MALLOC_ARENA_MAX=1 and no trimming, as in apps where
survivors are scattered over all of it.
"""
import http.client
import json
import os
import queue
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
STRETCH = 30
RATE = 4.5  # requests a second, of which one thread is busy for about 30 % of the time
KINDS = {"light": (60, 0.03, 1, 3), "medium": (25, 0.08, 5, 11), "heavy": (15, 0.25, 24, 48)}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def serve(port, threads, times):
    env = dict(os.environ, MALLOC_ARENA_MAX="1", MALLOC_TRIM_THRESHOLD_="4000000000",
               MALLOC_TOP_PAD_="0",
               FIT_TIMES=times)
    server = subprocess.Popen(
        ["puma", "-t", f"{threads}:{threads}", "-b", f"tcp://127.0.0.1:{port}", "--silent",
         os.path.join(HERE, "app.ru")], env=env)
    for _ in range(100):
        try:
            ask(port, "")
            for _ in range(300):  # what Ruby itself needs to serve is there before the first sample
                ask(port, "")
            return server
        except OSError:
            time.sleep(0.1)
    raise SystemExit("puma does not answer")


def ask(port, kind):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", f"/{kind}")
    if connection.getresponse().read() != b"ok\n":
        raise SystemExit("puma answers something else")
    connection.close()


def load(port, rate, seconds, seed):
    """Poisson arrivals; gives the number of requests."""
    dice = random.Random(seed)
    waiting = queue.Queue()

    def client():
        while (kind := waiting.get()) is not None:
            ask(port, kind)

    clients = [threading.Thread(target=client) for _ in range(40)]
    for one in clients:
        one.start()
    names = list(KINDS)
    weights = [KINDS[name][0] for name in names]
    at = time.monotonic()
    end = at + seconds
    count = 0
    while (at := at + dice.expovariate(rate)) < end:
        time.sleep(max(0.0, at - time.monotonic()))
        waiting.put(dice.choices(names, weights)[0])
        count += 1
    for _ in clients:
        waiting.put(None)
    for one in clients:
        one.join()
    return count


def measure(tidemark, threads, times, seconds, folder):
    """A recording: [(seconds, bytes)], the requests a second that came, and how many times as long as
    they should they took."""
    port = free_port()
    took = os.path.join(folder, f"{threads}-{times}.times")
    server = serve(port, threads, took)
    history = os.path.join(folder, f"{threads}-{times}.db")
    watch = subprocess.Popen([tidemark, "watch", str(server.pid), "--every", "0.25", "--record",
                              history], stdout=subprocess.DEVNULL)
    time.sleep(1)
    count = load(port, RATE * times, seconds, seed=threads)
    time.sleep(0.5)
    watch.send_signal(signal.SIGINT)
    watch.wait()
    server.terminate()
    server.wait()
    with sqlite3.connect(history) as database:
        rows = database.execute("SELECT time, bytes FROM sample ORDER BY time").fetchall()
    with open(took, encoding="ascii") as lines:
        pairs = [tuple(map(float, line.split())) for line in lines]
    slow = sum(pair[1] for pair in pairs) / sum(pair[0] for pair in pairs)
    return [(t / 1000, size) for t, size in rows], count / seconds, slow


def requests(slow, factor=1.0):
    words = []
    for name, (weight, seconds, least, most) in KINDS.items():
        words += ["--endpoint", f"{name},{weight},{seconds * slow * STRETCH * 1000:.0f}ms,"
                  f"uniform:{least * factor * 1000:.0f}kB:{most * factor * 1000:.0f}kB"]
    return words


def answer(tidemark, *arguments):
    done = subprocess.run([tidemark, *arguments, "--format", "json"], capture_output=True, text=True,
                          check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def mb(size):
    return f"{size / 1e6:.0f} MB"


def main():
    tidemark = os.path.abspath(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 150
    with tempfile.TemporaryDirectory() as folder:
        samples, rate, slow = measure(tidemark, 1, 1, seconds, folder)
        recording = os.path.join(folder, "one.csv")
        with open(recording, "w", encoding="ascii") as out:
            out.write("time,pss_mb\n")
            for at, size in samples:
                out.write(f"{1769868000 + (at - samples[0][0]) * STRETCH:.2f},{size / 1e6:.3f}\n")
        fit = answer(tidemark, "simulate", "--from", recording, "--threads", "1", "--rate",
                     str(rate / STRETCH), "--base", f"{samples[0][1] / 1e3:.0f}kB", *requests(slow))["fit"]
        span = f"{seconds * STRETCH:.0f}s"
        print(f"one thread, {seconds:.0f} s: {mb(max(size for _, size in samples))} at most; fitted: "
              f"base {mb(fit['base_bytes'])} (the first sample), peaks "
              f"{fit['given_peaks_share']:.2f} times those given, half of the points within "
              f"{100 * fit['median_error_share']:.1f} %")
        sized = answer(tidemark, "size", recording, "--quota", "2GB", "--workers", "1", "--threads", "1",
                       "--shared", "0", "--base", f"{samples[0][1] / 1e3:.0f}kB", "--rate", str(rate / STRETCH), "--hours", span, *requests(slow))
        print("| threads | requests a second | times as slow as asked | `simulate`, by the fit to one thread | `size`, of the same | "
              "measured | in the band |")
        print("|--:|--:|--:|---|--:|--:|---|")
        for threads, times in ((1, 1), (3, 1), (5, 1), (3, 3), (5, 5)):
            if threads > 1:
                samples, _, slow = measure(tidemark, threads, times, seconds, folder)
            then = answer(tidemark, "simulate", "--threads", str(threads), "--rate",
                          str(rate * times / STRETCH), "--base", f"{fit['base_bytes'] / 1e3:.0f}kB",
                          "--hours", span, *requests(slow, fit["given_peaks_share"]))
            level = then["highest"]
            most = max(size for _, size in samples)
            # It asks what fits for the requests that come now.
            cell = next(one for one in sized["table"]
                        if one["processes"] == 1 and one["threads"] == threads)
            size = mb(cell["median_bytes"]) if times == 1 else ""
            inside = level["p5_bytes"] <= most <= level["p95_bytes"]
            print(f"| {threads} | {RATE * times:g} | {slow:.2f} | {mb(level['median_bytes'])} ({mb(level['p5_bytes'])} to "
                  f"{mb(level['p95_bytes'])}) | {size} | {mb(most)} | {'yes' if inside else 'no'} |",
                  flush=True)


if __name__ == "__main__":
    main()
