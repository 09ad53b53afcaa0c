"""What other tools say of a criterion, in files that the operator imported."""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, failed, passed
from gonogo.model.criterion import Criterion, Strength
from gonogo.model.evidence import Place

SOURCE = "imported"
MOST_NAMED = 3


def imported(facts: Facts, criterion: Criterion) -> list[tuple[Outcome, bool]]:
    """What they answer, and whether a pass settles the criterion; nothing where none says anything that counts."""
    records = facts.live.of(SOURCE, criterion.slug)
    failing = [record for record in records if record.get("status") == "fail"]
    if failing:
        return [(_failed(facts, failing), False)]
    return [(outcome, True) for outcome in _passes(records) if outcome.strength.rank >= criterion.strength.rank]


def _failed(facts: Facts, failing: Sequence[Seen]) -> Outcome:
    problems = [Problem(_said(record), *_places(facts, record)) for record in failing if not record.get("count")]
    count = len(problems) + sum(_count(record) for record in failing)
    told = "; ".join(problem.what for problem in problems[:MOST_NAMED])
    more = f"; and {count - MOST_NAMED} more" if count > MOST_NAMED else ""
    tools = ", ".join(dict.fromkeys(str(record.get("tool")) for record in failing))
    results = "1 imported result fails" if count == 1 else f"{count} imported results fail"
    return failed(f"{results} ({tools}): {told}{more}", *problems)


def _said(record: Seen) -> str:
    rule, path, message = (str(record.get(key, default="")) for key in ("rule", "path", "message"))
    line = f":{record.get('line')}" if path and record.get("line") else ""
    where = f" at {path}{line}" if path else ""
    return f"{record.get('tool')} reports {rule}{where}: {message.rstrip('.') or 'no message'}"


def _places(facts: Facts, record: Seen) -> tuple[Place, None, tuple[Place, ...]]:
    """The place in the repository that the tool names, where it is there; what the tool says stands beside it."""
    path, line = str(record.get("path", default="")), record.get("line", default=0)
    file = facts.repository.file(path) if path else None
    if file is None or facts.repository.is_observed(file.path):
        return record.place, None, ()
    here = line if isinstance(line, int) and 0 < line <= len(facts.repository.lines(file)) else 0
    return Place(file.path, here, here, f"{record.scope} {record.get('rule')}"), None, (record.place,)


def _passes(records: Sequence[Seen]) -> list[Outcome]:
    passing = [record for record in records if record.get("status") == "pass" and record.get("settles") is True]
    if not passing:
        return []
    told = ", ".join(f"{record.get('rule')} {_count(record)}" for record in passing[:MOST_NAMED])
    more = f" and {len(passing) - MOST_NAMED} more rules" if len(passing) > MOST_NAMED else ""
    tools = ", ".join(dict.fromkeys(str(record.get("tool")) for record in passing))
    strength = min((Strength(str(record.get("strength"))) for record in passing), key=lambda item: item.rank)
    places = (record.place for record in passing)
    return [passed(f"all imported results of {tools} pass ({told}{more})", *places, strength=strength)]


def _count(record: Seen) -> int:
    count = record.get("count", default=0)
    return count if isinstance(count, int) else 0
