"""Manifests that parse and are wrong all the same: overlays of another environment, secrets that are no base64."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator

from gonogo.checks.declared import environment_name
from gonogo.facts import Facts
from gonogo.facts.kubernetes import Origin, is_unknown
from gonogo.facts.marked import as_text
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place

_FILLED = re.compile(r"[$<>{}%@\[\]]|^ref\+|^vault:|^op://")
"""What a tool replaces before the manifest is applied."""


def manifest_faults(facts: Facts) -> Iterator[Wrong]:
    """Overlays whose namespace is another environment's, and data of secrets that the API server refuses."""
    yield from swapped_overlays(facts)
    for item in facts.kubernetes.objects:
        if item.kind != "Secret" or item.group or item.origin is Origin.HELM or item.body.map("sops"):
            continue
        data = item.body.map("data")
        refused = [key for key in data if _is_refused(as_text(data.get(key)))]
        if refused:
            names = ", ".join(refused[:3])
            place = data.place(refused[0], f"{item.symbol}.data")
            yield Wrong(f"{item.symbol} has data that is no base64 ({names})", place)


def swapped_overlays(facts: Facts) -> Iterator[Wrong]:
    """Overlays whose folder names another environment than their namespace does, one of them production."""
    for unit in facts.kubernetes.units:
        if unit.origin is not Origin.KUSTOMIZE or is_unknown(unit.namespace):
            continue
        named, reached = environment_name(unit.environment), environment_name(unit.namespace)
        if named and reached and named != reached and "production" in (named, reached):
            place = Place(unit.at.path, unit.at.line, 0, f"{unit.path}:namespace")
            yield Wrong(f"{unit.path} is the overlay of {named} and deploys to the namespace {unit.namespace}", place)


def _is_refused(value: str) -> bool:
    if not value or is_unknown(value) or _FILLED.search(value):
        return False
    try:
        b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return True
    return False
