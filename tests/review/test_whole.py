"""A recorded audit, from its replay over a whole review to a signed certification."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gonogo.agents.guard import check_report
from gonogo.asking import ModelOptions
from gonogo.commands.review import review
from gonogo.commands.sign import sign, verify
from gonogo.keeping import KeepOptions, opened_store
from gonogo.model.criterion import Area, Status
from gonogo.model.report import Report
from gonogo.model.verdict import Effect, Value
from gonogo.report.drafts import draft
from gonogo.review.desk import reviewed_report
from gonogo.run import Options, run_audit
from gonogo.store.verify import verify as verify_store

ROOT = Path(__file__).parents[2]
DAY = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()


@pytest.mark.sweep
@pytest.mark.parametrize("name", ["parcels", "concierge"])
def test_a_whole_review_ends_in_a_signed_certification(name: str, tmp_path: Path) -> None:
    target = ROOT / "tests" / "services" / name
    asking = ModelOptions(cassette=ROOT / "cassettes" / f"{name}.yaml")
    audit = Options((target,), None, None, tuple(Area), None, False, asking, KeepOptions())
    done = run_audit(audit, show_progress=False)
    before = done.report

    answers = ["answers:"]
    for row in (*before.proposed(), *before.contested()):
        answers.append(f"- {{confirm: {row.criterion}, reason: I looked at the place that it quotes}}")
    (tmp_path / "shown.txt").write_text("what the console showed\n")
    said = {row.criterion for row in (*before.proposed(), *before.contested())}
    for gate in before.verdict.gates:
        if gate.criterion in said or gate.effect is Effect.HOLDS:
            continue
        if gate.status is Status.UNVERIFIED:
            answers.append(
                f"- {{attest: {gate.criterion}, status: pass, reason: seen in the console, attach: [shown.txt]}}"
            )
        elif gate.status is Status.FAIL:
            answers.append(f"- {{waive: {gate.criterion}, reason: accepted for the pilot, expires: {DAY}}}")
    file = tmp_path / "answers.yaml"
    file.write_text("\n".join(answers))
    told = call(review, done.run, "--as", "Ada Lovelace", "--answers", str(file))
    assert told.exit_code == 0, told.output
    report = stored(done.run)
    check_report(report)
    assert all(decision.is_standing for decision in report.decisions)
    assert report.verdict.value.rank > before.verdict.value.rank or before.verdict.value is not Value.NO_GO
    assert not report.proposed()
    assert not report.contested()

    sealed = tmp_path / "sealed.json"
    signed = call(sign, done.run, "--as", "Ada Lovelace", "--reason", "as it stands, for the pilot", "-o", str(sealed))
    assert signed.exit_code == 0, signed.output
    found = call(verify, str(sealed), "--target", str(target))
    assert found.exit_code == 0, found.output
    certificate = draft(stored(done.run), "certification")
    assert all(decision.id in certificate for decision in report.decisions)
    with opened_store(KeepOptions()) as store:
        assert not verify_store(store)


def call(command: object, *args: str) -> Result:
    return CliRunner().invoke(command, list(args), catch_exceptions=False)  # type: ignore[arg-type]


def stored(run: str) -> Report:
    with opened_store(KeepOptions()) as store:
        return reviewed_report(store, run, datetime.now(UTC))
