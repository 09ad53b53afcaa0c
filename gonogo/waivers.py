"""Waivers as files: read, and written as an entry to put into one. Nothing else reads them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from gonogo.config import ConfigurationError
from gonogo.criteria import find_criterion
from gonogo.model.assessment import Assessment
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.model.waiver import AcceptedRisk, WaiverEntry, accepted_evidence
from gonogo.tools.operators_yaml import line_of, parse_yaml, what_is_wrong

FOLDER_FILE = ".gonogo/waivers.yaml"
"""Where a repository keeps its waivers."""
FILE_LIMIT = 1024 * 1024
ADVICE = "write a list under waivers:, see gonogo waivers --help"


class WaiversError(ConfigurationError):
    """Waivers that can't be used. The message names file, line and what is wrong: none of the file counts then."""


class WaiverFile(BaseModel):
    """What a file of waivers says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    waivers: tuple[WaiverEntry, ...] = ()


def read_waivers(path: Path) -> tuple[AcceptedRisk, ...]:
    """The waivers of a file that the operator names. Raises WaiversError, also where it is not there."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise WaiversError(f"{path}: can't be read ({error.strerror}): check the path given with --waivers.") from error
    return parse_waivers(data, name=str(path), origin=path.name)


def parse_waivers(data: bytes, *, name: str, origin: str) -> tuple[AcceptedRisk, ...]:
    """The waivers of a document; ``name`` is what messages call it, ``origin`` what reports do. Raises WaiversError."""
    node, content = parse_yaml(data, name=name, limit=FILE_LIMIT, advice=ADVICE, error=WaiversError)
    try:
        file = WaiverFile.model_validate({} if content is None else content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        line = line_of(node, first["loc"])
        raise WaiversError(f"{name}:{line}: {where}: {what_is_wrong(first)}: mend that waiver.") from error
    seen: set[str] = set()
    for number, entry in enumerate(file.waivers):
        line = line_of(node, ("waivers", number))
        if entry.criterion and find_criterion(entry.criterion) is None:
            raise WaiversError(f"{name}:{line}: there is no criterion {entry.criterion}: see gonogo criteria list.")
        if entry.subject in seen:
            raise WaiversError(f"{name}:{line}: {entry.subject} is waived twice: leave one of the two out.")
        seen.add(entry.subject)
    return tuple(AcceptedRisk(entry=entry, origin=origin) for entry in file.waivers)


def entry_for(report: Report, subject: str, *, owner: str, reason: str, ticket: str, expires: date) -> WaiverEntry:
    """The waiver that accepts what fails of a criterion, or one finding, in a report. Raises WaiversError."""
    row = find_criterion(subject)
    slug = row.slug if row else next((f.criterion for f in report.findings if f.id == subject), "")
    own = [f for f in report.findings if subject == f.id or (slug == f.criterion and row is not None)]
    found = next((a for a in report.assessments if a.criterion == slug), None)
    if found is None or not own:
        raise WaiversError(f"{subject}: {_why_not(found, subject)}")
    given: dict[str, Any] = {"criterion": slug} if row else {"finding": subject}
    evidence = accepted_evidence(found, own)
    try:
        return WaiverEntry(**given, owner=owner, reason=reason, ticket=ticket, expires=expires, evidence=evidence)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise WaiversError(f"--{where}: {what_is_wrong(first)}.") from error


def _why_not(found: Assessment | None, subject: str) -> str:
    if found is None and find_criterion(subject) is None:
        return "there is no criterion and no finding of that name in this report: see gonogo criteria list."
    if found is None:
        return "this report does not ask it, so there is nothing to accept."
    if found.status is Status.FAIL:
        return "it fails without a finding, and nothing that a waiver could rest on."
    says = {Status.PASS: "passes", Status.NOT_APPLICABLE: "does not apply"}.get(found.status, "is unverified")
    return f"it {says} in this report, and only what fails can be waived."


def with_entry(file: Path, entry: WaiverEntry) -> str:
    """The text of a file of waivers with one more at its end; what stands there stays as it is. Raises WaiversError."""
    if any(item.entry.subject == entry.subject for item in read_waivers(file)):
        raise WaiversError(f"{file}: {entry.subject} is waived there already: take that entry out first, to renew it.")
    text = file.read_text(encoding="utf-8")
    item = as_yaml((entry,)).partition("\n")[2]
    first = re.search(r"^( *)- ", text, re.M)
    added = text.rstrip() + "\n" + textwrap.indent(item, first[1] if first else "")
    try:
        parse_waivers(added.encode(), name=str(file), origin=file.name)
    except WaiversError as error:
        raise WaiversError(f"{error} It can't be added to this file: print it, and add it by hand.") from error
    return added


def as_yaml(entries: Iterable[WaiverEntry]) -> str:
    """Entries as they stand in a file under ``waivers:``."""
    rows = [entry.model_dump(exclude_none=True, exclude_defaults=True) for entry in entries]
    return yaml.safe_dump({"waivers": rows}, sort_keys=False, allow_unicode=True)
