"""A question to the chat's model: it looks things up, submits, and only what the facts bear is shown.

The loop is that of all conversations with models. Each question is one: what was said before is told in its opening.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from gonogo.agents.asking.budget import Budget, add_uses
from gonogo.agents.asking.conversation import Task, hold_conversation
from gonogo.agents.asking.errors import ModelError
from gonogo.agents.asking.plan import ModelPlan
from gonogo.agents.asking.seat import Call, Seat
from gonogo.agents.chat.answering import MOST_SENTENCES, PURPOSE, Decline, GivenAnswer, review_sentence
from gonogo.agents.chat.tools import MOST_AUDITS, Desk, LookUp, UnansweredError, chat_tools, describe_call, look_up
from gonogo.agents.fence import fence
from gonogo.agents.prose_guard import TextFacts
from gonogo.model.investigation import Use
from gonogo.model.report import Report, Sentence

NAME = "chat"
MOST_REMEMBERED = 6
"""Earlier questions that a model is told."""
MOST_QUESTION = 4_000
"""Characters of a question."""
_REFUSED = "This was refused. What is not named here is kept: submit once more, with only this mended or left out."
_NOTHING = (
    "Nothing can be shown of this: give a sentence that cites what it stands on, a look-up to show, or a decline."
)
_ASKS_TO_AUDIT = re.compile(r"\b(?:re-?)?audit|\b(?:again|anew|fresh|now)\b", re.IGNORECASE)
"""An audit of one harmless area would have a verdict of its own: a model starts one only where a person wants one."""
Hear = Callable[[str, str], None]
"""Hears what happens: ``look-up`` with what is asked, ``sentence`` with one that holds."""


@dataclass(frozen=True)
class Exchange:
    """A question that was answered, and the sentences of its answer."""

    question: str
    answer: str


@dataclass(frozen=True)
class Answered:
    """What may be shown for a question, all of it checked or made by code.

    ``shown`` are code's own words, ``refused`` counts what the model said and was not let through, ``dropped`` what of
    it was left out in the end; ``why`` says why code answers in its place.
    """

    sentences: tuple[Sentence, ...] = ()
    shown: tuple[str, ...] = ()
    declines: tuple[Decline, ...] = ()
    refused: tuple[tuple[str, int], ...] = ()
    dropped: int = 0
    why: str = ""
    by: str = ""


@dataclass
class Talk:
    """A conversation with a model about a desk's report. ``system`` are the chat's words; ``stand_in`` gives code's own
    answer to a question; ``hear`` is told what happens meanwhile."""

    plan: ModelPlan
    system: str
    desk: Desk
    stand_in: Callable[[str], str]
    hear: Hear = lambda kind, text: None
    earlier: list[Exchange] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)

    def answer(self, question: str) -> Answered:
        """Answers from the run. A fault of the model costs its words; a miss of a cassette and a bug are raised."""
        seat = self._seat()
        turn = _Turn(question, self.desk, seat, self.plan, self.hear)
        task = Task(
            system=self.system,
            brief=_brief(self.desk, self.earlier[-MOST_REMEMBERED:], question[:MOST_QUESTION]),
            form=GivenAnswer,
            purpose=PURPOSE,
            tools=[tool.schema() for tool in chat_tools()],
            read=turn.read,
            review=turn.review,
        )
        why = ""
        try:
            fault = hold_conversation(seat, task).fault
            why = str(fault) if fault else ""
        except ModelError as error:
            why = str(error)
        finally:
            self.uses.append(seat.budget.use)
        answered = turn.ended(why, lambda: self.stand_in(question))
        self.earlier.append(Exchange(question, " ".join(row.text for row in answered.sentences)))
        return answered

    def _seat(self) -> Seat:
        """A line with what is left of the chat's tokens and money."""
        plan, used = self.plan, add_uses(self.uses)
        bounds = replace(
            plan.bounds,
            tokens=max(0, plan.bounds.tokens - used.input_tokens - used.output_tokens),
            usd=None if plan.bounds.usd is None else max(0.0, plan.bounds.usd - (used.cost_usd or 0.0)),
        )
        ceiling = plan.prices.ceiling(model.name for model in plan.models)
        return Seat(
            plan.models,
            Budget(bounds, plan.clock, ceiling=ceiling),
            sleep=plan.sleep,
            region=plan.region,
            name=NAME,
            ledger=plan.ledger,
            is_stopping=plan.is_stopping,
            telemetry=plan.telemetry,
        )


