"""What happens when a dependency is slow, fails, or stays down: timeouts, retries, circuit breakers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from gonogo.checks.cloud import resources
from gonogo.checks.workloads import code_elsewhere, unseen_code
from gonogo.facts import Facts
from gonogo.facts.code import Client
from gonogo.facts.resources import Unknown
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Strength
from gonogo.model.evidence import Place, Searched

_TIMED = ("http", "llm", "database", "mail", "rpc", "cloud", "cache")
_NO_CALLS = "no call over a network was found: no HTTP, database, cloud or model client"


def network_clients(facts: Facts, *kinds: str) -> tuple[Client, ...]:
    """Clients that call over a network: those of services; of scripts, where there are no others."""
    found = [
        c
        for c in facts.code.clients
        if c.kind != "browser" and c.library != "sqlite" and (not kinds or c.kind in kinds)
    ]
    serving = [client for client in found if (file := facts.code.file(client.at.path)) is not None and file.service]
    return tuple(serving or found)


def timeouts(facts: Facts) -> Outcome:
    """Each client sets a timeout or has a documented finite one; functions have one that fits."""
    clients = network_clients(facts, *_TIMED)
    functions = resources(facts, "aws_lambda_function")
    if not clients and not functions:
        return _nothing(facts)
    endless = [client for client in clients if client.timeout == "none" and client.kind != "cache"]
    problems = [Problem(f"{client.library}: {client.call.raw} waits without a limit", client.at) for client in endless]
    for function in functions:
        value = function.get("timeout")
        if isinstance(value, (int, float)) and not 1 <= value <= 900:
            problems.append(Problem(f"{function.address} has a timeout of {value} s", function.at))
        elif value is None and _on_api_path(facts):
            problems.append(Problem(f"{function.address} has the default timeout of 3 s on an API path", function.at))
    if problems:
        count = f"{len(endless)} of {len(clients)} clients and calls" if endless else f"{len(problems)} functions"
        return failed(f"{count} have no timeout that fits: {_libraries(endless) or 'functions'}", *problems)
    unknown = [client for client in clients if client.timeout == "unknown"]
    known = [client for client in clients if client.timeout in ("set", "default")]
    if unknown and (not known or any(client.kind in ("http", "llm") for client in unknown)):
        return unverified(
            f"whether {_libraries(unknown)} waits without a limit depends on options from elsewhere",
            *(c.at for c in unknown),
        )
    places = [client.at for client in known] + [
        function.at for function in functions if not isinstance(function.get("timeout"), Unknown)
    ]
    defaults = sum(client.timeout == "default" for client in known)
    note = f", {defaults} of them by the library's documented default" if defaults else ""
    return passed(
        f"all {len(clients)} clients and calls have a timeout{note}: {_libraries(clients)}",
        *places,
        strength=Strength.WIRED,
    )


def _on_api_path(facts: Facts) -> bool:
    return bool(resources(facts, "aws_lambda_function_url", "aws_api_gateway_rest_api", "aws_apigatewayv2_api"))


def _libraries(clients: Iterable[Client]) -> str:
    counts = Counter(client.library for client in clients)
    return ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.most_common(5))


def _nothing(facts: Facts) -> Outcome:
    if running := code_elsewhere(facts):
        return unseen_code(running, "how it calls others")
    if facts.code.foreign and not facts.code.files:
        return unverified("code in a language that is not parsed may call out", *(f.at for f in facts.code.foreign))
    return not_applicable(
        _NO_CALLS,
        searched=(
            Searched(
                ("requests", "httpx", "fetch", "axios", "boto3", "net/http", "database drivers"),
                "calls in reached code",
                len(facts.code.files),
            ),
        ),
    )


def retries_and_backoff(facts: Facts) -> Outcome:
    """Each client that calls a service retries with backoff, or its SDK documents that it does."""
    clients = network_clients(facts, "http", "llm", "cloud", "rpc") or network_clients(facts)
    if not clients:
        return _nothing(facts)
    once = [client for client in clients if client.retries == "none"]
    if mesh := _mesh_retries(facts):
        return passed(f"the mesh retries: {mesh[0].symbol}", *mesh, strength=Strength.WIRED)
    if once:
        problems = _grouped(once, "is called once: a transient failure is not retried")
        searched = Searched(
            ("retry", "backoff", "tenacity", "p-retry", "axios-retry", "Retry"),
            "files with clients",
            len({c.at.path for c in clients}),
        )
        return failed(
            f"{len(once)} of {len(clients)} clients and calls are never retried: {_libraries(once)}",
            *problems,
            searched=(searched,),
        )
    own = [client for client in clients if client.retries == "set"]
    if fixed := _fixed_delay(facts, own):
        return failed(
            "retries wait a fixed time, without backoff",
            *(Problem("retries without backoff", place) for place in fixed),
        )
    how = "by the SDKs' documented defaults" if not own else f"set in code for {_libraries(own)}"
    return passed(
        f"transient failures are retried with backoff, {how}: {_libraries(clients)}",
        *(c.at for c in clients),
        strength=Strength.WIRED,
    )


def _grouped(clients: list[Client], what: str) -> list[Problem]:
    """One problem for each library and file."""
    first: dict[tuple[str, str], Client] = {}
    for client in clients:
        first.setdefault((client.library, client.at.path), client)
    return [Problem(f"{client.library} {what}", client.at) for client in first.values()]


def _fixed_delay(facts: Facts, clients: list[Client]) -> list[Place]:
    """tenacity's ``wait_fixed`` and the like where no exponential wait stands beside it."""
    paths = sorted({client.at.path for client in clients})
    files = [facts.repository.by_path[path] for path in paths]
    fixed = facts.repository.grep(r"wait_fixed\(|backoff\.constant|wait_none\(", files, most=5)
    return [
        place
        for place in fixed
        if not facts.repository.grep(
            r"exponential|expo\b|jitter|random", [facts.repository.by_path[place.path]], most=1
        )
    ]


