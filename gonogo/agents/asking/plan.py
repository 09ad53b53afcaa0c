"""What an audit may ask of models: which, with which words, within which bounds. Made once, then an argument."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gonogo.agents.asking.budget import DEFAULT_BOUNDS, Bounds, Budget, share
from gonogo.agents.asking.choice import ModelChoice
from gonogo.agents.asking.guardrails import Guardrail
from gonogo.agents.asking.models import Model, open_models, runtime_client
from gonogo.agents.asking.prices import find_ceiling
from gonogo.agents.asking.seat import Seat
from gonogo.agents.words import Words
from gonogo.model.criterion import Area, Criterion

SYNTHESIZER = "synthesizer"
SYNTHESIZER_WEIGHT = 20
"""Its share of tokens and money, beside one for each criterion of a specialist."""
LEAST_WEIGHT = 8
"""A specialist with few criteria has as many files to read as the others."""


@dataclass(frozen=True)
class ModelPlan:
    """The models to ask, the first first. ``clock`` gives monotonic seconds, ``sleep`` waits between attempts."""

    models: tuple[Model, ...]
    words: Words
    bounds: Bounds = DEFAULT_BOUNDS
    guardrail: Guardrail | None = None
    region: str = ""
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def seat(self, name: str, catalogue: Iterable[Criterion], areas: tuple[Area, ...]) -> Seat:
        """A new line to the models for a specialist (its area) or the synthesizer, with its share of the bounds."""
        weights = {area.value: LEAST_WEIGHT for area in areas}
        for row in catalogue:
            if row.area in areas:
                weights[row.area.value] += 1
        bounds = share(self.bounds, weights | {SYNTHESIZER: SYNTHESIZER_WEIGHT})[name]
        budget = Budget(bounds, self.clock, ceiling=find_ceiling(model.name for model in self.models))
        return Seat(self.models, budget, sleep=self.sleep, region=self.region)


def open_plan(
    choice: ModelChoice,
    words: Words,
    bounds: Bounds,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> ModelPlan:
    """Makes the chosen models and their guardrail. Raises ModelAccessError where one can't be made."""
    models = open_models(choice)
    guardrail = region = None
    if any(name.provider == "bedrock" for name in choice.models):
        client = runtime_client(choice.region, choice.endpoint_url)
        region = client.meta.region_name
        guardrail = Guardrail(choice.guardrail, client, sleep) if choice.guardrail else None
    return ModelPlan(models, words, bounds, guardrail, region or "", clock, sleep)