@dataclass
class _Turn:
    """One question's look-ups, and the sentences that held."""

    question: str
    desk: Desk
    seat: Seat
    plan: ModelPlan
    hear: Hear
    look_ups: list[LookUp] = field(default_factory=list)
    kept: list[Sentence] = field(default_factory=list)
    dropped: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    show: tuple[int, ...] = ()
    declines: tuple[Decline, ...] = ()
    audits: int = 0
    held: tuple[Report, TextFacts] | None = None

    def read(self, call: Call) -> tuple[str, bool]:
        desk = self.desk
        if call.name == "audit":
            self.audits += 1
            if not _ASKS_TO_AUDIT.search(self.question):
                desk = replace(desk, audit=_not_asked_to_audit)
            elif self.audits > MOST_AUDITS:
                desk = replace(desk, audit=_no_more_audits)
        self.hear("look-up", describe_call(call.name, call.arguments))
        found = look_up(desk, call.name, call.arguments, len(self.look_ups) + 1)
        self.look_ups.append(found)
        return found.reply.text, found.reply.is_error

    def review(self, given: GivenAnswer) -> str:
        """Keeps what holds, as it comes; tells of the rest."""
        told: list[str] = []
        self.dropped = 0
        facts = self._facts()
        for row in given.sentences:
            sentence, refusals, what = review_sentence(row, facts)
            if sentence in self.kept:
                continue
            if len(self.kept) == MOST_SENTENCES:
                told.append(f"an answer has at most {MOST_SENTENCES} sentences: leave the rest out")
                break
            if not refusals and (stopped := self._judge(sentence.text)):
                told.append(stopped)
                self.refusals["guardrail"] += 1
            elif not refusals:
                self.kept.append(sentence)
                self.hear(
                    "sentence", f"{sentence.text} [{', '.join(sentence.cites)}]" if sentence.cites else sentence.text
                )
                continue
            else:
                told.append(what)
                self.refusals.update({refusal.kind.value for refusal in refusals})
            self.dropped += 1
        self.show = tuple(dict.fromkeys((*self.show, *given.show)))
        self.declines = tuple(dict.fromkeys((*self.declines, *map(Decline, given.declines))))
        if told:
            return "\n".join((_REFUSED, *told))
        return "" if self.kept or self.declines or self._shown() else _NOTHING

    def ended(self, why: str, stand_in: Callable[[], str]) -> Answered:
        """What is shown in the end. Where something was dropped or nothing came, code's own answer stands there."""
        shown = self._shown()
        if self.dropped and not why:
            why = "what the model wrote there does not hold"
        if not shown and (why or not (self.kept or self.declines)):
            useful = [row.text for row in self.look_ups if row.text]
            shown = tuple(useful[-1:]) or (stand_in(),)
        return Answered(
            sentences=tuple(self.kept),
            shown=shown,
            declines=self.declines,
            refused=tuple(sorted(self.refusals.items())),
            dropped=self.dropped,
            why=why,
            by=self.seat.by,
        )

    def _shown(self) -> tuple[str, ...]:
        rows = (row for row in self.look_ups if row.text and (row.is_asked_for or row.number in self.show))
        return tuple(dict.fromkeys(row.text for row in rows))

    def _facts(self) -> TextFacts:
        """Those of the report that is spoken of now."""
        report = self.desk.report()
        if self.held is None or self.held[0] is not report:
            self.held = (report, TextFacts.of(report))
        return self.held[1]

    def _judge(self, text: str) -> str:
        """Why a guardrail of Bedrock stops a sentence; empty where it does not, or there is none."""
        stops, _ = self.plan.judge(text)
        return f"the guardrail stopped {text[:80]!r}: leave it out" if stops else ""


def _not_asked_to_audit(areas: tuple[str, ...]) -> str:
    raise UnansweredError("the question does not ask to audit: answer from the run that is there.")


def _no_more_audits(areas: tuple[str, ...]) -> str:
    raise UnansweredError(f"one question starts at most {MOST_AUDITS} audits: answer from what is there.")


def _brief(desk: Desk, earlier: Sequence[Exchange], question: str) -> str:
    """Where the target stands, what was said before, and the question. What comes from the target is fenced."""
    parts = [f"# Where it stands\n{fence(desk.status(), 'status').text}"]
    if earlier:
        said = "\n".join(f"asked: {row.question}\nanswered: {row.answer or 'by code'}" for row in earlier)
        parts.append(f"# Said before in this conversation\n{fence(said, 'earlier').text}")
    parts.append(f"# The question\n{question.strip()}")
    return "\n\n".join(parts) + "\n\nLook up what it takes, then submit.\n"
