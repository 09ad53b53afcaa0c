"""Keeps a run: admitted before its first step; evidence, paid answers and spans as they come; its report at the end.

What can't be kept is told once, and the audit goes on: a store never changes a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event as Flag
from typing import Any
from uuid import uuid4

from gonogo import __version__
from gonogo.agents.asking.environment import settle_environment
from gonogo.agents.asking.ledger import Forgetful, Ledger
from gonogo.alone import alone
from gonogo.begun import Begun
from gonogo.graph.audit import Keeping
from gonogo.model.evidence import Kept
from gonogo.model.report import Concession, Report
from gonogo.model.snapshot import EMPTY, Snapshot
from gonogo.model.span import Span
from gonogo.state import StateError, otlp_headers, state_folder, store_key, store_url
from gonogo.store.decisions import Decision, decide
from gonogo.store.errors import ChangedRunError, StoreError
from gonogo.store.evidence import keep_evidence, read_evidence
from gonogo.store.ledger import Ledger as StoredLedger
from gonogo.store.open import Store, open_store
from gonogo.store.parts import find_part, keep_part
from gonogo.store.retention import Pruned, prune
from gonogo.store.runs import Admission, admit, find_run, finish, stop
from gonogo.store.spans import keep_spans
from gonogo.telemetry.tracing import Telemetry, open_telemetry
from gonogo.tools.redaction import clean

NO_STORE = "none"
MOST_TOLD = 300
"""Characters of an error that a store keeps of a run that failed."""


class FinishedRunError(Exception):
    """A run that is finished can't go on. The message says where its report is."""


@dataclass(frozen=True, slots=True)
class KeepOptions:
    """Where a run is kept and where its traces go. ``store`` is a URL, ``none``, or None for the default;
    ``checkpoints`` another place for the checkpoints than beside the store; ``content`` puts what models are asked
    and say, redacted, into the traces."""

    store: str | None = None
    checkpoints: str | None = None
    otlp: str | None = None
    content: bool = False


@dataclass(frozen=True)
class Opening:
    """A run to open: how it is kept, and with what it was begun; ``run`` is the id of one that goes on, ``new`` the id
    that a new one gets (one is made without); ``snapshot`` is what live sources showed."""

    options: KeepOptions
    begun: Begun
    run: str | None = None
    new: str = ""
    snapshot: Snapshot = EMPTY


@dataclass(frozen=True)
class FoundRun:
    """An unfinished run of the store."""

    run: str
    version: str
    begun: Begun
    snapshot: Snapshot = EMPTY


@dataclass
class KeptRun:
    """A run while it runs. ``resumed`` is what an earlier process kept of it, None for a new run."""

    id: str
    store: Store | None
    telemetry: Telemetry
    ledger: Ledger
    stopping: Flag
    problem: Callable[[str], None]
    checkpoints: str | None = None
    key: bytes | None = None
    resumed: tuple[Kept, ...] | None = None
    is_broken: bool = field(default=False, init=False)
    """Whether something could not be kept: the rest is not tried then, but for the report."""

    @property
    def is_kept(self) -> bool:
        """Whether the store has the run."""
        return self.store is not None and not self.is_broken

    def keeping(self) -> Keeping:
        """What the graph is told of it."""
        return Keeping(
            run=self.id,
            checkpoints=self.checkpoints,
            key=self.key,
            keep=self.keep,
            keep_part=self.keep_part,
            find_part=self.find_part,
            publish=self.publish,
            kept=self.resumed,
            stopping=self.stopping,
            problem=self.problem,
        )

    def keep(self, kept: tuple[Kept, ...]) -> None:
        """Keeps evidence before what rests on it is checkpointed."""
        self._try(lambda store: keep_evidence(store, self.id, kept))

    def keep_part(self, digest: str, data: bytes) -> None:
        """Keeps what a node hands on before it is checkpointed."""
        self._try(lambda store: keep_part(store, self.id, data))

    def find_part(self, digest: str) -> bytes | None:
        """What an earlier process kept under that hash."""
        try:
            return find_part(self.store, self.id, digest) if self.store else None
        except ChangedRunError:
            return None
        except StoreError as error:
            self.lose(error)
            return None

    def publish(self, report: Report, state: dict[str, Any]) -> None:
        """Keeps the report, and the state that it was made from."""
        if self.store is not None:
            try:
                finish(self.store, self.id, report, state)
            except StoreError as error:
                self.problem(f"{error} The report of this run is not in the store.")

    def end(self, state: str, why: str) -> None:
        """Says in the store that the run ended without a report."""
        self._try(lambda store: stop(store, self.id, state, why))

    def lose(self, error: StoreError) -> None:
        """Gives up keeping, and says so once."""
        if not self.is_broken:
            self.is_broken = True
            self.problem(f"{error} The audit goes on; this run can't be resumed.")

    def _try(self, write: Callable[[Store], None]) -> None:
        if self.store is None or self.is_broken:
            return
        try:
            write(self.store)
        except StoreError as error:
            self.lose(error)


