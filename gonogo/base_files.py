"""What a change is judged by: configuration, waivers and other files as the base commit has them.

A name that lies in the repository is the repository's, whatever a link in the work tree makes of it. Files that lie
outside are the operator's, and are read as they are.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel

from gonogo.config import (
    FILE_LIMIT,
    FILE_NAME,
    ConfigurationError,
    Settings,
    load_settings,
    parse_configuration,
    seen_from,
    settle,
)
from gonogo.model.report import Concession
from gonogo.model.sources import SourcesConfiguration
from gonogo.model.target import Tier
from gonogo.model.waiver import AcceptedRisk
from gonogo.tools.git import read_git, read_regular
from gonogo.tools.git_objects import BaseCommit
from gonogo.tools.work_tree import link_in, name_in, top_of
from gonogo.waivers import FILE_LIMIT as WAIVERS_LIMIT
from gonogo.waivers import FOLDER_FILE, WaiversError, parse_waivers

NO_BASE = "none"
EVIDENCE_LIMIT = 256 * 1024 * 1024


@dataclass(frozen=True)
class BaseFiles:
    """The files of an audited folder as its base commit has them; ``base`` None takes nothing from the repository."""

    folder: Path
    base: BaseCommit | None

    @property
    def top(self) -> Path:
        """The work tree; of a folder outside of any, that folder."""
        return top_of(self.folder) or self.folder.resolve()

    def own(self, name: str) -> Path:
        """A file by its usual place below the audited folder."""
        return self.folder.resolve() / name

    def read(self, path: Path, limit: int) -> tuple[bytes | None, str]:
        """The bytes of a file, and what messages call it; None where the repository is asked and has none.

        ``limit`` + 1 bytes at most of a file outside. Raises OSError for that, ToolError for the others.
        """
        name = name_in(self.top, path)
        if name is None or top_of(self.folder) is None:
            with path.open("rb") as file:
                return file.read(limit + 1), str(path)
        if self.base is None:
            return None, f"{name} (--base {NO_BASE} takes nothing from the repository)"
        return self.base.read(name, limit), f"{name} at commit {self.base.commit[:12]}"

    def read_own(self, name: str, limit: int) -> tuple[bytes | None, str]:
        """The same for a file by its usual place; without a base there is none."""
        return self.read(self.own(name), limit) if self.base else (None, name)

    def changed(self, path: Path, data: bytes | None) -> tuple[Concession, ...]:
        """That the change has other bytes at a path of the repository than the base, if so."""
        name = name_in(self.top, path)
        if name is None or self.base is None:
            return ()
        there = self.top / name
        if link_in(self.top, there):
            is_same = False
        elif there.exists():
            is_same = data is not None and read_regular(there, len(data) + 1) == data
        else:
            is_same = data is None
        what, reason = f"{name} is changed", "counts once it is in the base"
        return () if is_same else (Concession(what=what, reason=reason, origin="this change"),)


def read_settings(
    files: BaseFiles, config: Path | None, scratch: Path, *, tier: Tier | None, environment: str | None
) -> Settings:
    """What is in force: by --config (``config``), or by the base's gonogo.yaml. Files that the latter names are laid
    into ``scratch`` as the base has them. Raises ConfigurationError and ToolError."""
    path = config or files.own(FILE_NAME)
    try:
        data, name = files.read(config, FILE_LIMIT) if config else files.read_own(FILE_NAME, FILE_LIMIT)
    except OSError as error:
        raise ConfigurationError(f"{config}: can't be read ({error.strerror}): check --config.") from error
    if data is None:
        if config is not None:
            raise ConfigurationError(f"{name}: is not there: a configuration counts once it is in the base.")
        return load_settings(files.folder, path=None, trust=False, tier=tier, environment=environment)
    configuration = parse_configuration(data, name)
    where = name_in(files.top, path)
    if where is None:
        configuration = seen_from(path.resolve().parent, configuration)
    else:
        configuration = seen_from(scratch / Path(where).parent, configuration)
        _lay_out(files, configuration.sources, scratch, name)
    origin = name if config is None else f"--config {name}"
    settings = settle(configuration, origin, operator=True, tier=tier, environment=environment)
    return replace(settings, not_counted=(*settings.not_counted, *files.changed(path, data)))


def read_accepted(files: BaseFiles, path: Path | None) -> tuple[tuple[AcceptedRisk, ...], tuple[Concession, ...]]:
    """The waivers of --waivers (``path``), or of the base; and that the change has others, if so. Raises
    WaiversError and ToolError."""
    try:
        data, name = files.read(path, WAIVERS_LIMIT) if path else files.read_own(FOLDER_FILE, WAIVERS_LIMIT)
    except OSError as error:
        raise WaiversError(f"{path}: can't be read ({error.strerror}): check --waivers.") from error
    if data is None and path is not None:
        raise WaiversError(f"{name}: is not there: waivers count once they are in the base.")
    changed = files.changed(path or files.own(FOLDER_FILE), data)
    return (() if data is None else parse_waivers(data, name=name, origin=name)), changed


def check_evidence(files: BaseFiles, paths: Iterable[Path]) -> None:
    """Raises ConfigurationError for a file of evidence that the change brings: one under version control that is not
    what the base has. What a pipeline made beforehand is not under version control."""
    top = files.top
    named = [(path, name) for path in paths if (name := name_in(top, path)) is not None]
    state = read_git(top) if named else None
    for path, name in named:
        advice = "let the pipeline make the file, and don't commit it"
        if link := link_in(top, path):
            raise ConfigurationError(f"{name}: {link} is a link, which a change may have brought: {advice}.")
        if state is None or not state.tracks(name):
            continue
        if files.base is None:
            raise ConfigurationError(f"{name}: --base {NO_BASE} takes nothing from the repository: {advice}.")
        if files.changed(path, files.base.read(name, EVIDENCE_LIMIT)):
            raise ConfigurationError(f"{name}: this change brings its own evidence: {advice}, or take it in first.")


def _lay_out(files: BaseFiles, sources: SourcesConfiguration, scratch: Path, name: str) -> None:
    """Writes the files that sources name below ``scratch``, as the base has them."""
    for path in _paths(sources):
        place = Path(os.path.normpath(path))
        if not place.is_relative_to(scratch):
            check_evidence(files, [place])
            continue
        inside = place.relative_to(scratch).as_posix()
        data = files.base.read(inside, EVIDENCE_LIMIT) if files.base else None
        if data is None:
            raise ConfigurationError(f"{name}: names the file {inside}, which is not there: put it beside it.")
        place.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def _paths(part: BaseModel) -> Iterator[Path]:
    for name in type(part).model_fields:
        value = getattr(part, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, BaseModel):
                yield from _paths(item)
            elif isinstance(item, Path):
                yield item
