"""Whether anything that is deployed loads a proxy's or gateway's configuration file.

Needs: compose, docker, kubernetes.
"""

from __future__ import annotations

from posixpath import dirname, join, normpath

from gonogo.facts import Facts
from gonogo.facts.compose import Project

_BY_NAME = ("vercel.json", "wrangler.toml")
"""What a platform reads wherever it lies."""


def is_loaded(facts: Facts, path: str) -> bool:
    """Whether a compose service mounts it, an image holds it, or a manifest, a chart or a framework reads it."""
    name = path.rpartition("/")[2]
    if name in _BY_NAME or name.startswith("application"):
        return True
    started = [(p, service) for p in facts.compose.deciding for service in p.started]
    if not facts.docker.shipped and not started:
        return True  # Whatever installs it is not among what is read here.
    if any(_holds(_of_project(p, m.source), path) for p, s in started for m in s.mounts if m.kind == "bind"):
        return True
    configs = [value for p, _ in started for value in p.spec.map("configs").values()]
    if any(name in str(value) for value in configs):
        return True
    if any(item.at.path == path for item in facts.kubernetes.objects):
        return True
    if any(path.startswith(unit.path.rpartition("/")[0] + "/") for unit in facts.kubernetes.units if unit.default):
        return True
    return _is_built_in(facts, path)


def _of_project(project: Project, source: str) -> str:
    return normpath(join(project.folder, source.replace("${PWD}/", "").replace("$PWD/", "")))


def _holds(source: str, path: str) -> bool:
    return path == source or path.startswith(source.rstrip("/") + "/")


def _is_built_in(facts: Facts, path: str) -> bool:
    """Whether an image that is deployed copies it: by its name, with its folder, or with all of a proxy's context."""
    builds = [s.build.dockerfile for s in facts.compose.services if s.build is not None]
    for file in facts.docker.shipped:
        if builds and not facts.kubernetes.workloads and file.path not in builds:
            continue
        for context in file.contexts or (dirname(file.path),):
            for stage in file.line_of_final:
                for item in stage.all("COPY", "ADD"):
                    sources = [normpath(join(context, word.lstrip("/"))) for word in item.words[:-1]]
                    whole = normpath(context)
                    if any(_holds(source, path) and source != whole for source in sources):
                        return True
                    if whole in sources and "nginx" in file.base and _holds(whole, path):
                        return True
                    stem = path.rpartition("/")[2].partition(".")[0]
                    if any("*" in source and dirname(source) == dirname(path) for source in sources) and stem:
                        return True
    return False