@contextmanager
def opened_run(opening: Opening, now: datetime, stopping: Flag, problem: Callable[[str], None]) -> Iterator[KeptRun]:
    """Opens the store, admits the run (or takes up one that goes on), and traces it.

    Where the store can't be had a new run goes on without, and ``problem`` hears why; one that goes on needs it. Raises
    StoreError and RunningElsewhereError.
    """
    options, run = opening.options, opening.run or opening.new or uuid4().hex
    with ExitStack() as stack:
        stack.enter_context(alone(state_folder(), run))
        store = _store(stack, opening, run, now, problem)
        resumed = None
        if opening.run is not None and store is not None:
            resumed = read_evidence(store, run)
        otlp = options.otlp
        if otlp is not None and opening.begun.models().is_replay:
            otlp = None
            problem("A replay makes no connection: --otlp is left out.")
        telemetry = stack.enter_context(
            open_telemetry(
                run=run,
                keep=_keep_spans(store, run) if store else None,
                otlp=otlp,
                headers=otlp_headers() if otlp else {},
                content=options.content,
                problem=problem,
                version=__version__,
            )
        )
        is_replay = bool(opening.begun.asking.get("cassette"))
        kept = KeptRun(
            id=run,
            store=store,
            telemetry=telemetry,
            ledger=Forgetful(),
            stopping=stopping,
            problem=problem,
            checkpoints=options.checkpoints or _checkpoints(options) if store else None,
            key=store.key if store else None,
            resumed=None if is_replay else resumed,
        )
        kept.ledger = _Ledger(StoredLedger(store, run) if store else Forgetful(), kept.lose, answers=not is_replay)
        try:
            yield kept
        except BaseException as error:
            state = "interrupted" if stopping.is_set() else "failed"
            kept.end(state, clean(f"{type(error).__name__}: {error}").text[:MOST_TOLD])
            raise


def find_begun(run: str, options: KeepOptions) -> FoundRun:
    """A run of the store that did not come to its end. Raises StoreError, StateError and FinishedRunError."""
    with opened_store(options) as store:
        row = find_run(store, run)
        if row.state == "finished":
            raise FinishedRunError(f"run {row.run} is finished: gonogo runs show {row.run[:8]} has its report.")
        begun = Begun.model_validate(row.admission.options)
        return FoundRun(row.run, row.gonogo, begun, _snapshot(store, row.run, begun.snapshot))


def prune_runs(options: KeepOptions, *, before: datetime, whole_runs: bool) -> Pruned:
    """Prunes the store, and the checkpoints of runs that are over. Raises StoreError, StateError, CheckpointError."""
    settle_environment()
    from gonogo.graph.savers import open_saver

    with opened_store(options) as store:
        done = prune(store, before=before, whole_runs=whole_runs)
        with open_saver(options.checkpoints or _checkpoints(options), key=store.key) as saver:
            for run in done.names:
                saver.delete_thread(run)
    return done


@contextmanager
def opened_store(options: KeepOptions) -> Iterator[Store]:
    """The store of the options. Raises StoreError and StateError."""
    url = options.store or store_url()
    if url == NO_STORE:
        raise StateError("there is no store to look into: leave --store none out.")
    store = open_store(url, key=store_key(), clock=lambda: datetime.now(UTC))
    try:
        yield store
    finally:
        store.close()


class _Ledger:
    """The store's ledger, with a copy in memory: what was answered stays answered where the store breaks."""

    def __init__(self, stored: Ledger, lose: Callable[[StoreError], None], *, answers: bool) -> None:
        self._stored, self._lose, self._answers = stored, lose, answers
        self._heard: dict[str, dict[str, Any]] = {}

    def find(self, key: str) -> dict[str, Any] | None:
        if not self._answers or key in self._heard:
            return self._heard.get(key)
        try:
            return self._stored.find(key)
        except StoreError as error:
            self._lose(error)
            return None

    def keep(
        self, key: str, conversation: str, turn: int, request: list[dict[str, Any]], answer: dict[str, Any]
    ) -> None:
        if self._answers:
            self._heard[key] = answer
        try:
            self._stored.keep(key, conversation, turn, request, answer)
        except StoreError as error:
            self._lose(error)


def _store(stack: ExitStack, opening: Opening, run: str, now: datetime, problem: Callable[[str], None]) -> Store | None:
    """The store with the run in it; None where it can't be had, which a run that goes on can't do without."""
    options, begun = opening.options, opening.begun
    if (options.store or store_url()) == NO_STORE and opening.run is None:
        return None
    try:
        store = stack.enter_context(opened_store(options))
        if opening.run is None:
            admission = Admission(
                run=run,
                created=now.isoformat(timespec="seconds"),
                gonogo=__version__,
                target=begun.target.name,
                catalogue=begun.catalogue,
                fingerprint=begun.fingerprint,
                options=begun.model_dump(mode="json"),
            )
            admit(store, admission)
            if opening.snapshot:
                keep_part(store, run, opening.snapshot.model_dump_json().encode())
            for item in begun.terms.concessions:
                decide(store, _waiver(run, item, now))
    except (StoreError, StateError) as error:
        if opening.run is not None:
            raise
        problem(f"{error} The audit goes on; this run is not kept.")
        return None
    return store


def _snapshot(store: Store, run: str, digest: str) -> Snapshot:
    """What live sources had shown when the run began. Raises ChangedRunError where the store no longer says."""
    if not digest:
        return EMPTY
    data = find_part(store, run, digest)
    if data is None:
        raise ChangedRunError(f"what live sources showed run {run} is not in the store: audit again.")
    return Snapshot.model_validate_json(data)


def _waiver(run: str, item: Concession, now: datetime) -> Decision:
    """What the operator's options or configuration made milder, as a decision on the run."""
    at = now.isoformat(timespec="seconds")
    return Decision(run=run, who=item.origin, what="waive", subject=item.what, reason=item.reason, at=at)


def _checkpoints(options: KeepOptions) -> str:
    """Where a run's checkpoints lie: beside a store that is a file, else in its database."""
    url = options.store or store_url()
    return url.removesuffix(".sqlite") + "-checkpoints.sqlite" if url.startswith("sqlite:") else url


def _keep_spans(store: Store, run: str) -> Callable[[Sequence[Span]], None]:
    return lambda spans: keep_spans(store, run, spans)
