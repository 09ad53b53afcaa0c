"""What AWS says as plain JSON data, without what must stay there: values of environment variables. Costs are summed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from gonogo.tools.redaction import clean

VALUE, SECRET = "[value]", "[looks like a secret]"
SECRET_NAMES = ("password", "passwd", "secret", "token", "api_key", "apikey", "private_key", "access_key", "credential")
REFERENCES = ("arn:", "http://", "https://", "s3://", "/", "{{resolve:")
"""How values begin that name where a secret is instead of being one."""
MOST_SERVICES = 10


def plain(value: Any) -> Any:
    """The value with times as ISO 8601 texts and bytes as their count."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"[{len(value)} bytes]"
    return value


def shaped(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """The record's data, without the values of its environment; of costs the sum and the dearest services."""
    shape = _SHAPED.get(kind)
    return shape(data) if shape else data


def _of_function(data: dict[str, Any]) -> dict[str, Any]:
    variables = (data.get("Environment") or {}).get("Variables")
    if not isinstance(variables, dict):
        return data
    return data | {"Environment": {"Variables": {name: _shown(name, value) for name, value in variables.items()}}}


def _of_task(data: dict[str, Any]) -> dict[str, Any]:
    containers = [
        container
        | {
            "environment": [
                {"name": item.get("name"), "value": _shown(str(item.get("name")), item.get("value"))}
                for item in container.get("environment") or ()
            ]
        }
        for container in data.get("containerDefinitions") or ()
    ]
    return data | {"containerDefinitions": containers}


def _of_cost(data: dict[str, Any]) -> dict[str, Any]:
    """A month of Cost Explorer, whose own total is empty where it is grouped. Amounts have two digits."""
    amounts: dict[str, Decimal] = {}
    units: set[str] = set()
    for group in data.get("Groups") or ():
        metric = (group.get("Metrics") or {}).get("UnblendedCost") or {}
        service = " ".join(map(str, group.get("Keys") or ()))
        amounts[service] = amounts.get(service, Decimal()) + Decimal(str(metric.get("Amount") or 0))
        units.add(str(metric.get("Unit", "")))
    dearest = sorted(amounts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_SERVICES]
    return {
        "TimePeriod": data.get("TimePeriod"),
        "Estimated": data.get("Estimated"),
        "Total": {"Amount": _money(sum(amounts.values(), Decimal())), "Unit": " and ".join(sorted(units))},
        "Services": [{"Service": service, "Amount": _money(amount)} for service, amount in dearest],
    }


def _money(amount: Decimal) -> float:
    return float(round(amount, 2))


def _shown(name: str, value: Any) -> str:
    """Whether a value looks like a secret: by what detectors say, or by its name where it does not name a place."""
    text = str(value or "")
    if clean(f'{name} = "{text}"', "environment.tf").secrets:
        return SECRET
    named = any(word in name.lower() for word in SECRET_NAMES) and not name.lower().endswith(
        ("_arn", "_name", "_id", "_url")
    )
    return SECRET if named and len(text) >= 8 and not text.startswith(REFERENCES) else VALUE


_SHAPED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "lambda.function": _of_function,
    "ecs.task_definition": _of_task,
    "ce.cost": _of_cost,
}
