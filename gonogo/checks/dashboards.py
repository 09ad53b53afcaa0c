"""Dashboards: are there any, of the services themselves, and does something show them."""

from __future__ import annotations

from collections.abc import Sized

from gonogo.checks import cloud
from gonogo.checks.cloud_metrics import namespaces_of, reads_nothing
from gonogo.checks.emitted import emitted_of, metrics_of
from gonogo.checks.services import services_of
from gonogo.checks.stack import Stack, configuration_files, stack_of
from gonogo.checks.stack_components import Component
from gonogo.checks.stack_parts import Part
from gonogo.checks.wording import counted
from gonogo.checks.workloads import is_operated
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.monitoring import COMMUNITY, Dashboard
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed
from gonogo.model.criterion import Strength

_PROVISIONED = "/etc/grafana/provisioning"


def dashboards(facts: Facts) -> Outcome:
    """A dashboard of the services that a Grafana or a cloud shows."""
    stack = stack_of(facts)
    clouds = cloud.resources(facts, Kind.DASHBOARD)
    empty = [resource for resource in clouds if reads_nothing(facts, resource)]
    made = [resource for resource in clouds if resource not in empty]
    written = facts.monitoring.dashboards
    shown = [(dashboard, loader) for dashboard in written if (loader := _loader(facts, stack, dashboard))]
    own = [dashboard for dashboard, _ in shown if _is_of_services(facts, dashboard)]
    if own or made:
        names = [f"{d.title} ({d.panels} panels)" for d in own] + [f"{r.address} ({r.at.path})" for r in made]
        return passed(
            f"{counted(len(names), 'dashboard')} of the services {_are(names)} shown: {', '.join(names[:4])}",
            *(dashboard.at for dashboard in own),
            *(resource.at for resource in made),
            strength=Strength.WIRED,
        )
    if shown:
        titles = ", ".join(dashboard.title for dashboard, _ in shown[:4])
        return failed(
            f"{counted(len(shown), 'dashboard')} {_are(shown)} shown ({titles}), but none asks for anything that"
            " the services emit",
            *(
                Problem(f"{dashboard.title} shows only hosts, containers or tools", dashboard.at)
                for dashboard, _ in shown
            ),
        )
    if empty:
        return failed(
            f"{counted(len(empty), 'cloud dashboard')} {_are(empty)} defined, but nothing that runs emits the metrics",
            *(Problem(f"{r.address} reads {', '.join(namespaces_of(facts, r))}", r.at) for r in empty),
        )
    if written:
        why = _why_not(stack)
        return failed(
            f"{counted(len(written), 'dashboard')} {_are(written)} written, but {why}",
            *(Problem(f"nothing loads {dashboard.title}", dashboard.at) for dashboard in written),
        )
    if not is_operated(facts):
        return not_applicable("nothing of this target runs that a dashboard could show")
    files = (*configuration_files(facts), *facts.repository.match("*dashboard*.json", "*grafana*.json"))
    searched = facts.repository.search(
        ("aws_cloudwatch_dashboard", "AWS::CloudWatch::Dashboard", "grafana_dashboard*", "GrafanaDashboard"),
        files,
        where="JSON, YAML and infrastructure code",
        most=5,
    )
    running = stack.running(Part.GRAFANA)
    aside = f"; {running[0].name} runs, but nothing gives it a dashboard" if running else ""
    return failed(
        f"no dashboard is defined: no Grafana JSON, no cloud dashboard{aside}",
        *(Problem("Grafana starts without a dashboard", component.at) for component in running),
        searched=(searched,),
    )


def _are(items: Sized) -> str:
    return "is" if len(items) == 1 else "are"


def _loader(facts: Facts, stack: Stack, dashboard: Dashboard) -> Component | None:
    """The running Grafana that shows a dashboard: a provider of it reads the folder in which the file lies."""
    for component in stack.running(Part.GRAFANA):
        if component.chart and stack.gives(component, dashboard.origin):
            return component
        paths = stack.paths_of(component, dashboard.origin)
        if any(path.startswith(folder) for path in paths for folder in _folders(facts, stack, component)):
            return component
    return None


def _folders(facts: Facts, stack: Stack, component: Component) -> list[str]:
    """The folders from which a Grafana takes dashboards."""
    found = []
    for entry in facts.monitoring.provisioning:
        if entry.kind == "dashboards" and stack.paths_of(component, entry.origin):
            found.append(entry.target.rstrip("/"))
    return found


def _why_not(stack: Stack) -> str:
    if not stack.running(Part.GRAFANA):
        if off := stack.off(Part.GRAFANA):
            return f"the Grafana that would show them starts only by an option ({off[0].at})"
        return "no Grafana is deployed that would show them"
    return f"{stack.running(Part.GRAFANA)[0].name} is not provisioned with their folder"


def _is_of_services(facts: Facts, dashboard: Dashboard) -> bool:
    """Whether a dashboard asks for something that the services emit; queries of logs and traces are taken for it."""
    if not services_of(facts):
        return any(not query.startswith(COMMUNITY) for query in dashboard.queries)
    emitted = emitted_of(facts)
    for query in dashboard.queries:
        if query.startswith(COMMUNITY):
            continue
        names = metrics_of(query)
        if not names or any(emitted.is_own(name) for name in names):
            return True
    return False
