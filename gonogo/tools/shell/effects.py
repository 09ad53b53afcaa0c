"""What builtins do to the commands after them: ``set``, ``cd``, ``exit``, ``((x++))``; and scripts in arguments."""

from __future__ import annotations

import re

from gonogo.tools.shell.folders import entered
from gonogo.tools.shell.state import Context, State
from gonogo.tools.shell.words import core_words


def take_effect(words: tuple[str, ...], line: int, state: State, context: Context) -> None:
    """What a builtin changes for the commands after it."""
    name, rest = words[0], words[1:]
    if name == "set":
        _set_options(rest, state)
    elif name in ("cd", "pushd") and rest:
        state.folder = entered(rest[-1], state)
    elif name == "popd":
        state.folder = ""
    elif name in ("exit", "return", "exec") and not context.ignored and not context.conditional and not state.stopped:
        if name != "exec" or len(words) > 1:
            state.stopped = f"{'return' if name == 'return' else 'line ' + str(line)} {_STOPS[name]}"
    elif name == "let" and len(rest) == 1 and (counted := re.fullmatch(r"(\w+)\+\+", rest[0])):
        count_up(counted.group(1), line, state, context)


_STOPS = {"exit": "leaves the script", "return": "leaves the function", "exec": "replaces the script"}


def _set_options(words: tuple[str, ...], state: State) -> None:
    sign = ""
    for word in words:
        if word in ("errexit", "pipefail") and sign:
            setattr(state, word, sign == "-")
        elif re.fullmatch(r"[-+][a-zA-Z]+", word):
            sign = word[0]
            if "e" in word[1:]:
                state.errexit = sign == "-"


def count_up(name: str, line: int, state: State, context: Context) -> None:
    """``((x++))`` has the old value as its status: at 0 that is a failure, and ``set -e`` stops the script."""
    value = state.values.get(name)
    if value == 0 and state.errexit and not context.ignored and not context.lost and not state.stopped:
        state.stopped = f"line {line} stops the script: (({name}++)) is a failure while {name} is 0, and set -e is on"
    if value is not None:
        state.values[name] = value + 1


def nested_script(words: tuple[str, ...]) -> tuple[str, str] | None:
    """Options and text of ``bash -c TEXT``."""
    core = core_words(words)
    if core[0].rpartition("/")[2] in ("bash", "sh", "dash", "ash", "zsh"):
        for index, word in enumerate(core[1:], 1):
            if re.fullmatch(r"-[a-z]*c", word) and index + 1 < len(core):
                return " ".join(core[1 : index + 1]), core[index + 1]
            if not word.startswith("-") and word != "pipefail":
                return None
    if core[0] == "eval" and len(core) > 1:
        return "", " ".join(core[1:])
    return None
