"""What this installation can do, and what of a model's set-up is there: the rows of ``gonogo doctor``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from gonogo.agents.asking.choice import ModelChoice, read_guardrail, read_models
from gonogo.asking import ModelOptions
from gonogo.criteria import load_catalogue
from gonogo.state import StateError
from gonogo.store.errors import StoreError


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One row of ``gonogo doctor``."""

    name: str
    works: bool
    says: str
    optional: bool = False


def diagnose(options: ModelOptions) -> Iterator[Diagnosis]:
    """Row by row, since asking a model takes a moment. Raises ModelAccessError where the options name nothing."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Diagnosis("python", sys.version_info >= (3, 11), f"{version} (3.11 or later is needed)")
    for name in (
        "langgraph",
        "langchain-aws",
        "boto3",
        "vcrpy",
        "tree-sitter",
        "dulwich",
        "detect-secrets",
        "pydantic",
    ):
        yield _package(name)
    yield Diagnosis("criteria", True, f"{len(load_catalogue())} in the catalogue")
    yield _store()
    models = read_models(options.model or "none")
    if not models:
        yield Diagnosis("model", False, "none is chosen: --model PROVIDER:NAME says what is there", optional=True)
        return
    from gonogo.agents.asking.probe import probe

    guardrail = read_guardrail(options.guardrail) if options.guardrail else None
    for row in probe(ModelChoice(models, options.region, options.endpoint_url, guardrail)):
        yield Diagnosis(row.name, bool(row.works), row.says, optional=row.works is None)


def _package(name: str) -> Diagnosis:
    try:
        return Diagnosis(name, True, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Diagnosis(name, False, "is not installed: install gonogo again")


def _store() -> Diagnosis:
    from gonogo.keeping import KeepOptions, opened_store

    try:
        with opened_store(KeepOptions()) as store:
            return Diagnosis("run store", True, store.shown)
    except (StateError, StoreError) as error:
        return Diagnosis("run store", False, f"{error} Audits work; they are not kept.", optional=True)
