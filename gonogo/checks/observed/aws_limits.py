"""How long functions of an AWS account may take, and how much of its quotas is used."""

from __future__ import annotations

from gonogo.checks import cloud
from gonogo.checks.observed import judged
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.aws_items import AWS
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted
from gonogo.facts import Facts
from gonogo.model.assessment import Outcome, Problem, not_applicable

LONGEST, DEFAULT = 900, 3
"""Seconds that a function may take, and that it may take unless told otherwise."""
SHARE = 0.8
_APIS = ("apigateway.rest_api", "apigatewayv2.api")


def timeouts(facts: Facts) -> Outcome:
    """Each function has a timeout in bounds, and not by default where an API waits for it."""
    functions = facts.live.of(AWS, "lambda.function")
    on_api = bool(facts.live.of(AWS, *_APIS))
    chosen = {str(r.get("function_name")) for r in cloud.resources(facts, "aws_lambda_function") if r.get("timeout")}
    problems, unseen = [], []
    for item in functions:
        seconds = item.get("Timeout")
        if not isinstance(seconds, int | float):
            unseen.append(Unseen(f"function {item.name} has no timeout in its record", item.place))
        elif not 1 <= seconds <= LONGEST:
            problems.append(Problem(f"function {item.name} has a timeout of {seconds} s", item.at("Timeout")))
        elif on_api and seconds == DEFAULT and item.name not in chosen:
            what = f"function {item.name} has the default timeout of {DEFAULT} s beside an API"
            problems.append(Problem(what, item.at("Timeout")))
    total = counted(len(functions), "function")
    outcome = judged(
        facts,
        AWS,
        ["lambda.function"],
        problems,
        functions,
        bad=f"{share(len(problems), total, 'have')} no timeout that fits",
        good=f"{share(len(functions), total, 'have')} a timeout between 1 s and 15 min",
        needs=("lambda.function", *_APIS),
    )
    return left_open(outcome, unseen, "timeouts of functions")


def quota_headroom(facts: Facts) -> Outcome:
    """Each quota is used under 80%; one whose use is not known keeps it open."""
    quotas = facts.live.of(AWS, "quotas.quota")
    problems, unseen = [], []
    for item in quotas:
        used, most, name = item.get("Usage"), item.get("Value"), item.get("QuotaName", default=item.name)
        if not isinstance(used, int | float) or not isinstance(most, int | float) or most <= 0:
            unseen.append(Unseen(f"the use of {name} is not known", item.place))
        elif used >= most * SHARE:
            problems.append(Problem(f"{name} is used to {used / most:.0%} ({used:g} of {most:g})", item.at("Usage")))
    known = len(quotas) - len(unseen)
    kinds = ["quotas.quota", "quotas.quota:Usage"]
    if quotas and not known and not facts.live.gaps(AWS, *kinds):
        return not_applicable(f"CloudWatch has no figure of the use of any of {counted(len(quotas), 'quota')}")
    bad = f"{share(len(problems), f'{known} whose use is known', 'are')} used to 80% or more"
    good = f"each of {counted(known, 'quota')} is used under 80%"
    outcome = judged(facts, AWS, kinds, problems, quotas, bad=bad, good=good)
    return left_open(
        outcome,
        unseen,
        f"{share(len(unseen), counted(len(quotas), 'quota'), 'have')} no figure of use",
    )
