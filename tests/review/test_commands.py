"""The commands as a person uses them: a list, options, a file of answers, a terminal; then a signature."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gonogo.commands.review import review
from gonogo.commands.sign import sign, verify
from gonogo.keeping import KeepOptions, opened_store
from gonogo.model.report import Report
from gonogo.review.desk import ATTACHMENT_LIMIT, read_decided, reviewed_report
from tests.review.people import RUN, asked_of, contested_of, keep, proposed_of, waived_of

DAY = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
ADA = ("--as", "Ada Lovelace", "--reason", "looked at it myself")
TELL = "AKIA" + "Z7QXW3RT5YPLMN2K"
"""In the form of an access key of AWS."""


@pytest.fixture
def run(base: Report) -> str:
    """A run of today in the test's own store: a verdict of an earlier day would be over."""
    now = datetime.now(UTC)
    from gonogo.agents.redecide import redecide

    fresh = base.provenance.model_copy(update={"created": now.isoformat(timespec="seconds")})
    with opened_store(KeepOptions()) as store:
        keep(store, redecide(base, base.assessments, base.findings, provenance=fresh))
    return RUN[:8]


def call(*args: str) -> Result:
    return CliRunner().invoke(review, list(args), catch_exceptions=False)


def stored() -> Report:
    with opened_store(KeepOptions()) as store:
        return reviewed_report(store, RUN, datetime.now(UTC))


def test_what_waits_is_listed(run: str, base: Report) -> None:
    text = call(run, "--list").output
    assert re.search(rf"proposed +\S+ +{proposed_of(base)} ", text)
    assert re.search(rf"contested +\S+ +{contested_of(base)} ", text)
    told = json.loads(call(run, "--list", "--json").output)
    assert told["verdict"] == base.verdict.value.value
    assert told["waiting"][0]["quote"]
    assert told["decisions"] == []


def test_decisions_by_options(run: str, base: Report, tmp_path: Path) -> None:
    (tmp_path / "drill.txt").write_text(f"restored in 40 minutes\nkey {TELL}\n")
    code = base.criterion(proposed_of(base)).code
    done = call(run, *ADA, "--confirm", code)
    assert done.exit_code == 0
    assert f"confirm {proposed_of(base)}: recorded as gnd-" in done.output
    assert "the verdict stays" in done.output
    attest = ("--attest", f"{asked_of(base, strong=True)}=pass", "--attach", str(tmp_path / "drill.txt"))
    assert call(run, *ADA, *attest).exit_code == 0
    finding = base.findings_of(waived_of(base))[0].id
    assert call(run, *ADA, "--waive", finding, "--expires", DAY, "--ticket", "OPS-7").exit_code == 0
    assert call(run, *ADA, "--reject", contested_of(base), "--approve").exit_code == 0
    report = stored()
    assert [d.what.value for d in report.decisions] == ["confirm", "attest", "waive", "reject", "approve"]
    assert all(d.is_standing for d in report.decisions)
    attached = report.decisions[1].attachments[0]
    assert "restored in 40 minutes" in attached.excerpt
    assert TELL not in report.model_dump_json()
    assert report.decisions[1].expires == base.verdict.valid_until or report.decisions[1].expires
    listed = call(run, "--list").output
    assert "5 decisions:" in listed


