"""Runbooks, on-call, the map of dependencies, recovery, latency."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

RUNBOOK = """\
# Runbook: database down
## Symptoms
- Alert DatabaseDown fires
## Diagnosis
```bash
kubectl get pods -n data
kubectl logs db-0
```
## Mitigation
1. Fail over, then restart the primary
"""
STORE = {"main.tf": 'resource "aws_db_instance" "main" {\n  engine = "postgres"\n}\n'}
RESTORE = "## Restore\n```bash\npg_restore -d app dump\n```\n"
RECORD = "\nRestore test carried out on 2026-05-02: 14 minutes.\n"
OBJECTIVES = "# Recovery\n\n| Data | RTO | RPO |\n|---|---|---|\n| all | 4 hours | 15 min |\n\n"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"docs/runbooks/db.md": RUNBOOK}, "pass"),
        ({"docs/runbooks/db.md": "# Runbook: database\nCall someone.\n"}, "fail"),
        ({"docs/troubleshooting.md": "# Troubleshooting\n- npm fails: check node, fix with nvm\n"}, "fail"),
        ({"README.md": "# x\n[Runbook](docs/runbooks/db.md)\n"}, "fail"),
        ({"a.py": "x = 1\n"}, "fail"),
    ],
)
def test_runbooks(files: dict[str, str], said: str) -> None:
    assert status("runbooks", files) == said


def test_a_missing_runbook_is_placed_at_its_link() -> None:
    (finding,) = ask("runbooks", {"README.md": "# x\n\n[Runbook](docs/runbooks/db.md)\n"}).findings
    assert (finding.locator.path, finding.locator.line) == ("README.md", 3)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"docs/ops.md": "# Ops\n" + RESTORE + RECORD} | STORE, "pass"),
        ({"docs/ops.md": "# Ops\n" + RESTORE} | STORE, "fail"),
        (STORE, "fail"),
        ({"README.md": "# x\n"}, "not_applicable"),
    ],
)
def test_restore_tested(files: dict[str, str], said: str) -> None:
    assert status("restore-tested", files) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OBJECTIVES + RESTORE, "pass"),
        (OBJECTIVES, "fail"),
        (OBJECTIVES + "## Restore\nWith Velero.\n```bash\nvelero restore create\n```\n", "fail"),
        ("# Recovery\nRTO: 4 hours\n\n" + RESTORE, "fail"),
        ("# x\n", "fail"),
    ],
)
def test_disaster_recovery(text: str, said: str) -> None:
    assert status("disaster-recovery", {"docs/recovery.md": text}) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("## Dependencies\n\n| Service | Criticality |\n|---|---|\n| Stripe | high |\n| SES | low |\n", "pass"),
        ("## Dependencies\n\n| Service | Version |\n|---|---|\n| Stripe | 1 |\n| SES | 2 |\n", "fail"),
    ],
)
def test_dependency_map(text: str, said: str) -> None:
    assert status("dependency-map", {"docs/x.md": "# X\n" + text}) == said


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"docs/on-call.md": "# Ops\n## On-call rota\nSee acme.pagerduty.com\n## Escalation\nMail ann@acme.io\n"},
            "pass",
        ),
        ({"docs/on-call.md": "# Ops\n## On-call rota\nSee acme.pagerduty.com\n"}, "fail"),
        ({"docs/on-call.md": "# Ops\n## On-call rota\nTBD\n## Escalation\nContact security team\n"}, "fail"),
        ({"p.tf": 'resource "pagerduty_schedule" "a" {}\nresource "pagerduty_escalation_policy" "a" {}\n'}, "pass"),
    ],
)
def test_on_call(files: dict[str, str], said: str) -> None:
    assert status("on-call", files) == said


def test_latency_targets_take_measurements() -> None:
    app = "from flask import Flask\napp = Flask(__name__)\n@app.get('/')\ndef f():\n    return ''\napp.run()\n"
    assert status("latency-targets", {"app.py": app}) == "unverified"
    assert status("latency-targets", {"README.md": "# x\n"}) == "not_applicable"


def test_a_guide_to_something_else_is_no_runbook_by_words_all_over() -> None:
    scattered = (
        "# Operations Guide\n\n## Deploy\n\nVerify the pods in production.\n\n## Alert rules\n\n- An alert fires\n\n"
        "## Rollback\n\n```sh\nkubectl rollout undo deploy/web\nkubectl get pods\n```\n"
    )
    together = (
        "# Operations Guide\n\n## Incident: web is down\n\n- Symptom: the alert fires\n- Diagnose: check the logs\n"
        "- Mitigate: roll back in production\n\n```sh\nkubectl logs deploy/web\nkubectl rollout undo deploy/web\n```\n"
    )
    assert status("runbooks", {"docs/operations-guide.md": scattered}) == "fail"
    assert status("runbooks", {"docs/incident.md": together}) == "pass"
