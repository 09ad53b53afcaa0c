"""The kubernetes tool: manifests, Kustomize overlays and Helm charts as the objects that they make."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gonogo.facts.kubernetes import WORKLOAD_KINDS, Kubernetes, Object, Origin, Unit
from gonogo.facts.marked import Map
from gonogo.facts.releases import Release
from gonogo.facts.repository import File, Repository
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place
from gonogo.model.target import Target
from gonogo.tools.environments import environment_of, environment_of_path
from gonogo.tools.helm import Charts
from gonogo.tools.kubernetes.kustomize import NAMES, Kustomizer
from gonogo.tools.kubernetes.objects import MOST_BYTES, looks_like_manifest, make_object, read_objects
from gonogo.tools.kubernetes.releases import controlled, helmfiles, inflated, scripted
from gonogo.tools.kubernetes.units import Plain, choose, folders_of, variants, without_opt_in

_GLOBS = ("*.yaml", "*.yml", "*.json")
MOST_JSON = 300_000


@dataclass
class _Gathered:
    repository: Repository
    units: list[Unit] = field(default_factory=list)
    bundled: dict[str, list[Release]] = field(default_factory=dict)
    """Charts from elsewhere that charts of the repository bring along, by unit."""
    objects: list[Object] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def add(self, unit: Unit, objects: list[Object]) -> None:
        elsewhere = [release.at for item in objects for release in controlled(item, self.repository)]
        self.units.append(replace(unit, remote=(*unit.remote, *elsewhere)))
        self.objects += objects


def read_kubernetes(repository: Repository, target: Target) -> Kubernetes:
    """Reads all objects that the deciding files of a repository define, for the audited environment."""
    made = _Gathered(repository)
    charts = Charts(repository, target.environment)
    kustomizer = Kustomizer(repository)
    kustomizer.load()
    _kustomized(kustomizer, target.environment, made)
    _charted(charts, target.environment, made)
    _plain(repository, kustomizer, charts, target.environment, made)
    made.wrong += kustomizer.wrong + charts.wrong
    made.unread += kustomizer.unread
    made.units = without_opt_in(made.units)
    default = {unit.path for unit in made.units if unit.default}
    decide = [item for item in made.objects if item.unit in default]
    return Kubernetes(
        objects=tuple(decide),
        others=tuple(item for item in made.objects if item.unit not in default),
        releases=_releases(repository, made, kustomizer, decide, default),
        units=tuple(made.units),
        wrong=tuple(dict.fromkeys(made.wrong)),
        unread=tuple(dict.fromkeys(made.unread)),
        crds={
            item.spec.map("names").text("kind"): item.at
            for item in made.objects
            if item.kind == "CustomResourceDefinition"
        },
    )


def _releases(
    repository: Repository, made: _Gathered, kustomizer: Kustomizer, decide: list[Object], default: set[str]
) -> tuple[Release, ...]:
    """What deciding units, helmfiles and scripts install from elsewhere, once."""
    taken = frozenset((p.path, p.line) for unit in made.units if unit.default for p in unit.remote)
    found = [release for item in decide for release in controlled(item, repository)]
    found += inflated(kustomizer.configurations.values(), repository, taken)
    found += [release for unit, releases in made.bundled.items() if unit in default for release in releases]
    found += helmfiles(repository)
    known = {release.chart for release in found}
    found += [release for release in scripted(repository) if release.chart not in known]
    return tuple({(release.chart, release.name, release.at): release for release in found}.values())


def _kustomized(kustomizer: Kustomizer, environment: str, made: _Gathered) -> None:
    roots = kustomizer.roots()
    chosen = choose({root: (kustomizer.family(root), environment_of_path(root)) for root in roots}, environment)
    for root in roots:
        body = kustomizer.configurations[root]
        result = kustomizer.build(root)
        path = body.path
        objects = [make_object(item.body, path, Origin.KUSTOMIZE, item.former) for item in result.objects]
        why = chosen[root]
        unit = Unit(
            path=path,
            origin=Origin.KUSTOMIZE,
            at=Place(path, 1, 0, path),
            environment=environment_of_path(root),
            default=not why,
            why=why,
            remote=tuple(result.remote),
            namespace=result.namespace,
        )
        made.add(unit, objects)
    kustomizer.quiet = True
    for folder in kustomizer.loose_components():
        result = kustomizer.build(folder)
        path = kustomizer.configurations[folder].path
        why = "an optional component that no kustomization takes in"
        unit = Unit(path, Origin.KUSTOMIZE, Place(path, 1, 0, path), default=False, why=why)
        made.add(unit, [make_object(item.body, path, Origin.KUSTOMIZE) for item in result.objects])


def _charted(charts: Charts, environment: str, made: _Gathered) -> None:
    tops = charts.tops()
    chosen = choose({top: (frozenset((top,)), environment_of_path(top)) for top in tops}, environment)
    for top in tops:
        if not charts.files[top].decides:
            continue
        result = charts.render(top)
        path = charts.files[top].path
        why = chosen[top]
        unit = Unit(
            path, Origin.HELM, Place(path, 1, 0, path), environment_of_path(top), not why, why, tuple(result.remote)
        )
        objects = [make_object(body, path, Origin.HELM) for body in result.bodies if not _is_test(body)]
        made.add(unit, objects)
        made.bundled[path] = result.releases
        made.wrong += result.wrong
        if not why:
            made.unread += result.unread


def _plain(repository: Repository, kustomizer: Kustomizer, charts: Charts, environment: str, made: _Gathered) -> None:
    """Manifests that no kustomization takes in and that lie in no chart."""
    files: list[Plain] = []
    for file in repository.match(*_GLOBS):
        if file.path in kustomizer.used or charts.holds(file.path) or file.name in NAMES:
            continue
        text = _manifest_text(repository, file, made)
        if not text:
            continue
        found = read_objects(file.path, text)
        made.unread += found.unread
        bodies = [
            body for body in found.bodies if not _is_partial(body, beside=file.folder in kustomizer.configurations)
        ]
        if bodies or found.wrong:
            made.wrong += found.wrong
            files.append(Plain(file.path, [make_object(body, "", Origin.MANIFEST) for body in bodies]))
    aside = variants(files, environment)
    for plain in files:
        if why := aside.get(plain.path):
            unit = Unit(plain.path, Origin.MANIFEST, Place(plain.path, 1, 0, plain.path), default=False, why=why)
            made.add(unit, [make_object(item.body, plain.path, Origin.MANIFEST) for item in plain.objects])
    folders = folders_of([plain for plain in files if plain.path not in aside])
    chosen = choose({path: (frozenset((path,)), environment_of_path(path)) for path in folders}, environment)
    siblings = choose({path: (_kin(path), environment_of_path(path)) for path in folders}, environment)
    for path, objects in folders.items():
        why = chosen[path] or siblings[path]
        name = path or "."
        unit = Unit(
            name, Origin.MANIFEST, Place(objects[0].at.path, 1, 0, name), environment_of_path(path), not why, why
        )
        made.add(unit, [make_object(item.body, name, Origin.MANIFEST) for item in objects])


def _kin(path: str) -> frozenset[str]:
    """What folders that are named after environments share: the path without that name."""
    return frozenset(("/".join("*" if environment_of(part) else part for part in path.split("/")),))


def _manifest_text(repository: Repository, file: File, made: _Gathered) -> str:
    if file.binary:
        return ""
    is_json = file.name.endswith(".json")
    if is_json and file.size > MOST_JSON:
        return ""
    text = repository.text(file)
    if is_json and ('"apiVersion"' not in text[:2000] or '"kind"' not in text):
        return ""
    if not looks_like_manifest(text):
        return ""
    if file.size > MOST_BYTES:
        made.unread.append(Unread(file.path, f"it has {file.size:,} bytes, too many for a manifest"))
        return ""
    return text


def _is_partial(body: Map, *, beside: bool) -> bool:
    """Says whether it is a patch that lies about: a workload without an image, beside a kustomization."""
    if not beside or body.text("kind") not in WORKLOAD_KINDS:
        return False
    text = str(body.get("spec"))
    return "'image'" not in text


def _is_test(body: Map) -> bool:
    return "test" in body.map("metadata").map("annotations").text("helm.sh/hook")
