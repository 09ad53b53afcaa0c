"""Amazon Bedrock Guardrails: what one objected to in a conversation, and asking one about a text of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gonogo.agents.asking.choice import GuardrailName
from gonogo.agents.asking.errors import ModelAccessError, ModelError
from gonogo.agents.asking.faults import is_passing, translate
from gonogo.cassette.errors import find_miss
from gonogo.model.investigation import Action

ATTEMPTS = 4
Objections = Counter[tuple[str, Action]]
"""How often a policy objected: (policy, action). What it matched is left behind."""


@dataclass(frozen=True)
class Guardrail:
    """A guardrail of Bedrock that texts are put to before they leave. ``client`` is of Bedrock's runtime."""

    name: GuardrailName
    client: Any
    sleep: Callable[[float], None]

    def judge(self, text: str) -> tuple[bool, Objections]:
        """Whether it stops the text, and what it objects to. Raises ModelError where it can't be asked."""
        answer = self._apply(text)
        found = _objections(answer.get("assessments", []))
        action = answer.get("action")
        if action == "GUARDRAIL_INTERVENED":
            found = found or Counter({("guardrail", Action.BLOCK): 1})
            return True, Counter({(policy, Action.BLOCK): count for (policy, _), count in found.items()})
        if action != "NONE":
            raise ModelError(f"the guardrail {self.name} gave no known answer: look it up in Bedrock's console")
        return False, found

    def _apply(self, text: str) -> Mapping[str, Any]:
        from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.5, max=20),
            retry=retry_if_exception(lambda error: find_miss(error) is None and is_passing(error)),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return retrying(
                self.client.apply_guardrail,
                guardrailIdentifier=self.name.id,
                guardrailVersion=self.name.version,
                source="OUTPUT",
                content=[{"text": {"text": text}}],
            )
        except Exception as error:
            if miss := find_miss(error):
                raise miss from None
            told = translate(error, f"the guardrail {self.name}", "")
            if told is None:
                raise
            raise ModelAccessError(f"the guardrail {self.name} can't be asked: {told}") from error


def read_trace(metadata: Mapping[str, Any]) -> Objections:
    """What a guardrail objected to during a call of Converse, from the answer's trace."""
    trace = (metadata.get("trace") or {}).get("guardrail") or {}
    found: Objections = Counter()
    for key in ("inputAssessment", "outputAssessments"):
        for assessments in (trace.get(key) or {}).values():
            found += _objections(assessments if isinstance(assessments, list) else [assessments])
    return found


def _objections(assessments: list[Any]) -> Objections:
    return Counter(pair for assessment in assessments if isinstance(assessment, dict) for pair in _pairs(assessment))


def _pairs(assessment: dict[str, Any]) -> Iterator[tuple[str, Action]]:
    """Every entry of every policy has an action: NONE is a detection that only warns."""
    for policy, lists in sorted(assessment.items()):
        if not policy.endswith("Policy") or not isinstance(lists, dict):
            continue
        for entries in lists.values():
            for entry in entries if isinstance(entries, list) else ():
                action = entry.get("action")
                if action in ("BLOCKED", "ANONYMIZED"):
                    yield _policy(policy, entry), Action.BLOCK
                elif action == "NONE" and entry.get("detected", True):
                    yield _policy(policy, entry), Action.WARN


def _policy(policy: str, entry: dict[str, Any]) -> str:
    kind = entry.get("type") or entry.get("name")
    return f"{policy.removesuffix('Policy')}: {kind}" if kind else policy.removesuffix("Policy")
