#!/usr/bin/env python3
"""Runs `tidemark reproduce` on apps with a known leak, and on their innocent twins.

  bench/reproduce/matrix.py --tidemark build/release/tidemark            all of them
  bench/reproduce/matrix.py --tidemark ... --only ruby:memo node:map     some of them
  bench/reproduce/matrix.py --list

For each it says whether the leak was named first (outcome, and the marked line or name in the first
suspect), and whether the twin was acquitted; a table in Markdown, and exit code 1 when any is wrong.
The apps are in tests/reproduce/apps. Express and React are fetched by npm into a cache folder, and
left out, with a word, where that is not possible.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
APPS = HERE.parent.parent / "tests" / "reproduce" / "apps"

RUBY = ["class_array", "class_hash", "memo", "callbacks", "lru", "symbols", "threads", "native", "statements"]
NODE = ["map", "array", "listener", "timer", "lru", "strings", "buffer", "statements"]
ALWAYS_INNOCENT = {"statements"}
# What is found outside the heap has no line.
EXPECTED = {"ruby:native": "native_growth", "ruby:threads": "thread_growth"}


class Missing(Exception):
    """What a case needs is not here."""


def cases():
    for kind in RUBY:
        yield f"ruby:{kind}"
    yield "sinatra:baskets"
    for kind in NODE:
        yield f"node:{kind}"
    yield "express:debugLog"
    yield "react:interval"


def npm_app(name):
    """The app's folder with its packages, fetched once."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    folder = cache / "tidemark-tests" / name
    folder.mkdir(parents=True, exist_ok=True)
    for file in (APPS / name).iterdir():
        if file.is_file():
            shutil.copy(file, folder / file.name)
    if not (folder / "node_modules").exists():
        if shutil.which("npm") is None:
            raise Missing("npm is not installed")
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, timeout=300)
        if done.returncode != 0:
            shutil.rmtree(folder / "node_modules", ignore_errors=True)
            raise Missing("npm could not fetch its packages")
    return folder


def command_of(case):
    """The command, its folder, the URL, and the file with the marks."""
    kind, name = case.split(":")
    if kind == "ruby":
        if shutil.which("puma") is None:
            raise Missing("puma is not installed")
        return ["puma", "-t", "4:4", "-b", "tcp://127.0.0.1:0", "leaks.ru"], APPS, "/a/{1..}", APPS / "leaks.ru"
    if kind == "sinatra":
        if subprocess.run(["ruby", "-e", "require 'sinatra/base'"], capture_output=True).returncode != 0:
            raise Missing("Sinatra is not installed")
        return ["ruby", "leaks_sinatra.rb"], APPS, "/visitors/{1..}", APPS / "leaks_sinatra.rb"
    if shutil.which("node") is None:
        raise Missing("Node.js is not installed")
    if kind == "node":
        return ["node", "leaks.js"], APPS, "/a/{1..}", APPS / "leaks.js"
    folder = npm_app(kind)
    return ["node", "server.js"], folder, "/visitors/{1..}", folder / "server.js"


def expected_mark(case, source):
    """("line", "file:line ...") or ("name", "a|b") from the marks in the app's source."""
    kind, name = case.split(":")
    wanted = "sinatra" if kind == "sinatra" else name
    lines = []
    for number, line in enumerate(source.read_text().splitlines(), start=1):
        mark = re.search(r"# site: (.*)$", line)
        if mark and wanted in mark.group(1).split():
            lines.append(f"{source.name}:{number}")
    if lines:
        return "line", " ".join(lines)
    for number, line in enumerate(source.read_text().splitlines(), start=1):
        mark = re.search(r"// name: (.*)$", line)
        if mark and (kind != "node" or name_of(name) in mark.group(1)):
            # A function's place is known to the line, a variable by its name.
            return "name", f"{mark.group(1)}|{re.escape(source.name)}:{number}:"
    raise SystemExit(f"no mark for {case} in {source}")


def name_of(kind):
    return {"map": "sessions", "array": "history", "listener": "onPrice", "timer": "refresh", "lru": "recent",
            "strings": "seenNames", "buffer": "uploads"}[kind]


