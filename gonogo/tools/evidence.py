"""Turns places and searches into evidence: what stands there is read again, cleaned and hashed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock

from gonogo.facts.live import source_of
from gonogo.facts.repository import Repository
from gonogo.model.criterion import Strength
from gonogo.model.evidence import Evidence, Kept, Locator, Place, Searched
from gonogo.tools.redaction import Clean, clean, clean_lines

READ = "repository.read"
OBSERVE = "live.read"
SEARCH = "repository.search"
EXCERPT_LINES = 12
LINE_LENGTH = 300


class EvidenceLog:
    """The evidence of one audit by id. Safe to share between threads. ``span`` names the span that sees it."""

    def __init__(self, repository: Repository, span: Callable[[], str | None] = lambda: None) -> None:
        self._repository, self._span = repository, span
        self._items: dict[str, Kept] = {}
        self._new: dict[str, Kept] = {}
        self._lock = Lock()
        self._handing = Lock()

    def restore(self, kept: Iterable[Kept]) -> None:
        """Takes back what an earlier process of the same run kept."""
        with self._lock:
            self._items.update({item.evidence.id: item for item in kept})

    def hand_over(self, keep: Callable[[tuple[Kept, ...]], None]) -> None:
        """Gives what is new since the last time to ``keep``. When it returns, all evidence so far was kept, also what
        another thread gives at the moment."""
        with self._handing:
            with self._lock:
                items, self._new = tuple(self._new.values()), {}
            if items:
                keep(items)

    def add_place(self, place: Place, strength: Strength) -> Evidence:
        """Evidence for what stands at a place."""
        symbol = clean(place.symbol).text if place.symbol else None  # a route or a tag can hold what must stay home
        locator = Locator(path=place.path, line=place.line or None, end_line=place.end_line or None, symbol=symbol)
        found = excerpt(self._repository, place)
        tool, source = READ, "repository"
        if self._repository.is_observed(place.path):
            tool, source = OBSERVE, source_of(place.path)
            # What another tool says in a file was not seen by gonogo.
            strength = strength if source.startswith("imported") else Strength.OBSERVED
        evidence = Evidence.make(tool=tool, source=source, locator=locator, excerpt=found.text, strength=strength)
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

    def seen_as(self, ids: Iterable[str]) -> Strength:
        """What shows a failure: that it stands in files, or that it was observed."""
        with self._lock:
            observed = any(self._items[item].evidence.strength is Strength.OBSERVED for item in ids)
        return Strength.OBSERVED if observed else Strength.DEFINED

    def all(self) -> tuple[Evidence, ...]:
        """All evidence, sorted by place, then id."""
        items = [item.evidence for item in self._kept()]
        return tuple(sorted(items, key=lambda e: (e.locator.path or "", e.locator.line or 0, e.id)))

    @property
    def secrets_redacted(self) -> int:
        """Secrets replaced in the excerpts."""
        return sum(item.secrets for item in self._kept())

    @property
    def personal_data_redacted(self) -> int:
        """Personal data replaced in the excerpts."""
        return sum(item.personal for item in self._kept())

    @property
    def hidden_characters(self) -> int:
        """Hidden characters made visible in the excerpts."""
        return sum(item.hidden for item in self._kept())

    def _kept(self) -> list[Kept]:
        with self._lock:
            return list(self._items.values())

    def _add(self, evidence: Evidence, found: Clean) -> Evidence:
        with self._lock:
            known = self._items.get(evidence.id)
            if known is None:
                item = Kept(
                    evidence=evidence,
                    secrets=found.secrets,
                    personal=found.personal,
                    hidden=found.hidden,
                    span_id=self._span(),
                )
                self._items[evidence.id] = self._new[evidence.id] = item
            elif known.evidence.strength.rank < evidence.strength.rank:
                stronger = known.model_copy(update={"evidence": evidence})
                self._items[evidence.id] = self._new[evidence.id] = stronger
        return evidence


def excerpt(repository: Repository, place: Place) -> Clean:
    """The lines of a place, at most twelve, each cut at 300 characters; the first line of a whole file."""
    lines = repository.lines(place.path)
    first = max(place.line, 1)
    last = min(max(place.end_line, first), first + EXCERPT_LINES - 1, len(lines))
    return clean_lines(lines, first, last, path=place.path, length=LINE_LENGTH)
