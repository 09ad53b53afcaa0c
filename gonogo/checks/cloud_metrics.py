"""Which metrics of a target's own a cloud dashboard reads, and whether anything that runs emits them.

Needs: terraform, cloudformation, code.
"""

from __future__ import annotations

import re

from gonogo.checks import cloud
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, walk

_NAMED = re.compile(r"namespace\w*[\"']?\s*[:=]\s*[\"']([\w./#:-]+)[\"']", re.IGNORECASE)
_LISTED = re.compile(r"\[\s*\\?\"([A-Z][\w.-]*(?:/[\w.-]+)+)\\?\"\s*,")
"""A metric of a dashboard's body: ``["Shop/Orders", "Placed"]``."""
_ANY = re.compile(r"\.metric[A-Z]\w*\(|\.metric_\w+\(|LogQueryWidget")
"""What a CDK dashboard reads without naming a namespace."""
_PROVIDED = re.compile(r"^(?:AWS|ECS|ContainerInsights|LambdaInsights|CWAgent|ApplicationSignals|Glue|System)(?:/|$)")


def namespaces_of(facts: Facts, dashboard: Resource) -> tuple[str, ...]:
    """The namespaces of the metrics that a CloudWatch dashboard names; those of its file, where code makes it."""
    texts = [str(value) for value in walk(dashboard.attributes) if isinstance(value, str)]
    found = [name for text in texts for pattern in (_NAMED, _LISTED) for name in pattern.findall(text)]
    if not found and dashboard.at.path.endswith((".ts", ".js", ".py")):
        text = facts.repository.text(dashboard.at.path)
        found = [] if _ANY.search(text) else _NAMED.findall(text)
    return tuple(dict.fromkeys(found))


def reads_nothing(facts: Facts, dashboard: Resource) -> bool:
    """Whether a dashboard reads only metrics of the target's own, whose namespaces nothing that runs names."""
    names = namespaces_of(facts, dashboard)
    if not names or any(_PROVIDED.match(name) for name in names) or facts.code.foreign:
        return False
    files = [file for file in facts.code.files if file.service]
    if not files or any(name in facts.repository.text(file.path) for file in files for name in names):
        return False
    others = cloud.resources(facts, Kind.FUNCTION, Kind.TASK_DEFINITION, "aws_cloudwatch_log_metric_filter")
    texts = [str(value) for r in others for value in walk(r.attributes) if isinstance(value, str)]
    return not any(name in text for text in texts for name in names)
