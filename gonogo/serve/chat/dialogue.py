"""One line of a chat after the other: a command, or a question, with or without a model. What is said goes to a log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gonogo.agents.chat.answering import Decline
from gonogo.agents.chat.talk import MOST_QUESTION, Answered, Exchange, Talk
from gonogo.agents.chat.tools import Desk, UnansweredError
from gonogo.model.report import Report
from gonogo.serve.chat import matching
from gonogo.serve.chat.case import Case
from gonogo.serve.chat.commands import Room, carry_out, list_commands
from gonogo.serve.chat.conversation import Conversation, ConversationError, Said
from gonogo.serve.chat.rendering import badge, shown
from gonogo.tools.redaction import clean

READ_ONLY = ("/status", "/why", "/evidence", "/findings", "/whatif", "/flip", "/diff")
"""Commands whose answers may stand in for a model's: they start nothing."""
SPOKEN = {"help": "/help", "?": "/help", "quit": "/quit", "exit": "/quit", "bye": "/quit"}
"""Words that are a command where they are all that is said: no model need be asked."""
DECLINED = {
    Decline.VERDICT: matching.NO_VERDICT,
    Decline.STATUS: matching.NO_STATUS,
    Decline.SECRET: matching.NO_SECRET,
    Decline.UNKNOWN: matching.UNKNOWN,
}


@dataclass
class Dialogue:
    """A chat about a case. ``say`` takes text for the person; ``talk`` is None without a model; ``log`` where nothing
    is kept."""

    case: Case
    desk: Desk
    say: Callable[[str], None]
    talk: Talk | None = None
    log: Conversation | None = None
    _answer: list[str] = field(default_factory=list)
    _badged: Report | None = None

    def reply(self, line: str) -> None:
        """Answers a line. Raises LeaveChat, and what a cassette misses."""
        asked = line.strip()
        asked = SPOKEN.get(asked.lower(), asked)
        if not asked:
            return
        self._answer, self._badged = [], None
        if len(asked) > MOST_QUESTION:
            self._tell(f"A question has at most {MOST_QUESTION:,} characters.")
        elif asked.startswith("/"):
            try:
                self._tell(carry_out(self._room(), asked))
            except UnansweredError as error:
                self._say(_sentence(str(error)))
        elif self.talk is not None:
            self._asked(self.talk, clean(asked).text)
            return
        else:
            self._tell(self._matched(asked))
        self._keep(Said.of(at=self._now(), question=asked, answer="\n".join(self._answer), run=self.case.run))

    def hear(self, kind: str, text: str) -> None:
        """What a model's conversation does meanwhile: its look-ups, and sentences that hold, as they come."""
        if kind == "look-up":
            self.say(shown(f"  . {text}"))
        else:
            self._tell(text)

    def stand_in(self, question: str) -> str:
        """Code's own answer to a question, where a model's does not hold. It starts nothing."""
        line = matching.match_question(question, self.case.told)
        if line.split(" ")[0] not in READ_ONLY:
            line = "/status"
        return self._command(line)

    def recall(self, log: Conversation) -> None:
        """Takes up what was said before."""
        self.log = log
        if self.talk is not None:
            self.talk.earlier = [Exchange(row.question, row.sentences) for row in log.rows]

    def _command(self, line: str) -> str:
        try:
            return carry_out(self._room(), line)
        except UnansweredError as error:
            return _sentence(str(error))

    def _room(self) -> Room:
        return Room(self.case, self.desk)

    def _matched(self, question: str) -> str:
        refusal = matching.find_refusal(question, self.case.told)
        if refusal:
            return refusal
        line = matching.match_question(question, self.case.told)
        if not line:
            return f"No model is asked here, and it is not clear which command that is:\n{list_commands()}"
        return f"{line}\n{self._command(line)}"

    def _asked(self, talk: Talk, question: str) -> None:
        if self.case.shows_progress:
            self.say(f"  . asking {shown(talk.plan.models[0].name)}")
        answered = talk.answer(question)
        for decline in answered.declines:
            self._tell(DECLINED[decline])
        for text in answered.shown:
            self._tell(text)
        if note := _note(answered):
            self._tell(note)
        said = " ".join(row.text for row in answered.sentences)
        self._keep(
            Said.of(
                at=self._now(),
                question=question,
                answer="\n".join(self._answer),
                sentences=said,
                by=answered.by,
                run=self.case.run,
            )
        )

    def _tell(self, text: str) -> None:
        """Says something below the badge of the report that it is of."""
        report = self.case.report
        if report is not None and report is not self._badged:
            self._badged = report
            self._say(badge(report, self.case.clock()))
        self._say(text)

    def _say(self, text: str) -> None:
        told = shown(text)
        self._answer.append(told)
        self.say(told)

    def _keep(self, said: Said) -> None:
        if self.log is None:
            return
        try:
            self.log.keep(said)
        except ConversationError as error:
            self.log = None
            self.say(shown(str(error)))

    def _now(self) -> str:
        return self.case.clock().isoformat(timespec="seconds")


def _note(answered: Answered) -> str:
    """What was not let through, and who answers in its place."""
    parts = []
    if answered.refused:
        kinds = ", ".join(f"{count} by {kind}" for kind, count in answered.refused)
        parts.append(f"refused of what the model wrote: {kinds}")
    if answered.dropped:
        noun = "sentence was" if answered.dropped == 1 else "sentences were"
        parts.append(f"{answered.dropped} {noun} left out")
    if answered.why:
        parts.append(f"code answers here: {answered.why}")
    return f"({'; '.join(parts)})" if parts else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
