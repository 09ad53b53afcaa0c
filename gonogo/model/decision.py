"""Decisions of persons on a report: who decided what about which criterion, finding or verdict, why, on which evidence.

A decision is never changed or taken back; a later one on the same subject replaces it, and both are listed.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Status
from gonogo.model.evidence import hash_text

VERDICT = "verdict"
"""The subject of an approval."""
ATTEST = "person.attest"
"""The tool of evidence that a person gave."""
LONGEST_DAYS = 366
MOST_ATTACHMENTS = 10
EXCERPT = 4_000
"""Characters of an attached text that are kept."""
Name = Annotated[str, Field(min_length=3, max_length=120, pattern=r"\S.*\S")]
Reason = Annotated[str, Field(min_length=3, max_length=2_000, pattern=r"\S.*\S")]


class Act(StrEnum):
    """What a person does with a subject."""

    CONFIRM = "confirm"
    REJECT = "reject"
    ATTEST = "attest"
    WAIVE = "waive"
    APPROVE = "approve"


class Standing(StrEnum):
    """What became of a decision."""

    HOLDS = "holds"
    REPLACED = "replaced"
    VOID = "void"
    EXPIRED = "expired"
    REFUSED = "refused"


class Attachment(BaseModel):
    """A file that a person gave: its hash over all of its bytes, and the beginning of its text, redacted; empty where
    it is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]
    excerpt: Annotated[str, Field(max_length=EXCERPT)] = ""


class Decided(BaseModel):
    """A decision as a person made it, and what became of it in this report.

    ``subject`` is a criterion's slug, a finding's id, or ``verdict``; ``status`` is what is attested; ``at`` ISO 8601
    in UTC; ``expires`` the last day on which it holds, as an ISO date; ``based_on`` the hash of what the person saw.
    ``standing``, ``why``, ``as_of`` (the day on which that was so), ``before`` and ``findings`` (the answer that it
    took the place of) are computed, and no part of ``id``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^gnd-[0-9a-f]{12}$")]
    who: Name
    what: Act
    subject: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,79}$")]
    status: Status | None = None
    reason: Reason
    at: str
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=MOST_ATTACHMENTS)] = ()
    expires: str = ""
    ticket: Annotated[str, Field(max_length=200)] = ""
    based_on: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    standing: Standing = Standing.HOLDS
    why: str = ""
    as_of: str = ""
    before: Assessment | None = None
    findings: tuple[Finding, ...] = ()

    @staticmethod
    def make(
        *,
        who: str,
        what: Act,
        subject: str,
        reason: str,
        at: str,
        based_on: str,
        status: Status | None = None,
        attachments: tuple[Attachment, ...] = (),
        expires: str = "",
        ticket: str = "",
    ) -> Decided:
        """A decision with its id. Raises ValidationError for what nobody can decide."""
        told = {
            "who": who,
            "what": what,
            "subject": subject,
            "status": status,
            "reason": reason,
            "at": at,
            "attachments": attachments,
            "expires": expires,
            "ticket": ticket,
            "based_on": based_on,
        }
        found = decision_id(Decided.model_construct(**told))  # type: ignore[arg-type]
        return Decided(id=found, **told)  # type: ignore[arg-type]

    @field_validator("at")
    @classmethod
    def _is_utc(cls, value: str) -> str:
        if datetime.fromisoformat(value).utcoffset() != timedelta(0):
            raise ValueError("is no time in UTC")
        return value

    @field_validator("expires")
    @classmethod
    def _is_a_day(cls, value: str) -> str:
        if value and date.fromisoformat(value).isoformat() != value:
            raise ValueError("write a day as YYYY-MM-DD")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Decided:
        if (self.what is Act.ATTEST) != (self.status is not None) or self.status is Status.UNVERIFIED:
            raise ValueError("what is attested is pass, fail or not_applicable")
        if (self.what in (Act.ATTEST, Act.WAIVE)) != bool(self.expires):
            raise ValueError("what is attested or waived holds to a day, and nothing else does")
        if self.what is Act.APPROVE and self.subject != VERDICT:
            raise ValueError("what is approved is the verdict")
        if self.what in (Act.CONFIRM, Act.ATTEST) and (self.subject == VERDICT or self.subject.startswith("gng-")):
            raise ValueError("what is confirmed or attested is a criterion")
        if self.id != decision_id(self):
            raise ValueError("the id is not that of what was decided")
        return self

    @property
    def is_standing(self) -> bool:
        """Whether it counts."""
        return self.standing is Standing.HOLDS

    def as_made(self) -> Decided:
        """Without what was computed of it."""
        return self.model_copy(
            update={"standing": Standing.HOLDS, "why": "", "as_of": "", "before": None, "findings": ()}
        )


COMPUTED = frozenset({"id", "standing", "why", "as_of", "before", "findings"})
"""Fields that are no part of what a person decided."""


def decision_id(decision: Decided) -> str:
    """``gnd-`` and 12 hex digits over all that the person decided, and when."""
    return "gnd-" + hash_text(decision.model_dump_json(exclude=set(COMPUTED)))[:12]
