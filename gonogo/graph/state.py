"""What the graph's nodes pass on. Plain data and ids only: evidence stays in the log, facts in the collector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypedDict, TypeVar

from gonogo.agents.asking.plan import ModelPlan
from gonogo.graph.parts import Parts
from gonogo.model.criterion import Area, Criterion
from gonogo.model.evidence import Kept
from gonogo.model.report import Report
from gonogo.model.terms import Terms
from gonogo.telemetry.tracing import Telemetry
from gonogo.tools.collect import Collector
from gonogo.tools.evidence import EvidenceLog


class AreaResult(TypedDict):
    """A specialist's answers: assessments and findings as JSON-ready data. ``failed`` says why they were lost; a row of
    ``unread`` has the fields of Unread."""

    area: str
    assessments: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    tools: list[str]
    failed: str
    unread: list[list[Any]]


class ModelResult(TypedDict):
    """What a specialist's model added, all of it grounded, as JSON-ready data. ``assessments`` replace code's."""

    area: str
    investigation: dict[str, Any]
    assessments: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    causes: list[dict[str, Any]]
    observations: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    markers: list[dict[str, Any]]
    violations: list[dict[str, Any]]
    unread: list[list[Any]]


class Survey(TypedDict):
    """What there is to look at: the target with its sources, how many files, and which files of other tools."""

    target: dict[str, Any]
    files: int
    imports: list[dict[str, Any]]


Result = TypeVar("Result")


def merge(left: dict[str, Result], right: dict[str, Result]) -> dict[str, Result]:
    """Results by area: idempotent, and in one order whoever finishes first."""
    return dict(sorted((left | right).items()))


class AuditState(TypedDict, total=False):
    """The state of an audit. ``run`` is the id that it was begun under."""

    run: str
    areas: list[str]
    survey: Survey
    asked: dict[str, Any] | None
    """Which models are asked, as Asked; None where none is."""
    results: Annotated[dict[str, str], merge]
    """By area the id of its AreaResult among the parts."""
    investigations: Annotated[dict[str, str], merge]
    """By area the id of its ModelResult."""
    verdict: str
    written: str | None
    """The id of what the synthesizer's model wrote and what that took, as Written; None where none was asked."""
    published: bool


class SpecialistTask(TypedDict):
    """What ``Send`` hands to a specialist."""

    area: str


class ModelTask(TypedDict):
    """What ``Send`` hands to a specialist's model: the id of code's answers."""

    area: str
    result: str


@dataclass(frozen=True)
class AuditContext:
    """The objects of one audit that no checkpoint holds. ``clock`` gives an aware UTC time.

    ``keep`` takes new evidence before the result that rests on it is checkpointed.
    """

    collector: Collector
    log: EvidenceLog
    catalogue: tuple[Criterion, ...]
    areas: tuple[Area, ...]
    terms: Terms
    options: dict[str, str]
    clock: Callable[[], datetime]
    keep: Callable[[tuple[Kept, ...]], None] = lambda kept: None
    parts: Parts = field(default_factory=Parts)
    drafts: dict[str, Report] = field(default_factory=dict)
    """The report as far as it is made, by step: what is not there is made again from the state."""
    telemetry: Telemetry = field(default_factory=Telemetry.off)
    is_there: bool = True
    """Whether the target can be read: not where a run is replayed elsewhere."""
    plan: ModelPlan | None = None
    """The models to ask; None leaves them out."""
