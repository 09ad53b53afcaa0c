"""The cluster itself: whether its version is supported, and what is left of its quotas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from gonogo.checks.observed import judged
from gonogo.checks.observed.age import moment
from gonogo.checks.observed.kubernetes_workloads import KUBERNETES, items_of, titled
from gonogo.checks.wording import agreed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.facts.support import Life, support
from gonogo.model.assessment import Outcome, Problem, unverified

USED = 0.8
"""The share of a quota from which on there is no headroom."""
_PRODUCTS = (("-eks-", "eks"), ("-gke", "gke"))
_FACTORS = {"": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3}
_FACTORS |= {f"{unit}i": 1024.0**power for power, unit in enumerate("KMGTPE", 1)}
_FACTORS |= {unit: 1000.0**power for power, unit in enumerate("kMGTPE", 1)}
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]*)?)(?:e([0-9]{1,2}))?([numkMGTPE]?|[KMGTPE]i)")


def supported_runtimes(facts: Facts) -> Outcome:
    """The control plane and the kubelets are of versions that get security fixes."""
    found = facts.live.of(KUBERNETES, "version", "nodes")
    taken = moment(facts.live.snapshot.taken)
    day = facts.target.today or (taken.date() if taken else support().date)
    product = "aks" if any(_is_of_azure(item) for item in found) else "kubernetes"
    lives = [(item, version, _life(version, product)) for item in found if (version := _version(item))]
    problems: dict[str, Problem] = {}
    for item, version, life in lives:
        if _is_past(version, life, day):
            what = "the cluster" if item.record.kind == "version" else "a node"
            problems.setdefault(version, Problem(f"{what} runs Kubernetes {version}, {_ended(life)}", item.place))
    unknown = [(item, version) for item, version, life in lives if life is None]
    extended = [(item, version) for item, version, life in lives if life and life.only_extended(day)]
    if not problems and not facts.live.gaps(KUBERNETES, "version", "nodes"):
        for listed, why in (
            (unknown, "not in the table of support lives"),
            (extended, "in paid extended support only"),
        ):
            if listed:
                return unverified(f"Kubernetes {listed[0][1]} is {why}", *(item.place for item, _ in listed[:5]))
    versions = ", ".join(sorted({version for _, version, _ in lives}))
    good = f"supported on {day}: Kubernetes {versions}"
    seen = [item for item, _, _ in lives]
    kinds = ("version", "nodes")
    bad = f"past the end of support on {day}"
    return judged(facts, KUBERNETES, kinds, list(problems.values()), seen, bad=bad, good=good)


def quota_headroom(facts: Facts) -> Outcome:
    """No quota of a namespace is used up to 80%."""
    quotas = items_of(facts, "resourcequotas")
    problems = [problem for item in quotas for problem in _full(item)]
    good = f"{agreed(len(quotas), 'quota of a namespace is', 'quotas of namespaces are')} used less than {USED:.0%}"
    kinds = ("resourcequotas",)
    return judged(facts, KUBERNETES, kinds, problems, quotas, bad="quotas are nearly used up", good=good)


def amount(text: object) -> float | None:
    """A quantity as Kubernetes writes it: ``500m`` is 0.5, ``1Gi`` 1073741824; None for anything else."""
    match = _QUANTITY.fullmatch(str(text))
    return float(match[1]) * 10.0 ** int(match[2] or 0) * _FACTORS[match[3]] if match else None


def _full(item: Seen) -> Iterator[Problem]:
    hard, used = item.get("status", "hard", default={}), item.get("status", "used", default={})
    for name in sorted(hard):
        most, now = amount(hard[name]), amount(used.get(name, "0"))
        if most is not None and now is not None and now > 0 and now >= USED * most:
            share = f"{now / most:.0%}" if most else "more than all"
            what = f"{titled(item)} has {share} of {name} used ({used.get(name)} of {hard[name]})"
            yield Problem(what, item.at("status", "used", name))


def _version(item: Seen) -> str:
    if item.record.kind == "version":
        return str(item.get("gitVersion", default=""))
    return str(item.get("status", "nodeInfo", "kubeletVersion", default=""))


def _is_of_azure(item: Seen) -> bool:
    """Whether it is a node of AKS, whose versions have no mark of their own."""
    labels = item.get("metadata", "labels", default={})
    return any(str(name).startswith("kubernetes.azure.com/") for name in labels)


def _life(version: str, otherwise: str) -> Life | None:
    product = next((product for mark, product in _PRODUCTS if mark in version), otherwise)
    match = re.match(r"v?(\d+\.\d+)", version)
    return support().life(product, match[1]) if match else None


def _is_past(version: str, life: Life | None, day: date) -> bool:
    if life is not None:
        return life.ended(day)
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    return len(numbers) == 2 and numbers < support().oldest("kubernetes")


def _ended(life: Life | None) -> str:
    if life is None or life.ends is None:
        return "out of support for years"
    last = max(life.ends, life.extended) if life.extended else life.ends
    return f"which reached its end of support on {last}"
