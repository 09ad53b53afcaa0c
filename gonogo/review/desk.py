"""A person's part in a run of the store: what waits, what is decided, and the report that comes of it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from gonogo.agents.asking.environment import settle_environment
from gonogo.agents.guard import RefusedReportError, check_report
from gonogo.agents.review_items import basis_of, effect_of
from gonogo.agents.review_rules import RefusedDecisionError, check_seen
from gonogo.agents.reviewing import apply_decisions
from gonogo.keeping import KeepOptions, _checkpoints, opened_store
from gonogo.model.decision import EXCERPT, Act, Attachment, Decided
from gonogo.model.report import Report
from gonogo.review.answers import Answer, subject_of
from gonogo.store.decisions import Decision, decide, read_decisions
from gonogo.store.errors import ChangedRunError
from gonogo.store.runs import find_run, read_report
from gonogo.tools.redaction import clean

if TYPE_CHECKING:
    from gonogo.graph.review import Review
    from gonogo.store.open import Store

SHORTEST_NAME = 3
ATTACHMENT_LIMIT = 20 * 1024 * 1024
TEXT_READ = 16 * 1024
"""Bytes of an attached text that are looked at for its excerpt."""


def reviewed_report(store: Store, run: str, now: datetime) -> Report:
    """The report of a finished run with what persons decided on it, as that stands at ``now``; the report itself where
    nobody decided anything. Raises StoreError."""
    return apply_decisions(read_report(store, run), read_decided(store, run), now)


class Reading:
    """The report of a run as it is now, applied anew only where something was decided since, or a day went by."""

    def __init__(self, store: Store, run: str) -> None:
        self._store, self._run = store, run
        self._base = read_report(store, run)
        self._known: tuple[object, Report] | None = None

    def report(self, now: datetime) -> Report:
        """Raises StoreError."""
        made = read_decided(self._store, self._run)
        key = (tuple(decision.id for decision in made), now.date())
        if self._known is None or self._known[0] != key:
            self._known = (key, apply_decisions(self._base, made, now))
        return self._known[1]


def read_decided(store: Store, run: str) -> tuple[Decided, ...]:
    """What persons decided on a run, in that order. Raises StoreError."""
    return _decided(read_decisions(store, run))


def record(store: Store, run: str, decision: Decided, seen: int, now: datetime) -> None:
    """Keeps a decision, of whose subject its maker has seen so many; a second time the same changes nothing.

    Raises DecidedMeanwhileError where somebody else was first, RefusedDecisionError where it can't be made, StoreError.
    """
    base, known = read_report(store, run), read_decided(store, run)

    def check(before: tuple[Decision, ...]) -> bool:
        made = _decided(before)
        if not check_seen(made, decision, seen):
            return False
        if made != known:  # somebody decided on another subject since: it may bear on this one
            _need_standing(apply_decisions(base, (*made, decision), now), decision)
        return True

    if check_seen(known, decision, seen):
        _need_standing(apply_decisions(base, (*known, decision), now), decision)
    decide(
        store,
        Decision(
            run=run,
            who=decision.who,
            what=decision.what.value,
            subject=decision.subject,
            evidence=(decision.based_on, *(file.sha256 for file in decision.attachments)),
            reason=decision.reason,
            at=decision.at,
            told=decision.as_made().model_dump_json(ensure_ascii=True),
        ),
        check,
    )


@dataclass(frozen=True)
class Done:
    """A decision that was recorded, and what it did to the verdict, in words."""

    decision: Decided
    effect: str


@dataclass(frozen=True)
class Desk:
    """Where one person reviews one run."""

    store: Store
    run: str
    who: str
    review: Review
    clock: Callable[[], datetime]

    def report(self) -> Report:
        """With all that is decided by now, by whomever."""
        return self.review.report

    def decide(self, answer: Answer) -> Done:
        """Records what the person answered. Raises RefusedDecisionError; DecidedMeanwhileError where another person
        decided on the same subject and this one has not seen it."""
        before = self.report()
        decision, seen = self._decision(before, answer)
        self.review.decide(decision, seen)
        return Done(decision, effect_of(before.verdict, self.report().verdict))

    def _decision(self, report: Report, answer: Answer) -> tuple[Decided, int]:
        base, at = read_report(self.store, self.run), self.clock()
        subject = subject_of(report, answer.what, answer.subject)
        try:
            decision = Decided.make(
                who=self.who,
                what=answer.what,
                subject=subject,
                reason=clean(said(answer.reason)).text,
                at=at.astimezone(UTC).isoformat(timespec="milliseconds"),
                based_on=basis_of(base, report, answer.what, subject),
                status=answer.status,
                attachments=tuple(attach(path) for path in answer.attach),
                expires=_last_day(report, answer),
                ticket=clean(said(answer.ticket)).text,
            )
        except ValidationError as error:
            raise RefusedDecisionError(f"{subject}: {_told(error)}.") from error
        return decision, _seen(report, decision) if answer.seen is None else answer.seen


@contextmanager
def opened_desk(
    options: KeepOptions, run: str, who: str, clock: Callable[[], datetime], *, keeps_place: bool
) -> Iterator[Desk]:
    """A person's review of a run of the store: with ``keeps_place`` where they broke it off, else from its beginning.

    Raises RefusedDecisionError for nobody's name, RefusedReportError where the report does not hold, StoreError,
    StateError and CheckpointError.
    """
    settle_environment()
    from gonogo.graph.review import ReviewContext, open_review

    who = said(who)
    if len(who) < SHORTEST_NAME:
        raise RefusedDecisionError("a decision is somebody's: give your name with --as.")
    with opened_store(options) as store:
        name = find_run(store, run).run
        reading = Reading(store, name)
        check_report(reading.report(clock()))
        context = ReviewContext(
            report=lambda: reading.report(clock()),
            record=lambda decision, seen: record(store, name, decision, seen, clock()),
        )
        place = options.checkpoints or _checkpoints(options) if keeps_place else None
        with open_review(context, run=name, who=who, checkpoints=place, key=store.key) as review:
            yield Desk(store, name, who, review, clock)


def attach(path: Path) -> Attachment:
    """A file to attach: its hash, and the beginning of its text, redacted. Raises RefusedDecisionError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:  # noqa: PTH123  a descriptor, which Path can't open
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise RefusedDecisionError(f"{path}: is no file: attach one that shows what you say.")
            data = file.read(ATTACHMENT_LIMIT + 1)
    except OSError as error:
        raise RefusedDecisionError(f"{path}: can't be read ({error.strerror}): attach another file.") from error
    if len(data) > ATTACHMENT_LIMIT:
        raise RefusedDecisionError(f"{path}: is larger than {ATTACHMENT_LIMIT:,} bytes: attach a part of it.")
    if not data:
        raise RefusedDecisionError(f"{path}: is empty: attach a file that shows what you say.")
    name = clean(said(path.name)).text[:200]
    return Attachment(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data), excerpt=_excerpt(data, name))


