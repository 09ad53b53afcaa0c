"""Services of a merged compose project, as facts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from posixpath import dirname, normpath

from gonogo.facts.compose import Build, EnvFile, Mount, Port, Service, Variable
from gonogo.facts.marked import Filled, Map, Seq, as_text, as_texts
from gonogo.model.evidence import Place
from gonogo.tools.compose.merge import by_name

_REMOTE = re.compile(r"^(https?://|git://|git@|ssh://|github\.com/|docker-image://|oci-layout://)")
_ONE_SHOT = re.compile(
    r"(?:^|[-_.])(?:migrat\w*|init\w*|seed\w*|setup|bootstrap|prestart|provision\w*|create[-_]?\w*|wait[-_]?for\w*)(?:$|[-_.])",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Folders:
    """What relative paths begin at: the project's folder, or that of a file which is included or extended."""

    project: str
    files: tuple[str, ...]

    def of(self, place: Place) -> str:
        """The folder for a path that stands at a place."""
        return self.project if place.path in self.files else dirname(place.path)


def services_of(spec: Map, project: str, folders: Folders) -> tuple[Service, ...]:
    """The services of a merged project."""
    services = spec.map("services")
    found = [
        _service(name, body, project, folders, services.place(name))
        for name, body in services.items()
        if isinstance(body, Map)
    ]
    awaited = {
        name
        for service in found
        for name, condition in service.depends_on
        if condition == "service_completed_successfully"
    }
    return tuple(_with_end(service, awaited) for service in found)


def _with_end(service: Service, awaited: set[str]) -> Service:
    stays = service.restart in ("always", "unless-stopped") or service.ports or service.healthcheck is not None
    one_shot = service.name in awaited or (bool(_ONE_SHOT.search(service.name)) and not stays)
    if not one_shot:
        return service
    return replace(service, one_shot=True)


def _service(name: str, spec: Map, project: str, folders: Folders, place: Place) -> Service:
    symbol = f"{project}:{name}" if project else name
    at = Place(place.path, place.line, spec.end_line if spec.path == place.path else 0, symbol)
    return Service(
        name=name,
        project=project,
        at=at,
        spec=spec,
        image=spec.text("image"),
        build=_build(spec, folders, symbol),
        profiles=as_texts(spec.get("profiles")),
        ports=tuple(_ports(spec.seq("ports"), symbol)),
        mounts=tuple(_mounts(spec.seq("volumes"), symbol)),
        environment=tuple(_variables(spec.get("environment"), symbol)),
        env_files=tuple(_env_files(spec.get("env_file"), spec.place("env_file"), folders, symbol)),
        depends_on=_depends_on(spec.get("depends_on")),
    )


def resolve(folder: str, path: str) -> str:
    """A path of the compose file as one of the target; it may point out of it (``../..``)."""
    made = normpath(f"{folder}/{path}" if folder else path)
    return "" if made == "." else made


def _build(spec: Map, folders: Folders, symbol: str) -> Build | None:
    value = spec.get("build")
    place = spec.place("build", f"{symbol}.build")
    if isinstance(value, Map):
        context = value.text("context") or "."
        args = by_name(value["args"]) if isinstance(value.get("args"), Map | Seq) else Map()
        pairs = tuple((key, as_text(item)) for key, item in args.items())
        inline = "dockerfile_inline" in value
        dockerfile, target = value.text("dockerfile") or "Dockerfile", value.text("target")
    elif isinstance(value, str) and value:
        context, dockerfile, target, pairs, inline = value, "Dockerfile", "", (), False
    else:
        return None
    if _REMOTE.match(context):
        return Build(context, place, "", target, pairs, remote=True)
    at = resolve(folders.of(place), context)
    file = "" if inline else dockerfile if dockerfile.startswith("/") else resolve(at, dockerfile)
    return Build(at, place, file, target, pairs, inline=inline)


def _ports(value: Seq, symbol: str) -> list[Port]:
    found = []
    for item, place in value.placed(f"{symbol}.ports"):
        if isinstance(item, Map):
            found.append(Port(item.text("target"), item.text("published"), item.text("host_ip"), place))
            continue
        text = as_text(item).partition("/")[0]
        rest, _, target = _outside_braces(text).rpartition(":")
        host, _, published = rest.rpartition(":")
        found.append(Port(target, published, host.strip("[]"), place))
    return found


def _outside_braces(text: str) -> str:
    """The text with what stands in ``${...}`` left out where it holds a colon."""
    return re.sub(r"\$\{([A-Za-z_]\w*)[^}]*\}", r"${\1}", text)


def _mounts(value: Seq, symbol: str) -> list[Mount]:
    found = []
    for item, place in value.placed(f"{symbol}.volumes"):
        if isinstance(item, Map):
            kind = item.text("type") or "volume"
            found.append(Mount(kind, item.text("source"), item.text("target"), item.get("read_only") is True, place))
            continue
        parts = _outside_braces(as_text(item)).split(":")
        if len(parts) == 1:
            found.append(Mount("volume", "", parts[0], read_only=False, at=place))
            continue
        kind = "bind" if parts[0].startswith((".", "/", "~", "$")) else "volume"
        read_only = len(parts) > 2 and "ro" in parts[2].split(",")
        found.append(Mount(kind, parts[0], parts[1], read_only, place))
    return found


def _variables(value: object, symbol: str) -> list[Variable]:
    if not isinstance(value, Map | Seq):
        return []
    named = by_name(value)
    return [
        Variable(
            name,
            None if item is None else as_text(item),
            named.place(name, f"{symbol}.environment.{name}"),
            literal=not isinstance(item, Filled),
        )
        for name, item in named.items()
    ]


def _env_files(value: object, place: Place, folders: Folders, symbol: str) -> list[EnvFile]:
    items = value.placed() if isinstance(value, Seq) else [(value, place)] if value else []
    found = []
    for item, at in items:
        path = item.text("path") if isinstance(item, Map) else as_text(item)
        required = not (isinstance(item, Map) and item.get("required") is False)
        if path:
            where = Place(at.path, at.line, 0, f"{symbol}.env_file")
            found.append(EnvFile(resolve(folders.of(at), path), required, where))
    return found


def _depends_on(value: object) -> tuple[tuple[str, str], ...]:
    if isinstance(value, Map):
        return tuple(
            (name, item.text("condition") if isinstance(item, Map) else "service_started")
            for name, item in value.items()
        )
    return tuple((name, "service_started") for name in as_texts(value)) if isinstance(value, Seq) else ()
