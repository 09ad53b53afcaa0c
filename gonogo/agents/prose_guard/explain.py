"""What a model is told about its refused text, so that it can mend it."""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.agents.prose_guard.shapes import Kind, Refusal

_ADVICE = {
    Kind.NUMBER: "not computed for this, nor in what the sentence cites; use the facts' figure, or leave it out",
    Kind.NAME: "no fact holds this name; use a name, path or setting as the facts have it, or leave it out",
    Kind.SEVERITY: "nothing that the sentence cites has this severity; say the severity that the facts say",
    Kind.STATUS: "the facts say otherwise of what is cited; say its status as it is",
    Kind.VERDICT: "this is not the verdict, or not in its words; say only the report's own verdict",
    Kind.SECRET: "a secret may not be repeated; leave it out",
    Kind.PERSONAL_DATA: "personal data may not be repeated; leave it out",
    Kind.LINK: "no links and addresses; name the file or setting, a setting with a domain in backticks",
    Kind.MARKUP: "plain sentences only, with single backticks around code",
    Kind.CITATION: "cite the slugs and ids of the facts that the sentence stands on",
    Kind.HIDDEN: "plain letters, digits and marks only",
    Kind.LENGTH: "between one and twelve sentences a section, each of at most 400 characters",
}
_UNSAID = (Kind.SECRET, Kind.PERSONAL_DATA)
MOST_WORDS = 8


def explain_refusals(refusals: Iterable[Refusal]) -> str:
    """One line a refusal, in their order, each once. Neither secrets nor personal data are repeated."""
    return "\n".join(dict.fromkeys(map(_line, refusals)))


def _line(refusal: Refusal) -> str:
    what = "" if refusal.kind in _UNSAID else f' "{" ".join(refusal.what.split())}"'
    words = refusal.sentence.split()
    start = " ".join(words[:MOST_WORDS])
    where = f' in "{start}{" ..." if len(words) > MOST_WORDS else ""}"' if start else ""
    return f"{refusal.kind}{what}{where}: {_ADVICE[refusal.kind]}"
