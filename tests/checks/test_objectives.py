"""Objectives can be measured, and alerts follow them."""

from __future__ import annotations

from tests.asking import ask, status
from tests.checks.watched import LIBRARY, RULES, WATCHED, but

SLOTH = """
version: prometheus/v1
service: api
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{status=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total[{{.window}}]))
    alerting: {name: ApiBurn}
"""
BURN = """
      - alert: ErrorBudgetBurn
        expr: slo:errors:ratio_rate1h > 14.4 * 0.001
"""
RECORDED = """
      - record: slo:errors:ratio_rate1h
        expr: sum(rate(http_requests_total{status=~"5.."}[1h])) / sum(rate(http_requests_total[1h]))
"""
DOCUMENT = "# Service level objectives\n\nSLO: 99.9% availability over 30 days, measured by INDICATOR.\n"


def test_objectives_as_code() -> None:
    assert status("slo-defined", {**WATCHED, "slo/api.yml": SLOTH}) == "pass"
    unmade = SLOTH.replace("http_requests_total", "shop_failures_total")
    assert status("slo-defined", {**WATCHED, "slo/api.yml": unmade}) == "fail"
    assert status("slo-alerting", {**WATCHED, "slo/api.yml": SLOTH}) == "unverified"


def test_documents_need_an_indicator_and_a_window() -> None:
    named = DOCUMENT.replace("INDICATOR", "`http_requests_total`")
    assert status("slo-defined", {**WATCHED, "docs/slo.md": named}) == "pass"
    assert status("slo-defined", {**WATCHED, "docs/slo.md": DOCUMENT.replace("INDICATOR", "us")}) == "unverified"
    plain = but(
        main_py="import flask\napp = flask.Flask(__name__)\n@app.get('/a')\ndef a():\n    return ''\napp.run()\n"
    )
    assert status("slo-defined", {**plain, "docs/slo.md": named}) == "fail"
    assert status("slo-defined", {**WATCHED, "docs/slo.md": named.replace(" over 30 days", "")}) == "fail"


def test_wishes_are_no_objectives() -> None:
    wish = "# Readiness\n\n- [ ] Define SLOs (99.9% availability per month)\n"
    assert status("slo-defined", {**WATCHED, "docs/readiness.md": wish}) == "fail"
    assert status("slo-alerting", {**WATCHED, "docs/readiness.md": wish}) == "not_applicable"


def test_burn_rates() -> None:
    assert status("slo-alerting", but(rules_yml=RULES + RECORDED + BURN)) == "pass"
    assert status("slo-defined", but(rules_yml=RULES + RECORDED + BURN)) == "pass"
    idle = {**WATCHED, "prometheus/burn.yml": "groups:\n  - name: slo\n    rules:\n" + RECORDED + BURN}
    assert status("slo-alerting", idle) == "fail"
    stated = {**WATCHED, "docs/slo.md": DOCUMENT.replace("INDICATOR", "us")}
    answer = ask("slo-alerting", stated).assessment
    assert (answer.status, "no alert follows" in answer.reason) == ("fail", True)


def test_nothing_to_promise() -> None:
    assert status("slo-defined", LIBRARY) == "not_applicable"
    assert status("slo-alerting", LIBRARY) == "not_applicable"
    assert status("slo-defined", WATCHED) == "fail"
