#!/usr/bin/env python3
"""Fails when a source file includes a header that its room may not know, or when two rooms define
a type of the same full name, of which the linker would silently keep one.

The rooms and what each may include stand in CMakeLists.txt, in the tidemark_room() calls. Beside
them, tests/support may include base, heap, series and host, and a *_test.cc of a room may include
tests/support ("support/..."). Benchmarks, fuzzers and whole-program tests may include every room.

  tools/check_layers.py [root]
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
ROOM = re.compile(r"^tidemark_room\(([^)]*)\)", re.MULTILINE)
NAMESPACE = re.compile(r"^namespace ?([\w:]*) ?\{")
TYPE = re.compile(r"^(?:struct|class|enum class) (\w+)(?: final)?(?: : [^;]*)? ?\{")
SUPPORT_MAY = {"base", "heap", "series", "host"}


def read_rooms(cmake_lists):
    """Room name -> set of rooms it may include."""
    rooms = {}
    for match in ROOM.finditer(cmake_lists.read_text()):
        name, *words = match.group(1).split()
        deps, keyword = set(), None
        for word in words:
            if word in ("DEPS", "LIBS"):
                keyword = word
            elif keyword == "DEPS":
                deps.add(word)
        unknown = deps - rooms.keys()
        if unknown:
            sys.exit(f"{cmake_lists}: {name} stands below {', '.join(sorted(unknown))}")
        rooms[name] = deps
    return rooms


def includes(path):
    lines = path.read_text(errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1)


def types(path):
    """The full names of the types that a file defines for all to see."""
    inside = []
    for line in path.read_text(errors="replace").splitlines():
        if match := NAMESPACE.match(line):
            inside.append(match.group(1))
        elif line.startswith("}  // namespace"):
            inside = inside[:-1]
        elif "" not in inside and (match := TYPE.match(line)):
            yield "::".join([*inside, match.group(1)])


def sources(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in (".cc", ".h"))


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
    if len(sys.argv) <= 1:
        root = root.parent.parent
    rooms = read_rooms(root / "CMakeLists.txt")
    problems = []
    checked = 0
    defined = {}

    def check(path, owner, may):
        nonlocal checked
        checked += 1
        for number, header in includes(path):
            where = f"{path.relative_to(root)}:{number}"
            first, _, rest = header.partition("/")
            if not rest or ".." in header.split("/"):
                problems.append(f'{where}: write "{header}" from the root of src/: "room/name.h"')
            elif first == "support":
                if "support" not in may:
                    problems.append(f"{where}: only tests may include {header}")
            elif first not in rooms:
                problems.append(f"{where}: {header} is in no room; use <...> for a library")
            elif first not in may:
                problems.append(f"{where}: {owner} may not include {header}")

    for folder in sorted((root / "src").glob("*")):
        if not folder.is_dir():
            problems.append(f"{folder.relative_to(root)}: every source belongs in a room")
            continue
        if folder.name not in rooms:
            if sources(folder):
                problems.append(f"src/{folder.name}: no such room in CMakeLists.txt")
            continue
        for path in sources(folder):
            may = rooms[folder.name] | {folder.name}
            if path.name.endswith("_test.cc"):
                may = may | {"support"}
            check(path, folder.name, may)
            for name in [] if path.name.endswith("_test.cc") else types(path):
                if name in defined:
                    problems.append(f"{path.relative_to(root)}: {name} is in {defined[name]} too")
                defined[name] = path.relative_to(root)
    for path in sources(root / "tests" / "support"):
        check(path, "tests/support", SUPPORT_MAY | {"support"})

    for problem in problems:
        print(problem)
    print(f"layers: {checked} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
