"""A person's answers, as options or a file give them, before they become decisions."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gonogo.agents.review_rules import RefusedDecisionError
from gonogo.criteria import find_criterion
from gonogo.model.criterion import Status
from gonogo.model.decision import MOST_ATTACHMENTS, VERDICT, Act
from gonogo.model.report import Report
from gonogo.tools.operators_yaml import line_of, read_yaml, what_is_wrong

FILE_LIMIT = 256 * 1024
MOST_ANSWERS = 500
ADVICE = "write a list under answers:, see gonogo review --help"


class Answer(BaseModel):
    """What a person says of a subject: a criterion's slug or code, a finding's id, or ``verdict``. ``seen``: how many
    decisions on it they have seen, None for all that they made themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: Act
    subject: str
    reason: str
    status: Status | None = None
    attach: tuple[Path, ...] = ()
    expires: date | None = None
    ticket: str = ""
    seen: int | None = None


class _Row(BaseModel):
    """One answer in a file: the act is the key of its subject."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    confirm: str | None = None
    reject: str | None = None
    attest: str | None = None
    waive: str | None = None
    approve: bool | None = None
    reason: Annotated[str, Field(min_length=1)]
    status: Status | None = None
    attach: Annotated[tuple[str, ...], Field(max_length=MOST_ATTACHMENTS)] = ()
    expires: date | None = None
    ticket: str = ""
    seen: Annotated[int, Field(ge=0)] | None = None

    def answer(self, folder: Path) -> Answer:
        """Raises ValueError unless it names one subject."""
        named = [(act, getattr(self, act.value)) for act in Act if getattr(self, act.value) not in (None, False)]
        if len(named) != 1:
            raise ValueError("name one of confirm, reject, attest, waive and approve")
        what, subject = named[0]
        return Answer(
            what=what,
            subject=VERDICT if what is Act.APPROVE else subject,
            reason=self.reason,
            status=self.status,
            attach=tuple(folder / name for name in self.attach),
            expires=self.expires,
            ticket=self.ticket,
            seen=self.seen,
        )


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    answers: Annotated[tuple[_Row, ...], Field(max_length=MOST_ANSWERS)] = ()


def read_answers(path: Path) -> tuple[Answer, ...]:
    """The answers of a YAML file; the files that they attach stand beside it. Raises RefusedDecisionError, before any
    of them counts."""
    node, content = read_yaml(path, option="--answers", limit=FILE_LIMIT, advice=ADVICE, error=RefusedDecisionError)
    try:
        file = _File.model_validate({} if content is None else content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        line = line_of(node, first["loc"])
        raise RefusedDecisionError(f"{path}:{line}: {where}: {what_is_wrong(first)}: mend that answer.") from error
    answers = []
    for number, row in enumerate(file.answers):
        try:
            answers.append(row.answer(path.parent))
        except ValueError as error:
            line = line_of(node, ("answers", number))
            raise RefusedDecisionError(f"{path}:{line}: {error}: mend that answer.") from error
    return tuple(answers)


def answers_of(given: dict[str, Any]) -> tuple[Answer, ...]:
    """The answers that options give: one reason, and the same files, for all of them. Raises RefusedDecisionError."""
    also = {"attach": given["attach"], "ticket": given["ticket"], "seen": given["seen"]}
    expires = given["expires"].date() if given["expires"] else None
    reason = given["reason"]
    named: list[tuple[Act, str, Status | None]] = []
    named += [(Act.CONFIRM, subject, None) for subject in given["confirm"]]
    named += [(Act.REJECT, subject, None) for subject in given["reject"]]
    named += [(Act.ATTEST, *_attested(pair)) for pair in given["attest"]]
    named += [(Act.WAIVE, subject, None) for subject in given["waive"]]
    named += [(Act.APPROVE, VERDICT, None)] if given["approve"] else []
    if named and not reason:
        raise RefusedDecisionError("a decision needs its reason: give --reason.")
    return tuple(
        Answer(what=what, subject=subject, status=status, reason=reason, expires=expires, **also)
        for what, subject, status in named
    )


def subject_of(report: Report, what: Act, given: str) -> str:
    """The subject that is meant: a slug for a criterion's code, or for a finding that is no waiver's. Raises
    RefusedDecisionError."""
    if given == VERDICT or (given.startswith("gng-") and what in (Act.WAIVE, Act.REJECT)):
        return given
    if finding := next((row for row in report.findings if row.id == given), None):
        return finding.criterion
    row = find_criterion(given)
    slug = row.slug if row is not None else given
    if all(asked.slug != slug for asked in report.criteria):
        raise RefusedDecisionError(
            f"{given}: this audit has no criterion or finding of that name: gonogo review --list."
        )
    return slug


def _attested(pair: str) -> tuple[str, Status]:
    subject, _, status = pair.partition("=")
    allowed = [Status.PASS, Status.FAIL, Status.NOT_APPLICABLE]
    found = next((known for known in allowed if known.value == status), None)
    if not subject or found is None:
        raise RefusedDecisionError(f"--attest {pair}: write SLUG=pass, SLUG=fail or SLUG=not_applicable.")
    return subject, found
