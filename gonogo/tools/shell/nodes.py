"""Words and parts of the syntax tree of a shell script."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node


def word(node: Node) -> str:
    """The text of a word without its quotes."""
    if node.type == "command_name" and node.named_children:
        return "".join(word(child) for child in node.children)
    if node.type == "raw_string":
        return text_of(node)[1:-1]
    if node.type == "string":
        return re.sub(r'\\(["\\$`])', r"\1", text_of(node)[1:-1])
    if node.type == "ansi_c_string":
        return text_of(node)[2:-1]
    if node.type == "concatenation":
        return "".join(word(child) for child in node.children)
    if node.type == "word":
        return re.sub(r"\\(.)", r"\1", text_of(node).replace("\\\n", ""))
    return text_of(node)


def unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def text_of(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def substitutions_below(node: Node) -> Iterator[Node]:
    stack = list(reversed(node.named_children))
    while stack:
        child = stack.pop()
        if child.type in ("command_substitution", "process_substitution"):
            yield child
        elif child.type != "heredoc_body":
            stack.extend(reversed(child.named_children))
