"""Facts of what a target deploys and does not hold: charts and manifests from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gonogo.facts.marked import Map
from gonogo.model.evidence import Place


@dataclass(frozen=True)
class Release:
    """A chart, or a manifest at a URL, that the target has installed. Its objects can't be seen."""

    name: str
    chart: str
    """The chart's own name (``kube-prometheus-stack``), without its repository; for manifests their URL."""
    at: Place
    """Where it is asked for; the symbol is ``chart NAME``."""
    by: str
    """What installs it: ``Argo CD``, ``Flux``, ``kustomize``, ``helmfile``, ``Helm`` (a dependency), ``Terraform`` or
    ``script``."""
    layers: tuple[Mapping[str, Any], ...] = ()
    """The values that the repository sets for it, the strongest last; they know their lines where they are a Map."""
    whole: bool = True
    """Whether all values that it gets from the repository could be read."""
    version: str = ""
    namespace: str = ""

    def find(self, path: str) -> Any:
        """The value at a dotted path, as the strongest layer that has it sets it; None where none does."""
        for layer in reversed(self.layers):
            value: Any = layer
            for key in path.split("."):
                value = value.get(key) if isinstance(value, Mapping) else None
            if value is not None:
                return value
        return None

    def is_on(self, path: str, *, default: bool) -> bool:
        """Whether a switch of the chart is on, with the chart's default."""
        value = self.find(path)
        return value if isinstance(value, bool) else default

    def place(self, path: str) -> Place:
        """Where a value stands; where the release is asked for, if no file sets it."""
        *parents, last = path.split(".")
        for layer in reversed(self.layers):
            inner: Any = layer
            for key in parents:
                inner = inner.get(key) if isinstance(inner, Mapping) else None
            if isinstance(inner, Map) and last in inner:
                return inner.place(last, f"{self.at.symbol}:{path}")
        return self.at
