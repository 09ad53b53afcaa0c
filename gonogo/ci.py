"""A change in a pipeline: audited, compared with a baseline, and gated, by what the base commit says.

Configuration, waivers and baseline are read from the commit that the change goes into: a change can't approve itself.
Files that the command line names and that lie outside of the repository are the operator's, and are read as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from gonogo.config import (
    FILE_LIMIT,
    FILE_NAME,
    ConfigurationError,
    Settings,
    load_settings,
    parse_configuration,
    settle,
)
from gonogo.model.baseline import Baseline
from gonogo.model.ci_gate import GateOutcome, judge
from gonogo.model.comparison import Comparison, compare
from gonogo.model.report import Concession, Report
from gonogo.model.target import Tier
from gonogo.model.waiver import AcceptedRisk
from gonogo.run import Done, Options, run_audit
from gonogo.tools.errors import ToolError
from gonogo.tools.git_objects import BaseCommit, open_commit, top_of
from gonogo.waivers import FILE_LIMIT as WAIVERS_LIMIT
from gonogo.waivers import FOLDER_FILE, WaiversError, parse_waivers

BASELINE_LIMIT = 50 * 1024 * 1024
DEFAULT_BRANCH = "refs/remotes/origin/HEAD"
NO_BASE = "none"


class BaselineError(Exception):
    """A baseline that can't be used. The message says why, and how to make one."""


@dataclass(frozen=True)
class Change:
    """What ``gonogo ci`` was asked. ``base`` names the commit that the change goes into; None takes the default branch
    of the clone, ``none`` takes nothing from the repository. ``waivers`` None takes the repository's own file."""

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
    base = _base(change, folder)
    baseline = _baseline(change.baseline, folder, base) if change.baseline else None
    options = replace(change.audit, settings=_settings(change, folder, base), waivers=_waivers(change, folder, base))

    def judged(report: Report) -> tuple[Comparison | None, GateOutcome]:
        comparison = compare(baseline, report) if baseline else None
        return comparison, judge(report, comparison, change.rule)

    done = run_audit(
        options, show_progress=show_progress, tell=tell, deliver=lambda report: deliver(report, *judged(report))
    )
    return Outcome(done, *judged(done.report), base.commit if base else "")


def inside(folder: Path) -> str:
    """Where a folder lies in its repository, empty for the top: services show findings by the repository's paths."""
    top = top_of(folder)
    where = folder.resolve().relative_to(top).as_posix() if top else "."
    return "" if where == "." else where


def parse_baseline(data: bytes, name: str) -> Baseline:
    """A baseline, or a JSON report in its place. Raises BaselineError."""
    try:
        return Baseline.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
    try:
        return Baseline.of(Report.model_validate_json(data))
    except ValidationError:
        where = ".".join(map(str, first["loc"])) or "the document"
        raise BaselineError(
            f"{name}: is no baseline: {where}: {first['msg']}. Make one with gonogo ci --write-baseline."
        ) from None


def _base(change: Change, folder: Path) -> BaseCommit | None:
    if change.base == NO_BASE:
        return None
    if change.base is not None:
        return open_commit(folder, change.base)
    try:
        return open_commit(folder, DEFAULT_BRANCH)
    except ToolError as error:
        raise ToolError(
            f"the commit that this change goes into is not known ({str(error).rstrip('.')}): name it with --base, or "
            f"give --base {NO_BASE} to take no configuration, waivers or baseline from the repository."
        ) from error


def _given(path: Path, folder: Path, base: BaseCommit | None, limit: int) -> tuple[bytes | None, str]:
    """A file that the command line names, and what messages call it: as the base commit has it where it lies in the
    repository (None where that has none, or there is no base), else as it is. Raises OSError for the latter."""
    top = top_of(folder) or folder.resolve()
    resolved = path.resolve()
    if not resolved.is_relative_to(top):
        with path.open("rb") as file:
            return file.read(limit + 1), str(path)
    name = resolved.relative_to(top).as_posix()
    if base is None:
        return None, f"{name} (--base {NO_BASE} takes nothing from the repository)"
    return base.read(name, limit), f"{name} at commit {base.commit[:12]}"


def _own(name: str, folder: Path, base: BaseCommit | None, limit: int) -> tuple[bytes | None, str]:
    """A file by its usual place below the audited folder, as the base commit has it."""
    return _given(folder / name, folder, base, limit) if base else (None, name)


def _baseline(path: Path, folder: Path, base: BaseCommit | None) -> Baseline:
    try:
        data, name = _given(path, folder, base, BASELINE_LIMIT)
    except OSError as error:
        raise BaselineError(f"{path}: can't be read ({error.strerror}): make one with --write-baseline.") from error
    if data is None:
        raise BaselineError(
            f"{name}: is not there. Make one with gonogo ci --write-baseline on the branch that changes go into."
        )
    if len(data) > BASELINE_LIMIT:
        raise BaselineError(f"{path}: is larger than any baseline that gonogo writes.")
    return parse_baseline(data, name)


def _settings(change: Change, folder: Path, base: BaseCommit | None) -> Settings:
    options = change.audit
    tier = Tier(options.tier) if options.tier else None
    try:
        data, name = (
            _given(options.config, folder, base, FILE_LIMIT)
            if options.config
            else _own(FILE_NAME, folder, base, FILE_LIMIT)
        )
    except OSError as error:
        raise ConfigurationError(f"{options.config}: can't be read ({error.strerror}): check --config.") from error
    if data is None:
        if options.config is not None:
            raise ConfigurationError(f"{name}: is not there: a configuration counts once it is in the base.")
        return load_settings(folder, path=None, trust=False, tier=tier, environment=options.environment)
    origin = name if options.config is None else f"--config {name}"
    settings = settle(
        parse_configuration(data, name), origin, operator=True, tier=tier, environment=options.environment
    )
    own = folder / FILE_NAME
    if options.config is not None or (own.is_file() and not own.is_symlink() and _starts(own) == data):
        return settings
    changed = Concession(what=f"{FILE_NAME} is changed", reason="counts once it is in the base", origin="this change")
    return replace(settings, not_counted=(*settings.not_counted, changed))


def _starts(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(FILE_LIMIT + 1)


def _waivers(change: Change, folder: Path, base: BaseCommit | None) -> tuple[AcceptedRisk, ...]:
    if not change.takes_waivers:
        return ()
    try:
        data, name = (
            _given(change.waivers, folder, base, WAIVERS_LIMIT)
            if change.waivers
            else _own(FOLDER_FILE, folder, base, WAIVERS_LIMIT)
        )
    except OSError as error:
        raise WaiversError(f"{change.waivers}: can't be read ({error.strerror}): check --waivers.") from error
    if data is None:
        if change.waivers is not None:
            raise WaiversError(f"{name}: is not there: waivers count once they are in the base.")
        return ()
    return parse_waivers(data, name=name, origin=name)
