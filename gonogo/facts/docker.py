"""Facts of Dockerfiles: stages with ARG and ENV put in, and which of them are shipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from gonogo.facts.images import Image
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. ``value`` is what follows its name, continuation lines joined, ARG and ENV put in."""

    name: str
    """In capitals: ``RUN``."""
    value: str
    at: Place
    flags: tuple[tuple[str, str], ...] = ()
    """``--from=build`` is ``("from", "build")``."""
    words: tuple[str, ...] = ()
    """The words of the value; for an exec form (JSON) its items."""
    exec_form: bool = False

    def flag(self, name: str) -> str:
        """The value of a flag; empty where it is not given."""
        return next((value for key, value in self.flags if key == name), "")


@dataclass(frozen=True)
class Stage:
    """One stage: from FROM to the next one."""

    name: str
    """As it is called after AS; empty where it is not."""
    base: str
    """What FROM names, arguments put in; text like ``${X}`` is left where nothing defines it."""
    at: Place
    instructions: tuple[Instruction, ...] = ()
    parent: int | None = None
    """The index of the stage that it is built on; None where that is an image from elsewhere."""

    def all(self, *names: str) -> tuple[Instruction, ...]:
        """Its own instructions of these names, in order."""
        return tuple(item for item in self.instructions if item.name in names)


@dataclass(frozen=True)
class Dockerfile:
    """One Dockerfile. Query methods follow the final stage through the stages of the file that it is built on."""

    path: str
    at: Place
    stages: tuple[Stage, ...] = ()
    shipped: bool = True
    """Whether a service is delivered with it: compose, a pipeline or a manifest uses it, or it stands at the root of a
    service; False for development, test and tool images."""
    why: str = ""
    """What makes it shipped, or not: "built by docker-compose.yml for web", "a development container"."""
    used_by: tuple[Place, ...] = ()
    """Builds that name it: compose services, pipeline commands, bake and skaffold files."""
    contexts: tuple[str, ...] = ()
    """The folders that it is built in; its own folder where nothing says."""
    target: str = ""
    """The stage that all of those builds stop at; empty for the last."""
    images: tuple[tuple[Image, Place], ...] = ()
    """Every image from elsewhere that its stages use: FROM, ``COPY --from`` and ``RUN --mount=from``."""

    @cached_property
    def final(self) -> Stage | None:
        """The stage that is shipped."""
        named = [stage for stage in self.stages if self.target and stage.name.lower() == self.target.lower()]
        found = named or self.stages
        return found[-1] if found else None

    @cached_property
    def line_of_final(self) -> tuple[Stage, ...]:
        """The final stage and the stages that it is built on, nearest first."""
        found: list[Stage] = []
        stage = self.final
        while stage is not None and stage not in found:
            found.append(stage)
            stage = self.stages[stage.parent] if stage.parent is not None else None
        return tuple(found)

    @property
    def base(self) -> str:
        """The image from elsewhere that the final stage rests on; ``scratch`` too."""
        return self.line_of_final[-1].base if self.line_of_final else ""

    def last(self, *names: str) -> Instruction | None:
        """The last instruction of these names in the final stage, or in what it is built on."""
        for stage in self.line_of_final:
            if found := stage.all(*names):
                return found[-1]
        return None

    @property
    def user(self) -> Instruction | None:
        """The USER in effect."""
        return self.last("USER")

    @property
    def healthcheck(self) -> Instruction | None:
        """The HEALTHCHECK in effect; None for NONE too."""
        found = self.last("HEALTHCHECK")
        return None if found is None or found.value.strip().upper() == "NONE" else found

    @property
    def command(self) -> Instruction | None:
        """What it runs: ENTRYPOINT, else CMD."""
        return self.last("ENTRYPOINT") or self.last("CMD")

    @cached_property
    def environment(self) -> Mapping[str, tuple[str, Place]]:
        """Variables that ENV sets in the final image, with their places."""
        found: dict[str, tuple[str, Place]] = {}
        for stage in reversed(self.line_of_final):
            for item in stage.all("ENV"):
                for word in item.words:
                    name, _, value = word.partition("=")
                    found[name] = (value, item.at)
        return found


@dataclass(frozen=True)
class Docker:
    """All Dockerfiles and Containerfiles."""

    files: tuple[Dockerfile, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    unread: tuple[Unread, ...] = ()
    ignored: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The patterns of each ``.dockerignore`` by its folder."""

    @cached_property
    def shipped(self) -> tuple[Dockerfile, ...]:
        """Those that a service is delivered with."""
        return tuple(file for file in self.files if file.shipped)

    def at(self, path: str) -> Dockerfile | None:
        """The Dockerfile of that path."""
        return next((file for file in self.files if file.path == path), None)