def named(report, mark):
    """Is the marked line or name in the first suspect?"""
    run = report["traced_run"] or report
    if not run["suspects"]:
        return False
    first = run["suspects"][0]
    how, text = mark
    made_at = (first["holder"] or {}).get("place") or {}
    sites = [place["site"] for place in first["places"]] + [made_at.get("site", "")]
    if how == "line":
        return any(site.endswith(line) for site in sites for line in text.split())
    steps = [f"{step['edge'] or ''} {step['object']} {step['site'] or ''}"
             for step in first["path"] + first["content"]]
    words = " ".join([first["name"], first["class"] or "", *sites, *steps])
    return re.search(text, words) is not None


def run(tidemark, case, innocent, duration, keep):
    command, folder, url, source = command_of(case)
    kind, name = case.split(":")
    environment = dict(os.environ, LEAK=name, INNOCENT="1" if innocent else "0")
    with tempfile.TemporaryDirectory() as out:
        begin = time.monotonic()
        done = subprocess.run(
            [tidemark, "reproduce", "--url", url, "--duration", duration, "-o", out, "--format", "json",
             "--keep-dumps", "yes" if keep else "no", "--", *command],
            cwd=folder, env=environment, capture_output=True, text=True)
        seconds = time.monotonic() - begin
        if keep:
            kept = pathlib.Path(keep) / f"{kind}-{name}-{'innocent' if innocent else 'leak'}"
            shutil.copytree(out, kept, dirs_exist_ok=True)
    if done.returncode not in (0, 3):
        return {"outcome": "failed", "right": False, "detail": done.stderr.strip()[-300:], "seconds": seconds}
    report = json.loads(done.stdout)
    outcome = report["conclusion"]["outcome"]
    growth = report["conclusion"]["growth_bytes_per_1000_requests"]
    result = {"outcome": outcome, "growth": growth["value"], "seconds": seconds, "detail": "",
              "requests": report["load"]["answered"], "clear": report["conclusion"]["clear"]}
    if innocent:
        result["right"] = outcome not in ("leak", "native_growth", "thread_growth")
        return result
    wanted = EXPECTED.get(case, "leak")
    result["right"] = outcome == wanted
    if wanted == "thread_growth":
        mark = expected_mark(case, source)[1]
        result["named"] = (report["new_threads"] or {}).get("name") == mark[:15]
        result["right"] = result["right"] and result["named"]
        result["detail"] = mark if result["named"] else f"not {mark}"
    if wanted == "leak":
        mark = expected_mark(case, source)
        result["named"] = named(report, mark)
        result["right"] = result["right"] and result["named"]
        shown = mark[1].replace("\\", "").replace("|", " or ").replace(" leaks", " or leaks").rstrip(":")
        result["detail"] = shown if result["named"] else f"not {shown}"
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tidemark", default=str(HERE.parent.parent / "build/release/tidemark"))
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--duration", default="90s")
    parser.add_argument("--keep", help="a folder for the runs' own folders")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(cases()))
        return 0
    arguments.tidemark = os.path.abspath(arguments.tidemark)
    wrong = 0
    print("| app | | outcome | growth per 1,000 requests | requests | named first | seconds | |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for case in arguments.only or cases():
        for innocent in (False, True):
            if not innocent and case.split(":")[1] in ALWAYS_INNOCENT:
                continue
            try:
                result = run(arguments.tidemark, case, innocent, arguments.duration, arguments.keep)
            except Missing as missing:
                print(f"| {case} | {'innocent' if innocent else 'leaks'} | left out: {missing} | | | | | |", flush=True)
                continue
            wrong += not result["right"]
            growth = f"{result['growth'] / 1000:.1f} kB" if "growth" in result else ""
            print(f"| {case} | {'innocent' if innocent else 'leaks'} | {result['outcome']} | {growth} | "
                  f"{result.get('requests', 0):,} | {result['detail'] if not innocent else ''} | "
                  f"{result['seconds']:.0f} | {'right' if result['right'] else 'WRONG'} |", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
