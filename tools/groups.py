#!/usr/bin/env python3
"""Says which source files can be compiled as one text, so that what they include is read once.

  tools/groups.py MOST FILE...    prints "<number> <file>" a line; a file that goes with none is left out

tools/lint.py reads such groups with clang-tidy; the release and asan builds compile them as unity
builds (cmake/TidemarkUnity.cmake). Files go together when none of them says a name that another
declares in its unnamed namespace, as far as a glance tells: it could mean something else in their
joined text. What a glance misses, the compiler refuses: then one of the two names has to change.
"""

import re
import sys
from pathlib import Path

# A declaration at the left margin: a type's name, or the word before its parameters or its value.
DECLARED = re.compile(r"^(?:template <.*> *)?(?:(?:struct|class|enum class|enum) (?P<type>\w+)|"
                      r"using (?P<alias>\w+) =|"
                      r"(?!using )[A-Za-z][\w:<>,*& .]*?\b(?<!::)(?P<name>\w+) *(?:\(|=|\{|;|\[))")
INCLUDED = re.compile(r"^#include .*$", re.MULTILINE)
SILENT = re.compile(
    r'\'(?:[^\'\\\n]|\\.)\'|//[^\n]*|R"(\w*)\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|^#[^\n]*$',
    re.MULTILINE | re.DOTALL)
# What a file calls, and its types and constants. A function's name as the name of a variable means that
# variable, wherever the function comes from.
WORD = re.compile(r"(?<![.\w])(?<!->)(?<!std::)(?:[A-Z]\w*|k[A-Z]\w*|[a-z_]\w*(?=\s*[(<]))")
ALIAS = re.compile(r"^using (\w+) = std::.*;$", re.MULTILINE)  # the same wherever it is said
# Headers that take seconds: who reads one goes with others who do.
COSTLY = re.compile(r"^#include <((?:CLI|nlohmann|simdjson|sqlite3|tsl)\b[^>]*)>", re.MULTILINE)
MACRO = re.compile(r"^#define (?!SKIP_)", re.MULTILINE)


def own_names(text):
    """What a file declares for itself alone, in its unnamed namespaces; not what it defines of a class."""
    names, inside = set(), False
    for line in text.splitlines():
        if line == "namespace {":
            inside = True
        elif line.startswith("}  // namespace"):
            inside = False
        elif inside and (match := DECLARED.match(line)):
            names.add(match["type"] or match["alias"] or match["name"])
    return names


def said_names(text):
    """Every name of the code that one of another file's own could stand for."""
    return set(WORD.findall(SILENT.sub(" ", text)))


def goes_alone(text):
    """A file that sets macros for what it includes, or includes something twice on purpose."""
    includes = INCLUDED.findall(text)
    return len(includes) != len(set(includes)) or bool(MACRO.search(text))


def groups(paths, most, key, boldly=False):
    """Lists of at most `most` paths that can be read as one, all with the same key(path). Boldly: that
    probably can, for who is able to read them one by one if not."""
    found = []
    texts = {path: path.read_text(errors="replace") for path in paths}
    for path in sorted(paths, key=lambda path: sorted(COSTLY.findall(texts[path])), reverse=True):
        text = texts[path]
        if goes_alone(text):
            found.append({"key": None, "paths": [path]})
            continue
        own, said = own_names(text) - set(ALIAS.findall(text)), said_names(text)
        if boldly:
            said = own
        for group in found:
            if (group["key"] == key(path) and len(group["paths"]) < most
                    and not group["own"] & said and not group["said"] & own):
                break
        else:
            group = {"key": key(path), "paths": [], "own": set(), "said": set()}
            found.append(group)
        group["paths"].append(path)
        group["own"] |= own
        group["said"] |= said
    return [group["paths"] for group in found]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    number = 0
    for group in groups([Path(name) for name in sys.argv[2:]], int(sys.argv[1]), lambda _: True):
        if len(group) > 1:
            number += 1
            for path in group:
                print(number, path)


if __name__ == "__main__":
    main()
