"""Manifest texts as Kubernetes objects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gonogo.facts.kubernetes import Object, Origin
from gonogo.facts.marked import Map
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place
from gonogo.tools.yaml_marks import Fault, load_json, load_yaml

_API = re.compile(r"^(?:[a-z0-9][a-z0-9.-]*/)?v\d[a-z0-9]*$")
_LOOKS = re.compile(r"^\s*[\"']?apiVersion[\"']?\s*:", re.M)
_KIND = re.compile(r"^\s*[\"']?kind[\"']?\s*:", re.M)
_TOOLS = re.compile(
    r"^(?:skaffold|ctlptl\.dev|tilt\.dev|kind\.x-k8s\.io|k3d\.io|eksctl\.io|kubeadm\.k8s\.io|kops\.k8s\.io|backstage\.io"
    r"|[a-z.]*config\.k8s\.io|audit\.k8s\.io|client\.authentication|kapp\.k14s|vendir\.k14s|cli\.kyverno|helm\.config"
    r"|deploy\.cloud\.google\.com|kpt\.dev)"
)
"""Groups of files that programs read on a person's or a pipeline's machine, not the cluster."""
MOST_BYTES = 4_000_000


@dataclass
class Found:
    """What was read from a file or a text."""

    bodies: list[Map] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


def looks_like_manifest(text: str) -> bool:
    """Says cheaply whether a text may hold an object of Kubernetes' form."""
    return "apiVersion" in text and "kind" in text and bool(_LOOKS.search(text)) and bool(_KIND.search(text))


def read_objects(path: str, text: str, source_lines: Sequence[int] = ()) -> Found:
    """The objects in a text, lists unpacked; ``source_lines`` is given for a text that a template made."""
    found = Found()
    loaded = (
        load_json(text, path=path) if path.endswith(".json") else load_yaml(text, path=path, source_lines=source_lines)
    )
    for document in loaded.documents:
        bodies = list(_unpacked(document.value))
        found.bodies += bodies
        if bodies and not source_lines:
            for key, line in document.duplicates:
                found.wrong.append(
                    Wrong(f"the key {key} stands twice in one object", Place(path, line, 0, f"twice:{key}"))
                )
    if loaded.fault is not None:
        _take_fault(found, path, text, loaded.fault, rendered=bool(source_lines))
    return found


def _take_fault(found: Found, path: str, text: str, fault: Fault, *, rendered: bool) -> None:
    if fault.limit:
        found.unread.append(Unread(path, fault.reason, fault.line, not fault.limit))
    elif rendered:
        found.unread.append(Unread(path, f"what its template makes does not parse: {fault.reason}", fault.line))
    elif "{{" in text or "{%" in text or "#@" in text:
        found.unread.append(Unread(path, "it is a template of a kind that is not rendered here", fault.line))
    else:
        found.wrong.append(Wrong(f"{path} does not parse: {fault.reason}", Place(path, fault.line, 0, "syntax")))


def _unpacked(value: object) -> Iterator[Map]:
    if not isinstance(value, Map):
        return
    kind, version = value.text("kind"), value.text("apiVersion")
    if not kind or not isinstance(value.get("apiVersion"), str):
        return
    if kind.endswith("List") and isinstance(value.get("items"), list):
        for item in value.maps("items"):
            yield from _unpacked(item)
    elif _is_object(kind, version):
        yield value


def _is_object(kind: str, version: str) -> bool:
    made = _API.match(version) or "\ufffd" in version or "$" in version
    return bool(made) and not _TOOLS.match(version) and (kind, version) != ("Config", "v1")


def is_kustomization(body: Map) -> bool:
    """Says whether an object configures Kustomize."""
    return body.text("apiVersion").startswith("kustomize.config.k8s.io")


def make_object(body: Map, unit: str, origin: Origin, former: tuple[str, ...] = ()) -> Object:
    """An object with its name, namespace and place."""
    metadata = body.map("metadata")
    kind = body.text("kind")
    name = metadata.text("name") or metadata.text("generateName")
    at = Place(body.path, body.line, body.end_line, f"{kind}/{name}")
    return Object(
        kind=kind,
        api_version=body.text("apiVersion"),
        name=name,
        namespace=metadata.text("namespace"),
        body=body,
        at=at,
        unit=unit,
        origin=origin,
        former=former,
    )
