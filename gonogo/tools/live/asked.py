"""Asks a server's API, question by question: each has an answer, or a gap that says why there is none."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from gonogo.model.snapshot import Gap, Record
from gonogo.tools.errors import ToolError
from gonogo.tools.live.web import Answer, Web

MOST_SECONDS = 120.0
"""For all questions to one server together."""
MOST_RECORDS = 5_000
LONGEST_TEXT = 2_000
_PAUSE = 0.2
_REASONS = {
    401: "it asks for a login (401)",
    403: "it forbids this (403)",
    404: "it has no such API, or not in this version (404)",
    405: "it has no such API, or not in this version (405)",
    501: "it has not implemented this (501)",
}
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@\"']*@|(?<=\w)\?[^\s\"'<>]*")


@dataclass
class Asked:
    """The questions to one server. ``allowed`` is the closed list of paths that may be asked, whole; all are GETs."""

    web: Web
    source: str
    allowed: re.Pattern[str]
    gaps: list[Gap] = field(default_factory=list)
    _answered: bool = False
    _started: float = field(default_factory=time.monotonic)

    def ask(self, path: str, kind: str, params: Mapping[str, str] | None = None, *, permission: str = "") -> Any:
        """The JSON of an answer; None where there is none, which a gap of this kind tells.

        Raises ToolError where the server can't be reached, as long as it has answered nothing.
        """
        if not self.allowed.fullmatch(path):
            raise ToolError(f"{path}: is not among what gonogo asks of {self.source}.")
        if self.is_late:
            self.miss(kind, f"the answers of this server took more than {MOST_SECONDS:.0f} s together")
            return None
        try:
            answer = self.web.get(path, params)
            if answer.status == 500:  # the client itself tries again what says of itself that it may pass
                time.sleep(_PAUSE)
                answer = self.web.get(path, params)
        except ToolError as error:
            if not self._answered:
                raise
            self.miss(kind, str(error).rstrip("."))
            return None
        self._answered = True
        if answer.status != 200:
            why = _REASONS.get(answer.status, f"it answers with HTTP status {answer.status}")
            self.miss(kind, why, permission if answer.status in (401, 403) else "")
            return None
        return self._value(answer, kind)

    def miss(self, kind: str, why: str, permission: str = "") -> None:
        """Notes that records of a kind could not be seen."""
        self.gaps.append(Gap(source=self.source, kind=kind, why=shown(why) or "no reason", permission=permission))

    def records(self, kind: str, found: Iterable[tuple[str, dict[str, Any]]]) -> list[Record]:
        """Records of (name, data), at most MOST_RECORDS; a name that comes again gets a number."""
        items, seen = list(found), Counter[str]()
        if len(items) > MOST_RECORDS:
            self.miss(kind, f"it has {len(items)}, and only the first {MOST_RECORDS} were looked at")
        made = []
        for name, data in items[:MOST_RECORDS]:
            seen[name] += 1
            number = f" ({seen[name]})" if seen[name] > 1 else ""
            made.append(Record(source=self.source, kind=kind, name=f"{shown(name)[:200] or '?'}{number}", data=data))
        return made

    @property
    def is_late(self) -> bool:
        """Whether the time for this server is over."""
        return time.monotonic() - self._started > MOST_SECONDS

    def _value(self, answer: Answer, kind: str) -> Any:
        try:
            value = answer.json()
        except ToolError:
            what = "an HTML page, as a login has," if b"<" in answer.body[:200] else "something"
            self.miss(kind, f"it answers with {what} that is no JSON")
            return None
        if value is None:
            self.miss(kind, "it answers with nothing")
        return value


def shown(value: Any) -> str:
    """A server's text, cut, without the credentials and parameters of addresses in it."""
    return text_of(_CREDENTIALS.sub("", str(value if value is not None else "")))


def text_of(value: Any) -> str:
    """A server's text as it is, cut: for expressions and patterns, in which a question mark has another meaning."""
    return str(value if value is not None else "")[:LONGEST_TEXT]


def host_of(url: str) -> str:
    """The host and port of an address, as a report names the server."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or "server"


def part(value: Any, name: str) -> dict[str, Any]:
    """The mapping under a name; an empty one where there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def dicts(value: Any) -> list[dict[str, Any]]:
    """The mappings of a list; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def picked(value: Any, names: Iterable[str]) -> dict[str, str]:
    """Those values of a mapping that it has, as text."""
    found = value if isinstance(value, dict) else {}
    return {name: shown(found[name]) for name in names if found.get(name) is not None}
