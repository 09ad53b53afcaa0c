"""What a chat is about: a target, the report that is spoken of, its earlier runs, and how it is audited again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from gonogo.agents.guard import check_report
from gonogo.begun import Begun
from gonogo.config import Settings
from gonogo.keeping import NO_STORE, KeepOptions, opened_store
from gonogo.model.criterion import Area
from gonogo.model.report import Report
from gonogo.past import CHANGED
from gonogo.review.desk import reviewed_report
from gonogo.run import Options, run_audit
from gonogo.store.errors import UnknownRunError
from gonogo.store.runs import FINISHED, RunRow, find_run, list_runs, read_report
from gonogo.tools.errors import ToolError

LOOKED_AT = 50
"""Runs of a target that are looked at for one of this folder, or of a day."""
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
LAST = "last"


@dataclass(frozen=True)
class Wanted:
    """How a target is audited where no run of it says so."""

    tier: str | None = None
    environment: str | None = None
    config: Path | None = None


@dataclass
class Case:
    """A target under discussion. ``clock`` tells the time, ``tell`` hears what happens to runs; ``report`` is None
    until there is one. ``subject`` is what was explained last."""

    paths: tuple[Path, ...]
    keeping: KeepOptions
    clock: Callable[[], datetime]
    tell: Callable[[str], None] = lambda text: None
    wanted: Wanted = field(default_factory=Wanted)
    report: Report | None = None
    run: str = ""
    begun: Begun | None = None
    subject: str = ""
    before: list[Report] = field(default_factory=list)
    """The reports that this conversation spoke of earlier, the first first."""
    shows_progress: bool = False

    @property
    def told(self) -> Report:
        """The report. Only where there is one."""
        assert self.report is not None
        return self.report

    def take(self, run: str) -> None:
        """Speaks of a kept run. Raises StoreError, StateError and RefusedReportError."""
        self._turn_to(*self._read(run))
        if not self.paths and self.begun is not None:
            self.paths = self.begun.paths

    def turn_back(self, run: str) -> None:
        """Speaks of another kept run of this target, without taking the one before for an earlier state of it. Raises
        what ``take`` does, and UnknownRunError for a run of another target."""
        report, name, begun = self._read(run)
        if report.target.name != self.told.target.name:
            raise UnknownRunError(
                f"run {name[:8]} is of {report.target.name}: gonogo chat --run {name[:8]} is of that."
            )
        self.report, self.run, self.begun, self.subject = report, name, begun, ""

    def _read(self, run: str) -> tuple[Report, str, Begun | None]:
        with opened_store(self.keeping) as store:
            row = find_run(store, run)
            report = reviewed_report(store, row.run, self.clock())
        check_report(report)
        return report, row.run, _begun(row)

    def take_newest(self, name: str) -> bool:
        """Speaks of the newest finished run of these folders: one of all areas where there is one, since no other has
        the verdict. Says whether there is any."""
        found = self._finished(name, lambda row: _is_of(row, self.paths))
        whole = [row for row in found if _is_whole(row)]
        if not found:
            return False
        if whole and whole[0] is not found[0]:
            self.tell(f"run {found[0].run[:8]} is newer, but of some areas alone: /use {found[0].run[:8]} speaks of it")
        self.take((whole or found)[0].run)
        return True

    def audit(self, areas: tuple[str, ...]) -> None:
        """Audits the target as it is now, by code alone, and speaks of that. Raises one of MENDABLE, and
        InterruptedRunError."""
        before = self.run if self.report is not None and is_of_all_areas(self.report) else ""
        done = run_audit(self._options(areas), show_progress=self.shows_progress, tell=self.tell)
        self._turn_to(done.report, done.run if done.is_kept else "", self.begun)
        if done.is_kept:
            self.tell(f"run {done.run[:8]} is kept")
            with opened_store(self.keeping) as store:
                self.begun = _begun(find_run(store, done.run)) or self.begun
            if before and not is_of_all_areas(done.report):
                self.tell(f"/use {before[:8]} speaks of the audit of all areas again")

    def earlier(self, which: str) -> Report | None:
        """An earlier report of this target: ``last`` (or nothing), ``week``, ``yesterday``, a day, or the id of a run.
        None where there is none. Raises UnknownRunError for what is none of these, and StoreError."""
        asked = which.strip().lower() or LAST
        if asked != LAST and (until := self._until(asked)) is not None:
            return self._newest(until)
        if asked == LAST:
            return self.before[-1] if self.before else self._newest(None)
        if self.keeping.store == NO_STORE:
            raise UnknownRunError("runs are not kept here (--store none): compare with last.")
        with opened_store(self.keeping) as store:
            report = reviewed_report(store, find_run(store, asked).run, self.clock())
        check_report(report)
        return report

    def runs(self, limit: int = 20) -> list[RunRow]:
        """The runs of this target, the newest first. Raises StoreError and StateError."""
        with opened_store(self.keeping) as store:
            return list(list_runs(store, limit=limit, target=self.told.target.name))

    def _turn_to(self, report: Report, run: str, begun: Begun | None) -> None:
        if self.report is not None:
            self.before.append(self.report)
        self.report, self.run, self.begun, self.subject = report, run, begun, ""

    def _options(self, areas: tuple[str, ...]) -> Options:
        """Under the terms of the run that is spoken of, else as it is wanted."""
        asked = areas or tuple(area.value for area in Area)
        moment = self.clock().isoformat()
        begun, wanted = self.begun, self.wanted
        if begun is None:
            if not self.paths:
                raise ToolError("where this target lies is not kept: gonogo chat PATH --audit audits it.")
            return Options(
                self.paths,
                wanted.tier,
                wanted.environment,
                asked,
                wanted.config,
                False,
                keeping=self.keeping,
                clock=moment,
            )
        target, terms = begun.target, begun.terms
        settings = Settings(
            target.name,
            target.tier,
            target.environment,
            begun.left_out,
            begun.severities,
            terms.concessions,
            terms.not_counted,
            policy=terms.policy,
        )
        return Options(
            begun.paths,
            None,
            None,
            asked,
            None,
            False,
            keeping=self.keeping,
            waivers=terms.waivers,
            settings=settings,
            clock=moment,
        )

    def _until(self, asked: str) -> datetime | None:
        """The end of the day that is meant; None where no day is."""
        if asked in ("week", "last week"):
            return self.clock() - WEEK
        if asked == "yesterday":
            return self.clock().replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            return datetime.fromisoformat(asked[:10]).replace(tzinfo=UTC) + DAY
        except ValueError:
            return None

    def _newest(self, until: datetime | None) -> Report | None:
        """The newest report before the one that is spoken of, made until then."""
        own = made(self.told)
        kept = [row for row in self.before if made(row) < own and (until is None or made(row) <= until)]
        if kept:
            return max(kept, key=made)
        if self.keeping.store == NO_STORE:
            return None
        with opened_store(self.keeping) as store:
            rows = list_runs(store, limit=LOOKED_AT, target=self.told.target.name)
            for row in rows:
                if row.state != FINISHED or row.run == self.run:
                    continue
                report = read_report(store, row.run)
                if made(report) <= own and (until is None or made(report) <= until):
                    check_report(report)
                    return report
        return None

    def _finished(self, name: str, fits: Callable[[RunRow], bool]) -> list[RunRow]:
        """The newest first."""
        if self.keeping.store == NO_STORE:
            return []
        with opened_store(self.keeping) as store:
            rows = list_runs(store, limit=LOOKED_AT, target=name)
        for row in rows:
            if row.state == CHANGED:
                self.tell(f"run {row.run[:8]} is not what was stored, and is left out: see gonogo runs verify")
        return [row for row in rows if row.state == FINISHED and fits(row)]


def made(report: Report) -> datetime:
    """The moment that a report is of."""
    when = datetime.fromisoformat(report.provenance.created)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def is_of_all_areas(report: Report) -> bool:
    """Says whether all areas were asked."""
    return len(report.provenance.specialists) == len(Area)


def areas_of(row: RunRow) -> tuple[Area, ...]:
    """The areas that a run was begun with; none where another version kept it otherwise."""
    begun = _begun(row)
    return begun.areas if begun is not None else ()


def _is_whole(row: RunRow) -> bool:
    return set(areas_of(row)) == set(Area)


def _is_of(row: RunRow, paths: tuple[Path, ...]) -> bool:
    begun = _begun(row)
    return begun is not None and begun.paths == tuple(path.resolve() for path in paths)


def _begun(row: RunRow) -> Begun | None:
    """With what a run was begun; None where another version kept it otherwise."""
    try:
        return Begun.model_validate(row.admission.options)
    except ValidationError:
        return None
