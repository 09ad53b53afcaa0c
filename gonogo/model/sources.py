"""Which live sources an audit may look at: the ``sources`` of gonogo.yaml, as the operator gives them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

Text = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_url(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


def _as_many(value: Any) -> Any:
    return [value] if isinstance(value, dict | str) else value


class AwsSource(_Part):
    """An AWS account: a profile of the AWS configuration (None for the default chain), and the regions to look at
    (none for the profile's own). ``endpoint_url`` is another address than AWS's, for tests."""

    profile: Text | None = None
    regions: tuple[Text, ...] = ()
    endpoint_url: Text | None = None
    window_hours: Annotated[int, Field(ge=1, le=24 * 14)] = 24
    """How far back metrics are looked at."""
    cost_amounts: bool = False
    """Whether Cost Explorer is asked for amounts and anomalies: two calls, each of which AWS charges."""


class KubernetesSource(_Part):
    """A cluster: a context of the kubeconfig (None for the current one), and namespaces (none for all)."""

    context: Text | None = None
    kubeconfig: Path | None = None
    namespaces: tuple[Text, ...] = ()


class WebSource(_Part):
    """A server that is asked over HTTP. ``token_env`` names the variable that holds a bearer token, ``ca_file`` a file
    of certificates to trust beside the system's."""

    url: Text
    token_env: Text | None = None
    ca_file: Path | None = None


class EndpointSource(WebSource):
    """An address of the service: the status that it should answer with, the latency that 95% of answers should keep
    (milliseconds), and whether a call without credentials should be refused."""

    expect: Annotated[int, Field(ge=100, le=599)] = 200
    p95_ms: Annotated[float, Field(gt=0)] | None = None
    requires_login: bool = False
    samples: Annotated[int, Field(ge=1, le=50)] = 10
    """How many GETs measure the latency, where a target is set."""


class PostgresSource(_Part):
    """A database. ``dsn_env`` names the variable that holds its address: a password never stands in a file."""

    dsn_env: Text


class DockerSource(_Part):
    """What ``docker inspect CONTAINER...`` printed, as a file."""

    inspect: Path


class InventorySource(_Part):
    """A list of what should exist, as a YAML file."""

    file: Path


class SourcesConfiguration(_Part):
    """All sources of a target: its repositories, and those that are live. ``repo`` has folders, as seen from the file
    that names them; they count where the command line names none."""

    repo: Annotated[tuple[str, ...], BeforeValidator(_as_many)] = ()
    aws: AwsSource | None = None
    kubernetes: KubernetesSource | None = None
    prometheus: Annotated[WebSource, BeforeValidator(_as_url)] | None = None
    alertmanager: Annotated[WebSource, BeforeValidator(_as_url)] | None = None
    grafana: Annotated[WebSource, BeforeValidator(_as_url)] | None = None
    endpoints: Annotated[tuple[EndpointSource, ...], BeforeValidator(_as_many)] = ()
    postgres: PostgresSource | None = None
    docker: DockerSource | None = None
    inventory: InventorySource | None = None

    @field_validator("endpoints", mode="before")
    @classmethod
    def _urls(cls, value: Any) -> Any:
        return [_as_url(item) for item in value] if isinstance(value, list | tuple) else value

    def __bool__(self) -> bool:
        """Whether any is live."""
        return any(getattr(self, name) for name in type(self).model_fields if name != "repo")


def relative_to(folder: Path, sources: SourcesConfiguration) -> SourcesConfiguration:
    """The sources with the files that they name as seen from a folder."""

    def seen(part: Any) -> Any:
        if not isinstance(part, BaseModel):
            return str(folder / part)
        paths = {
            name: folder / value for name in type(part).model_fields if isinstance(value := getattr(part, name), Path)
        }
        return part.model_copy(update=paths) if paths else part

    parts = {name: getattr(sources, name) for name in sources.model_fields_set}
    changed = {
        name: tuple(map(seen, part)) if isinstance(part, tuple) else seen(part) if part else part
        for name, part in parts.items()
    }
    return sources.model_copy(update=changed)
