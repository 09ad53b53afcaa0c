"""Whether spending is limited and watched: budgets, anomalies, idle resources."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gonogo.checks import scope
from gonogo.checks.cloud import resources
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.pipelines import Event
from gonogo.facts.resources import Resource, Value, as_tuple
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_PLACEHOLDER = re.compile(r"@(example\.(com|org|net)|test\.com|your-?\w*\.\w+|domain\.com)\b|^(changeme|todo)", re.I)
_ANOMALY_SCRIPT = re.compile(
    r"[\w./-]*(?:cost[_-]?anomal\w*|anomal\w*[_-]costs?)[\w-]*\.(?:py|sh|[cm]?[jt]s|rb|go)\b", re.I
)


def budgets(facts: Facts) -> Outcome:
    """A budget whose notifications reach somebody; a billing alarm with an action is the like."""
    accounts, models = scope.cloud_accounts(facts), scope.language_models(facts)
    found = [*resources(facts, Kind.BUDGET, dormant=True), *_billing_alarms(facts)]
    if not found and not accounts and not models:
        return not_applicable("no cloud account and no metered API is used")
    problems = [Problem(what, budget.at) for budget in found if (what := _budget_problem(budget))]
    silent = {problem.place for problem in problems}
    if alive := [budget for budget in found if budget.at not in silent]:
        names = ", ".join(budget.address for budget in alive[:3])
        return passed(f"a budget with alerts is defined: {names}", *(budget.at for budget in alive))
    if problems:
        return failed(f"no budget alerts anybody: {problems[0].what}", *problems)
    if silent_alarms := [Problem(what, a.at) for a in _own_alarms(facts) if (what := _budget_problem(a))]:
        return failed(f"no budget alerts anybody: {silent_alarms[0].what}", *silent_alarms)
    what = "cloud account" if accounts else "metered API"
    return unverified(
        f"a {what} is used and the repository defines no budget; the account can have one",
        *(accounts or models)[:3],
        searched=(_searched_types("aws_budgets_budget, google_billing_budget, azurerm_consumption_budget", facts),),
    )


def _billing_alarms(facts: Facts) -> list[Resource]:
    return [alarm for alarm in _alarms(facts) if alarm.get("namespace") == "AWS/Billing"]


def _alarms(facts: Facts) -> tuple[Resource, ...]:
    return resources(facts, "aws_cloudwatch_metric_alarm", dormant=True)


def _own_alarms(facts: Facts) -> list[Resource]:
    """Alarms on a budget that the code counts itself. They show what is meant; a budget of the account they are not."""
    names = [(f"{a.name} {a.get('alarm_name', '')} {a.get('metric_name', '')}", a) for a in _alarms(facts)]
    return [alarm for name, alarm in names if re.search(r"budget|billing|spend", name, re.IGNORECASE)]


def _budget_problem(budget: Resource) -> str:
    if budget.exists is False:
        return f"{budget.address} is switched off in the audited environment"
    if budget.type == "aws_cloudwatch_metric_alarm":
        heard = as_tuple(budget.get("alarm_actions")) and budget.truth("actions_enabled", True) is not False
        return "" if heard else f"{budget.address} has no alarm action"
    if budget.type == "google_billing_budget":
        muted = budget.truth("all_updates_rule.disable_default_iam_recipients") and not _listeners(budget)
        return (
            "" if budget.blocks("threshold_rules") and not muted else f"{budget.address} has no threshold that alerts"
        )
    return "" if _listeners(budget) else f"{budget.address} has no notification with a subscriber"


def _listeners(budget: Resource) -> list[Value]:
    """Who is told: addresses, topics, groups of every notification, whatever the tool calls them."""
    found: list[Value] = []
    for block in ("notification", "notifications_with_subscribers", "all_updates_rule"):
        for notification in budget.blocks(block):
            for name, value in notification.items():
                if re.search(r"subscriber|contact|channel|topic", name):
                    found += [who for who in as_tuple(value) if who not in ("", None) and not _is_placeholder(who)]
    return found


def _is_placeholder(who: Value) -> bool:
    if isinstance(who, Mapping):
        return any(_is_placeholder(value) for value in who.values())
    return isinstance(who, str) and bool(_PLACEHOLDER.search(who))


def cost_anomaly_detection(facts: Facts) -> Outcome:
    """A monitor with a subscriber; or a script of the repository's own, where a schedule runs it."""
    found = resources(facts, Kind.COST_ANOMALY, dormant=True)
    problems = [
        Problem(f"{monitor.address} is switched off in the audited environment", monitor.at)
        for monitor in found
        if monitor.exists is False
    ]
    alive = [monitor for monitor in found if monitor.exists is not False]
    if told := [monitor for monitor in alive if "monitor" not in monitor.type or monitor.blocks("subscriber")]:
        return passed(f"cost anomalies are watched and reported by {told[0].address}", *(m.at for m in alive))
    if problems or alive:
        problems += [
            Problem(f"{monitor.address} has no subscription, so nobody is told", monitor.at) for monitor in alive
        ]
        return failed("a cost anomaly monitor is defined and tells nobody", *problems)
    if not (accounts := scope.cloud_accounts(facts)):
        return not_applicable("no cloud account is used")
    searched, scripts = _anomaly_scripts(facts)
    if scripts:
        return _judge_scripts(facts, scripts, searched)
    return unverified(
        "a cloud account is used and the repository defines no cost anomaly monitor; the account can have one",
        *accounts[:3],
        searched=(searched,),
    )


def _anomaly_scripts(facts: Facts) -> tuple[Searched, dict[str, Place]]:
    repository = facts.repository
    files = repository.match(
        "*.md", "*.sh", "*.yml", "*.yaml", "Makefile", "Jenkinsfile*", "crontab*", "**/scripts/**", "*cost*", "*anomal*"
    )
    terms = ("cost anomal*", "cost-anomal*", "cost_anomal*", "check_cost*")
    searched = repository.search(terms, files, where="scripts, pipelines and documents")
    scripts: dict[str, Place] = {}
    for hit in searched.hits:
        line = repository.lines(hit.path)[hit.line - 1]
        for match in _ANOMALY_SCRIPT.finditer(line):
            scripts.setdefault(match[0].rpartition("/")[2], hit)
    for file in files:
        if _ANOMALY_SCRIPT.search(file.local):
            scripts.setdefault(file.name, Place(file.path))
    return searched, scripts


def _judge_scripts(facts: Facts, scripts: dict[str, Place], searched: Searched) -> Outcome:
    missing = [name for name in scripts if not any(file.name == name for file in facts.repository.files)]
    for run in facts.pipelines.runs():
        for name in scripts:
            if name in run.text and name not in missing and run.pipeline.starts_on(Event.SCHEDULE):
                return passed(f"{run.pipeline.name} runs {name} on a schedule", run.at, scripts[name])
    problems = [
        Problem(f"{name} is named here but does not exist" if name in missing else f"no schedule runs {name}", place)
        for name, place in scripts.items()
    ]
    return failed(
        f"cost anomalies are left to {', '.join(scripts)}, which no schedule runs, and no monitor is defined",
        *problems,
        searched=(searched,),
    )


def idle_resources(facts: Facts) -> Outcome:
    """Only the account shows what is unused."""
    if accounts := scope.cloud_accounts(facts):
        return unverified("a cloud account is used; what is idle there shows only in the account", *accounts[:3])
    return not_applicable("no cloud account is used")


def _searched_types(what: str, facts: Facts) -> Searched:
    files = len(facts.terraform.roots) + len(facts.cloudformation.templates)
    return Searched(tuple(what.split(", ")), "root modules and templates", files)
