"""The local guardrail for text that a language model wrote: nothing stands in it that the facts do not bear.

Pure functions. What they refuse comes with its kind; :func:`explain_refusals` tells a model how to mend it. They read
words, not meaning: a lie in words that no list holds, about things that no fact names, can pass. Status, verdict,
severities and counts of a report are computed elsewhere, so that it could mislead a reader and change nothing.
"""

from __future__ import annotations

from gonogo.agents.prose_guard.check import check_claim, check_sentences
from gonogo.agents.prose_guard.explain import explain_refusals
from gonogo.agents.prose_guard.facts import TextFacts
from gonogo.agents.prose_guard.sentence import split_sentences
from gonogo.agents.prose_guard.shapes import Kind, Refusal
from gonogo.model.report import Sentence

__all__ = [
    "Kind",
    "Refusal",
    "Sentence",
    "TextFacts",
    "check_claim",
    "check_sentences",
    "explain_refusals",
    "split_sentences",
]
