"""A stand-in for a cluster's API on loopback, over TLS or plain, and kubeconfigs that lead to it."""

from __future__ import annotations

import json
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from gonogo.tools.live.kubernetes.table import load_table
from tests.live.web_servers import Pair

TOKEN = "stand-in-token-of-a-cluster"
VERSION = {"major": "1", "minor": "35", "gitVersion": "v1.35.2", "platform": "linux/amd64", "goVersion": "go1.25"}
LOGIN_PAGE = "<!DOCTYPE html><html><body><form action='/login'>Log in</form></body></html>"


@dataclass(frozen=True)
class Odd:
    """An answer that is no list. ``after`` are seconds that it takes, ``times`` how often it comes; 0 for always."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0
    times: int = 0


@dataclass
class Cluster:
    """What it has: objects by the path of their list over all namespaces, and odd answers by path.

    ``lacks`` are API groups that it does not know; ``asked`` is METHOD PATH?QUERY of all that came.
    """

    objects: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    odd: dict[str, Odd] = field(default_factory=dict)
    lacks: tuple[str, ...] = ("cert-manager.io", "cilium.io", "crd.projectcalico.org")
    token: str = TOKEN
    asked: list[str] = field(default_factory=list)
    url: str = ""
    ca: str = ""
    _odd_given: dict[str, int] = field(default_factory=dict)

    def answer(self, path: str, query: dict[str, str], login: str) -> Odd:
        odd = self.odd.get(path)
        if odd is not None:
            self._odd_given[path] = self._odd_given.get(path, 0) + 1
            if not odd.times or self._odd_given[path] <= odd.times:
                return odd
        if self.token and login != f"Bearer {self.token}":
            return _status(401, "Unauthorized")
        if path == "/version":
            return Odd(body=json.dumps(VERSION))
        if any(path.startswith(f"/apis/{group}") for group in self.lacks):
            return Odd(404, "404 page not found\n")
        return self._list(path, query)

    def _list(self, path: str, query: dict[str, str]) -> Odd:
        root, inside, rest = path.partition("/namespaces/")
        namespace, _, resource = rest.partition("/")
        whole = f"{root}/{resource}" if inside and resource else path
        items = [
            item
            for item in self.objects.get(whole, [])
            if not (inside and resource) or item["metadata"].get("namespace") == namespace
        ]
        start, limit = int(query.get("continue", "x0")[1:]), int(query.get("limit", "0")) or len(items)
        more = {"continue": f"x{start + limit}"} if start + limit < len(items) else {}
        page = items[start : start + limit]
        return Odd(body=json.dumps({"kind": "AnyList", "apiVersion": "v1", "metadata": more, "items": page}))


def paths() -> dict[str, str]:
    """The path of each resource's list."""
    return {row.resource: row.path() for row in load_table().rows}


def having(objects: Mapping[str, list[dict[str, Any]]], **more: Any) -> Cluster:
    """A cluster with these objects, by resource."""
    return Cluster({paths()[resource]: items for resource, items in objects.items()}, **more)


def thing(name: str, namespace: str = "shop", **body: Any) -> dict[str, Any]:
    """An object with metadata as the API writes it."""
    metadata = {
        "name": name,
        "uid": "0f1c2d3e",
        "resourceVersion": "1",
        "creationTimestamp": "2026-05-01T00:00:00Z",
        "managedFields": [{"manager": "kubectl", "operation": "Apply"}],
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{a copy of all}"},
    } | body.pop("metadata", {})
    return {"metadata": metadata | ({"namespace": namespace} if namespace else {}), **body}


@contextmanager
def serving(cluster: Cluster, pair: Pair | None = None, *, clients: Path | None = None) -> Iterator[Cluster]:
    """The cluster's API, until the end; over TLS with a pair. ``clients`` has the certificates that log in."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.cluster = cluster  # type: ignore[attr-defined]
    if pair is not None:
        context = pair.context()
        if clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        cluster.ca = pair.file.read_text(encoding="ascii")
    cluster.url = f"{'https' if pair else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield cluster
    finally:
        server.shutdown()
        server.server_close()


def kubeconfig(
    folder: Path, cluster: Cluster, *, user: dict[str, Any] | None = None, server: dict[str, Any] | None = None
) -> Path:
    """A kubeconfig with one context, ``stand-in``; ``user`` and ``server`` go into its entries."""
    body: dict[str, Any] = {"server": cluster.url}
    if cluster.ca:
        body["certificate-authority-data"] = b64encode(cluster.ca.encode()).decode()
    found = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "stand-in",
        "contexts": [{"name": "stand-in", "context": {"cluster": "here", "user": "reader"}}],
        "clusters": [{"name": "here", "cluster": body | (server or {})}],
        "users": [{"name": "reader", "user": {"token": cluster.token} if user is None else user}],
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(found), encoding="utf-8")
    return path


def _status(code: int, reason: str) -> Odd:
    return Odd(code, json.dumps({"kind": "Status", "status": "Failure", "reason": reason, "code": code}))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer: two would wait for each other

    def _any(self) -> None:
        cluster: Cluster = self.server.cluster  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        cluster.asked.append(f"{self.command} {self.path}")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answer = cluster.answer(parts.path, query, self.headers.get("Authorization", ""))
        time.sleep(answer.after)
        body = answer.body.encode()
        try:
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            pass  # who asked has gone

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._any  # of any method: what comes is kept
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
