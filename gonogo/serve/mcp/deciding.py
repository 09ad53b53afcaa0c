"""The tool by which a person decides through a client: what a model proposes for a criterion is confirmed or rejected.

The model only says which criterion. What is decided, by whom and why comes from a form that the client shows to a
person; a client that can't show one is refused. The record says that it came by MCP, and through which client.
"""

# No postponed annotations: the tool's parameter names a function that is local to where it is registered.

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context, Elicit, MCPServer, Resolve
from mcp.server.mcpserver.resolve import AcceptedElicitation, ElicitationResult
from mcp.types import ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field

from gonogo.agents.review_rules import answer_basis
from gonogo.model.decision import Act, Decided, decision_id
from gonogo.model.report import Report
from gonogo.serve import answers
from gonogo.serve.mcp.roots import RefusedError, shown
from gonogo.serve.mcp.runs import Runs
from gonogo.serve.mcp.tools import Name, Run
from gonogo.serve.shapes import Answer, Waiting

NOTHING = "nothing was decided: the person did not answer the form."
NO_FORM = "this client can't show a form to a person, and only a person may decide: gonogo review {run} asks there."
MOST_QUOTED = 600
LONGEST_WHO = 120
MOST_NAMED = 20
"""Characters of what a client calls itself."""


class Approval(BaseModel):
    """What a person says in the form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision: Annotated[
        Literal["confirm", "reject"],
        Field(title="Decision", description="confirm: what the model proposes holds; reject: it does not."),
    ]
    name: Annotated[
        str, Field(min_length=3, max_length=60, pattern=r"\S.*\S", title="Your name", description="It is recorded.")
    ]
    reason: Annotated[
        str,
        Field(
            min_length=10,
            max_length=1_000,
            pattern=r"\S.*\S",
            title="Your reason",
            description="How you know. It is recorded.",
        ),
    ]


class DecidedAnswer(Answer):
    """A decision that was recorded, and what becomes of it."""

    run: str
    decision: Decided
    note: str


def add_deciding_tool(
    server: MCPServer[Any], runs: Runs, keep: Callable[[str, Decided, int], str], clock: Callable[[], datetime]
) -> None:
    """Registers it. ``keep`` records a decision on a run, of whose subject the person has seen so many, and answers
    what became of it."""

    def ask_person(ctx: Context[Any, Any], subject: str, run: str) -> Elicit[Approval]:
        name, report = runs.report(run)
        waiting = _waiting(report, subject)
        if not _can_show_forms(ctx):
            raise RefusedError(NO_FORM.format(run=name[:8]))
        _, made = runs.audited(name)
        earlier = [item for item in made if item.subject == waiting.criterion]
        return Elicit(_question(name, report, waiting, earlier), Approval)

    def decide(
        ctx: Context[Any, Any],
        subject: Name,
        approval: Annotated[ElicitationResult[Approval], Resolve(ask_person)],
        run: Run = "",
    ) -> DecidedAnswer:
        """Ask the person at this client to decide on a criterion (slug or code) for which a model proposed an answer,
        or whose failure it contests; status lists those. A form is shown: you can't answer it, and what you think of
        the matter is not recorded. The decision is kept beside the report, and none is ever changed or taken back.
        """
        if not isinstance(approval, AcceptedElicitation):
            raise RefusedError(NOTHING)
        name, report = runs.report(run)
        waiting = _waiting(report, subject)
        said = approval.data
        base, made = runs.audited(name)
        decided = _decided(base, waiting.criterion, said, _way(ctx), clock())
        note = keep(name, decided, sum(item.subject == decided.subject for item in made))
        return DecidedAnswer(run=name, decision=decided, note=note)

    server.add_tool(
        decide,
        annotations=ToolAnnotations(
            read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
        ),
    )


def _decided(report: Report, slug: str, said: Approval, way: str, now: datetime) -> Decided:
    """What the person decided, with the hash of what they saw."""
    told: dict[str, Any] = {
        "who": f"{said.name.strip()} ({way})"[:LONGEST_WHO],
        "what": Act(said.decision),
        "subject": slug,
        "reason": said.reason.strip(),
        "at": now.isoformat(timespec="seconds"),
        "based_on": answer_basis(report, slug),
    }
    return Decided.model_validate({**told, "id": decision_id(Decided.model_construct(id="", **told))})


def _waiting(report: Report, subject: str) -> Waiting:
    """What waits for a person at a criterion. Raises RefusedError, UnknownSubjectError."""
    slug = answers.explain(report, subject).criterion
    found = next((item for item in answers.status(report).waiting if item.criterion == slug), None)
    if found is None:
        raise RefusedError(f"nothing waits for a person at {slug}: status lists what does.")
    return found


def _question(run: str, report: Report, waiting: Waiting, earlier: list[Decided]) -> str:
    row = report.criterion(waiting.criterion)
    does = "contests that, and says" if waiting.kind == "contested" else "proposes"
    text = (
        f"Your decision on {report.target.name}, run {run[:8]}. {row.code} {row.slug}: {row.asks} "
        f"gonogo says: {waiting.status.value}. A model {does}: {waiting.proposed.value}. To confirm lets that count. "
        f"The model's reason, in its words, not gonogo's ({waiting.by}): {_quoted(waiting.reason)}. To see for "
        f"yourself: {row.verify}"
    )
    if earlier:
        last = earlier[-1]
        text += f" Already decided: {last.what} by {shown(last.who)} at {last.at}; a later decision speaks against it."
    return text


def _quoted(text: str) -> str:
    return repr(" ".join(text.split())[:MOST_QUOTED])


def _can_show_forms(ctx: Context[Any, Any]) -> bool:
    """A client that names no mode shows forms: there was no other when it was written."""
    capabilities = ctx.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def _way(ctx: Context[Any, Any]) -> str:
    """How a decision came: what the client calls itself is its own word."""
    params = ctx.session.client_params
    client = params.client_info if params else None
    return f"by MCP, client {shown(client.name[:MOST_NAMED])}" if client else "by MCP"
