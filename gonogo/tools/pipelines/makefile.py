"""Targets of a Makefile, as the pieces of shell that ``make`` runs for them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gonogo.facts.repository import Repository
from gonogo.tools.pipelines.leads import Lead, Piece, join

_VARIABLE = re.compile(r"^(?:export\s+|override\s+)*([\w.-]+)\s*(\?|:{1,3}|\+|!)?=\s*(.*)$")
_RULE = re.compile(r"^([^\s:=#][^:=#]*?)\s*:(:?)(?!=)\s*(.*)$")
_REFERENCE = re.compile(r"\$\((\w[\w.-]*)\)|\$\{(\w[\w.-]*)\}")
_FUNCTION = re.compile(
    r"\$\((shell|foreach|if|call|wildcard|patsubst|subst|filter|firstword|word|addprefix|addsuffix|abspath|realpath|dir|"
    r"notdir|strip|sort|or|and|eval|info|warning|error|value|origin)\b[^()]*(\([^()]*\)[^()]*)*\)"
)
_DEEPEST = 12


@dataclass
class _Target:
    needs: list[str] = field(default_factory=list)
    recipe: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Makefile:
    """What make reads: targets with recipes, and variables with plain values."""

    path: str
    targets: dict[str, _Target] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    first: str = ""
    open_ended: bool = False
    """Whether includes that are not there or pattern rules could define more targets."""
    strict: bool = False
    """Whether ``.SHELLFLAGS`` has ``-e``."""
    one_shell: bool = False
    """Whether ``.ONESHELL`` hands each recipe to one shell as a whole."""


def make_lead(repository: Repository, words: tuple[str, ...], folder: str) -> Lead:
    """What ``make`` with these words runs."""
    goals: list[str] = []
    name, keep_going = "", ""
    skip = False
    for index, word in enumerate(words[1:], 1):
        if skip:
            skip = False
        elif word in ("-C", "-f", "--file", "--directory", "-j", "-o", "-I", "--makefile"):
            value = words[index + 1] if index + 1 < len(words) else ""
            if word in ("-C", "--directory"):
                folder = join(folder, value)
            elif word in ("-f", "--file", "--makefile"):
                name = value
            skip = word != "-j" or value.isdigit()
        elif word.startswith("--directory=") or (word.startswith("-C") and len(word) > 2):
            folder = join(folder, word.partition("=")[2] or word[2:])
        elif re.fullmatch(r"-[a-zA-Z]*i[a-zA-Z]*", word) or word == "--ignore-errors":
            keep_going = "make -i ignores failures"
        elif not word.startswith("-") and "=" not in word:
            goals.append(word)
    if folder == "?" or "$" in folder:
        return Lead()
    candidates = [name] if name else ["GNUmakefile", "makefile", "Makefile"]
    file = next((f for n in candidates if (f := repository.file(join(folder, n)))), None)
    if file is None:
        return Lead(missing=f"no Makefile in {folder or 'the root'}")
    found = read_makefile(repository, file.path)
    pieces: list[Piece] = []
    for goal in goals or [found.first]:
        if "$" in goal:
            continue
        if goal not in found.targets and not found.open_ended and not repository.exists(join(folder, goal)):
            return Lead(tuple(pieces), missing=f"target {goal} is not in {file.path}")
        _collect(found, goal, folder, keep_going, pieces, set(), 0)
    return Lead(tuple(pieces))


def read_makefile(repository: Repository, path: str) -> Makefile:
    """Reads a Makefile and the ones that it includes."""
    found = Makefile(path)
    _read(repository, path, found, 0)
    return found


def _read(repository: Repository, path: str, found: Makefile, depth: int) -> None:
    current: list[_Target] = []
    lines = repository.lines(path)
    index, define = 0, False
    while index < len(lines):
        line, number = lines[index], index + 1
        index += 1
        if define:
            define = not line.startswith("endef")
            continue
        while line.endswith("\\") and index < len(lines) and not line.startswith("\t#"):
            line += "\n" + lines[index]
            index += 1
        if line.startswith("\t"):
            for target in current:
                target.recipe.append((number, line))
            continue
        text = re.sub(r"\s*\\\n\s*", " ", line).strip()
        if not text or text.startswith("#"):
            continue
        if text.startswith("define "):
            define = True
        elif include := re.match(r"[-s]?include\s+(.+)", text):
            _include(repository, path, include[1], found, depth)
        elif variable := _VARIABLE.match(text):
            _assign(found, variable)
        elif rule := _RULE.match(text):
            current = _rule(found, path, rule, number)
        elif not re.match(r"(ifeq|ifneq|ifdef|ifndef|else|endif|export|unexport|vpath|\.)", text):
            current = []


def _include(repository: Repository, path: str, names: str, found: Makefile, depth: int) -> None:
    folder = path.rpartition("/")[0]
    for name in names.split():
        file = repository.file(join(folder, name)) if "$" not in name else None
        if file is None or depth > 4:
            found.open_ended = True
        else:
            _read(repository, file.path, found, depth + 1)


def _assign(found: Makefile, variable: re.Match[str]) -> None:
    name, operator, value = variable[1], variable[2] or "", variable[3].partition(" #")[0].strip()
    if name == ".SHELLFLAGS" and re.search(r"-[a-z]*e", value):
        found.strict = True
    if operator == "+":
        found.variables[name] = (found.variables.get(name, "") + " " + value).strip()
    elif operator == "?":
        found.variables.setdefault(name, value)
    elif operator != "!":
        found.variables[name] = value


def _rule(found: Makefile, path: str, rule: re.Match[str], number: int) -> list[_Target]:
    needs, _, inline = rule[3].partition(";")
    found.one_shell = found.one_shell or rule[1] == ".ONESHELL"
    targets = []
    for name in expand(rule[1], found.variables).split():
        if "%" in name or "$" in name:
            found.open_ended = True
        target = found.targets.setdefault(name, _Target())
        target.needs += [n for n in expand(needs.partition("#")[0], found.variables).split() if n != "|"]
        if inline.strip():
            target.recipe.append((number, "\t" + inline.strip()))
        targets.append(target)
        if not found.first and not name.startswith(".") and "%" not in name:
            found.first = name
    return targets


def _collect(
    found: Makefile, goal: str, folder: str, excuse: str, pieces: list[Piece], seen: set[str], depth: int
) -> None:
    target = found.targets.get(goal)
    if target is None or goal in seen or depth > _DEEPEST or len(pieces) > 400:
        return
    seen.add(goal)
    for need in target.needs:
        _collect(found, need, folder, excuse, pieces, seen, depth + 1)
    recipe = target.recipe
    if found.one_shell and recipe:
        recipe = [(recipe[0][0], "\t" + "\n".join(re.sub(r"^\t\s*[@+-]*", "", line) for _, line in recipe))]
    for number, line in recipe:
        prefix = re.match(r"\t\s*([@+-]*)\s*", line)
        start = prefix.end() if prefix else 1
        ignored = "make ignores it (- in front)" if prefix and "-" in prefix[1] else excuse
        text = expand(line[start:], found.variables | {"@": goal})
        if text.strip():
            pieces.append(Piece(text, found.path, number, folder, errexit=found.strict, excuse=ignored))


def expand(text: str, variables: dict[str, str], depth: int = 0) -> str:
    """Variables with plain values put in; ``$(MAKE)`` is make, functions stay opaque, ``$$`` is a dollar."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name == "MAKE":
            return "make"
        if name in variables and depth < 6:
            return expand(variables[name], variables, depth + 1)
        return "${" + name + "}"

    text = text.replace("$@", variables.get("@", "$@")).replace("$$", "\0")
    text = _REFERENCE.sub(value, text)
    text = _FUNCTION.sub("${MAKE_FUNCTION}", text)
    return text.replace("\0", "$")
