"""Which Dockerfiles a service is delivered with, and which are for development, tests and tools."""

from __future__ import annotations

import re
from dataclasses import replace

from gonogo.facts.compose import Compose, Service
from gonogo.facts.docker import Dockerfile
from gonogo.facts.repository import Repository
from gonogo.tools.environments import is_development

_DEV = (
    "dev|devel|development|local|debug|test|tests|testing|e2e|ci|lint|devcontainer|docs|bench|benchmark"
    "|playwright|cypress"
)
_DEV_NAME = re.compile(rf"(?:^|[._-])(?:{_DEV})(?:[._-]|$)", re.I)
_DEV_FOLDER = re.compile(
    rf"(?:^|/)(?:\.devcontainer|\.github|\.gitlab|\.circleci|\.buildkite|\.gitpod|\.vscode|hack|tools?|genproto|codegen|protoc?|{_DEV}|benchmarks?)(?:/|$)",
    re.I,
)
_DEVCONTAINER = "a development container"


def shipping(repository: Repository, files: tuple[Dockerfile, ...], compose: Compose) -> tuple[Dockerfile, ...]:
    """The Dockerfiles with their use. Where all are for development, they are all there is, so that they decide."""
    judged = tuple(_judged(repository, file, compose) for file in files)
    if judged and not any(file.shipped for file in judged):
        return tuple(
            file if file.why == _DEVCONTAINER else replace(file, shipped=True, why="nothing else is built")
            for file in judged
        )
    return judged


def _judged(repository: Repository, file: Dockerfile, compose: Compose) -> Dockerfile:
    users = _users(file.path, compose)
    contexts = dict.fromkeys(user.build.context for user in users if user.build is not None)
    targets = {user.build.target for user in users if user.build is not None}
    found = replace(
        file,
        used_by=tuple(user.build.at for user in users if user.build is not None),
        contexts=tuple(contexts),
        target=targets.pop() if len(targets) == 1 else "",
    )
    local = repository.by_path[file.path].local
    folder, _, name = local.rpartition("/")
    if users:
        names = ", ".join(user.name for user in users[:3])
        return replace(found, shipped=True, why=f"built by compose for {names}")
    if ".devcontainer" in local.split("/"):
        return replace(found, shipped=False, why=_DEVCONTAINER)
    if hidden := next((part for part in folder.split("/") if part.startswith(".")), ""):
        return replace(found, shipped=False, why=f"it lies below {hidden}/, which holds tools' settings")
    if _DEV_NAME.search(name.removeprefix("Dockerfile").removeprefix("Containerfile") or "") or _is_dev_name(name):
        return replace(found, shipped=False, why=f"{name} is for development or tests by its name")
    if match := _DEV_FOLDER.search(folder):
        return replace(found, shipped=False, why=f"it lies below {match[0].strip('/')}/")
    if part := next((part for part in folder.split("/") if _is_dev_folder(part)), ""):
        return replace(found, shipped=False, why=f"it lies below {part}/")
    return replace(found, why="it stands with a service" if folder else "it stands at the root")


def _is_dev_folder(name: str) -> bool:
    """Folders like ``local-running``; a word in the middle of a name says nothing."""
    words = re.split(r"[._-]", name)
    return is_development(words[0]) or is_development(words[-1])


def _is_dev_name(name: str) -> bool:
    """Names like ``dev.Dockerfile``."""
    stem = re.sub(r"\.(dockerfile|containerfile)$", "", name, flags=re.I)
    return stem != name and bool(_DEV_NAME.search(stem))


def _users(path: str, compose: Compose) -> tuple[Service, ...]:
    """Services that compose starts by default and builds with that file."""
    return tuple(
        service for service in compose.services if service.build is not None and service.build.dockerfile == path
    )
