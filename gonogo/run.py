"""What the commands do: from options to a report, and from a report to an exit code."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from gonogo.agents.guard import check_report
from gonogo.asking import ModelOptions, opened
from gonogo.config import load_settings, state_folder
from gonogo.criteria import load_catalogue
from gonogo.graph.audit import Request, audit
from gonogo.model.criterion import Area, Status
from gonogo.model.report import Report
from gonogo.model.target import Target, Tier
from gonogo.model.verdict import Value
from gonogo.tools.collect import Collector
from gonogo.tools.errors import ToolError
from gonogo.tools.repository import open_repository

REPORT_LIMIT = 200 * 1024 * 1024
VERDICT_CODES = {Value.GO: 0, Value.NO_GO: 1, Value.CONDITIONAL: 3}
NOTHING_ASSESSED = 4


class UnreadableReportError(Exception):
    """A file that is not a report. The message says why."""


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


def run_audit(options: Options, *, show_progress: bool) -> Report:
    """Audits. A user can mend what it raises: Tool-, Configuration-, ModelAccess-, Words- and CassetteError."""
    for path in options.paths:
        if not path.is_dir():
            raise ToolError(f"{path}: is not a folder: give the folder of a repository.")
    settings = load_settings(
        options.paths[0],
        path=options.config,
        trust=options.trust_repository_config,
        tier=Tier(options.tier) if options.tier else None,
        environment=options.environment,
    )
    repository = open_repository(options.paths, left_out=settings.left_out)
    name = settings.target or options.paths[0].resolve().name or "target"
    target = Target(name=name, tier=settings.tier, environment=settings.environment)
    collector = Collector(repository, target)
    collector.start_ahead()
    request = Request(
        collector=collector,
        catalogue=settings.apply(load_catalogue()),
        areas=tuple(area for area in Area if area.value in options.areas),
        concessions=settings.concessions,
        not_counted=settings.not_counted,
        options=_named(options),
    )
    with opened(options.asking) as asking, _progress(show_progress) as progress:
        return audit(
            request,
            clock=asking.clock,
            progress=progress.hear if progress else lambda event: None,
            checkpoints=checkpoints(),
            plan=asking.plan,
        )


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


def checkpoints() -> Path | None:
    """The checkpoint file, or None where the state folder can't be written: the audit then runs in memory."""
    folder = state_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / "checkpoints.sqlite"
        path.open("ab").close()
    except OSError:
        return None
    return path


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
