"""What a run was begun with: all that it takes to go on with it in another process, or to tell why that can't be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from gonogo.agents.asking.prices import PriceList
from gonogo.asking import ModelOptions
from gonogo.model.criterion import Area, Severity
from gonogo.model.target import Target
from gonogo.model.terms import NO_TERMS, Terms


class Begun(BaseModel):
    """The options of an audit after configuration was read, as its store keeps them.

    ``named`` is what its report tells of them, ``clock`` the time that it tells (ISO 8601, UTC). ``fingerprint`` is the
    target's, ``catalogue`` the hash of the criteria, ``words`` those of the prompts; ``prices`` are the operator's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    paths: tuple[Path, ...]
    target: Target
    left_out: tuple[str, ...] = ()
    areas: tuple[Area, ...]
    severities: dict[str, Severity] = {}
    terms: Terms = NO_TERMS
    named: dict[str, str] = {}
    asking: dict[str, Any] = {}
    clock: str = ""
    fingerprint: str = ""
    catalogue: str = ""
    words: dict[str, str] = {}
    prices: PriceList | None = None
    checkpoints: str | None = None
    snapshot: str = ""
    """The hash of what live sources showed, which the store keeps while the run is under way."""

    @model_validator(mode="before")
    @classmethod
    def _reads_what_earlier_versions_kept(cls, data: Any) -> Any:
        """They kept the two kinds of concessions beside each other, and knew no other terms."""
        if not isinstance(data, dict) or "terms" in data:
            return data
        earlier = {name: data[name] for name in ("concessions", "not_counted") if name in data}
        return {name: value for name, value in data.items() if name not in earlier} | {"terms": earlier}

    def models(self) -> ModelOptions:
        """The options of the models, as they were given."""
        paths = {name: Path(self.asking[name]) for name in ("prompts", "cassette", "prices") if self.asking.get(name)}
        return ModelOptions(**(self.asking | paths))
