"""Chats over one report without a terminal: with a scripted model, or with none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gonogo.agents.asking.models import Model
from gonogo.agents.asking.plan import ModelPlan
from gonogo.agents.chat.talk import Talk
from gonogo.agents.words import load_chat_words, load_words
from gonogo.keeping import KeepOptions
from gonogo.model.report import Report
from gonogo.serve.chat.case import Case
from gonogo.serve.chat.desk import desk_of
from gonogo.serve.chat.dialogue import Dialogue
from tests.bedrock import Answer, Request, Script
from tests.models import ScriptedModel

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
END = "END OF SUBMISSION"


@dataclass
class Chat:
    """A dialogue, and what was said to the person."""

    dialogue: Dialogue
    said: list[str] = field(default_factory=list)
    model: ScriptedModel | None = None

    def ask(self, *lines: str) -> str:
        """What is said to these lines."""
        self.said.clear()
        for line in lines:
            self.dialogue.reply(line)
        return "\n".join(self.said)


def chat_over(report: Report, script: Script | None = None, **options: Any) -> Chat:
    """A chat about a report, three days after it was made. Nothing is kept."""
    said: list[str] = []
    case = Case((), KeepOptions(store="none"), lambda: NOW, report=report)
    dialogue = Dialogue(case, desk_of(case), said.append)
    if script is None:
        return Chat(dialogue, said)
    model = ScriptedModel(script=script)
    plan = ModelPlan((Model("scripted", model),), load_words(), sleep=lambda seconds: None, **options)
    dialogue.talk = Talk(plan, load_chat_words(), dialogue.desk, dialogue.stand_in, dialogue.hear)
    return Chat(dialogue, said, model)


def submits(
    *texts: str, cites: tuple[str, ...] = (), show: tuple[int, ...] = (), declines: tuple[str, ...] = ()
) -> Answer:
    """A model's submission."""
    rows = [{"text": text, "cites": list(cites)} for text in texts]
    given = {"sentences": rows, "show": list(show), "declines": list(declines), "end": END}
    return Answer(tools=[("submit", given)])


def by_turns(*answers: Answer) -> Callable[[Request], Answer]:
    """A model that gives these answers, the last again and again."""
    return lambda request: answers[min(request.turn, len(answers) - 1)]
