"""What the commands do: from options to a report, and from a report to an exit code."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gonogo.agents.guard import check_report
from gonogo.agents.words import load_words
from gonogo.asking import ModelOptions, opened
from gonogo.begun import Begun
from gonogo.config import Settings, load_settings
from gonogo.criteria import load_catalogue
from gonogo.graph.audit import Request, StoppedRunError, audit
from gonogo.keeping import KeepOptions, KeptRun, Opening, opened_run
from gonogo.model.criterion import Area, Criterion, Status, catalogue_hash
from gonogo.model.report import Concession, Report
from gonogo.model.snapshot import Snapshot
from gonogo.model.target import Target, Tier
from gonogo.model.terms import Terms
from gonogo.model.verdict import Value
from gonogo.model.waiver import AcceptedRisk
from gonogo.sources import take_imports, take_snapshot, with_options
from gonogo.stopping import Stopping, heeding_signals
from gonogo.store.blobs import digest_of
from gonogo.telemetry import names
from gonogo.telemetry.metrics import measure_run
from gonogo.telemetry.spans import run_span, step_span
from gonogo.tools.collect import Collector
from gonogo.tools.errors import ToolError
from gonogo.tools.fingerprint import fingerprint
from gonogo.tools.repository import open_repository
from gonogo.waivers import FOLDER_FILE, read_waivers

REPORT_LIMIT = 200 * 1024 * 1024
VERDICT_CODES = {Value.GO: 0, Value.NO_GO: 1, Value.CONDITIONAL: 3}
NOTHING_ASSESSED = 4


class UnreadableReportError(Exception):
    """A file that is not a report. The message says why."""


class InterruptedRunError(Exception):
    """A signal stopped the audit. The message says how to go on; ``exit_code`` is the shell's for that signal."""

    def __init__(self, message: str, signal: int) -> None:
        self.exit_code = 128 + signal
        super().__init__(message)


class CannotResumeError(Exception):
    """A run that can't go on. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of ``gonogo audit``."""

    paths: tuple[Path, ...]
    tier: str | None
    environment: str | None
    areas: tuple[str, ...]
    config: Path | None
    trust_repository_config: bool
    asking: ModelOptions = field(default_factory=ModelOptions)
    keeping: KeepOptions = field(default_factory=KeepOptions)
    sources: tuple[str, ...] = ()
    snapshot: Path | None = None
    waivers: tuple[AcceptedRisk, ...] | None = None
    """Those that the operator gives; None where none were named: then those of the audited repository do not count."""
    settings: Settings | None = None
    """What is in force, where it was read elsewhere than from the options and the repository's gonogo.yaml."""
    imports: tuple[Path, ...] = ()
    """Files of other tools, as evidence."""
    clock: str = ""
    """The moment that the audit is of, ISO 8601 in UTC; empty for now."""
    run: str = ""
    """The id that the run gets, 32 hex digits; empty makes one."""


@dataclass(frozen=True)
class Done:
    """An audit that came to its end. ``problems`` says what could not be kept of it; ``run`` is its id."""

    report: Report
    run: str
    is_kept: bool
    problems: tuple[str, ...] = ()


def run_audit(
    options: Options,
    *,
    show_progress: bool,
    tell: Callable[[str], None] = lambda text: None,
    deliver: Callable[[Report], None] = lambda report: None,
) -> Done:
    """Audits. A user can mend what it raises: Tool-, Configuration-, ModelAccess-, Words- and CassetteError.

    ``tell`` hears sentences for the user as things happen; ``deliver`` takes the report, as the run's last step. Raises
    InterruptedRunError at SIGTERM and SIGINT.
    """
    for path in options.paths:
        if not path.is_dir():
            raise ToolError(f"{path}: is not a folder: give the folder of a repository.")
    settings = options.settings or load_settings(
        options.paths[0],
        path=options.config,
        trust=options.trust_repository_config,
        tier=Tier(options.tier) if options.tier else None,
        environment=options.environment,
    )
    name = settings.target or options.paths[0].resolve().name or "target"
    begun = Begun(
        paths=tuple(path.resolve() for path in options.paths),
        target=Target(name=name, tier=settings.tier, environment=settings.environment),
        left_out=settings.left_out,
        areas=tuple(area for area in Area if area.value in options.areas),
        severities=dict(settings.severities),
        terms=_terms(settings, options),
        named=_named(options),
        asking=options.asking.plain(),
        checkpoints=options.keeping.checkpoints,
        clock=options.clock,
    )
    imported = take_imports(options.imports)
    snapshot = take_snapshot(with_options(settings.sources, options.sources), options.snapshot).with_imported(imported)
    collector = _collector(begun, snapshot)
    opening = Opening(options.keeping, begun, new=options.run, snapshot=snapshot)
    return _carry_out(opening, collector, settings.apply(load_catalogue()), show_progress, tell, deliver)


