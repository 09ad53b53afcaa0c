"""Configuration: gonogo.yaml. Nothing else reads it.

A gonogo.yaml that lies in the audited repository is part of what is audited: it may name the target and make the
verdict stricter. What would make it better counts only when the operator passes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gonogo.criteria import find_criterion
from gonogo.model.criterion import Criterion, Severity
from gonogo.model.policy import NO_POLICY, VALID_DAYS, Policy
from gonogo.model.report import Concession
from gonogo.model.sources import InventorySource, SourcesConfiguration, relative_to
from gonogo.model.target import Tier
from gonogo.tools.operators_yaml import line_of, parse_yaml, read_yaml, what_is_wrong

FILE_NAME = "gonogo.yaml"
FILE_LIMIT = 256 * 1024
ADVICE = "write a short YAML file"
Reason = Annotated[str, Field(min_length=3)]


class ConfigurationError(Exception):
    """A configuration that can't be used. The message names file, line and key, and says what is wrong."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LeftOut(_Part):
    """A path of the repository that is not audited, and why."""

    path: Annotated[str, Field(min_length=1)]
    reason: Reason


class SeverityOverride(_Part):
    """Another severity for a criterion, and why."""

    severity: Severity
    reason: Reason


class Configuration(_Part):
    """What gonogo.yaml may say."""

    target: str | None = None
    tier: Tier | None = None
    environment: str | None = None
    leave_out: tuple[LeftOut, ...] = ()
    severities: dict[str, SeverityOverride] = {}
    sources: SourcesConfiguration = SourcesConfiguration()
    """Live sources. They count only from the operator: a repository may not say where an audit connects to."""
    inventory: Path | None = None
    """A file that lists what should exist."""
    policy: Policy = NO_POLICY
    """What is asked beyond the gates. From a repository only what is stricter counts."""


