"""From the rows of a file to what they answer: records of what is mapped, counts of the rest."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from gonogo.criteria.imported import Table
from gonogo.model.criterion import Severity
from gonogo.model.imported import Answered, Imported, RowStatus, RuleCount
from gonogo.model.snapshot import Record
from gonogo.tools.imported.rows import ImportedFile, Row
from gonogo.tools.redaction import clean

SOURCE = "imported"
MOST_KEPT = 100
"""Failing rows of one criterion that are kept one by one, the worst first; the others are kept as a number."""
MOST_RULES = 5_000
"""Rules that are listed one by one."""
MOST_MESSAGE = 300
MOST_NAME = 300
REST = "(other rules)"
LEAST = Severity.LOW


@dataclass(frozen=True)
class Mapped:
    """What a file comes to."""

    imported: Imported
    records: tuple[Record, ...]


def map_rows(name: str, digest: str, file: ImportedFile, table: Table) -> Mapped:
    """``name`` is the file's, without its folder; ``digest`` the hash of its bytes."""
    by_criterion: dict[str, list[Row]] = defaultdict(list)
    unmapped: Counter[tuple[str, RowStatus]] = Counter()
    told = Counter(row.status for row in file.rows)
    for row in file.rows:
        rule = table.spell(row.rule)
        slugs = table.criteria(rule, row.name, row.tags, row.severity, fails=row.status == "fail")
        for slug in slugs:
            by_criterion[slug].append(row._replace(rule=rule))
        if not slugs:
            unmapped[row.rule, row.status] += 1
    answers = tuple(_answered(slug, by_criterion[slug], file, table) for slug in sorted(by_criterion))
    tool = _short(file.tool, 80)
    imported = Imported(
        file=_short(name),
        sha256=digest,
        format=_short(file.format, 80),
        tool=tool,
        tool_version=_short(file.version, 80),
        taken=_as_utc(file.taken),
        rows=len(file.rows),
        mapped=len(file.rows) - sum(unmapped.values()),
        counts={status: told[status] for status in sorted(told)},
        answers=answers,
        unmapped=_listed(unmapped),
        facts=dict(file.facts),
        notes=tuple(_short(note) for note in _notes(file)),
    )
    head = {"file": imported.file, "format": imported.format, "tool": f"{tool} {imported.tool_version}".strip()}
    records = [r for answer in answers for r in _records(answer, by_criterion[answer.criterion], head, table)]
    return Mapped(imported, tuple(records))


def _notes(file: ImportedFile) -> Iterable[str]:
    yield from file.notes
    if file.incomplete and file.incomplete not in file.notes:
        yield f"{file.incomplete}: what it says passes does not count"


def _answered(slug: str, rows: list[Row], file: ImportedFile, table: Table) -> Answered:
    counts = Counter((row.rule, row.status) for row in rows)
    passed = {rule for rule, status in counts if status == "pass"}
    good = not file.incomplete and not any(status in ("fail", "unknown") for _, status in counts)
    settles = good and any(passed.issuperset(rules) for rules in table.settles.get(slug, ()))
    return Answered(criterion=slug, rules=_listed(counts), settles=settles)


def _records(answer: Answered, rows: list[Row], head: dict[str, str], table: Table) -> Iterable[Record]:
    """Failing rows one by one, as far as they are kept; the others as counts of their rules."""
    scope = re.sub(r"[^a-z0-9.-]+", "-", head["tool"].partition(" ")[0].lower()).strip("-.") or "tool"

    def record(name: str, data: dict[str, object]) -> Record:
        return Record(source=SOURCE, scope=scope, kind=answer.criterion, name=name, data={**head, **data})

    failing = sorted((row for row in rows if row.status == "fail"), key=lambda row: -(row.severity or LEAST).rank)
    for row in failing[:MOST_KEPT]:
        path, rule = _short(row.path), _short(row.rule, 120)
        data: dict[str, object] = {"rule": rule, "status": row.status, "message": _short(row.message, MOST_MESSAGE)}
        data |= {"path": path} if path else {}
        data |= {"line": row.line} if row.line else {}
        data |= {"severity": row.severity.value} if row.severity else {}
        yield record(_short(f"{rule} {path}".strip()), data)
    if len(failing) > MOST_KEPT:
        yield record("more failures", {"status": "fail", "count": len(failing) - MOST_KEPT})
    messages = {_short(row.rule, 120): row.message for row in rows if row.status == "unknown" and row.message}
    for counted in answer.rules:
        if counted.status != "fail":
            data = {"rule": counted.rule, "status": counted.status, "count": counted.count, "settles": answer.settles}
            told = messages.get(counted.rule, "") if counted.status == "unknown" else ""
            data |= {"message": _short(told, MOST_MESSAGE)} if told else {}
            yield record(f"{counted.rule} ({counted.status})", {**data, "strength": table.strength.value})


def _listed(counts: Counter[tuple[str, RowStatus]]) -> tuple[RuleCount, ...]:
    """Failing first, then the most frequent. What is beyond the bound is one line for each status."""
    order: dict[RowStatus, int] = {"fail": 0, "unknown": 1, "suppressed": 2, "not_applicable": 3, "pass": 4}
    ranked = sorted(counts.items(), key=lambda item: (order[item[0][1]], -item[1], item[0][0]))
    rules = Counter[tuple[str, RowStatus]]()  # what redaction makes equal is one line
    for (rule, status), count in ranked[:MOST_RULES]:
        rules[_short(rule, 120), status] += count
    for (_, status), count in ranked[MOST_RULES:]:
        rules[REST, status] += count
    return tuple(RuleCount(rule=rule, status=status, count=count) for (rule, status), count in rules.items())


def _as_utc(told: str) -> str:
    """ISO 8601 in UTC; empty for what is no time. One without a zone is taken as UTC, as the formats have it."""
    try:
        found = datetime.fromisoformat(told)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""


def _short(text: str, most: int = MOST_NAME) -> str:
    """One line without secrets, personal data and hidden characters, cut after that was replaced."""
    told = " ".join(clean(" ".join(text.split())).text.split()) if text else ""
    return told if len(told) <= most else told[: most - 3] + "..."
