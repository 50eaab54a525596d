#!/usr/bin/env python3
"""Writes the man page and the completions of bash, zsh and fish, from what the program says of itself.

    packaging/completions.py TIDEMARK FOLDER

FOLDER gets tidemark.1, tidemark.bash, _tidemark and tidemark.fish."""
import pathlib
import re
import subprocess
import sys


def said(program, *words):
    return subprocess.run([program, *words], check=True, capture_output=True, text=True).stdout


def commands(program):
    """(name, summary) of each command."""
    found = []
    for line in said(program, "help").splitlines():
        if match := re.match(r"  ([a-z]+)\b(.*)", line):
            found.append((match[1], re.split(r"\s{2,}", match[2].strip())[-1]))
    return found


def options(text):
    """(long name, words that it takes) of each option in a help text."""
    found = []
    for line in text.splitlines():
        if match := re.match(r"  (?:-\w, |    )(--[a-z-]+)(?: (\S+))?", line):
            words = (match[2] or "").split("|")
            found.append((match[1], words if len(words) > 1 and words[0].islower() else []))
    return found


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.splitlines())


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    version = said(program, "--version").split()[1]
    known = commands(program)
    helps = {name: said(program, name, "--help") for name, _ in known}

    page = [f'.TH TIDEMARK 1 "" "tidemark {version}" "User Commands"', ".SH NAME",
            "tidemark \\- why the memory of a Ruby or Node.js app grows", ".SH DESCRIPTION", ".nf",
            roff(said(program, "help")), ".fi"]
    for name, _ in known:
        page += [f".SH {name.upper()}", ".nf", roff(helps[name].rstrip()), ".fi"]
    (folder / "tidemark.1").write_text("\n".join(page) + "\n")

    names = " ".join(name for name, _ in known)
    bash = ["# bash completion of tidemark", "_tidemark() {",
            "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=",
            f'  if [[ $COMP_CWORD -eq 1 ]]; then COMPREPLY=($(compgen -W "{names}" -- "$word")); return; fi',
            "  case ${COMP_WORDS[1]}:$before in"]
    for name, _ in known:
        for option, words in options(helps[name]):
            if words:
                bash.append(f'    {name}:{option}) words="{" ".join(words)}" ;;')
    bash += ["  esac", '  if [[ -z $words && $word == -* ]]; then', "    case ${COMP_WORDS[1]} in"]
    for name, _ in known:
        bash.append(f'      {name}) words="{" ".join(o for o, _ in options(helps[name]))}" ;;')
    bash += ["    esac", "  fi", '  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$word"));',
             '  else COMPREPLY=($(compgen -f -- "$word")); fi', "}",
             "complete -o filenames -F _tidemark tidemark"]
    (folder / "tidemark.bash").write_text("\n".join(bash) + "\n")

    zsh = ["#compdef tidemark", "autoload -U +X bashcompinit && bashcompinit"] + bash[1:]
    (folder / "_tidemark").write_text("\n".join(zsh) + "\n")

    fish = []
    for name, summary in known:
        quoted = summary.replace("\\", "\\\\").replace("'", "\\'")
        fish.append(f"complete -c tidemark -n __fish_use_subcommand -a {name} -d '{quoted}'")
        for option, words in options(helps[name]):
            takes = f" -x -a '{' '.join(words)}'" if words else ""
            fish.append(f"complete -c tidemark -n '__fish_seen_subcommand_from {name}' "
                        f"-l {option[2:]}{takes}")
    (folder / "tidemark.fish").write_text("\n".join(fish) + "\n")


main()
