"""Whether what runs in an AWS account is still supported, by the dated table of support lives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.aws_items import AWS
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.facts.support import Life, support
from gonogo.model.assessment import Outcome, Problem
from gonogo.model.evidence import Place

_KINDS = ("lambda.function", "eks.cluster", "rds.instance", "rds.cluster", "elasticache.cluster")
_ENGINES = {
    "postgres": "rds-postgresql",
    "mysql": "rds-mysql",
    "mariadb": "rds-mariadb",
    "aurora-postgresql": "aurora-postgresql",
    "aurora-mysql": "rds-mysql",
    "docdb": "documentdb",
}
_PAID = {"open-source-rds-extended-support", "EXTENDED"}


@dataclass(frozen=True, slots=True)
class _Use:
    """A version in use; ``paid`` is whether extended support is on, None where that was not seen."""

    what: str
    product: str
    version: str
    place: Place
    paid: bool | None = None


def supported_runtimes(facts: Facts) -> Outcome:
    """No runtime of a function, no engine and no cluster version is past its support."""
    table = support()
    day = facts.target.today or table.date
    items = facts.live.of(AWS, *_KINDS)
    uses = [(item, use) for item in items for use in _uses(item)]
    problems, unseen, good = [], [], []
    for item, use in uses:
        life = table.life(use.product, use.version)
        if life is None:
            unseen.append(Unseen(f"{use.what}: the table knows no {use.product} {use.version}", use.place))
        elif life.ended(day):
            problems.append(Problem(f"{use.what}: support of {use.version} ended on {_end(life)}", use.place))
        elif life.only_extended(day) and use.paid is not True:
            said = f"{use.what} has paid extended support only, since {life.ends}"
            unseen.append(Unseen(f"{said}, and whether that is on was not seen", use.place))
        else:
            good.append(item)
    total = counted(len(uses), "function, database or cluster", "functions, databases and clusters")
    outcome = judged(
        facts,
        AWS,
        _KINDS,
        problems,
        good or [item for item, _ in uses],
        bad=f"{share(len(problems), total, 'are')} out of support on {day}",
        good=f"{share(len(good), total, 'run')} on versions in support on {day}",
    )
    return left_open(outcome, unseen, "support lives")


def _end(life: Life) -> date | None:
    return max(life.ends, life.extended) if life.ends and life.extended else life.ends


def _uses(item: Seen) -> Iterator[_Use]:
    kind, name = item.record.kind, item.name
    if kind == "lambda.function":
        if runtime := item.get("Runtime"):
            yield _Use(f"function {name}", "lambda", str(runtime), item.at("Runtime"))
    elif kind == "eks.cluster":
        if version := item.get("version"):
            paid = _paid(item.get("upgradePolicy", "supportType"))
            yield _Use(f"cluster {name}", "eks", str(version), item.at("version"), paid)
    elif kind == "elasticache.cluster":
        if item.get("Engine") == "redis" and (version := item.get("EngineVersion")):
            yield _Use(f"cache {name}", "elasticache-redis", str(version), item.at("EngineVersion"))
    elif not (kind == "rds.instance" and item.get("DBClusterIdentifier")):
        product, version = _ENGINES.get(str(item.get("Engine")), ""), item.get("EngineVersion")
        if product and version:
            paid = _paid(item.get("EngineLifecycleSupport"))
            yield _Use(f"database {name}", product, str(version), item.at("EngineVersion"), paid)


def _paid(value: object) -> bool | None:
    return value in _PAID if value else None