def _mesh_retries(facts: Facts) -> list[Place]:
    services = facts.kubernetes.of("VirtualService")
    return [item.at for item in services if "retries" in str(item.spec) and "attempts" in str(item.spec)]


_BREAKERS = (
    "pybreaker",
    "circuitbreaker",
    "purgatory",
    "aiobreaker",
    "lasier",
    "opossum",
    "cockatiel",
    "brakes",
    "levee",
    "io.github.resilience4j.circuitbreaker",
    "io.github.resilience4j.decorators",
    "org.springframework.cloud.client.circuitbreaker",
    "com.netflix.hystrix",
    "dev.failsafe",
    "github.com/sony/gobreaker",
    "github.com/afex/hystrix-go",
    "github.com/failsafe-go/failsafe-go",
    "github.com/cep21/circuit",
    "github.com/eapache/go-resiliency",
)


_MODELS = ("bedrock", "sagemaker-runtime", "lambda")
"""Services of a cloud that answer for a model, or for a function of the target."""


def circuit_breakers(facts: Facts) -> Outcome:
    """A breaker around the calls to each service that is depended on, in code or by the mesh."""
    asked = network_clients(facts, "http", "llm", "rpc", "cloud")
    clients = tuple(client for client in asked if client.kind != "cloud" or client.service.startswith(_MODELS))
    if not clients and (running := code_elsewhere(facts)):
        return unseen_code(running, "how it calls others")
    if not clients:
        return not_applicable("no call from one service to another was found: no HTTP, RPC or model client")
    if mesh := [item for item in facts.kubernetes.of("DestinationRule") if "outlierDetection" in str(item.spec)]:
        return passed(
            f"the mesh ejects failing hosts: {mesh[0].symbol}", *(item.at for item in mesh), strength=Strength.WIRED
        )
    guarded: list[Client] = []
    bare: list[Client] = []
    for client in clients:
        file = facts.code.file(client.at.path)
        by_library = file is not None and file.imports_of(*_BREAKERS)
        (guarded if by_library or _own_breaker(facts, client) else bare).append(client)
    if bare:
        problems = _grouped(bare, "is called without a circuit breaker")
        searched = Searched(
            ("circuit breaker", *_BREAKERS[:6], "gobreaker", "outlierDetection"),
            "files with clients, and the mesh",
            len({c.at.path for c in clients}),
        )
        there = f"; the other {len(guarded)} {'have' if len(guarded) > 1 else 'has'} one" if guarded else ""
        return failed(
            f"{len(bare)} of {len(clients)} clients and calls have no circuit breaker: {_libraries(bare)}{there}",
            *problems,
            searched=(searched,),
        )
    return passed(
        f"calls to {_libraries(clients)} go through a circuit breaker",
        *(c.at for c in guarded),
        strength=Strength.WIRED,
    )


def _own_breaker(facts: Facts, client: Client) -> bool:
    """A breaker of the target's own that the calling file uses."""
    file = facts.code.file(client.at.path)
    return file is not None and any(
        re.search(r"(?i)circuit_?breaker|breaker\.(call|execute|run|fire)", call.raw) for call in file.calls
    )
