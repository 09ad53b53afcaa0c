"""Whatever a target or a model says, a draft shows it as text: no link, no image, no HTML, no other layout."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.model.assessment import Waiver
from gonogo.model.baseline import Baseline
from gonogo.model.decision import Act, Attachment, Decided, Standing
from gonogo.model.report import Concession, Report
from gonogo.model.target import Source
from gonogo.model.waiver import AcceptedRisk, WaiverEntry
from gonogo.report.drafts import STYLES, draft
from tests.report.asked import FIELDS, Say, asked_report, plain
from tests.report.test_inert import HOSTILE, inline, layout, outside_code, says, texts

MORE = ("source.kind", "source.name", "source.branch", "source.note", "source.observed", "concession.what",
        "concession.reason", "concession.origin", "unread", "environment", "mode", "created", "waiver.owner",
        "waiver.reason", "waiver.ticket", "waiver.origin", "failed", "commit",
        "attached", "decision.who", "decision.subject", "decision.reason", "decision.at", "decision.expires",
        "decision.why")  # fmt: skip

TEXTS = (*HOSTILE, "1. one", "7) two", "- item", "+ item", "# title", "> quote", "[ ] task", "    code")


def told(say: Say = plain) -> Report:
    """A report in which every text of another's is ``say``'s."""
    report = asked_report(say)
    source = Source(kind=say("source.kind"), name=say("source.name"), branch=say("source.branch"), commit=say("commit"),
                    notes=(say("source.note"),), observed=say("source.observed"))  # fmt: skip
    asked = Concession(what=say("concession.what"), reason=say("concession.reason"), origin=say("concession.origin"))
    entry = WaiverEntry.model_construct(
        criterion="secrets-in-repo",
        finding=None,
        owner=say("waiver.owner"),
        reason=say("waiver.reason"),
        ticket=say("waiver.ticket"),
        expires=WaiverEntry.model_fields["expires"].annotation(2026, 12, 1),  # type: ignore[misc]
        evidence="0" * 16,
    )
    file = Attachment.model_construct(name=say("attached"), sha256="b" * 64, size=3, excerpt="")
    decided = Decided.model_construct(
        id="gnd-0", who=say("decision.who"), what=Act.WAIVE, subject=say("decision.subject"), status=None,
        reason=say("decision.reason"), at=say("decision.at"), attachments=(file,), expires=say("decision.expires"),
        ticket="", based_on="", standing=Standing.VOID, why=say("decision.why"), as_of="", before=None, findings=(),
    )  # fmt: skip
    first = report.assessments[0]
    waiver = Waiver(owner=say("waiver.owner"), reason=say("waiver.reason"), expires="2026-12-01")
    specialists = report.provenance.specialists
    lost = specialists[1].model_copy(update={"failed": say("failed")})
    run = report.provenance.model_copy(
        update={
            "could_not_read": (say("unread"),),
            "mode": say("mode"),
            "created": say("created"),
            "specialists": (specialists[0], lost),
        }
    )
    target = report.target.model_copy(update={"sources": (source,), "environment": say("environment")})
    return report.model_copy(
        update={
            "target": target,
            "decisions": (decided,),
            "concessions": (asked,) * 3,
            "not_counted": (asked,),
            "waivers": (
                AcceptedRisk.model_construct(entry=entry, origin=say("waiver.origin"), why="", state="unused"),
            ),
            "assessments": (first.model_copy(update={"waived": waiver}), *report.assessments[1:]),
            "provenance": run,
        }
    )


@cache
def honest(style: str) -> str:
    return draft(told(), style)


def assert_inert(text: str, style: str) -> None:
    assert layout(text) == layout(honest(style))
    for token in inline(text):
        assert token.type not in ("image", "html_inline"), token.content
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith("#")
    assert not re.search(r"(?<!\\)://|www(?<!\\)\.(?=\w)", outside_code(text)), "a bare address becomes a link"
    assert not re.search(r"@[\w.-]*\.\w|(?<!\w)@\w", outside_code(text)), "a bare address becomes a link"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("hostile", range(len(TEXTS)))
def test_hostile_text_is_inert(style: str, hostile: int) -> None:
    assert_inert(draft(told(lambda _: TEXTS[hostile]), style), style)


@pytest.mark.sweep
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("hostile", range(len(HOSTILE)))
def test_every_field_is_inert(style: str, hostile: int) -> None:
    for field in (*FIELDS, *MORE):
        assert_inert(draft(told(says(field, TEXTS[hostile])), style), style)


@settings(max_examples=8)
@given(st.fixed_dictionaries(dict.fromkeys((*FIELDS, *MORE), texts)), st.sampled_from(STYLES))
def test_all_fields_together_are_inert(said: dict[str, str], style: str) -> None:
    assert_inert(draft(told(said.__getitem__), style), style)


@pytest.mark.sweep
@settings(max_examples=40)
@given(st.fixed_dictionaries(dict.fromkeys((*FIELDS, *MORE), texts)))
def test_all_fields_in_all_styles_are_inert(said: dict[str, str]) -> None:
    report = told(said.__getitem__)
    for style in STYLES:
        assert_inert(draft(report, style), style)


@settings(max_examples=10)
@given(texts, st.sampled_from(STYLES))
def test_an_earlier_audit_is_inert(text: str, style: str) -> None:
    report = told()
    before = Baseline.of(report)
    gone = before.findings[0].model_copy(update={"id": "gng-0123456789", "what": text, "place": text})
    earlier = before.model_copy(update={"findings": (gone, *before.findings), "gonogo": before.gonogo})
    plainly = earlier.model_copy(
        update={"findings": (gone.model_copy(update={"what": "w", "place": "p"}), *before.findings)}
    )
    found = draft(report, style, before=earlier)
    assert layout(found) == layout(draft(report, style, before=plainly))
    other = before.model_copy(update={"target": text, "created": text, "environment": text})
    found = draft(report, style, before=other)
    assert layout(found) == layout(
        draft(report, style, before=before.model_copy(update={"target": "x", "created": "y"}))
    )