def resume_run(
    run: str,
    keeping: KeepOptions,
    *,
    show_progress: bool,
    tell: Callable[[str], None] = lambda text: None,
    deliver: Callable[[Report], None] = lambda report: None,
) -> Done:
    """Goes on with a run that did not come to its end, with the options, the time and the target that it began with.

    Raises CannotResumeError where the target, the criteria or the prompts are no longer those, and what ``run_audit``
    raises.
    """
    from gonogo.keeping import find_begun

    found = find_begun(run, keeping)
    begun = found.begun
    for path in begun.paths:
        if not path.is_dir():
            raise CannotResumeError(f"{path}: is no longer there: audit again where the target is now.")
    catalogue = _apply(begun, load_catalogue())
    if catalogue_hash(catalogue) != begun.catalogue:
        raise CannotResumeError(f"run {found.run} began with other criteria (gonogo {found.version}): audit again.")
    if begun.words and begun.words != load_words(begun.models().prompts).hashes:
        raise CannotResumeError(f"run {found.run} began with other prompts: put them back, or audit again.")
    collector = _collector(begun, found.snapshot)
    if fingerprint(collector.repository, begun.target) != begun.fingerprint:
        raise CannotResumeError(f"what run {found.run} audits has changed since it began: audit again.")
    options = replace(keeping, checkpoints=keeping.checkpoints or begun.checkpoints)
    opening = Opening(options, begun, found.run, snapshot=found.snapshot)
    return _carry_out(opening, collector, catalogue, show_progress, tell, deliver)


def _collector(begun: Begun, snapshot: Snapshot) -> Collector:
    repository = open_repository(begun.paths, left_out=begun.left_out)
    if snapshot:
        repository = replace(repository, snapshot=snapshot, sources=(*repository.sources, *snapshot.dated_sources()))
    collector = Collector(repository, begun.target)
    collector.start_ahead()
    return collector


def _carry_out(
    opening: Opening,
    collector: Collector,
    catalogue: tuple[Criterion, ...],
    show_progress: bool,
    tell: Callable[[str], None],
    deliver: Callable[[Report], None],
) -> Done:
    """Runs an audit in a store, with or without models, and says what became of it."""
    begun = opening.begun
    problems: list[str] = []

    def problem(text: str) -> None:
        problems.append(text)
        tell(text)

    with opened(begun.models(), begun.prices) as asking, _progress(show_progress) as progress:
        plan = asking.plan
        now = begun.clock or asking.clock().isoformat()
        admitted = begun.model_copy(
            update={
                "clock": now,
                "catalogue": catalogue_hash(catalogue),
                "fingerprint": begun.fingerprint or fingerprint(collector.repository, begun.target),
                "words": plan.words.hashes if plan else {},
                "prices": asking.prices,
                "snapshot": digest_of(opening.snapshot.model_dump_json().encode()) if opening.snapshot else "",
            }
        )
        stopping = Stopping(tell)
        with (
            heeding_signals(stopping),
            opened_run(replace(opening, begun=admitted), datetime.now(UTC), stopping.flag, problem) as run,
        ):
            started = time.monotonic()
            try:
                with run_span(run.telemetry, "audit") as span:
                    report = audit(
                        _request(admitted, collector, catalogue),
                        clock=lambda: datetime.fromisoformat(now),
                        progress=progress.hear if progress else lambda event: None,
                        keeping=run.keeping(),
                        plan=_kept_plan(plan, run),
                        telemetry=run.telemetry,
                    )
                    span.set_attribute(names.VERDICT, report.verdict.value.value)
                    with step_span(run.telemetry, "render"):
                        deliver(report)
            except StoppedRunError as error:
                raise InterruptedRunError(_how_to_go_on(run), stopping.signal) from error
            measure_run(run.telemetry.metrics, report, time.monotonic() - started)
    return Done(report, run.id, run.is_kept, tuple(problems))


