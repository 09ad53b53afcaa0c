"""Kustomize in code: what a kustomization makes of its resources, without running anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import normpath

from gonogo.facts.marked import Map, Seq, as_text
from gonogo.facts.repository import Repository
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place
from gonogo.tools.kubernetes.objects import read_objects
from gonogo.tools.kubernetes.patch import apply_json, copy, merge, put
from gonogo.tools.kubernetes.transform import label, set_images
from gonogo.tools.yaml_marks import load_yaml

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_REMOTE = re.compile(r"^(?:https?://|git@|ssh://|git::|oci://|github\.com/|[a-z0-9.-]+\.[a-z]{2,}/[^ ]+\?ref=)|\?ref=")
_CLUSTER_WIDE = frozenset(
    (
        "Namespace",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "PersistentVolume",
        "StorageClass",
        "PriorityClass",
        "IngressClass",
        "ClusterIssuer",
        "ClusterPolicy",
        "ClusterSecretStore",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
        "APIService",
    )
)
MOST_DEPTH = 12


@dataclass
class Made:
    """An object in the making, with the names that it had before."""

    body: Map
    former: tuple[str, ...] = ()


@dataclass
class Result:
    """What a kustomization makes."""

    objects: list[Made] = field(default_factory=list)
    remote: list[Place] = field(default_factory=list)
    namespace: str = ""


@dataclass
class Kustomizer:
    """All kustomizations of a repository by folder. Keeps which files they use, and what is wrong in them."""

    repository: Repository
    configurations: dict[str, Map] = field(default_factory=dict)
    """The kustomization of each folder."""
    used: set[str] = field(default_factory=set)
    """Paths of the files that some kustomization takes in, as resource, patch or otherwise."""
    referred: dict[str, set[str]] = field(default_factory=dict)
    """Folders that a folder's kustomization takes in."""
    wrong: list[Wrong] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    texts: dict[str, list[Map]] = field(default_factory=dict)
    quiet: bool = False
    """Set while a component is built on its own: its patches then change what is not there."""

    def load(self) -> None:
        """Finds all kustomizations, and which takes in which."""
        for file in self.repository.match(*NAMES):
            read = load_yaml(self.repository.text(file), path=file.path)
            if read.fault is not None:
                what = f"{file.path} does not parse: {read.fault.reason}"
                self.wrong.append(Wrong(what, Place(file.path, read.fault.line, 0, "syntax")))
            body = read.first
            body.path = file.path
            self.configurations[file.folder] = body
            self.used.add(file.path)
        for folder, body in self.configurations.items():
            self.referred[folder] = {path for path, _ in self._entries(folder, body) if path in self.configurations}

    def roots(self) -> list[str]:
        """The folders whose kustomization no other takes in, and that is no component."""
        inner = {folder for folders in self.referred.values() for folder in folders}
        return sorted(f for f, body in self.configurations.items() if f not in inner and not _is_component(body))

    def loose_components(self) -> list[str]:
        """Folders of components that no root takes in."""
        taken = {folder for root in self.roots() for folder in self.family(root)}
        return sorted(f for f, body in self.configurations.items() if _is_component(body) and f not in taken)

    def family(self, folder: str) -> frozenset[str]:
        """The folder and all folders that it takes in, at any depth."""
        seen: set[str] = set()
        stack = [folder]
        while stack:
            at = stack.pop()
            if at not in seen:
                seen.add(at)
                stack += self.referred.get(at, ())
        return frozenset(seen)

    def build(self, folder: str, depth: int = 0) -> Result:
        """What ``kustomize build`` of the folder makes."""
        result = Result()
        body = self.configurations.get(folder)
        if body is None or depth > MOST_DEPTH:
            return result
        return self._apply(folder, body, result, depth)

    def _apply(self, folder: str, body: Map, result: Result, depth: int) -> Result:
        """Takes in what the kustomization names, and then changes all that ``result`` holds."""
        for path, place in self._entries(folder, body, ("resources", "bases", "crds")):
            self._take(path, place, result, depth)
        own = result.objects
        self._generate(folder, body, own)
        for path, place in self._entries(folder, body, ("components",)):
            component = self.configurations.get(path)
            if component is not None and depth <= MOST_DEPTH:
                self._apply(path, component, result, depth + 1)
            elif component is None and not _REMOTE.search(path):
                self._missing(path, place)
        self._remotes(body, result)
        self._patch(folder, body, result.objects)
        self._transform(body, result)
        return result

    def _entries(
        self, folder: str, body: Map, keys: tuple[str, ...] = ("resources", "bases", "components")
    ) -> Iterator[tuple[str, Place]]:
        for key in keys:
            for item, place in body.seq(key).placed(key):
                text = as_text(item)
                yield (text if _REMOTE.search(text) else resolve(folder, text)), place

    def _take(self, path: str, place: Place, result: Result, depth: int) -> None:
        if _REMOTE.search(path):
            result.remote.append(Place(place.path, place.line, 0, path))
        elif path in self.configurations:
            inner = self.build(path, depth + 1)
            result.objects += inner.objects
            result.remote += inner.remote
            result.namespace = result.namespace or inner.namespace
        elif (file := self.repository.file(path)) is not None:
            self.used.add(file.path)
            result.objects += [Made(copy(item)) for item in self._bodies(file.path)]
        elif path in self.repository.folders:
            self._wrong(f"it takes in {path}, a folder without a kustomization", place, path)
        else:
            self._missing(path, place)

    def _bodies(self, path: str) -> list[Map]:
        if path not in self.texts:
            found = read_objects(path, self.repository.text(path))
            self.wrong += found.wrong
            self.unread += found.unread
            self.texts[path] = found.bodies
        return self.texts[path]

    def _missing(self, path: str, place: Place) -> None:
        if not path.startswith("..") and "$" not in path:
            self._wrong(f"it takes in {path}, which does not exist", place, path)

    def _wrong(self, what: str, place: Place, name: str) -> None:
        wrong = Wrong(what, Place(place.path, place.line, 0, name), missing=True)
        if wrong not in self.wrong:
            self.wrong.append(wrong)

    def _remotes(self, body: Map, result: Result) -> None:
        for key in ("helmCharts", "helmChartInflationGenerator", "generators", "transformers"):
            for item, place in body.seq(key).placed(key):
                name = item.text("name") if isinstance(item, Map) else as_text(item)
                if key == "transformers":
                    continue
                result.remote.append(Place(place.path, place.line, 0, f"{key}: {name}"))

    def _generate(self, folder: str, body: Map, objects: list[Made]) -> None:
        for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
            for item in body.maps(key):
                name = item.text("name")
                for path, place in self._sources(folder, item):
                    self.used.add(path)
                    if not self.repository.exists(path) and kind == "ConfigMap":
                        self._missing(path, place)
                if item.text("behavior") != "merge":
                    objects.append(Made(_generated(kind, name, item)))

    def _sources(self, folder: str, item: Map) -> Iterator[tuple[str, Place]]:
        for key in ("files", "envs"):
            for text, place in item.seq(key).placed(key):
                path = as_text(text).partition("=")[2] or as_text(text)
                yield resolve(folder, path), place

    def _patch(self, folder: str, body: Map, objects: list[Made]) -> None:
        for item, place in body.seq("patchesStrategicMerge").placed("patchesStrategicMerge"):
            self._strategic(as_text(item), folder, place, objects, None)
        for item, place in (
            *body.seq("patches").placed("patches"),
            *body.seq("patchesJson6902").placed("patchesJson6902"),
        ):
            if not isinstance(item, Map):
                continue
            target = item.get("target") if isinstance(item.get("target"), Map) else None
            text = item.text("patch") or item.text("path")
            where = item.place("patch") if item.text("patch") else item.place("path") if item.text("path") else place
            self._strategic(text, folder, where, objects, target)

    def _strategic(self, text: str, folder: str, place: Place, objects: list[Made], target: Map | None) -> None:
        """Applies a patch of either kind: inline, or the text of a file."""
        inline = "\n" in text or text.lstrip().startswith(("{", "["))
        path = place.path if inline else resolve(folder, text)
        if not inline:
            self.used.add(path)
            if not self.repository.exists(path):
                self._missing(path, place)
                return
            text = self.repository.text(path)
        first = place.line + 1 if inline else 1
        read = load_yaml(text, path=path, first_line=first)
        if read.fault is not None:
            self.wrong.append(
                Wrong(f"the patch {path} does not parse: {read.fault.reason}", Place(path, read.fault.line))
            )
        for document in read.documents:
            if isinstance(document.value, Seq):
                for made in objects:
                    if target is not None and _is_target(made, target):
                        apply_json(made.body, document.value)
            elif isinstance(document.value, Map):
                self._merge(document.value, objects, target, place)

    def _merge(self, patch: Map, objects: list[Made], target: Map | None, place: Place) -> None:
        hit = False
        for made in list(objects):
            same = _is_same(made, patch) if target is None else _is_target(made, target)
            if not same:
                continue
            hit = True
            if patch.get("$patch") == "delete":
                objects.remove(made)
            else:
                _apply_merge(made.body, patch, keep_name=target is not None)
        if not hit and target is None and not self.quiet:
            name = f"{patch.text('kind')}/{patch.map('metadata').text('name')}"
            self._wrong(f"a patch changes {name}, which none of its resources defines", place, name)

    def _transform(self, body: Map, result: Result) -> None:
        prefix, suffix = body.text("namePrefix"), body.text("nameSuffix")
        namespace = body.text("namespace")
        images = body.maps("images")
        replicas = {item.text("name"): item for item in body.maps("replicas")}
        for made in result.objects:
            kind, metadata = made.body.text("kind"), made.body.map("metadata")
            name = metadata.text("name")
            if (item := replicas.get(name) or replicas.get((*made.former, "")[0])) and isinstance(
                made.body.get("spec"), Map
            ):
                put(made.body["spec"], "replicas", item.get("count"), item, "count")
            if namespace and kind not in _CLUSTER_WIDE and isinstance(made.body.get("metadata"), Map):
                put(made.body["metadata"], "namespace", namespace, body)
            if (prefix or suffix) and kind not in ("CustomResourceDefinition", "Namespace") and name:
                made.former = (*made.former, name)
                put(made.body["metadata"], "name", f"{prefix}{name}{suffix}", metadata)
            label(made.body, body)
            if images:
                set_images(made.body, images)
        result.namespace = namespace or result.namespace