def test_decisions_from_a_file(run: str, base: Report, tmp_path: Path) -> None:
    (tmp_path / "minutes.md").write_text("The drill of November.\n")
    answers = tmp_path / "answers.yaml"
    answers.write_text(
        f"""answers:
  - confirm: {proposed_of(base)}
    reason: opened it in the console
  - attest: {asked_of(base, strong=True)}
    status: pass
    reason: we did the drill
    attach: [minutes.md]
    expires: {DAY}
  - waive: {waived_of(base)}
    reason: internal until spring
    expires: {DAY}
  - approve: true
    reason: as it stands
"""
    )
    done = call(run, "--as", "Ada Lovelace", "--answers", str(answers))
    assert done.exit_code == 0, done.output
    assert done.output.count("recorded as gnd-") == 4
    assert all(d.is_standing for d in stored().decisions)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("answers: [{confirm: backups}]", "reason"),
        ("answers: [{reason: because}]", "name one of confirm"),
        ("answers: [{confirm: a, reject: b, reason: because}]", "name one of confirm"),
        ("answers: [{confirm: a, reason: because, status: nice}]", "status"),
        ("answers: [{confirm: a, reason: because, attach: ../x}]", "attach"),
        ("answers: 3", "answers"),
        ("answers: [{confirm: a, confirm: b, reason: x}]", "twice"),
        ("answer: []", "answer"),
        ("\x00", "answers.yaml"),
        ("a: &a [*a]", "alias"),
    ],
)
def test_bad_answers_decide_nothing(run: str, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(text)
    done = call(run, "--as", "Ada Lovelace", "--answers", str(file))
    assert done.exit_code == 2
    assert says in done.output
    with opened_store(KeepOptions()) as store:
        assert not read_decided(store, RUN)


WRONG: dict[str, Callable[[Report], tuple[str, ...]]] = {
    "say what you decide": lambda base: ("--as", "Ada Lovelace"),
    "give your name": lambda base: ("--confirm", proposed_of(base), "--reason", "seen"),
    "is somebody's": lambda base: ("--as", "  ", "--confirm", proposed_of(base), "--reason", "seen"),
    "give --reason": lambda base: ("--as", "Ada Lovelace", "--confirm", proposed_of(base)),
    "write SLUG=pass": lambda base: (*ADA, "--attest", "on-call=unverified"),
    "no criterion or finding": lambda base: (*ADA, "--confirm", "nothing-of-the-kind"),
    "a waiver ends on a day": lambda base: (*ADA, "--waive", waived_of(base)),
    "longer than a year": lambda base: (*ADA, "--waive", waived_of(base), "--expires", "2099-01-01"),
    "it held until": lambda base: (*ADA, "--waive", waived_of(base), "--expires", "2020-01-01"),
    "can't be attested": lambda base: (*ADA, "--attest", f"{waived_of(base)}=pass"),
    "attach a file": lambda base: (*ADA, "--attest", f"{asked_of(base, strong=True)}=pass"),
    "can't be read": lambda base: (*ADA, "--attest", f"{asked_of(base)}=pass", "--attach", "nowhere.txt"),
    "no model proposes": lambda base: (*ADA, "--confirm", waived_of(base)),
    "nobody has approved": lambda base: (*ADA, "--reject", "verdict"),
    "no run begins with": lambda base: ("--store", "sqlite:///other.sqlite", *ADA, "--approve"),
}


@pytest.mark.parametrize("says", sorted(WRONG))
def test_what_can_t_be_decided_is_told(
    run: str, base: Report, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = call(run, *WRONG[says](base))
    assert done.exit_code == 2, done.output
    assert says in done.output
    with opened_store(KeepOptions()) as store:
        assert not read_decided(store, RUN)


def test_hostile_attachments(run: str, base: Report, tmp_path: Path) -> None:
    """What is no file, or is too large, is refused; what is no text is kept as a hash."""
    pipe, empty, large = tmp_path / "pipe", tmp_path / "empty", tmp_path / "large"
    os.mkfifo(pipe)
    empty.touch()
    with large.open("wb") as file:
        file.truncate(ATTACHMENT_LIMIT + 1)
    attest = ("--attest", f"{asked_of(base, strong=True)}=pass", "--attach")
    for bad, says in ((pipe, "is no file"), (empty, "is empty"), (large, "is larger"), (tmp_path, "directory")):
        done = call(run, *ADA, *attest, str(bad))
        assert (done.exit_code, says in done.output) == (2, True), done.output
    image = tmp_path / "sheet.pdf"
    image.write_bytes(b"%PDF-1.7\n\xff\xfe\x00" + bytes(range(256)) * 200)
    assert call(run, *ADA, *attest, str(image)).exit_code == 0
    assert stored().decisions[0].attachments[0].excerpt == ""


def test_two_people_by_options(run: str, base: Report) -> None:
    slug = proposed_of(base)
    bob = ("--as", "Bob Byte", "--reason", "it is not so")
    assert call(run, *ADA, "--confirm", slug).exit_code == 0
    refused = call(run, *bob, "--reject", slug)
    assert refused.exit_code == 2
    assert f"Ada Lovelace decided on {slug} meanwhile (confirm, " in refused.output
    assert call(run, *bob, "--reject", slug, "--seen", "1").exit_code == 0
    assert call(run, *bob, "--approve").exit_code == 0
    assert call(run, *ADA, "--approve").exit_code == 0, "each approves for themselves"


def on_a_terminal(run: str, *lines: str) -> str:
    """The command in a process of its own, with a terminal as its input."""
    master, slave = os.openpty()
    code = "from gonogo.commands.review import review; review()"
    with subprocess.Popen(
        [sys.executable, "-c", code, run], stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        os.close(slave)
        os.write(master, "".join(f"{line}\n" for line in lines).encode())
        output, _ = process.communicate(timeout=90)
    os.close(master)
    return output


def test_item_by_item_on_a_terminal(run: str, base: Report) -> None:
    """Broken off after two, it goes on with the third."""
    first = on_a_terminal(run, "Ada Lovelace", "x", "c", "opened it in the console", "s", "q")
    assert f"confirm {proposed_of(base)}: recorded as gnd-" in first
    assert "quote:" in first
    assert "if confirmed, the verdict" in first
    again = on_a_terminal(run, "Ada Lovelace", "q")
    assert "goes on where it was broken off" in again
    assert f"{contested_of(base)} (" not in again
    assert [d.subject for d in stored().decisions] == [proposed_of(base)]


def test_a_review_is_signed_and_verified(run: str, base: Report, shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "sealed.json"
    runner = CliRunner()
    refused = runner.invoke(sign, [run, "--as", "Ada Lovelace", "-o", str(file)])
    assert (refused.exit_code, "give --reason" in refused.output, file.exists()) == (2, True, False)
    done = runner.invoke(sign, [run, *ADA, "-o", str(file)])
    assert done.exit_code == 0, done.output
    assert "2 words of models still wait" in done.output
    fingerprint = re.search(r"sha256:([0-9a-f]{64})", done.output)
    assert fingerprint
    key = Path(os.environ["GONOGO_STATE"]) / "signing.key"
    assert key.stat().st_mode & 0o777 == 0o600
    good = runner.invoke(verify, [str(file), "--key", fingerprint[1], "--target", str(shop)])
    assert good.exit_code == 0, good.output
    assert "signed by Ada Lovelace" in good.output
    assert "can't be known" in runner.invoke(verify, [str(file)]).output
    assert runner.invoke(verify, [str(file), "--key", "0" * 64]).exit_code == 1
    assert runner.invoke(verify, [str(file), "--key", "nobody"]).exit_code == 2
    assert runner.invoke(verify, [str(tmp_path / "none")]).exit_code == 2
    file.write_bytes(file.read_bytes().replace(b"NO-GO", b"NO-G0", 1))
    bad = runner.invoke(verify, [str(file)])
    assert (bad.exit_code, "does not hold" in bad.output) == (1, True)


def test_an_approval_of_the_review_is_signed(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONOGO_SIGNING_KEY", "ab" * 32)
    file = tmp_path / "sealed.json"
    assert call(run, *ADA, "--approve").exit_code == 0
    done = CliRunner().invoke(sign, [run, "--as", "Ada Lovelace", "-o", str(file)])
    assert done.exit_code == 0, done.output
    assert len(stored().decisions) == 1
    monkeypatch.setenv("GONOGO_SIGNING_KEY", "abc")
    assert CliRunner().invoke(sign, [run, "--as", "Ada Lovelace", "-o", str(file)]).exit_code == 2
