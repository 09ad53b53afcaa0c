"""Redaction: do secrets and personal data stay out of log lines and spans."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.checks.services import Service, foreign_services, names_of, services_of, whole_code
from gonogo.checks.stack import stack_of
from gonogo.facts import Facts
from gonogo.facts.code import Argument, Call
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place

_SENSITIVE = re.compile(
    r"(?<![a-z])(pass(word|wd|phrase)|secret(_?key)?|(access|refresh|auth|id|bearer|jwt|session|csrf)_?token|token(?![s_a-z])"
    r"|api_?key|authorization|credentials?|private_?key|credit_?card|card_?number|cvv|ssn|e?mail(_?address)?|phone(_?number)?"
    r"|(req|request)\.(body|headers|cookies|rawHeaders)|(request|event)_?body|address_string|headers\(\)|raw_?body|date_?of_?birth)(?![a-z])",
    re.IGNORECASE,
)
_WORTH = re.compile(
    r"(?i)pass|secret|token|key|auth|cred|card|cvv|ssn|mail|phone|body|header|cookie|address|birth|event|req|payload|prompt|messages"
)
"""A quick look, since most lines have none of these words."""
_WHOLE_EVENT = re.compile(r"(?:json\.dumps\(|JSON\.stringify\()?\s*(event|req|request|payload|prompt|messages)\)?")
_HARMLESS = re.compile(
    r"(redact|mask|scrub|sanitiz|hash|len|bool|has|is|type|count|length)\w*[(_.]|_?count\b|\.length\b|\.name\b|_?name\b|_?id\b",
    re.IGNORECASE,
)
_LITERAL = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`", re.DOTALL)
_HOLE = re.compile(r"\$?\{([^{}]*)\}")
_MASKS = re.compile(
    r"redact|mask|scrub|sanitiz|censor|anonymi|filter_?sensitive|hide_?secret|strip_?secret|pii", re.IGNORECASE
)
_LOG_METHODS = frozenset(
    {"debug", "info", "warning", "warn", "error", "critical", "exception", "fatal", "log", "trace", "print", "Info"}
    | {"Error", "Warn", "Debug", "Infof", "Errorf", "Warnf", "Debugf", "Printf", "Println", "Print", "Infow", "Errorw"}
)
_LOGGERS = re.compile(
    r"(^|\.)(log|logger|logging|console|slog|zap|winston|pino|structlog|loguru|LOG|LOGGER|fmt)\b|ogger", re.IGNORECASE
)
_FILTERS = ("Filter", "SpanProcessor", "SpanExporter", "Formatter")
_SET_UPS = frozenset(
    {"configure", "basicConfig", "dictConfig", "addFilter", "createLogger", "setup_logging", "init", "Sentry"}
)
_PROMPT_TRACERS = (
    "langfuse",
    "langsmith",
    "traceloop",
    "openinference",
    "phoenix",
    "@langfuse",
    "@traceloop",
    "@arizeai",
)


def telemetry_redaction(facts: Facts) -> Outcome:
    """Masking in the logger or the collector of each service, and no line that writes a secret or a person's data."""
    services = services_of(facts) or whole_code(facts)
    foreign = foreign_services(facts)
    if not services and not foreign:
        return not_applicable("there is no application code whose logs or spans could hold such data")
    seen: set[str] = set()
    leaks = [(service, call, what) for service in services for call, what in _leaks(service, seen)]
    masks = {service.name: _masks(facts, service) for service in services}
    without = [service for service in services if masks[service.name] is None]
    collector = _collector(facts)
    if leaks:
        shown = "; ".join(f"{call.at} writes {what}" for _, call, what in leaks[:3])
        aside = "" if not without else f", and {names_of(without)} masks nothing in its logger"
        return failed(
            f"{len(leaks)} log lines hold what should not be there: {shown}{aside}",
            *(Problem(f"{service.name} logs {what}", call.at) for service, call, what in leaks),
        )
    if without and collector is None:
        return failed(
            f"{len(without)} of {len(services)} services log and trace without masking anything: {names_of(without)} "
            "(looked for redact, mask, scrub, sanitize and the like where loggers and spans are set up)",
            *(Problem(f"{service.name} sets up no redaction for its logs or spans", service.at) for service in without),
        )
    places = [place for place in masks.values() if place] + ([collector] if collector else [])
    if foreign:
        return unverified(f"code in {foreign[0].language} is not parsed, so what it logs does not show", *places)
    if tracers := [item for service in services for item in service.imports(*_PROMPT_TRACERS)]:
        return unverified(
            f"logs are masked, but what {tracers[0].module} records of prompts does not show", tracers[0].at, *places
        )
    if without:
        return unverified(
            f"a collector masks what passes it, but {names_of(without)} masks nothing itself",
            *places,
        )
    return passed(
        f"each of {len(services)} services masks what it logs, and no line that names such data was found", *places
    )


def _leaks(service: Service, seen: set[str]) -> Iterator[tuple[Call, str]]:
    """Log calls with a sensitive value among their arguments, in files that no other service has shown."""
    for file in service.files:
        if file.path in seen:
            continue
        seen.add(file.path)
        for call in file.calls:
            logs = call.method in _LOG_METHODS and (call.method == "print" or _LOGGERS.search(call.raw))
            if logs and (what := _sensitive(call, service.function)):
                yield call, what


def _sensitive(call: Call, function: bool) -> str:
    for argument in call.arguments:
        if not _WORTH.search(argument.text):
            continue
        for text in _values(argument):
            if _HARMLESS.search(text):
                continue
            if (found := _SENSITIVE.search(text)) and not found[0].isupper():
                return found[0]
            whole = _WHOLE_EVENT.fullmatch(text.strip())
            if whole and (function or whole[1] != "event"):  # Elsewhere an event is as often a name.
                return f"{whole[1]} as a whole"
    return ""


def _values(argument: Argument) -> Iterator[str]:
    """The parts of an argument that are values, not words: holes of templates, and what is outside of quotes."""
    if argument.literal:
        return
    text = argument.text
    for literal in _LITERAL.findall(text):
        yield from (f"{{{hole}}}" for hole in _HOLE.findall(literal))
    rest = _LITERAL.sub(" ", text)
    if rest.strip(" frbuFRBU+,().%"):
        yield from re.split(r"[,{}]", rest)


def _masks(facts: Facts, service: Service) -> Place | None:
    """Where a service's logger or tracer is given a mask."""
    for call in service.calls(
        "pino", "*.pino", "fastify", "*.pinoHttp", "pino-http", "*.LoggerModule.forRoot", "*.createLogger"
    ):
        if call.argument("redact") or any("redact" in argument.text for argument in call.arguments):
            return call.at
    for file in service.files:
        filters = [d for d in file.definitions if any(base.endswith(_FILTERS) for base in d.bases)]
        calls = [call for call in file.calls if call.method in _SET_UPS]
        if not (filters or calls) or not _MASKS.search(facts.repository.text(file.path)):
            continue
        if filters:
            return filters[0].at
        for call in calls:
            hook = call.method in ("init", "Sentry") and call.argument("before_send", "beforeSend")
            if hook or _MASKS.search(" ".join(argument.text for argument in call.arguments)):
                return call.at
    return None


def _collector(facts: Facts) -> Place | None:
    """Where a collector that runs removes or masks fields."""
    stack = stack_of(facts)
    for config in facts.monitoring.collectors:
        if config.redacts and any(stack.gives(component, config.origin) for component in stack.components):
            return config.redacts[0]
    return None
