"""What a specialist's model hands in. All fields are required, none has a default; the last one shows it is whole."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

END = "END OF SUBMISSION"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GivenCause(_Part):
    """Why criteria fail."""

    criteria: list[str] = Field(description="slugs of criteria of your area that fail for this one cause")
    text: str = Field(description="the cause in one or two sentences")
    evidence: list[str] = Field(description="ids (ev-...) of the evidence that shows it")


class GivenAnswer(_Part):
    """What the model says of a criterion that code failed or left unverified."""

    criterion: str = Field(description="its slug")
    status: Literal["fail", "pass", "not_applicable"] = Field(
        description="for an unverified one fail, pass or not_applicable; for a failed one the last two contest it"
    )
    reason: str = Field(description="one or two sentences that say what the quote shows")
    path: str = Field(description="the file that the quote stands in")
    line: int = Field(description="the line that the quote begins at")
    quote: str = Field(description="copied from that file, word for word: one to eight lines that show it")


class GivenObservation(_Part):
    """Something wrong that no criterion asks."""

    what: str = Field(description="what is wrong, in one sentence")
    why: str = Field(description="what happens in production because of it, in one sentence")
    path: str = Field(description="the file that the quote stands in")
    line: int = Field(description="the line that the quote begins at")
    quote: str = Field(description="copied from that file, word for word: one to eight lines that show it")


class Submission(_Part):
    """A specialist's whole submission."""

    causes: list[GivenCause]
    answers: list[GivenAnswer]
    observations: list[GivenObservation]
    end: Literal["END OF SUBMISSION"] = Field(description=f"always {END!r}: it shows that nothing was cut off")
