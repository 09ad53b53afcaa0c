"""How a cluster is reached, by its kubeconfig: server, certificates and token of one context. Nothing of it is run."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gonogo.model.sources import KubernetesSource
from gonogo.tools.errors import ToolError

FILE_LIMIT = 4 * 1024 * 1024
MOST_FILES = 20
REFUSED = {
    "exec": "gets its login from a program, which gonogo does not run",
    "auth-provider": "gets its login from a plugin, which gonogo does not run",
    "username": "has a user name and password, which Kubernetes does not take any more",
    "as": "acts as somebody else, which gonogo does not do",
    "as-groups": "acts as somebody else, which gonogo does not do",
}
WITH_TOKEN = "give a kubeconfig with a token instead, such as one that kubectl create token makes"


@dataclass(frozen=True)
class Access:
    """One context. ``ca`` is PEM, empty for the system's certificates; ``certificate`` and ``key`` are PEM or empty.

    ``server_name`` is the name that the server's certificate is for, where it is another than the server's own.
    """

    context: str
    server: str
    server_name: str = ""
    ca: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    key: str = field(default="", repr=False)

    @property
    def has_login(self) -> bool:
        return bool(self.token or self.certificate)


def read_access(source: KubernetesSource, environment: Mapping[str, str]) -> Access:
    """The context that a source names, or the current one. Raises ToolError."""
    merged = _merged([_read(path) for path in _paths(source, environment)])
    name = source.context or merged.current
    if not name:
        raise ToolError("kubeconfig: names no current context: give one, as --source kubernetes=CONTEXT.")
    context = merged.part("contexts", name)
    if context is None:
        known = ", ".join(sorted(merged.parts["contexts"])[:10]) or "none"
        raise ToolError(f"kubeconfig: has no context {name[:200]} (it has {known}): give one of them.")
    cluster = merged.part("clusters", _text(context.body, "cluster"))
    user = merged.part("users", _text(context.body, "user")) or _Part({}, Path())
    if cluster is None:
        raise ToolError(f"kubeconfig: the context {name} names a cluster that is not there: correct it.")
    return _access(name, cluster, user)


@dataclass(frozen=True)
class _Part:
    """An entry of a kubeconfig, and the folder of the file that it stands in: paths in it start there."""

    body: dict[str, Any]
    folder: Path


@dataclass(frozen=True)
class _Merged:
    parts: dict[str, dict[str, _Part]]
    current: str

    def part(self, kind: str, name: str) -> _Part | None:
        return self.parts[kind].get(name)


_KINDS = {"clusters": "cluster", "contexts": "context", "users": "user"}


def _paths(source: KubernetesSource, environment: Mapping[str, str]) -> list[Path]:
    if source.kubeconfig is not None:
        return [source.kubeconfig]
    named = [Path(path) for path in environment.get("KUBECONFIG", "").split(":") if path]
    if not named:
        home = environment.get("HOME", "")
        return [(Path(home) if home else Path.home()) / ".kube" / "config"]
    there = [path for path in named if path.exists()]  # as kubectl: not all that is named need be there
    return (there or named)[:MOST_FILES]


def _read(path: Path) -> tuple[Path, dict[str, Any]]:
    text = _content(path, f"{path.name}: can't be read", "give a kubeconfig, or set KUBECONFIG")
    try:
        found = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ToolError(f"{path.name}: is no YAML: give a kubeconfig.") from error
    if not isinstance(found, dict):
        raise ToolError(f"{path.name}: is no kubeconfig: give one.")
    return path, found


def _merged(files: list[tuple[Path, dict[str, Any]]]) -> _Merged:
    """As kubectl merges: of what has one name in several files, the first file's counts."""
    parts: dict[str, dict[str, _Part]] = {kind: {} for kind in _KINDS}
    current = ""
    for path, body in files:
        current = current or _text(body, "current-context")
        for kind, inner in _KINDS.items():
            for entry in body.get(kind) or ():
                if isinstance(entry, dict) and isinstance(entry.get(inner), dict):
                    parts[kind].setdefault(_text(entry, "name"), _Part(entry[inner], path.parent))
    return _Merged(parts, current)


def _access(name: str, cluster: _Part, user: _Part) -> Access:
    for key, why in REFUSED.items():
        if user.body.get(key):
            raise ToolError(f"Kubernetes context {name}: {why} ({key}): {WITH_TOKEN}.")
    if cluster.body.get("insecure-skip-tls-verify"):
        advice = "set certificate-authority-data to the cluster's certificate"
        raise ToolError(
            f"Kubernetes context {name}: its server is not to be verified (insecure-skip-tls-verify): {advice}."
        )
    if cluster.body.get("proxy-url"):
        raise ToolError(f"Kubernetes context {name}: is reached by a proxy, which gonogo does not use: run beside it.")
    token = _text(user.body, "token") or _from_file(user, "tokenFile", name).strip()
    if token and not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ToolError(f"Kubernetes context {name}: its token is none that can be sent: {WITH_TOKEN}.")
    certificate, key = (_pem(user, field, name) for field in ("client-certificate", "client-key"))
    if bool(certificate) != bool(key):
        raise ToolError(f"Kubernetes context {name}: has a client certificate or a key, and not both: {WITH_TOKEN}.")
    server = _text(cluster.body, "server")
    if not server:
        raise ToolError(f"Kubernetes context {name}: its cluster has no server: add its address.")
    server_name, ca = _text(cluster.body, "tls-server-name"), _pem(cluster, "certificate-authority", name)
    return Access(name, server, server_name, ca, token, certificate, key)


def _pem(part: _Part, field: str, name: str) -> str:
    """The certificate or key that stands in the entry, which wins, or in the file that it names."""
    data = _text(part.body, f"{field}-data")
    if not data:
        return _from_file(part, field, name)
    try:
        return base64.b64decode(data, validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise ToolError(f"Kubernetes context {name}: its {field}-data is no base64 of PEM: write it anew.") from error


def _from_file(part: _Part, field: str, name: str) -> str:
    path = _text(part.body, field)
    told = f"Kubernetes context {name}: its {field} can't be read"
    return _content(part.folder / path, told, "correct its path") if path else ""


def _content(path: Path, told: str, advice: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
        if len(data) > FILE_LIMIT:
            raise ToolError(f"{told} (larger than {FILE_LIMIT} bytes): {advice}.")
        return data.decode("utf-8")
    except OSError as error:
        raise ToolError(f"{told} ({error.strerror}): {advice}.") from error
    except ValueError as error:
        raise ToolError(f"{told} (no text): {advice}.") from error


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    return str(value) if isinstance(value, str | int) else ""
