"""A change in a pipeline: audited, compared with a baseline, and gated, by what the base commit says.

Configuration, waivers and baseline are read from the commit that the change goes into: a change can't approve itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from gonogo.base_files import NO_BASE, BaseFiles, check_evidence, read_accepted, read_settings
from gonogo.model.baseline import Baseline
from gonogo.model.ci_gate import GateOutcome, judge
from gonogo.model.comparison import Comparison, compare
from gonogo.model.report import Concession, Report
from gonogo.model.target import Tier
from gonogo.run import Done, Options, run_audit
from gonogo.tools.errors import ToolError
from gonogo.tools.git_objects import BaseCommit, default_branch, open_commit
from gonogo.tools.work_tree import check_module, check_place, link_in, top_of

BASELINE_LIMIT = 50 * 1024 * 1024
EVIDENCE_FILES = ("docker", "inventory")
"""The kinds of ``--source`` that name a file."""


class BaselineError(Exception):
    """A baseline that can't be used. The message says why, and how to make one."""


@dataclass(frozen=True)
class Change:
    """What ``gonogo ci`` was asked. ``base`` names the commit that the change goes into; None takes the default branch,
    ``none`` takes nothing from the repository. ``waivers`` None takes the repository's own file."""

    audit: Options
    base: str | None = None
    baseline: Path | None = None
    waivers: Path | None = None
    takes_waivers: bool = True
    rule: str = "verdict"


@dataclass(frozen=True)
class Outcome:
    """What became of it. ``comparison`` is None without a baseline; ``base`` is the commit's hash, empty for none."""

    done: Done
    comparison: Comparison | None
    gate: GateOutcome
    base: str

    @property
    def report(self) -> Report:
        """The report."""
        return self.done.report


def run_ci(
    change: Change,
    *,
    show_progress: bool,
    tell: Callable[[str], None] = lambda text: None,
    deliver: Callable[[Report, Comparison | None, GateOutcome], None] = lambda report, comparison, gate: None,
) -> Outcome:
    """Audits a change and judges it. Raises what ``run_audit`` raises, and BaselineError."""
    folder = change.audit.paths[0]
    if not folder.is_dir():
        raise ToolError(f"{folder}: is not a folder: give the folder of a repository.")
    check_place(folder)
    files = BaseFiles(folder, _base(change, folder))
    check_evidence(files, _evidence(change.audit))
    baseline, changed = _baseline(change.baseline, files) if change.baseline else (None, ())

    def judged(report: Report) -> tuple[Comparison | None, GateOutcome]:
        comparison = compare(baseline, report) if baseline else None
        return comparison, judge(report, comparison, change.rule)

    with TemporaryDirectory(prefix="gonogo-") as scratch:
        options = _options(change, files, Path(scratch).resolve(), changed)
        done = run_audit(
            options, show_progress=show_progress, tell=tell, deliver=lambda report: deliver(report, *judged(report))
        )
    return Outcome(done, *judged(done.report), files.base.commit if files.base else "")


def inside(folder: Path) -> str:
    """Where a folder lies in its repository, empty for the top: services show findings by the repository's paths."""
    top = top_of(folder)
    where = folder.resolve().relative_to(top).as_posix() if top else "."
    return "" if where == "." else where


def check_written(folder: Path, files: tuple[Path, ...]) -> None:
    """Raises ToolError for a file to write that is a link in the repository of the audited folder, or lies behind one:
    a change would choose what is written over."""
    top = top_of(folder) or folder.resolve()
    for file in files:
        if link := link_in(top, file):
            raise ToolError(f"{file}: {link} is a link in the repository: name a file that is reached without it.")


def parse_baseline(data: bytes, name: str) -> Baseline:
    """A baseline, or a JSON report in its place. Raises BaselineError."""
    try:
        found = Baseline.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
    else:
        twice = [key for key, count in Counter(row.id for row in found.findings).items() if count > 1]
        if twice:
            raise BaselineError(f"{name}: has the finding {twice[0]} twice. Make it anew with --write-baseline.")
        return found
    try:
        return Baseline.of(Report.model_validate_json(data))
    except ValidationError:
        where = ".".join(map(str, first["loc"])) or "the document"
        raise BaselineError(
            f"{name}: is no baseline: {where}: {first['msg']}. Make one with gonogo ci --write-baseline."
        ) from None


def _options(change: Change, files: BaseFiles, scratch: Path, changed: tuple[Concession, ...]) -> Options:
    """The options of the audit, with what is in force by the base; ``changed`` is what was found not to count."""
    given = change.audit
    tier = Tier(given.tier) if given.tier else None
    settings = read_settings(files, given.config, scratch, tier=tier, environment=given.environment)
    waivers, others = read_accepted(files, change.waivers) if change.takes_waivers else ((), ())
    not_counted = (*settings.not_counted, *others, *changed)
    return replace(given, settings=replace(settings, not_counted=not_counted), waivers=waivers)


def _evidence(options: Options) -> Iterator[Path]:
    """The files of evidence that the command line names."""
    yield from options.imports
    if options.snapshot is not None:
        yield options.snapshot
    for option in options.sources:
        kind, _, value = option.partition("=")
        if kind in EVIDENCE_FILES and value:
            yield Path(value)


def _base(change: Change, folder: Path) -> BaseCommit | None:
    if change.base == NO_BASE:
        return None
    if top_of(folder) is None and change.base is None:
        return None  # no repository, and so no change: the files that the command line names are the operator's
    check_module(folder)
    reference = change.base or default_branch(folder)
    if reference is None:
        raise ToolError(
            "the commit that this change goes into is not known (no default branch of origin is here): name it with "
            f"--base, or give --base {NO_BASE} to take no configuration, waivers or baseline from the repository."
        )
    return open_commit(folder, reference)


def _baseline(path: Path, files: BaseFiles) -> tuple[Baseline, tuple[Concession, ...]]:
    """The baseline, and that the change has another, if so."""
    try:
        data, name = files.read(path, BASELINE_LIMIT)
    except OSError as error:
        raise BaselineError(f"{path}: can't be read ({error.strerror}): make one with --write-baseline.") from error
    if data is None:
        raise BaselineError(
            f"{name}: is not there: a baseline counts once it is in the base. Make one with gonogo ci --write-baseline "
            "on the branch that changes go into, and take it in by a change of its own."
        )
    if len(data) > BASELINE_LIMIT:
        raise BaselineError(f"{path}: is larger than any baseline that gonogo writes.")
    return parse_baseline(data, name), files.changed(path, data)
