"""What holds us to reading a cluster: the one way to its API, which lets GETs of the table's lists pass and no more.

Secrets, values of ConfigMaps, logs and every subresource are not in the table. Nothing is sent, and no socket opens,
for what is refused; the client beneath follows no redirect, so that no answer leads elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from gonogo.tools.live.kubernetes.table import VERSION, Row, load_table
from gonogo.tools.live.web import Answer, Web

PAGE = 500
_NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_LIMIT, _TOKEN = re.compile(r"[1-9][0-9]{0,2}"), re.compile(r"[A-Za-z0-9_\-=+/.~]{1,8000}")
_PAGING = {"limit": _LIMIT, "continue": _TOKEN}


class NotAllowedError(Exception):
    """A question that is not in the table: a bug of ours, or somebody's attempt. Nothing was sent."""


class GuardedCluster:
    """The API of a cluster, of which only the table's lists can be asked."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def ask(self, method: str, path: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """The answer to a question of the table. Raises NotAllowedError, and ToolError where there is no answer."""
        refuse_what_is_not_allowed(method, path, parameters or {})
        return self._web.get(path, parameters, follow=False)


def refuse_what_is_not_allowed(method: str, path: str, parameters: Mapping[str, str]) -> None:
    """Raises NotAllowedError for all but a GET of what the table names, with its parameters and those of paging."""
    query = _queries().get(_without_namespace(path))
    if method != "GET" or query is None:
        raise NotAllowedError(f"{method[:20]} {path[:200]} is none of the questions that an audit may ask")
    asked = dict(parameters)
    for name, value in query.items():
        if asked.pop(name, None) != value:
            raise NotAllowedError(f"GET {path[:200]} is asked without its {name}")
    for name, value in asked.items():
        if not _is_list(path) or name not in _PAGING or not _PAGING[name].fullmatch(value):
            raise NotAllowedError(f"GET {path[:200]} with the parameter {name[:40]} is not among them")


def is_namespace(name: str) -> bool:
    """Whether a name can be that of a namespace, by what Kubernetes allows."""
    return bool(_NAMESPACE.fullmatch(name))


def is_token(text: str) -> bool:
    """Whether a text may be sent back as the mark of where a list goes on."""
    return bool(_TOKEN.fullmatch(text))


def _without_namespace(path: str) -> str:
    """The path of the list over all namespaces, for a list in one of a resource that has some."""
    root, mark, rest = path.partition("/namespaces/")
    namespace, slash, resource = rest.partition("/")
    if not mark or not slash or not is_namespace(namespace):
        return path
    whole = f"{root}/{resource}"
    return whole if whole in _namespaced() else path


def _is_list(path: str) -> bool:
    return _without_namespace(path) in {row.path() for row in load_table().rows}


@cache
def _queries() -> dict[str, dict[str, str]]:
    """The parameters that each path needs."""
    rows: tuple[Row, ...] = load_table().rows
    found: dict[str, dict[str, str]] = {VERSION: {}}
    found |= {row.discovery: {} for row in rows if row.discovery}
    return found | {row.path(): row.query for row in rows}


@cache
def _namespaced() -> frozenset[str]:
    return frozenset(row.path() for row in load_table().rows if not row.cluster)
