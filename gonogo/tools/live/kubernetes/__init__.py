"""A Kubernetes cluster: what its API lists, through a guard that lets only the table's lists pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gonogo.model.snapshot import EVERYTHING, Gap, Record
from gonogo.model.sources import KubernetesSource
from gonogo.model.target import Source
from gonogo.tools.errors import ToolError
from gonogo.tools.live.kubernetes.asking import Asker, Listed
from gonogo.tools.live.kubernetes.guard import is_namespace
from gonogo.tools.live.kubernetes.kubeconfig import read_access
from gonogo.tools.live.kubernetes.opening import open_cluster
from gonogo.tools.live.kubernetes.shapes import kept
from gonogo.tools.live.kubernetes.table import Row, load_table
from gonogo.tools.live.shown import Reading, Shown

KUBERNETES, CLUSTER = "kubernetes", "cluster"
VERSION_KEYS = ("gitVersion", "major", "minor", "platform")
LONGEST_NAME = 500


def observe(source: KubernetesSource, reading: Reading) -> Shown:
    """All that the table asks for, of the namespaces that are given or of all. Raises ToolError."""
    for namespace in source.namespaces:
        if not is_namespace(namespace):
            raise ToolError(f"Kubernetes: {namespace[:80]!r} can't be the name of a namespace: correct it.")
    access = read_access(source, reading.environment)
    with open_cluster(access) as cluster:
        asker = Asker(cluster, access.context)
        version = asker.version()
        found = [(row, scope, asker.list(row, scope)) for row in load_table().rows for scope in _scopes(row, source)]
    records = [record for row, scope, listed in found for record in _records(row, scope, listed, source)]
    gaps = [_gap(row.resource, scope, listed.why, listed.permission) for row, scope, listed in found if listed.why]
    gaps += _not_there(source, found)
    if isinstance(version, str):
        gaps.append(_gap("version", CLUSTER, version, "get /version"))
        told = "unknown"
    else:
        told = str(version["gitVersion"])[:80]
        data = {key: str(version[key])[:80] for key in VERSION_KEYS if key in version}
        records.append(Record(source=KUBERNETES, scope=CLUSTER, kind="version", name=CLUSTER, data=data))
    where = f"namespaces: {', '.join(source.namespaces)}" if source.namespaces else "all namespaces"
    notes = (f"version {told}", where)
    return Shown((Source(kind="kubernetes cluster", name=access.context, notes=notes),), tuple(records), tuple(gaps))


def _scopes(row: Row, source: KubernetesSource) -> tuple[str, ...]:
    """The namespaces in which a row is asked for; an empty one stands for all."""
    return ("",) if row.cluster or not source.namespaces else tuple(dict.fromkeys(source.namespaces))


def _records(row: Row, namespace: str, listed: Listed, source: KubernetesSource) -> Iterator[Record]:
    wanted = set(source.namespaces)
    for item in listed.items:
        name = str(item["metadata"]["name"])
        if row.resource == "namespaces" and wanted and name not in wanted:
            continue
        scope = CLUSTER if row.cluster else str(item["metadata"].get("namespace") or namespace)
        yield Record(source=KUBERNETES, scope=scope, kind=row.resource, name=name[:LONGEST_NAME], data=kept(row, item))


def _gap(kind: str, namespace: str, why: str, permission: str = "") -> Gap:
    return Gap(source=KUBERNETES, scope=namespace, kind=kind, why=why, permission=permission)


def _not_there(source: KubernetesSource, found: Iterable[tuple[Row, str, Listed]]) -> list[Gap]:
    """Gaps of namespaces that were given and are not there: a cluster lists nothing in them as if they were empty."""
    there, are_seen = set(), False
    for row, namespace, listed in found:
        if row.resource == "namespaces":
            there |= {item["metadata"]["name"] for item in listed.items}
            are_seen = not listed.why
        elif listed.items:
            there.add(namespace)
    why = "the cluster has no namespace of that name" if are_seen else "nothing is in it, if it is there at all"
    return [_gap(EVERYTHING, name, why) for name in source.namespaces if name not in there]
