"""Whether a script fails on a command although its shell goes on: ``|| exit``, a kept ``$?``, a flag that it tests."""

from __future__ import annotations

import re

from tree_sitter import Node

from gonogo.tools.shell.nodes import text_of
from gonogo.tools.shell.state import State


def passes_on(after: list[Node]) -> bool:
    """Says whether what follows hands the status on: nothing but ``exit`` or ``exit $?``."""
    return len(after) == 1 and re.fullmatch(r"(exit|return)(\s+\"?\$\??\"?)?", text_of(after[0]).strip()) is not None


def is_checked(node: Node, after: list[Node], state: State) -> bool:
    """Says whether the script looks at ``$?`` right after the command and exits on it, or keeps it and exits later."""
    if not after:
        return False
    following = text_of(after[0])
    if kept := re.search(r"\b(\w+)=\$(\?|\{\?\}|\{PIPESTATUS)", following):
        return _is_decisive_variable(kept.group(1), after[1:])
    if "$?" in following and after[0].type in ("if_statement", "list", "case_statement"):
        return has_failing_exit(after[0])
    return False


def _is_decisive_variable(name: str, after: list[Node]) -> bool:
    text = "\n".join(text_of(node) for node in after)
    if re.search(rf"\b(exit|return)\s+[\"(]*\$\(*\{{?{name}\b", text):
        return True
    used = re.search(rf"\$\(*\{{?{name}\b|\(\(\s*!?\s*{name}\b|\b{name}\s*[><!=]=?\s*\d", text)
    return used is not None and any(
        name in text_of(node) and has_failing_exit(node) for node in after if node.type in ("if_statement", "list")
    )


def swallowed(right: Node) -> str:
    text = " ".join(text_of(right).split())
    return f"|| {text if len(text) <= 40 else text[:37] + '...'} follows it"


def sets_decisive(right: Node, state: State) -> bool:
    """``|| failed=1`` counts where the script exits on ``$failed`` later."""
    text = text_of(right)
    assigned = re.search(r"\b(\w+)=(1|\$\?|true|\"?\$\{?\?)", text) or re.search(r"\(\(\s*(\w+)\+\+", text)
    if assigned is None:
        return False
    later = state.text.encode("utf-8", "replace")[right.end_byte :].decode("utf-8", "replace")
    name = assigned.group(1)
    exits = rf"\b(exit|return)\s+[\"(]*\$\(*\{{?{name}\b"
    tested = rf"\b{name}\b[\s\S]{{0,400}}?\bexit\s+[1-9$]"
    return re.search(f"{exits}|{tested}", later) is not None


def has_failing_exit(node: Node) -> bool:
    """Says whether one of its commands always fails: ``exit 1``, ``return 1``, ``false``, ``exit $?``."""
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type == "command":
            words = text_of(current).split()
            if words[0] in ("exit", "return"):
                if words[1:] != ["0"]:
                    return True
            elif words[0] in ("false", "die", "fail", "abort", "error_exit", "fatal"):
                return True
        elif current.type != "function_definition":
            stack.extend(current.named_children)
    return False
