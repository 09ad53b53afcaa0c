"""Metrics: does each service make them, and can whoever collects them reach it."""

from __future__ import annotations

from gonogo.checks.deployed import Target, resolve, unknown_of
from gonogo.checks.instrumentation import dead, foreign_traces, instrumented, takes_remote_settings
from gonogo.checks.services import Service, foreign_services, names_of, services_of
from gonogo.checks.stack import stack_of
from gonogo.checks.stack_parts import Part
from gonogo.checks.switches import switched_off
from gonogo.checks.workloads import application_workloads
from gonogo.facts import Facts
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Strength
from gonogo.model.evidence import Place

_LOOKED = "Prometheus, OpenTelemetry, StatsD, CloudWatch and vendor SDKs that the entry points reach"


def metrics_exposed(facts: Facts) -> Outcome:
    """Instrumentation that is served or exported, in each service and function."""
    services = services_of(facts)
    foreign = foreign_services(facts)
    if not services and not foreign:
        return _without_code(facts)
    found = {service.name: instrumented(facts, service, "metrics") for service in services}
    without = [service for service in services if found[service.name] is None]
    hidden = [service for service in without if takes_remote_settings(service) and _has_registry(service)]
    without = [service for service in without if service not in hidden]
    silent = [part for part in foreign if not foreign_traces(facts, part.language, "metrics")]
    if without or silent:
        total = len(services) + len(foreign)
        missing = [*dict.fromkeys(s.name for s in without), *(f"the {part.language} code" for part in silent)]
        problems = [Problem(f"{s.name} makes no metrics", s.at) for s in without]
        problems += [Problem(f"the {part.language} code names no metrics library", part.at) for part in silent]
        unused = tuple(dict.fromkeys(dead(facts, "metrics")))
        problems += [
            Problem("a metrics library is imported here, but no entry point reaches this file", p) for p in unused
        ]
        aside = f"; {unused[0]} imports one, but nothing reaches it" if unused else ""
        return failed(
            f"{len(missing)} of {total} services make no metrics: {_list(missing)} (looked for {_LOOKED}){aside}",
            *problems,
        )
    places = tuple(place for place in found.values() if place)
    off = [(s, why) for s in services if (place := found[s.name]) and (why := switched_off(facts, s, place))]
    if off:
        return unverified(
            f"{off[0][0].name} makes metrics only where a setting says so ({off[0][1]}), and no file here sets it",
            *places,
        )
    if hidden or foreign:
        what = names_of(hidden) or ", ".join(part.language for part in foreign)
        return unverified(f"a metrics library is there, but what makes {what} serve it is not in these files", *places)
    return passed(f"each of {len(services)} services serves or exports metrics: {names_of(services)}", *places)


def _has_registry(service: Service) -> bool:
    return (
        service.depends_on("io.micrometer:micrometer-registry-prometheus", "micrometer-registry-prometheus") is not None
    )


def _without_code(facts: Facts) -> Outcome:
    """A target that deploys what is built elsewhere."""
    workloads = application_workloads(facts)
    if not workloads:
        return not_applicable("there is no service, consumer or function in the code, and none is deployed")
    names = ", ".join(item.name for item in workloads[:6])
    if off := _monitor_off(facts):
        return failed(
            f"the chart's monitor of {names} is switched off by its values, and nothing else collects its metrics",
            *(Problem("no ServiceMonitor comes of this template with the values that decide", at) for at in off),
        )
    return unverified(
        f"the code of what is deployed ({names}) is not in this target, so whether it makes metrics does not show",
        *(item.at for item in workloads),
    )


def _monitor_off(facts: Facts) -> tuple[Place, ...]:
    """Templates of monitors that make none, where no pod asks to be scraped either."""
    if facts.kubernetes.of("ServiceMonitor", "PodMonitor"):
        return ()
    if any("prometheus.io/scrape" in workload.template.map("annotations") for workload in facts.kubernetes.workloads):
        return ()
    files = facts.repository.match("**/templates/*monitor*.y*ml", "**/templates/**/*monitor*.y*ml")
    return facts.repository.grep(r"^kind:\s*(?:Service|Pod)Monitor\s*$", files)


def scrape_targets_up(facts: Facts) -> Outcome:
    """Each scrape job points at something that is deployed and serves metrics there."""
    stack = stack_of(facts)
    monitoring = facts.monitoring
    scraping = [config for config in monitoring.prometheus if config.scrapes]
    if not scraping and not monitoring.monitors and not stack.running(Part.PROMETHEUS, Part.OPERATOR):
        return not_applicable(
            "there is no Prometheus: no configuration, no monitor resource and no component that scrapes"
        )
    loaded = {(id(config), by.at.path): (config, by) for config, by, _ in stack.configs()}
    if scraping and not loaded and not monitoring.monitors:
        at = scraping[0]
        return failed(
            f"{len(at.scrapes)} scrape jobs are written in {at.origin.path}, but nothing that is deployed loads it",
            Problem("no running Prometheus mounts this configuration", at.at),
        )
    targets: list[Target] = []
    for config, by in loaded.values():
        targets += resolve(facts, config, by)
    targets += unknown_of(facts, stack)
    broken = [target for target in targets if target.trouble]
    unsure = [target for target in targets if target.unknown and not target.trouble]
    if broken:
        shown = "; ".join(f"{target.job}: {target.trouble}" for target in broken[:4])
        return failed(
            f"{len(broken)} of {len(targets)} scrape targets cannot be up: {shown}",
            *(Problem(f"{target.job} scrapes {target.address}: {target.trouble}", target.at) for target in broken),
        )
    if unsure or not targets:
        shown = (
            "; ".join(f"{target.job}: {target.unknown}" for target in unsure[:3]) or "no target is written in a file"
        )
        return unverified(f"whether every target answers does not show in files: {shown}", *(t.at for t in targets))
    return passed(
        f"each of {len(targets)} scrape targets is a deployed service that serves metrics at that port and path",
        *(target.at for target in targets),
        strength=Strength.WIRED,
    )


def _list(names: list[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def places_of(services: tuple[Service, ...]) -> tuple[Place, ...]:
    """Where the entry points of services stand."""
    return tuple(service.at for service in services)
