"""Checks: one function a criterion, facts in, outcome out. No I/O, no model."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from gonogo.checks.default_deployment import ASKED, asked_of_default
from gonogo.facts import Facts
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Criterion, ObservedCheck

Check = Callable[[Facts], Outcome]


def find_observed(check: ObservedCheck) -> Check:
    """The check that a row names for a live source."""
    module, _, function = check.check.partition(".")
    found: Check = getattr(import_module(f"gonogo.checks.observed.{module}"), function)
    return found


def find_check(criterion: Criterion) -> Check:
    """The check that the catalogue names for a criterion."""
    module, _, function = criterion.check.partition(".")
    check: Check = getattr(import_module(f"gonogo.checks.{module}"), function)
    return asked_of_default(check) if criterion.slug in ASKED else check
