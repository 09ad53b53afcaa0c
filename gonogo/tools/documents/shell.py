"""Shell commands of documents: read lightly, since documents show sessions, fragments and placeholders."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from posixpath import normpath

from gonogo.facts.documents import CodeBlock, DocCommand
from gonogo.facts.repository import File
from gonogo.model.evidence import Place
from gonogo.tools.documents.paths import Paths

_SHELL = frozenset(
    {
        "bash",
        "sh",
        "shell",
        "zsh",
        "console",
        "shell-session",
        "shellsession",
        "terminal",
        "command",
        "commandline",
        "cmd",
    }
)
_PROMPT = re.compile(r"^\s*(?:[\w.@:~/-]*[$%❯]\s+|PS [^>]*>\s*|>\s+)")
_PROGRAMS = re.compile(
    r"^(sudo |docker|docker-compose|kubectl|helm|make|npm|npx|pnpm|yarn|bun|python3?|pip3?|poetry|uv|go|mvn|\./"
    r"|terraform|tofu|git|cd|curl|wget|cp|mkdir|export"
    r"|aws|gcloud|az|sam|cdk|serverless|sls|pulumi|skaffold|bash|sh|node|java|cargo|bundle|composer|php|dotnet"
    r"|ansible|task|just)\b"
)
_SEPARATORS = frozenset({"&&", "||", ";", "|", "&", "|&"})
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?")
MOST_COMMANDS = 400


def with_commands(file: File, blocks: list[CodeBlock], paths: Paths) -> tuple[CodeBlock, ...]:
    """The blocks, those of shells with their commands. A folder holds to the end of its block, then it is unknown."""
    moved = False
    done = []
    for block in blocks:
        if not _is_shell(block):
            done.append(block)
            continue
        commands, left = _block_commands(file, block, paths, "?" if moved else file.root.rstrip("/"))
        moved = moved or left
        done.append(replace(block, commands=tuple(commands[:MOST_COMMANDS])))
    return tuple(done)


def _is_shell(block: CodeBlock) -> bool:
    if block.language in _SHELL:
        return True
    if block.language not in ("", "text", "plaintext", "txt", "plain"):
        return False
    first = next((line for line in block.text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    return bool(re.match(r"^\s*\$\s", first) or _PROGRAMS.match(first.strip()))


def _block_commands(file: File, block: CodeBlock, paths: Paths, folder: str) -> tuple[list[DocCommand], bool]:
    start, commands = folder, []
    cloned = False
    for words, line in split_script(block.text, block.at.line):
        if words[0] == "cd":
            folder = _entered(file, folder, words[1] if len(words) > 1 else "", paths, cloned)
            continue
        cloned = cloned or words[:2] == ("git", "clone")
        commands.append(DocCommand(words, Place(file.path, line, line, " ".join(words)[:80]), folder))
    return commands, folder != start


def _entered(file: File, folder: str, target: str, paths: Paths, cloned: bool) -> str:
    clean = target.rstrip("/")
    if folder != "?" and clean:
        path = normpath(f"{folder}/{clean}" if folder else clean)
        if path in paths.repository.folders:
            return path
        if path in (".", file.root.rstrip("/")):
            return file.root.rstrip("/")
    if cloned and "/" not in clean:
        return file.root.rstrip("/")  # into the clone
    return next((c for c in (clean, f"{file.folder}/{clean}") if c in paths.repository.folders and c), "?")


def split_script(text: str, first: int = 1) -> list[tuple[tuple[str, ...], int]]:
    """Simple commands of a script with their lines; comments, prompts, here-documents and the unsplittable left out."""
    found: list[tuple[tuple[str, ...], int]] = []
    lines = text.splitlines()
    prompted = any(re.match(r"^\s*\$\s", line) for line in lines)
    number = 0
    while number < len(lines):
        line, start = lines[number], number
        number += 1
        if prompted and not re.match(r"^\s*[\w.@:~/-]*\$\s", line):
            continue  # what a session prints
        line = _PROMPT.sub("", line)
        while line.rstrip().endswith("\\") and number < len(lines):
            line = line.rstrip()[:-1] + " " + re.sub(r"^\s*>\s", "", lines[number])
            number += 1
        if heredoc := _HEREDOC.search(line):
            while number < len(lines) and lines[number].strip() != heredoc.group(1):
                number += 1
            number += 1
            line = line[: heredoc.start()]
        found += [(words, first + start) for words in _simple(line)]
    return found


def _simple(line: str) -> list[tuple[str, ...]]:
    if not line.strip() or line.lstrip().startswith(("#", "//", "{", "}")) or len(line) > 2000:
        return []
    lexer = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
    lexer.whitespace_split = True
    try:
        tokens = list(lexer)
    except ValueError:
        return []
    commands: list[list[str]] = [[]]
    for token in tokens:
        if token in _SEPARATORS or token in ("(", ")"):
            commands.append([])
        else:
            commands[-1].append(token)
    return [tuple(words) for words in map(_bare, commands) if words]


def _bare(words: list[str]) -> list[str]:
    """Without redirections, sudo, time and assignments in front."""
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif set(word) <= set("<>&") or re.fullmatch(r"\d?>{1,2}", word):
            skip = True
        else:
            kept.append(word)
    while kept and (re.match(r"^[A-Za-z_]\w*=", kept[0]) or kept[0] in ("sudo", "time", "exec", "then", "do", "-E")):
        kept = kept[1:]
    return kept