def resolve(folder: str, path: str) -> str:
    """A path in a kustomization as one of the target."""
    made = normpath(f"{folder}/{path}" if folder else path)
    return "" if made == "." else made


def _is_component(body: Map) -> bool:
    return body.text("kind") == "Component"


def _generated(kind: str, name: str, item: Map) -> Map:
    made = Map(item.line, item.path)
    made.end_line = item.end_line
    metadata = Map(item.line, item.path)
    metadata["name"] = name
    metadata.lines["name"] = item.line_of("name")
    made.update({"apiVersion": "v1", "kind": kind, "metadata": metadata})
    made.lines.update({"apiVersion": item.line, "kind": item.line, "metadata": item.line})
    return made


def _is_same(made: Made, patch: Map) -> bool:
    names = (made.body.map("metadata").text("name"), *made.former)
    return patch.text("kind") == made.body.text("kind") and patch.map("metadata").text("name") in names


def _is_target(made: Made, target: Map) -> bool:
    metadata = made.body.map("metadata")
    group, _, version = made.body.text("apiVersion").rpartition("/")
    names = (metadata.text("name"), *made.former)
    wanted = (
        (target.text("kind"), (made.body.text("kind"),)),
        (target.text("group"), (group,)),
        (target.text("version"), (version,)),
        (target.text("name"), names),
        (target.text("namespace"), (metadata.text("namespace"),)),
    )
    fits = all(not pattern or any(_fits(pattern, value) for value in values) for pattern, values in wanted)
    return fits and all(
        _selects(target.text(key), metadata.map(where))
        for key, where in (("labelSelector", "labels"), ("annotationSelector", "annotations"))
    )


def _fits(pattern: str, value: str) -> bool:
    """Kustomize anchors a target's patterns. They come from the target: one that is too clever fits only itself."""
    if pattern == value:
        return True
    if len(pattern) > 100 or pattern.count("*") + pattern.count("+") + pattern.count("{") > 3:
        return False
    try:
        return re.fullmatch(pattern, value[:253]) is not None
    except re.error:
        return False


def _selects(selector: str, labels: Map) -> bool:
    for part in filter(None, selector.split(",")):
        key, equals, value = part.replace("==", "=").partition("=")
        negative = key.endswith("!")
        key = key.strip().rstrip("!").strip()
        there = key in labels if not equals else labels.text(key) == value.strip()
        if there == negative:
            return False
    return True


def _apply_merge(body: Map, patch: Map, *, keep_name: bool) -> None:
    name = body.map("metadata").get("name")
    merge(body, patch)
    if keep_name and isinstance(body.get("metadata"), Map):
        body["metadata"]["name"] = name
