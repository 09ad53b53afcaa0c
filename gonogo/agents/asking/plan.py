"""What an audit may ask of models: which, with which words, within which bounds. Made once, then an argument."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from gonogo.agents.asking.budget import DEFAULT_BOUNDS, Bounds, Budget, Whole, share
from gonogo.agents.asking.choice import ModelChoice
from gonogo.agents.asking.guardrails import Guardrail, Objections
from gonogo.agents.asking.ledger import Forgetful, Ledger, call_key
from gonogo.agents.asking.models import Model, open_models, runtime_client
from gonogo.agents.asking.prices import LISTED, Prices
from gonogo.agents.asking.seat import Seat
from gonogo.agents.words import Words
from gonogo.model.criterion import Area, Criterion
from gonogo.model.investigation import Action, Asked, ModelPrice, Nearing
from gonogo.telemetry.spans import step_span
from gonogo.telemetry.tracing import Telemetry

SYNTHESIZER = "synthesizer"
GUARDRAIL = "guardrail"
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
    ledger: Ledger | None = None
    """What was answered before in this run; None keeps nothing."""
    is_stopping: Callable[[], bool] = lambda: False
    """Says whether the run was told to stop: nothing more is asked then."""
    telemetry: Telemetry = field(default_factory=Telemetry.off)
    prices: Prices = LISTED
    whole: Whole = field(default_factory=Whole)
    seats: dict[str, Seat] = field(default_factory=dict)
    """The lines that were opened, by name: what one had used when its work broke is still to be counted."""

    def seat(
        self,
        name: str,
        catalogue: Iterable[Criterion],
        areas: tuple[Area, ...],
        hear: Callable[[dict[str, Any]], None] = lambda event: None,
    ) -> Seat:
        """A new line to the models for a specialist (its area) or the synthesizer, with its share of the bounds.

        ``hear`` takes an event of the kind ``budget`` for each bound that is nearly used up; its ``area`` is the name,
        or empty for the whole audit.
        """
        weights = {area.value: LEAST_WEIGHT for area in areas}
        for row in catalogue:
            if row.area in areas:
                weights[row.area.value] += 1
        bounds = share(self.bounds, weights | {SYNTHESIZER: SYNTHESIZER_WEIGHT})[name]

        def warn(part: str, row: Nearing) -> None:
            hear({"kind": "budget", "area": part, "bound": row.bound.value, "percent": row.percent})

        budget = Budget(
            bounds,
            self.clock,
            ceiling=self.prices.ceiling(model.name for model in self.models),
            hear=lambda row: warn(name, row),
            count=lambda use: self.whole.take(name, use, self.bounds, lambda row: warn("", row)),
        )
        seat = self.seats[name] = Seat(
            self.models,
            budget,
            sleep=self.sleep,
            region=self.region,
            name=name,
            ledger=self.ledger,
            is_stopping=self.is_stopping,
            telemetry=self.telemetry,
        )
        return seat

    def asked(self) -> Asked:
        """What a report says of it, before anything was used."""
        return Asked(
            model=", ".join(model.name for model in self.models),
            region=self.region,
            guardrail=str(self.guardrail.name) if self.guardrail else "",
            prompts=self.words.hashes,
            prices=tuple(_told(model, self.prices) for model in self.models),
            limits=self.bounds.limits(),
        )

    def judge(self, text: str) -> tuple[bool, Objections]:
        """Whether the guardrail of the plan stops a text, and what it objects to; as the ledger has it, where it does.
        Raises ModelError."""
        if self.guardrail is None:
            return False, Counter()
        ledger = self.ledger or Forgetful()
        key = call_key(GUARDRAIL, str(self.guardrail.name), text)
        kept = ledger.find(key)
        if kept is None:
            with step_span(self.telemetry, GUARDRAIL, "GUARDRAIL"):
                stops, found = self.guardrail.judge(text)
            rows = [[policy, action.value, count] for (policy, action), count in sorted(found.items())]
            kept = {"stops": stops, "objections": rows}
            ledger.keep(key, GUARDRAIL, 0, [{"text": text}], kept)
        objections = Counter({(policy, Action(action)): count for policy, action, count in kept["objections"]})
        return bool(kept["stops"]), objections


def open_plan(
    choice: ModelChoice,
    words: Words,
    bounds: Bounds,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    prices: Prices = LISTED,
) -> ModelPlan:
    """Makes the chosen models and their guardrail. Raises ModelAccessError where one can't be made."""
    models = tuple(_priced(model, prices) for model in open_models(choice))
    guardrail = region = None
    if any(name.provider == "bedrock" for name in choice.models):
        client = runtime_client(choice.region, choice.endpoint_url)
        region = client.meta.region_name
        guardrail = Guardrail(choice.guardrail, client, sleep) if choice.guardrail else None
    return ModelPlan(models, words, bounds, guardrail, region or "", clock, sleep, prices=prices)


def _priced(model: Model, prices: Prices) -> Model:
    known = prices.find(model.name)
    return replace(model, price=known.price if known else None)


def _told(model: Model, prices: Prices) -> ModelPrice:
    if model.price is None:
        return ModelPrice(model=model.name)
    known = prices.find(model.name)
    told = ModelPrice(model=model.name, **model.price.model_dump())
    if known is None or known.price != model.price:
        return told
    return told.model_copy(update={"as_of": known.as_of.isoformat(), "source": known.source})
