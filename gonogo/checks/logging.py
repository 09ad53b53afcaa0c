"""Logs: are they structured and correlated, and do they leave the machine that writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.checks.collected_logs import Shipping, shipping_of
from gonogo.checks.logger import logger_of
from gonogo.checks.services import foreign_services, services_of, whole_code
from gonogo.checks.workloads import production_workloads
from gonogo.facts import Facts
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place

_FOREIGN_LOGGERS = re.compile(
    r"Serilog|AddJsonConsole|NLog|lograge|semantic_logger|monolog|tracing_subscriber|slog::|LoggerJSON|logstash-logback",
)


def structured_logging(facts: Facts) -> Outcome:
    """JSON (or key-value) lines with levels and a request or trace id, in each service."""
    services = services_of(facts) or whole_code(facts)
    foreign = foreign_services(facts)
    if not services and not foreign:
        return not_applicable("there is no application code")
    loggers = {service.name: logger_of(facts, service) for service in services}
    plain = [(s, loggers[s.name]) for s in services if not loggers[s.name].structured or loggers[s.name].mostly_prints]
    loose = [(s, loggers[s.name]) for s in services if loggers[s.name].structured and not loggers[s.name].correlated]
    silent = [part for part in foreign if not _names_logger(facts, part.language)]
    if plain or silent:
        total = len(services) + len(foreign)
        names = [service.name for service, _ in plain] + [f"the {part.language} code" for part in silent]
        detail = f": {plain[0][1].why}" if plain else ""
        return failed(
            f"{len(names)} of {total} services write plain text: {_list(names)}{detail}",
            *(Problem(f"{service.name} {logger.why}", logger.at or service.at) for service, logger in plain),
            *(Problem(f"the {part.language} code names no structured logger", part.at) for part in silent),
        )
    if loose:
        return failed(
            f"{len(loose)} of {len(services)} services log structured lines without a request or trace id: "
            f"{_list([service.name for service, _ in loose])}",
            *(Problem(f"{service.name} logs no request id", logger.at or service.at) for service, logger in loose),
        )
    places = [logger.at for logger in loggers.values() if logger.at]
    places += [logger.correlated for logger in loggers.values() if logger.correlated]
    if foreign:
        return unverified(f"code in {foreign[0].language} is not parsed, so its log lines do not show", *places)
    return passed(
        f"each of {len(services)} services logs structured, leveled lines with a request or trace id: "
        f"{_list(sorted({logger.library for logger in loggers.values()}))}",
        *places,
    )


def _names_logger(facts: Facts, language: str) -> bool:
    endings = {
        "C#": "*.cs",
        "Ruby": "*.rb",
        "PHP": "*.php",
        "Rust": "*.rs",
        "Kotlin": "*.kt",
        "Elixir": "*.ex",
        "Scala": "*.scala",
    }
    if language not in endings:
        return True
    return bool(facts.repository.grep(_FOREIGN_LOGGERS, facts.repository.match(endings[language]), most=1))


def centralized_logging(facts: Facts) -> Outcome:
    """A collector, driver or platform takes the logs of everything that production runs."""
    workloads = production_workloads(facts)
    services = services_of(facts)
    if not workloads and not services:
        return not_applicable("nothing that logs is deployed or served")
    shipping = shipping_of(facts, workloads, services)
    if not shipping.without:
        return passed(shipping.how, *shipping.places)
    if shipping.unknown:
        return unverified(shipping.unknown, *shipping.places)
    return _not_collected(shipping, [item.at for item in workloads if item.name in shipping.without])


def _not_collected(shipping: Shipping, places: Iterable[Place]) -> Outcome:
    total = shipping.total
    names = _list(list(shipping.without))
    aside = f"; {shipping.aside}" if shipping.aside else ""
    return failed(
        f"the logs of {len(shipping.without)} of {total} services stay where they are written: {names} "
        f"(looked for collectors, logging drivers, log exporters and platforms that keep logs){aside}",
        *(Problem("nothing takes its logs elsewhere", place) for place in places),
        searched=shipping.searched,
    )


def _list(names: list[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
