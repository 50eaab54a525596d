#!/usr/bin/env python3
"""Runs clang-tidy over the sources, and not again over what it has already found clean.

  tools/lint.py            the program, the fuzzers and the benchmarks, as ./check --full does
  tools/lint.py --all      the tests as well, which take as long again
  tools/lint.py FILE...    these files

A file's key is the hash of its text, of every header of ours that it reaches, of its compiler
command, of .clang-tidy and of clang-tidy's version. A clean file leaves a stamp of that name in
build/lint/. The compilation database is that of the "tidy" preset, which this configures.
"""

import bisect
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import groups

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "tidy"
STAMPS = ROOT / "build" / "lint"
TIDY = os.environ.get("CLANG_TIDY", "clang-tidy-19")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
COMPLAINT = re.compile(r"/batch\.cc:(\d+):\d+: (?:error|warning): ")
MOST = 10  # files read as one
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


def batches(paths, commands):
    """Files that can be read as one: of one room and with the same flags. The largest come first."""
    def key(path):
        return tuple(flags_of(commands[path], path)), path.relative_to(ROOT).parts[:2]

    found = sorted(groups.groups(paths, MOST, key, boldly=True), key=lambda batch: -len(batch))
    return [(flags_of(commands[batch[0]], batch[0]), batch) for batch in found]


def flags_of(command, path):
    """The compiler's flags alone: not its name, nor what is read and written."""
    words = shlex.split(command)
    output = words.index("-o") if "-o" in words else len(words)
    return [word for word in words[1:output] + words[output + 2 :] if word not in ("-c", "--", str(path))]


def joined(paths):
    """The texts of some files as one, and the first line of each in it."""
    starts, lines = [], []
    for path in paths:
        starts.append(len(lines) + 1)
        lines += path.read_text(errors="replace").splitlines()
    return "\n".join(lines) + "\n", starts


def lint(flags, paths):
    """The files that have complaints, each with them. Several are read as one text: most of
    clang-tidy's time goes into the headers, which they share, and the analyzer looks only at what the
    main file itself holds. Where that text is not clean, or does not compile because the files do not
    go together, those that are to blame are read by themselves."""
    single = len(paths) == 1
    checks = []
    if is_test(paths[0]):
        # The analyzer would walk every branch inside Google Test's macros.
        checks.append("-clang-analyzer-*")
    with tempfile.TemporaryDirectory() as folder:
        source = paths[0]
        if not single:
            checks.append("-readability-duplicate-include")
            source = pathlib.Path(folder) / "batch.cc"
            text, starts = joined(paths)
            source.write_text(text)
            flags = [*flags, "-Wno-shadow"]  # one file's names behind another's
        result = subprocess.run(
            [TIDY, "--quiet", f"--config-file={ROOT}/.clang-tidy", f"--checks={','.join(checks)}",
             str(source), "--", *flags],
            cwd=BUILD,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    if result.returncode == 0:
        return {}
    if single:
        return {paths[0]: (result.stdout or result.stderr).replace(f"{ROOT}/", "")}
    blamed = {bisect.bisect(starts, int(line)) - 1 for line in COMPLAINT.findall(result.stdout)}
    apart = [paths[index] for index in sorted(blamed)] or paths
    found = {}
    for path in apart:
        found |= lint(flags, [path])
    rest = [path for path in paths if path not in apart]
    return found | lint(flags, rest) if rest else found


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
        work = batches(todo, commands)
        for (_, paths), complaints in zip(work, pool.map(lambda batch: lint(*batch), work)):
            failed += len(complaints)
            for path in paths:
                if path in complaints:
                    print(complaints[path])
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
