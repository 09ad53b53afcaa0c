"""What a change could put out of sight, or beyond what is listed, to look better than it is."""

from __future__ import annotations

import time

import pytest

from gonogo.agents.assess import MOST_FINDINGS, ground
from gonogo.config import ConfigurationError, parse_configuration
from gonogo.criteria import find_criterion
from gonogo.facts.repository import Repository
from gonogo.model.assessment import Problem, failed
from gonogo.model.criterion import Severity
from gonogo.model.evidence import Place
from gonogo.tools.evidence import EvidenceLog
from tests.asking import status


def test_many_mild_findings_keep_no_worse_one_out(shop_repository: Repository) -> None:
    row = find_criterion("secrets-in-repo")
    assert row is not None
    mild = [
        Problem(f"secret {number}", Place("app/main.py", 1, symbol=str(number)), Severity.LOW) for number in range(99)
    ]
    worst = Problem("the worst", Place("Dockerfile", 1), row.severity)
    found = ground(row, failed("many", *mild, worst), EvidenceLog(shop_repository))
    assert found.assessment.severity is row.severity
    assert len(found.findings) == MOST_FINDINGS
    assert found.findings[0].what == "the worst"


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 60_000, "- " * 100_000, "? " * 100_000], ids=lambda t: t[:4])
def test_lists_within_each_other_have_an_end(text: str) -> None:
    begun = time.monotonic()
    with pytest.raises(ConfigurationError, match="within each other"):
        parse_configuration(text.encode(), "gonogo.yaml")
    assert time.monotonic() - begun < 20, "it took minutes"


def test_code_that_cannot_be_read_keeps_answers_open() -> None:
    """A NUL in a comment made a script binary, and nobody read it."""
    code = (
        "const app = require('express')();\n"
        "app.get('/x', (req, res) => { res.send(eval(req.query.q)) });\napp.listen(80);\n"
    )
    files = {"app.js": code, "package.json": '{"main": "app.js", "dependencies": {"express": "5.0.0"}}'}
    assert status("input-validation", files) == "fail"
    for hidden in ("/*\0*/" + code, "//" + "x" * 5 * 1024 * 1024 + "\n" + code):
        assert status("input-validation", files | {"app.js": hidden}) == "unverified"