def _excerpt(data: bytes, name: str) -> str:
    """The beginning of a text; empty for what is none. It is redacted whole, then cut at a line."""
    part = data[:TEXT_READ]
    try:
        text = part.decode()
    except UnicodeDecodeError as error:
        if len(data) <= TEXT_READ or error.start < TEXT_READ - 4:
            return ""
        text = part[: error.start].decode()
    if "\0" in text:
        return ""
    shown = clean(text, name).text
    return shown if len(shown) <= EXCERPT else shown[:EXCERPT].rpartition("\n")[0] or shown[:EXCERPT]


def said(text: str) -> str:
    """A person's words as every store takes them, on one line."""
    return " ".join(text.replace("\0", " ").encode(errors="replace").decode().split())


def _need_standing(report: Report, decision: Decided) -> None:
    """Raises RefusedDecisionError unless the decision counts, and the report with it holds."""
    own = report.decisions[-1]
    if not own.is_standing:
        raise RefusedDecisionError(f"{decision.subject}: {own.why}.")
    try:
        check_report(report)
    except RefusedReportError as error:
        raise RefusedDecisionError(f"{decision.subject}: with this decision {error}.") from error


def _last_day(report: Report, answer: Answer) -> str:
    """Of a waiver the day that was given; a statement holds as long as the verdict where none was."""
    if answer.expires is not None:
        return answer.expires.isoformat()
    if answer.what is Act.WAIVE:
        raise RefusedDecisionError(f"{answer.subject}: a waiver ends on a day: give --expires.")
    return report.verdict.valid_until if answer.what is Act.ATTEST else ""


def _seen(report: Report, decision: Decided) -> int:
    """Who does not say what they have seen has seen what they decided themselves; others' approvals take nothing."""
    same = [earlier for earlier in report.decisions if earlier.subject == decision.subject]
    is_own = all(earlier.who == decision.who for earlier in same) or decision.what is Act.APPROVE
    return len(same) if is_own else 0


def _told(error: ValidationError) -> str:
    first = error.errors()[0]
    where = f"{'.'.join(map(str, first['loc']))}: " if first["loc"] else ""
    return where + first["msg"].removeprefix("Value error, ")


def _decided(rows: tuple[Decision, ...]) -> tuple[Decided, ...]:
    """Those of persons; what options made milder before the audit bears nothing of the kind."""
    found = []
    for row in rows:
        if row.told is None:
            continue
        try:
            decision = Decided.model_validate_json(row.told)
        except ValidationError as error:
            raise ChangedRunError(f"a decision on run {row.run} can't be read: it is none of this version.") from error
        if (decision.who, decision.what.value, decision.subject) != (row.who, row.what, row.subject):
            raise ChangedRunError(f"a decision on run {row.run} does not say what its row does: it was changed.")
        found.append(decision)
    return tuple(found)
