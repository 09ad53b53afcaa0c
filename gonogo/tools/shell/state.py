"""What is known while a script is read: the commands so far, options, folder, functions, and what surrounds a node."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """One simple command. ``line`` counts from 1 within the text. ``excuse`` says why its failure is lost."""

    words: tuple[str, ...]
    line: int
    env: tuple[tuple[str, str], ...] = ()
    folder: str = ""
    """Where ``cd`` has led, relative to where the script starts; ``?`` where that is not literal; ``@here`` is the
    folder of the script itself, ``@top`` the repository's."""
    excuse: str = ""
    stopped: str = ""
    """Why it is never reached."""
    conditional: bool = False
    """Whether it runs only under a condition of the script."""


@dataclass(frozen=True, slots=True)
class Context:
    lost: str = ""
    """Why a failure here is lost whatever the shell's options."""
    ignored: str = ""
    """Why ``set -e`` has no effect here."""
    tail: bool = True
    """Whether the status here becomes the status of the script."""
    conditional: bool = False
    depth: int = 0
    calls: int = 0


@dataclass
class State:
    text: str
    names: tuple[str, ...]
    errexit: bool
    pipefail: bool
    folder: str = ""
    stopped: str = ""
    values: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    functions: dict[str, Node] = field(default_factory=dict)
    found: list[ShellCommand] = field(default_factory=list)
