"""A till whose audit turns on what a model says: the target, its criteria, and a whole answer for every seat."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from gonogo.agents.asking.plan import SYNTHESIZER
from gonogo.criteria import load_catalogue
from gonogo.model.criterion import Area, Criterion, Severity
from tests.bedrock import Answer, Request

END = "END OF SUBMISSION"
WORD = "quince"
"""Stands in everything that the model says, and nowhere in the target."""
FILES = {
    "README.md": "# Till\n\nTakes payments at the counter. `docker compose up` starts it.\n",
    "app/main.py": (
        "import boto3\nfrom fastapi import FastAPI, Header, HTTPException\n\napp = FastAPI()\n"
        'bedrock = boto3.client("bedrock-runtime")\n\n\ndef ask(question: str) -> str:\n'
        '    told = [{"role": "user", "content": [{"text": question}]}]\n'
        '    answer = bedrock.converse(modelId="anthropic.claude-sonnet-5-5", messages=told)\n'
        '    return answer["output"]["message"]["content"][0]["text"]\n\n\n@app.post("/payments")\n'
        "def pay(amount: int, authorization: str = Header()) -> dict[str, int]:\n"
        '    if authorization != "counter":\n        raise HTTPException(401)\n    return {"paid": amount}\n'
    ),
    "requirements.txt": "fastapi==0.115.0\nboto3==1.44.5\nuvicorn==0.30.0\n",
    "Dockerfile": 'FROM python:latest\nCOPY app app\nCMD ["uvicorn", "app.main:app", "--host", "0.0.0.0"]\n',
    "compose.yaml": "services:\n  till:\n    build: .\n    ports: ['8000:8000']\n",
    "main.tf": 'resource "aws_s3_bucket" "receipts" {\n  bucket = var.bucket\n}\n\nvariable "bucket" {}\n',
}


@dataclass(frozen=True)
class Part:
    """One area's criteria: code passes ``held``, fails ``failing``, and leaves ``gate`` and ``others`` unverified."""

    gate: str
    failing: str
    held: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


PARTS = {
    Area.SECURITY: Part("no-long-lived-keys", "security-policy", ("secrets-in-repo",), ("console-mfa",)),
    Area.RELIABILITY: Part("workload-health", "on-call", ("valid-configuration",), ("latency-targets",)),
    Area.OBSERVABILITY: Part("alert-noise", "error-tracking"),
    Area.COST: Part("budgets", "cost-tags", (), ("right-sizing",)),
    Area.DELIVERY: Part("docs-match-reality", "release-versioning", ("infrastructure-as-code",), ("drift",)),
    Area.AI: Part("llm-fail-closed", "llm-model-pinned", (), ("prompt-versioning",)),
    Area.COMPLIANCE: Part("change-approval", "license"),
}
SEATS = (*(area.value for area in PARTS), SYNTHESIZER)
_WHERE = {"path": "app/main.py", "line": 16, "quote": 'if authorization != "counter":'}
_ELSEWHERE = {"path": "main.tf", "line": 2, "quote": "bucket = var.bucket"}


@cache
def catalogue() -> tuple[Criterion, ...]:
    """The criteria of all parts, with severities as an operator may set them.

    At tier A every ``gate`` is one, and the audit without a model ends in CONDITIONAL: one failure more is a NO-GO. At
    tier C none is, and it ends in GO: one failure more is a CONDITIONAL.
    """
    severities = {"secrets-in-repo": Severity.BLOCKER}
    for part in PARTS.values():
        severities |= {part.gate: Severity.CRITICAL, part.failing: Severity.LOW}
        severities |= dict.fromkeys(part.others, Severity.LOW) | {
            slug: severities.get(slug, Severity.HIGH) for slug in part.held
        }
    rows = {row.slug: row for row in load_catalogue()}
    return tuple(
        rows[slug].model_copy(update={"severity": severity, "worst_severity": None})
        for slug, severity in severities.items()
    )


def seat_of(request: Request) -> str:
    """Whose conversation it is: the first word of the role's prompt; empty where a guardrail is asked."""
    match = re.match(r"# (\w+)", request.system)
    return match[1] if match else ""


def answers(seat: str, request: Request) -> tuple[Answer, ...]:
    """The three whole answers of a seat: a look, a submission that is sent back, and one that holds.

    The first submission calls good what the second one fails. In the second the pass and the contest stand before the
    failure, so that whoever takes half of it takes the good half. The synthesizer is sent back twice.
    """
    if seat == SYNTHESIZER:
        texts = ("All 97 gates hold.", f"The {WORD} is 31 years old.", f"Nobody asks for the {WORD}.")
        return tuple(prose(text, request) for text in texts)
    part = PARTS[Area(seat)]
    shown = re.findall(r"\bev-\w{12}", request.messages[0]["content"][0]["text"])
    return (
        Answer(
            f"I look, says the {WORD}.", tools=[("read_file", {"path": "app/main.py", "first_line": 1, "last_line": 9})]
        ),
        submission(
            observations=[
                {"what": "Nobody asks", "why": "Nobody knows", **_ELSEWHERE, "quote": "nothing like it there"}
            ],
            answers=[_answer(part.gate, "pass", "Nobody needs more.", _ELSEWHERE)],
        ),
        submission(
            causes=[{"criteria": [part.failing], "text": f"Nobody asks for the {WORD}.", "evidence": shown[:1]}],
            observations=[
                {"what": f"Nobody keeps the {WORD} out of the code", "why": f"Anybody can learn the {WORD}", **_WHERE}
            ],
            answers=[
                *(_answer(slug, "pass", f"The {WORD} has no use for more.", _ELSEWHERE) for slug in part.others),
                _answer(part.failing, "not_applicable", f"This {WORD} has no use for it.", _ELSEWHERE),
                _answer(part.gate, "fail", f"Nobody keeps the {WORD} out of the code.", _WHERE),
            ],
        ),
    )


def quiet(seat: str, request: Request) -> Answer:
    """A whole answer that adds nothing to what counts."""
    return answers(seat, request)[-1] if seat == SYNTHESIZER else submission()


def submission(**parts: list[dict[str, Any]]) -> Answer:
    return Answer(tools=[("submit", {"causes": [], "observations": [], "answers": [], **parts, "end": END})])


def prose(text: str, request: Request) -> Answer:
    """All three sections with that sentence, which stands on whatever fails."""
    told = request.messages[0]["content"][0]["text"]
    rows = [{"text": text, "cites": [part.failing for part in PARTS.values() if f"{part.failing} (" in told][:1]}]
    return Answer(tools=[("submit", {"summary": rows, "impact": rows, "road_map": rows, "end": END})])


def _answer(slug: str, status: str, reason: str, where: dict[str, Any]) -> dict[str, Any]:
    return {"criterion": slug, "status": status, "reason": reason, **where}