def _how_to_go_on(run: KeptRun) -> str:
    if run.is_kept:
        return f"The audit was stopped: gonogo runs resume {run.id[:8]} goes on with it."
    return "The audit was stopped. It was not kept: begin again."


def _request(begun: Begun, collector: Collector, catalogue: tuple[Criterion, ...]) -> Request:
    return Request(
        collector=collector,
        catalogue=catalogue,
        areas=begun.areas,
        terms=begun.terms,
        options=begun.named,
    )


def _kept_plan(plan: Any, run: KeptRun) -> Any:
    if plan is None:
        return None
    return replace(plan, ledger=run.ledger, is_stopping=run.stopping.is_set, telemetry=run.telemetry)


def _apply(begun: Begun, catalogue: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
    settings = Settings(None, begun.target.tier, begun.target.environment, (), begun.severities, (), ())
    return settings.apply(catalogue)


def exit_code(report: Report, fail_on: str | None = None) -> int:
    """By the verdict; with ``fail_on`` 1 from that verdict or severity on, else 0; 4 where nothing was assessed."""
    if not report.provenance.files or not any(a.status in (Status.PASS, Status.FAIL) for a in report.assessments):
        return NOTHING_ASSESSED
    if fail_on is None:
        return VERDICT_CODES[report.verdict.value]
    if fail_on == "never":
        return 0
    if fail_on in ("no-go", "conditional"):
        allowed = {"no-go": (Value.GO, Value.CONDITIONAL), "conditional": (Value.GO,)}[fail_on]
        return 0 if report.verdict.value in allowed else 1
    worst = [finding.severity for finding in report.findings]
    rank = [severity.value for severity in type(worst[0])].index(fail_on) if worst else 0
    return int(any(severity.rank >= rank for severity in worst))


def load_report(file: Path) -> Report:
    """Reads a JSON report and checks that it holds. Raises UnreadableReportError or RefusedReportError."""
    try:
        if file.stat().st_size > REPORT_LIMIT:
            raise UnreadableReportError(f"{file}: is larger than any report that gonogo writes.")
        report = Report.model_validate_json(file.read_bytes())
    except OSError as error:
        raise UnreadableReportError(f"{file}: can't be read ({error.strerror}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise UnreadableReportError(f"{file}: is no JSON report of gonogo: {where}: {first['msg']}.") from error
    check_report(report)
    return report


def _terms(settings: Settings, options: Options) -> Terms:
    """What makes the verdict stricter or milder. A repository's own waivers do not count, but where it is trusted."""
    waivers, not_counted = options.waivers, settings.not_counted
    own = options.paths[0] / FOLDER_FILE
    if waivers is None and own.is_file() and not own.is_symlink():
        if options.trust_repository_config:
            waivers = read_waivers(own)
        else:
            uncounted = Concession(
                what="waivers are named", reason="only those that the operator gives count", origin=FOLDER_FILE
            )
            not_counted = (*not_counted, uncounted)
    return Terms(
        concessions=settings.concessions, not_counted=not_counted, policy=settings.policy, waivers=waivers or ()
    )


def _named(options: Options) -> dict[str, str]:
    """The options as the report tells them: no machine's paths."""
    named = {
        "tier": options.tier,
        "environment": options.environment,
        "areas": ",".join(options.areas) if len(options.areas) < len(Area) else None,
        "config": options.config.name if options.config else None,
        "trust_repository_config": "yes" if options.trust_repository_config else None,
    }
    return {key: value for key, value in named.items() if value}


def _progress(wanted: bool):  # type: ignore[no-untyped-def]
    if not wanted:
        return nullcontext()
    from gonogo.report.progress import Progress

    return Progress()
