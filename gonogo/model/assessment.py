"""What a check answers, and what becomes of it: assessments and findings."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from gonogo.model.criterion import Area, Severity, Status, Strength
from gonogo.model.evidence import Locator, Place, Searched, hash_text
from gonogo.model.investigation import Proposal


@dataclass(frozen=True, slots=True)
class Problem:
    """One place where a criterion does not hold. ``what`` is a sentence without a full stop that names the thing."""

    what: str
    place: Place | None = None
    severity: Severity | None = None
    """Only where the criterion itself says that this kind is milder or worse."""
    beside: tuple[Place, ...] = ()
    """Where else it is shown: what another tool says of the place."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A check's answer. Make one with :func:`passed`, :func:`failed`, :func:`unverified`, :func:`not_applicable`."""

    status: Status
    reason: str
    problems: tuple[Problem, ...] = ()
    places: tuple[Place, ...] = ()
    searched: tuple[Searched, ...] = ()
    strength: Strength = Strength.DEFINED


def passed(
    reason: str, *places: Place, strength: Strength = Strength.WIRED, searched: tuple[Searched, ...] = ()
) -> Outcome:
    """The criterion holds everywhere it applies; ``places`` show it (or a search that found nothing wrong does)."""
    return Outcome(Status.PASS, reason, places=places, searched=searched, strength=strength)


def failed(
    reason: str, *problems: Problem, places: tuple[Place, ...] = (), searched: tuple[Searched, ...] = ()
) -> Outcome:
    """The criterion does not hold: at ``problems``, or, without any, because ``searched`` found nothing."""
    return Outcome(Status.FAIL, reason, problems=problems, places=places, searched=searched)


def unverified(reason: str, *places: Place, searched: tuple[Searched, ...] = ()) -> Outcome:
    """It applies, but nothing that was given can answer it; the catalogue says which source would."""
    return Outcome(Status.UNVERIFIED, reason, places=places, searched=searched)


def not_applicable(reason: str, *places: Place, searched: tuple[Searched, ...] = ()) -> Outcome:
    """The target has nothing that it could apply to, which a search showed."""
    return Outcome(Status.NOT_APPLICABLE, reason, places=places, searched=searched)


class Waiver(BaseModel):
    """An accepted failure, as it stands in a report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: str
    reason: str
    expires: str


class Assessment(BaseModel):
    """A criterion's answer for this target."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    criterion: str
    area: Area
    severity: Severity
    """The worst severity among its findings, or the criterion's own."""
    status: Status
    strength: Strength | None
    """What its evidence reaches; None where there is none."""
    reason: str
    evidence: tuple[str, ...] = ()
    waived: Waiver | None = None
    lost: bool = False
    """The answer was lost: its specialist or tool failed during the audit. Never better than a failure."""
    unfinished: bool = False
    """A model was asked to answer it and did not come to an end: no GO where its failure would forbid one."""
    proposal: Proposal | None = None
    """What the specialist's model says of it; see there for what that changes."""
    decided: str = ""
    """The id of a person's decision that the status rests on."""

    @property
    def is_contested(self) -> bool:
        """A model says, with a quote, that this failure is none. It counts as a failure until a person decides."""
        return self.status is Status.FAIL and self.proposal is not None and self.proposal.status is not Status.FAIL

    @property
    def is_proposed(self) -> bool:
        """A model proposes an answer that counts as unverified until a person confirms it."""
        return self.status is Status.UNVERIFIED and self.proposal is not None


class Finding(BaseModel):
    """A failing assessment at a place. One record: everything else refers to its id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    criterion: str
    area: Area
    severity: Severity
    status: Status = Status.FAIL
    what: str
    locator: Locator
    quote: str
    evidence: tuple[str, ...]
    fix: str
    effort_hours: float
    by: str = ""
    """Empty where code's own check found it, else the specialist's model that did."""


def finding_id(criterion: str, locator: Locator, quote: str) -> str:
    """``gng-`` and 10 hex digits over criterion and place; stable when lines move, since line numbers stay out."""
    where = locator.symbol or " ".join(quote.split())
    return "gng-" + hash_text("\0".join([criterion, locator.path or "", where]))[:10]
