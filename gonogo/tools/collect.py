"""Runs tools once an audit, whoever asks first, and keeps what they read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from threading import Lock, RLock
from typing import Any

from gonogo.facts import Facts
from gonogo.facts.live import Live, live_of
from gonogo.facts.repository import Repository
from gonogo.facts.unread import Unread
from gonogo.model.target import Target
from gonogo.tools.ahead import Ahead, start
from gonogo.tools.cloudformation import read_cloudformation
from gonogo.tools.code import read_code
from gonogo.tools.compose import read_compose
from gonogo.tools.dependencies import read_dependencies
from gonogo.tools.docker import read_docker
from gonogo.tools.documents import read_documents
from gonogo.tools.errors import ToolError
from gonogo.tools.kubernetes import read_kubernetes
from gonogo.tools.monitoring import read_monitoring
from gonogo.tools.pipelines import read_pipelines
from gonogo.tools.redaction import clean
from gonogo.tools.secrets import read_secrets
from gonogo.tools.terraform import read_terraform

Tool = Callable[[Repository, Target], Any]
Around = Callable[[str], AbstractContextManager[Any]]

REPOSITORY_TOOLS: dict[str, Tool] = {
    "terraform": read_terraform,
    "cloudformation": read_cloudformation,
    "kubernetes": read_kubernetes,
    "compose": read_compose,
    "docker": read_docker,
    "pipelines": read_pipelines,
    "code": read_code,
    "dependencies": read_dependencies,
    "secrets": read_secrets,
    "monitoring": read_monitoring,
    "documents": read_documents,
}

LIVE = "live"

SLOWEST = "code"
"""The tool that takes about as long as all others together."""
MANY_FILES = 100
"""Files from which on a second process pays."""


class Collector:
    """Facts of one target, read lazily and once. Safe to share between specialists' threads."""

    def __init__(self, repository: Repository, target: Target, tools: dict[str, Tool] | None = None) -> None:
        self.repository, self.target = repository, target
        self._tools = REPOSITORY_TOOLS if tools is None else tools
        self._found: dict[str, Any] = {}
        self._missing: dict[str, str] = {}
        self._lock = RLock()
        self._ahead: Ahead | None = None
        self._ahead_lock = Lock()

    def start_ahead(self) -> None:
        """Lets a second process read with the slowest tool until it is asked for, in a target of some size."""
        if len(self.repository.files) >= MANY_FILES and SLOWEST in self._tools:
            self._ahead = start(lambda: self._tools[SLOWEST](self.repository, self.target))

    def collect(self, names: tuple[str, ...], around: Around = nullcontext) -> Facts:
        """The facts of those tools; a failed one is in ``missing``. ``around`` surrounds each that runs, by name."""
        for name in sorted(names, key=lambda name: name == SLOWEST):  # what is read elsewhere meanwhile comes last
            if name == SLOWEST:
                self._take(around)
            if name != "repository":
                self._run(name, around)
        with self._lock:
            read = {name: self._found[name] for name in names if name in self._found}
            missing = {name: self._missing[name] for name in names if name in self._missing}
        if self.repository.snapshot:
            read[LIVE] = self._live
        return Facts(self.target, self.repository, read, missing)

    @cached_property
    def _live(self) -> Live:
        """What live sources showed: it was read before the audit, so that nothing can fail here."""
        return live_of(self.repository.snapshot)

    def unread(self, names: tuple[str, ...]) -> tuple[Unread, ...]:
        """What those of the tools that ran could not read, and what nobody could find."""
        with self._lock:
            read = [self._found[name] for name in names if name in self._found]
        found = {item for facts in read for item in getattr(facts, "unread", ())}
        return tuple(sorted({*self.repository.unread, *found}))

    def _take(self, around: Around) -> None:
        """Waits for what a second process reads; where that ended without a result, the tool runs here."""
        with self._ahead_lock:
            if self._ahead is not None:
                with around(SLOWEST):
                    found = self._ahead.take()
                self._ahead = None
                if found is not None:
                    with self._lock:
                        self._found[SLOWEST] = found

    def _run(self, name: str, around: Around) -> None:
        with self._lock:
            if name in self._found or name in self._missing:
                return
            try:
                with around(name):
                    self._found[name] = self._tools[name](self.repository, self.target)
            except ToolError as error:
                self._missing[name] = str(error)
            except Exception as error:  # noqa: BLE001  the outermost loop over tools: one that breaks costs its own facts
                broken = f"the {name} tool broke on it ({type(error).__name__}: {error})"
                self._missing[name] = clean(broken).text  # what broke it may be what it read
