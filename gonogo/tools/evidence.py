"""Turns places and searches into evidence: what stands there is read again, cleaned and hashed."""

from __future__ import annotations

from threading import Lock

from gonogo.facts.repository import Repository
from gonogo.model.criterion import Strength
from gonogo.model.evidence import Evidence, Locator, Place, Searched
from gonogo.tools.redaction import Clean, clean, clean_lines

READ = "repository.read"
SEARCH = "repository.search"
EXCERPT_LINES = 12
LINE_LENGTH = 300


class EvidenceLog:
    """The evidence of one audit by id. Safe to share between threads."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._items: dict[str, Evidence] = {}
        self._lock = Lock()
        self._redacted: dict[str, Clean] = {}

    def add_place(self, place: Place, strength: Strength) -> Evidence:
        """Evidence for what stands at a place."""
        symbol = clean(place.symbol).text if place.symbol else None  # a route or a tag can hold what must stay home
        locator = Locator(path=place.path, line=place.line or None, end_line=place.end_line or None, symbol=symbol)
        found = excerpt(self._repository, place)
        evidence = Evidence.make(tool=READ, source="repository", locator=locator, excerpt=found.text, strength=strength)
        return self._add(evidence, found)

    def add_search(self, searched: Searched) -> Evidence:
        """Evidence for what a search found, or for its finding nothing."""
        arguments = {"terms": list(searched.terms), "where": searched.where}
        found = clean(str(searched))
        evidence = Evidence.make(
            tool=SEARCH,
            source="repository",
            locator=Locator(symbol=f"search: {', '.join(searched.terms)}"),
            excerpt=found.text,
            strength=Strength.DEFINED,
            arguments=arguments,
        )
        return self._add(evidence, found)

    def all(self) -> tuple[Evidence, ...]:
        """All evidence, sorted by place, then id."""
        with self._lock:
            items = list(self._items.values())
        return tuple(sorted(items, key=lambda e: (e.locator.path or "", e.locator.line or 0, e.id)))

    @property
    def secrets_redacted(self) -> int:
        """Secrets replaced in the excerpts."""
        return sum(found.secrets for found in self._redacted.values())

    @property
    def personal_data_redacted(self) -> int:
        """Personal data replaced in the excerpts."""
        return sum(found.personal for found in self._redacted.values())

    @property
    def hidden_characters(self) -> int:
        """Hidden characters made visible in the excerpts."""
        return sum(found.hidden for found in self._redacted.values())

    def _add(self, evidence: Evidence, found: Clean) -> Evidence:
        with self._lock:
            if found.secrets or found.personal or found.hidden:
                self._redacted[evidence.id] = found
            known = self._items.get(evidence.id)
            if known is None or known.strength.rank < evidence.strength.rank:
                self._items[evidence.id] = evidence
        return evidence


def excerpt(repository: Repository, place: Place) -> Clean:
    """The lines of a place, at most twelve, each cut at 300 characters; the first line of a whole file."""
    lines = repository.lines(place.path)
    first = max(place.line, 1)
    last = min(max(place.end_line, first), first + EXCERPT_LINES - 1, len(lines))
    return clean_lines(lines, first, last, path=place.path, length=LINE_LENGTH)
