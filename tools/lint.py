#!/usr/bin/env python3
"""Runs clang-tidy over the sources, and not again over what it has already found clean.

  tools/lint.py            the program, the fuzzers and the benchmarks, as ./check does
  tools/lint.py --all      the tests as well, which take as long again
  tools/lint.py FILE...    these files

A file's key is the hash of its text, of every header of ours that it reaches, of its compiler
command, of .clang-tidy and of clang-tidy's version. A clean file leaves a stamp of that name in
build/lint/. The compilation database is that of the "tidy" preset, which this configures.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "tidy"
STAMPS = ROOT / "build" / "lint"
TIDY = os.environ.get("CLANG_TIDY", "clang-tidy-19")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
INCLUDE_ROOTS = [ROOT / "src", ROOT / "tests", ROOT / "fuzz", ROOT / "bench"]


def configure():
    result = subprocess.run(
        ["cmake", "--preset", "tidy"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        sys.exit(result.stdout + result.stderr)
    database = json.loads((BUILD / "compile_commands.json").read_text())
    return {pathlib.Path(entry["file"]): entry["command"] for entry in database}


class Hasher:
    def __init__(self):
        version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
        self._common = version + (ROOT / ".clang-tidy").read_bytes()
        self._texts = {}

    def _text(self, path):
        if path not in self._texts:
            self._texts[path] = path.read_bytes()
        return self._texts[path]

    def _reached(self, path):
        """The file and every header of ours below it, in a fixed order."""
        seen, todo = set(), [path]
        while todo:
            current = todo.pop()
            if current in seen:
                continue
            seen.add(current)
            for name in INCLUDE.findall(self._text(current).decode(errors="replace")):
                for base in [current.parent, *INCLUDE_ROOTS]:
                    if (base / name).is_file():
                        todo.append((base / name).resolve())
                        break
        return sorted(seen)

    def key(self, path, command):
        digest = hashlib.sha256(self._common)
        digest.update(command.replace(str(ROOT), "").encode())
        for reached in self._reached(path):
            digest.update(f"\0{reached.relative_to(ROOT)}\0".encode())
            digest.update(self._text(reached))
        return digest.hexdigest()[:32]


def is_test(path):
    return path.name.endswith("_test.cc") or path.is_relative_to(ROOT / "tests")


def lint(path):
    """clang-tidy's complaints about one file; empty when it has none."""
    command = [TIDY, "-p", str(BUILD), "--quiet"]
    if is_test(path):
        # The analyzer would walk every branch inside Google Test's macros.
        command.append("--checks=-clang-analyzer-*")
    result = subprocess.run(
        [*command, str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if result.returncode == 0:
        return ""
    return (result.stdout or result.stderr).replace(f"{ROOT}/", "")


def main():
    commands = configure()
    inside = {path: command for path, command in commands.items()
              if path.is_file() and path.is_relative_to(ROOT)
              and not path.is_relative_to(ROOT / "build")}
    wanted = {path: command for path, command in inside.items() if not is_test(path)}
    if sys.argv[1:] == ["--all"]:
        wanted = inside
    elif len(sys.argv) > 1:
        chosen = {pathlib.Path(name).resolve() for name in sys.argv[1:]}
        wanted = {path: command for path, command in inside.items() if path in chosen}

    hasher = Hasher()
    keys = {path: hasher.key(path, command) for path, command in wanted.items()}
    STAMPS.mkdir(parents=True, exist_ok=True)
    todo = sorted(path for path, key in keys.items() if not (STAMPS / key).exists())
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for path, complaints in zip(todo, pool.map(lint, todo)):
            if complaints:
                failed += 1
                print(complaints)
            else:
                (STAMPS / keys[path]).touch()
    if wanted is inside:  # else the stamps of tests would look stale
        current = set(keys.values())
        for stamp in STAMPS.iterdir():
            if stamp.name not in current:
                stamp.unlink()

    print(f"clang-tidy: {len(todo)} files read, {len(keys) - len(todo)} unchanged, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