@dataclass(frozen=True)
class Settings:
    """What is in force for an audit, with what made it better and what was asked for but does not count."""

    target: str | None
    tier: Tier
    environment: str
    left_out: tuple[str, ...]
    severities: Mapping[str, Severity]
    concessions: tuple[Concession, ...]
    not_counted: tuple[Concession, ...]
    sources: SourcesConfiguration = field(default_factory=SourcesConfiguration)
    policy: Policy = NO_POLICY

    def apply(self, catalogue: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        """The catalogue with the severities in force."""
        return tuple(
            row.model_copy(update={"severity": self.severities[row.slug]}) if row.slug in self.severities else row
            for row in catalogue
        )


def load_settings(
    folder: Path, *, path: Path | None, trust: bool, tier: Tier | None, environment: str | None
) -> Settings:
    """Settings from ``--config`` (``path``), or else the repository's own gonogo.yaml; options win over both."""
    found = folder / FILE_NAME
    if path is not None:
        read = seen_from(path.resolve().parent, read_configuration(path))
        configuration, origin, operator = read, f"--config {path.name}", True
    elif found.is_file() and not found.is_symlink():
        read = seen_from(found.resolve().parent, read_configuration(found))
        configuration, origin, operator = read, f"the repository's {FILE_NAME}", trust
    else:
        configuration, origin, operator = Configuration(), "", True
    return settle(configuration, origin, operator=operator, tier=tier, environment=environment)


def read_sources(path: Path) -> SourcesConfiguration:
    """The live sources of an operator's gonogo.yaml. Raises ConfigurationError."""
    return seen_from(path.resolve().parent, read_configuration(path)).sources


def repositories_of(path: Path) -> tuple[Path, ...]:
    """The folders that an operator's gonogo.yaml names as sources. Raises ConfigurationError."""
    return tuple(map(Path, read_sources(path).repo))


def read_configuration(path: Path) -> Configuration:
    """Reads and validates a gonogo.yaml. Raises ConfigurationError."""
    node, content = read_yaml(path, option="--config", limit=FILE_LIMIT, advice=ADVICE, error=ConfigurationError)
    return _validated(str(path), node, {} if content is None else content)


def parse_configuration(data: bytes, name: str) -> Configuration:
    """Validates a gonogo.yaml that was read elsewhere; ``name`` is what messages call it. Raises ConfigurationError."""
    node, content = parse_yaml(data, name=name, limit=FILE_LIMIT, advice=ADVICE, error=ConfigurationError)
    return _validated(name, node, {} if content is None else content)


def configuration_schema() -> dict[str, Any]:
    """The JSON Schema of gonogo.yaml, for editors."""
    schema = Configuration.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": FILE_NAME}


def seen_from(folder: Path, configuration: Configuration) -> Configuration:
    """The configuration with the files that its sources name as seen from the folder that it lies in."""
    sources = configuration.sources
    if configuration.inventory is not None:
        sources = sources.model_copy(update={"inventory": InventorySource(file=configuration.inventory)})
    return configuration.model_copy(update={"sources": relative_to(folder, sources)})


def _validated(path: str, node: yaml.Node | None, content: Any) -> Configuration:
    try:
        configuration = Configuration.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigurationError(
            f"{path}:{line_of(node, first['loc'])}: {_key(first['loc'])}: {what_is_wrong(first)}."
        ) from error
    named = [("severities", slug, slug) for slug in configuration.severities]
    named += [("policy", slug, f"required.{slug}") for slug in configuration.policy.required]
    for part, slug, told in named:
        row = find_criterion(slug)
        if row is None or row.slug != slug:
            line = line_of(node, (part, "required" if part == "policy" else slug))
            raise ConfigurationError(
                f"{path}:{line}: {part}.{told}: there is no such criterion: see gonogo criteria list."
            )
    return configuration


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "the document"


def settle(
    configuration: Configuration, origin: str, *, operator: bool, tier: Tier | None, environment: str | None
) -> Settings:
    """Sorts what a configuration asks for into what counts and what does not."""
    better: list[Concession] = []
    severities: dict[str, Severity] = {}
    for slug, override in configuration.severities.items():
        row = find_criterion(slug)
        lower = row is not None and override.severity.rank < row.severity.rank
        if lower and row:
            what = f"{slug} counts as {override.severity} instead of {row.severity}"
            better.append(Concession(what=what, reason=override.reason, origin=origin))
        if operator or not lower:
            severities[slug] = override.severity
    for item in configuration.leave_out:
        better.append(Concession(what=f"{item.path} is left out", reason=item.reason, origin=origin))
    default = Tier.B
    asked = configuration.tier
    if asked and tier is None and len(asked.gates) < len(default.gates):
        better.append(_looser(f"tier {asked} instead of {default}", origin))
    if configuration.environment not in (None, "production") and environment is None:
        better.append(_looser(f"the environment {configuration.environment} instead of production", origin))
    asks = configuration.policy
    if asks.valid_days > VALID_DAYS:
        better.append(_looser(f"a verdict is valid for {asks.valid_days} days instead of {VALID_DAYS}", origin))
        if not operator:
            asks = asks.model_copy(update={"valid_days": VALID_DAYS})
    chosen = [] if tier is None or len(tier.gates) >= len(default.gates) else [f"tier {tier} instead of {default}"]
    if environment not in (None, "production"):
        chosen.append(f"the environment {environment} instead of production")
    by_option = tuple(_looser(what, "command line") for what in chosen)
    stricter = asked if asked and (operator or len(asked.gates) >= len(default.gates)) else None
    return Settings(
        target=configuration.target,
        tier=tier or stricter or default,
        environment=environment or (configuration.environment if operator else None) or "production",
        left_out=tuple(item.path for item in configuration.leave_out) if operator else (),
        severities=severities,
        concessions=by_option + (tuple(better) if operator else ()),
        not_counted=() if operator else (*better, *_uncounted_sources(configuration, origin)),
        sources=configuration.sources if operator else SourcesConfiguration(),
        policy=asks,
    )


def _uncounted_sources(configuration: Configuration, origin: str) -> tuple[Concession, ...]:
    if not configuration.sources:
        return ()
    return (Concession(what="live sources are named", reason="only the operator says where to look", origin=origin),)


def _looser(what: str, origin: str) -> Concession:
    return Concession(what=what, reason="no reason given", origin=origin)
