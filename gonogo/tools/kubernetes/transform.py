"""What a kustomization changes in all of its objects: labels and images."""

from __future__ import annotations

from collections.abc import Callable

from gonogo.facts.kubernetes import WORKLOAD_KINDS
from gonogo.facts.marked import Map, Seq
from gonogo.tools.kubernetes.patch import put


def label(body: Map, configuration: Map) -> None:
    """Adds a kustomization's labels to an object."""
    common = configuration.map("commonLabels")
    pairs = [(common, key, True, True) for key in common]
    for item in configuration.maps("labels"):
        selectors = item.get("includeSelectors") is True
        templates = selectors or item.get("includeTemplates") is True
        pairs += [(item.map("pairs"), key, selectors, templates) for key in item.map("pairs")]
    for source, key, selectors, templates in pairs:
        _set_at(body, ("metadata", "labels"), key, source)
        spec = body.map("spec")
        if templates and body.text("kind") in WORKLOAD_KINDS:
            for path in (
                ("spec", "template", "metadata", "labels"),
                ("spec", "jobTemplate", "spec", "template", "metadata", "labels"),
            ):
                if isinstance(body.find(*path[:-2]), Map):
                    _set_at(body, path, key, source)
        if selectors and body.text("kind") == "Service" and spec.get("selector"):
            _set_at(body, ("spec", "selector"), key, source)
        elif selectors and isinstance(spec.map("selector").get("matchLabels"), Map):
            _set_at(body, ("spec", "selector", "matchLabels"), key, source)


def _set_at(body: Map, path: tuple[str, ...], key: str, source: Map) -> None:
    at = body
    for part in path:
        if not isinstance(at.get(part), Map):
            put(at, part, Map(source.line_of(key), source.path), source, key)
        at = at[part]
    put(at, key, source[key], source)


def set_images(body: Map, images: tuple[Map, ...]) -> None:
    """Puts a kustomization's names, tags and digests into the images of an object's containers."""
    _for_images(body, lambda spec: _set_image(spec, images))


def _for_images(value: object, change: Callable[[Map], None], depth: int = 0) -> None:
    if depth > 12:
        return
    if isinstance(value, Map):
        for key, item in value.items():
            if key in ("containers", "initContainers") and isinstance(item, Seq):
                for spec in item:
                    if isinstance(spec, Map):
                        change(spec)
            else:
                _for_images(item, change, depth + 1)
    elif isinstance(value, Seq):
        for item in value:
            _for_images(item, change, depth + 1)


def _set_image(spec: Map, images: tuple[Map, ...]) -> None:
    image = spec.text("image")
    if not image:
        return
    for entry in images:
        name, _, digest = image.partition("@")
        base, tag = name, ""
        if ":" in name.rpartition("/")[2]:
            base, _, tag = name.rpartition(":")
        if base != entry.text("name"):
            continue
        base = entry.text("newName") or base
        tag = entry.text("newTag") or ("" if entry.text("digest") else tag)
        digest = entry.text("digest") or ("" if entry.text("newTag") else digest)
        made = base + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
        keys = [key for key in ("newTag", "digest", "newName") if key in entry]
        if made != image and keys:
            put(spec, "image", made, entry, keys[0])
            image = made
