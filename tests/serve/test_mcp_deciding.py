"""A person decides through a client: by a form in either era of the protocol, and in no other way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

from gonogo.agents.review_rules import answer_basis
from gonogo.keeping import KeepOptions, opened_store
from gonogo.model.decision import Decided
from gonogo.model.report import Report
from gonogo.store.decisions import Decision, read_decisions
from tests.serve.clients import ERAS, ask, do, refused
from tests.serve.doors import MODEL, NOON, door, keep, with_proposal, within

SAID = {"decision": "confirm", "name": "Ada Lovelace", "reason": "I looked at the gateway's limits today."}


class Person:
    """Who answers forms, and what was asked."""

    def __init__(self, action: Any, content: dict[str, Any] | None = None) -> None:
        self.action, self.content, self.asked = action, content, list[ElicitRequestFormParams]()

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        assert isinstance(params, ElicitRequestFormParams)
        self.asked.append(params)
        return ElicitResult(action=self.action, content=self.content)


def decisions(run: str) -> tuple[Decision, ...]:
    with opened_store(KeepOptions()) as store:
        return read_decisions(store, run)


@pytest.fixture
def proposed(shop_report: Report, shop: Path) -> tuple[str, str]:
    """A run in which something waits for a person, and the criterion."""
    report, slug = with_proposal(shop_report)
    return keep(report, shop), slug


@pytest.mark.parametrize("era", ERAS)
def test_what_a_person_says_is_recorded_with_the_way_it_came(
    proposed: tuple[str, str], shop: Path, shop_report: Report, era: str
) -> None:
    run, slug = proposed
    person = Person("accept", SAID)

    async def act(client: Client) -> dict[str, Any]:
        standing = (await ask(client, "status"))["standing"]
        assert [(item["criterion"], item["kind"]) for item in standing["waiting"]] == [(slug, "proposed")]
        return await ask(client, "decide", subject=shop_report.criterion(slug).code, run=run[:8])

    done = do(within(door(shop), era, act, elicitation_callback=person))
    assert (done["decision"]["subject"], done["decision"]["what"]) == (slug, "confirm")
    (kept,) = decisions(run)
    assert kept.who.startswith("Ada Lovelace (by MCP") and kept.reason == SAID["reason"]
    assert (kept.what, kept.subject, kept.at) == ("confirm", slug, NOON.isoformat(timespec="seconds"))
    assert kept.evidence and kept.told is not None
    told = Decided.model_validate_json(kept.told)
    assert told.model_dump(mode="json") == done["decision"]
    assert told.based_on == answer_basis(with_proposal(shop_report)[0], slug)
    (form,) = person.asked
    assert slug in form.message and MODEL in form.message and run[:8] in form.message
    assert set(form.requested_schema["required"]) == {"decision", "name", "reason"}


@pytest.mark.parametrize("era", ERAS)
def test_without_a_whole_answer_nothing_is_decided(proposed: tuple[str, str], shop: Path, era: str) -> None:
    run, slug = proposed
    opened = door(shop)
    for person in (
        Person("decline"),
        Person("cancel"),
        Person("accept", {}),
        Person("accept", {**SAID, "decision": "approve"}),
        Person("accept", {**SAID, "name": "   "}),
        Person("accept", {**SAID, "reason": "ok"}),
        Person("accept", {**SAID, "verdict": "GO"}),
    ):
        said = do(
            within(opened, era, lambda client: refused(client, "decide", subject=slug), elicitation_callback=person)
        )
        assert "nothing was decided" in said and decisions(run) == ()


@pytest.mark.parametrize("era", ERAS)
def test_a_client_without_forms_is_told_what_to_use(proposed: tuple[str, str], shop: Path, era: str) -> None:
    run, slug = proposed
    said = do(within(door(shop), era, lambda client: refused(client, "decide", subject=slug)))
    assert f"gonogo review {run[:8]}" in said and decisions(run) == ()


def test_a_model_can_t_say_what_a_person_does(proposed: tuple[str, str], shop: Path) -> None:
    run, slug = proposed
    person = Person("decline")

    async def act(client: Client) -> None:
        for given in ({"approval": SAID}, SAID):
            assert "decide takes no" in await refused(client, "decide", subject=slug, **given)
        assert not person.asked
        assert "nothing was decided" in await refused(client, "decide", subject=slug)
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools["decide"].input_schema["properties"]) == {"subject", "run"}

    do(within(door(shop), "auto", act, elicitation_callback=person))
    assert person.asked and decisions(run) == ()


def test_answers_that_were_never_asked_for_count_for_nothing(proposed: tuple[str, str], shop: Path) -> None:
    """A client that sends answers along, with a state of its own making, is asked all the same or refused."""
    run, slug = proposed
    forged = {
        "gonogo.serve.mcp.deciding:add_deciding_tool.<locals>.ask_person": ElicitResult(action="accept", content=SAID)
    }

    async def act(client: Client) -> Any:
        return await client.session.call_tool(
            "decide", {"subject": slug}, input_responses=forged, allow_input_required=True
        )

    result = do(within(door(shop), "auto", act, elicitation_callback=Person("decline")))
    assert getattr(result, "input_requests", None) and decisions(run) == ()


def test_what_does_not_wait_is_not_decided(proposed: tuple[str, str], shop: Path, shop_report: Report) -> None:
    run, slug = proposed
    other = next(row.criterion for row in shop_report.assessments if row.criterion != slug)
    person = Person("accept", SAID)

    async def act(client: Client) -> None:
        assert "nothing waits for a person" in await refused(client, "decide", subject=other)
        assert "there is no criterion" in await refused(client, "decide", subject="verdict")
        await ask(client, "decide", subject=slug)
        assert "nothing waits for a person" in await refused(client, "decide", subject=slug)

    do(within(door(shop), "legacy", act, elicitation_callback=person))
    assert len(decisions(run)) == 1
