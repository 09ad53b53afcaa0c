"""What imported results do to the answers of criteria: worse where they fail, and never better than gonogo's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.checks.combined import with_imported
from gonogo.checks.imported import imported as check
from gonogo.criteria import find_criterion, load_catalogue
from gonogo.criteria.imported import find_table, load_tables
from gonogo.facts import Facts
from gonogo.facts.live import live_of
from gonogo.facts.repository import Repository
from gonogo.model.assessment import Outcome, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Severity, Status, Strength
from gonogo.model.imported import RowStatus
from gonogo.model.snapshot import EMPTY, Snapshot
from gonogo.model.target import Target
from gonogo.tools.imported import read_imports
from gonogo.tools.imported.mapping import MOST_KEPT, map_rows
from gonogo.tools.imported.rows import ImportedFile, Row
from tests.imported.documents import ask, finding, imported, one, result, sarif

BUCKET = 'resource "aws_s3_bucket" "data" {\n  bucket = "data"\n  acl    = "public-read"\n}\n'
CLOUD = {"main.tf": 'resource "aws_lambda_function" "pay" {\n  function_name = "pay"\n}\n'}
MFA = "iam_user_mfa_enabled_console_access"


def test_a_failing_row_fails_at_its_place(tmp_path: Path) -> None:
    snapshot = imported(tmp_path, sarif(result("CKV_AWS_116", "infra/main.tf", 2)))
    found = ask("dead-letter-queues", snapshot, tmp_path / "shop", {"infra/main.tf": BUCKET})
    assert found.assessment.status is Status.FAIL
    assert found.assessment.reason.startswith(
        "1 imported result fails (Checkov 3.2.1): Checkov 3.2.1 reports CKV_AWS_116"
    )
    (told,) = found.findings
    assert (told.locator.path, told.locator.line) == ("infra/main.tf", 2)
    assert told.quote == '  bucket = "data"'
    assert len(told.evidence) == 2  # the line, and what the tool says of it


@pytest.mark.parametrize("path", ["elsewhere/main.tf", "../main.tf", "/etc/passwd", "https://example.com/x"])
def test_a_place_outside_is_the_row_itself(tmp_path: Path, path: str) -> None:
    found = ask("dead-letter-queues", imported(tmp_path, sarif(result("CKV_AWS_116", path))), tmp_path / "shop")
    (told,) = found.findings
    assert told.locator.path == "imported:checkov/dead-letter-queues.json"
    assert path in told.what and "CKV_AWS_116" in told.quote


def test_a_line_that_is_not_there_is_the_file(tmp_path: Path) -> None:
    snapshot = imported(tmp_path, sarif(result("CKV_AWS_116", "infra/main.tf", 999)))
    (told,) = ask("dead-letter-queues", snapshot, tmp_path / "shop", {"infra/main.tf": BUCKET}).findings
    assert (told.locator.path, told.locator.line) == ("infra/main.tf", None)


def test_ids_stay_when_lines_move_and_files_are_renamed(tmp_path: Path) -> None:
    def ids(name: str, line: int, path: str) -> list[str]:
        snapshot = imported(tmp_path, sarif(result("CKV_AWS_116", path, line)), name)
        files = {"infra/main.tf": BUCKET}
        return [f.id for f in ask("dead-letter-queues", snapshot, tmp_path / "shop", files).findings]

    for path in ("infra/main.tf", "elsewhere.tf"):
        assert ids("a.sarif", 1, path) == ids("b-1234.sarif", 2, path)


def test_two_places_of_one_rule_are_two_findings(tmp_path: Path) -> None:
    rows = [result("CKV_AWS_116", path, line) for path in ("infra/main.tf", "gone.tf") for line in (1, 2)]
    found = ask("dead-letter-queues", imported(tmp_path, sarif(*rows)), tmp_path / "shop", {"infra/main.tf": BUCKET})
    assert len({told.id for told in found.findings}) == 4


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([finding(MFA, "PASS")], Status.PASS),
        ([finding(MFA, "PASS"), finding(MFA, "PASS", "bob")], Status.PASS),
        ([finding(MFA, "PASS"), finding(MFA, "FAIL", "bob")], Status.FAIL),
        ([finding(MFA, "MANUAL")], Status.UNVERIFIED),
        ([finding(MFA, "PASS"), finding(MFA, "MANUAL", "bob")], Status.UNVERIFIED),
        ([finding(MFA, "FAIL", status_id=3)], Status.UNVERIFIED),
        ([finding("s3_bucket_public_access", "PASS")], Status.UNVERIFIED),
    ],
)
def test_a_pass_settles_only_what_the_table_says(tmp_path: Path, rows: list[dict[str, object]], status: Status) -> None:
    found = ask("console-mfa", imported(tmp_path, json.dumps(rows)), tmp_path / "shop", CLOUD)
    assert found.assessment.status is status
    if status is Status.PASS:
        assert found.assessment.strength is Strength.OBSERVED and found.assessment.evidence


def test_all_rules_that_settle_together_must_have_run(tmp_path: Path) -> None:
    both = ("iam_root_mfa_enabled", "iam_no_root_access_key")
    for rules, status in ((both, "pass"), (both[:1], "unverified"), (both[1:], "unverified")):
        snapshot = imported(tmp_path, json.dumps([finding(rule, "PASS") for rule in rules]))
        assert ask("root-account", snapshot, tmp_path / "shop", CLOUD).assessment.status.value == status


def test_a_pass_never_outweighs_an_own_failure(tmp_path: Path) -> None:
    files = {"main.tf": 'resource "aws_cloudwatch_log_group" "app" {\n  name = "app"\n}\n'}
    before = ask("log-retention", EMPTY, tmp_path / "shop", files)
    rule = "cloudwatch_log_group_retention_policy_specific_days_enabled"
    after = ask("log-retention", imported(tmp_path, json.dumps([finding(rule, "PASS")])), tmp_path / "shop", files)
    assert before.assessment.status is Status.FAIL
    assert after == before


STATUSES: tuple[RowStatus, ...] = ("fail", "pass", "not_applicable", "unknown", "suppressed")
ROWS = st.lists(
    st.builds(Row, st.sampled_from([MFA, "iam_root_mfa_enabled", "x"]), st.sampled_from(STATUSES)), max_size=8
)
OWN = st.sampled_from([passed("own"), failed("own"), unverified("own"), not_applicable("own")])
RANK = {Status.FAIL: 0, Status.UNVERIFIED: 1, Status.NOT_APPLICABLE: 2, Status.PASS: 2}


def said(rows: list[Row], incomplete: str = "") -> list[tuple[Outcome, bool]]:
    """What the check of imports says of console-mfa."""
    file = ImportedFile("OCSF", "Prowler", rows=tuple(rows), incomplete=incomplete)
    records = map_rows("x.json", "0" * 64, file, find_table("prowler")).records
    criterion = find_criterion("console-mfa")
    assert criterion is not None
    live = live_of(Snapshot(given=("imported",), records=records))
    return check(Facts(Target(name="x"), Repository(), {"live": live}), criterion)


@settings(max_examples=60)
@given(OWN, ROWS, st.booleans())
def test_an_import_never_makes_a_failure_better(own: Outcome, rows: list[Row], unseen: bool) -> None:
    after = with_imported(own, said(rows), unseen=unseen)
    if own.status is Status.FAIL:
        assert after.status is Status.FAIL
    if own.status is Status.NOT_APPLICABLE:
        assert after.status in (Status.NOT_APPLICABLE, Status.FAIL)
    if unseen and own.status is Status.UNVERIFIED:
        assert after.status is not Status.PASS
    if any(row.status == "fail" and row.rule == MFA for row in rows):
        assert after.status is Status.FAIL


@settings(max_examples=60)
@given(OWN, ROWS, st.sampled_from([MFA, "x"]), st.integers(0, 8), st.booleans())
def test_another_failing_row_never_makes_it_better(
    own: Outcome, rows: list[Row], rule: str, at: int, unseen: bool
) -> None:
    before = with_imported(own, said(rows), unseen=unseen)
    after = with_imported(own, said([*rows[:at], Row(rule, "fail"), *rows[at:]]), unseen=unseen)
    assert RANK[after.status] <= RANK[before.status]


@settings(max_examples=30)
@given(OWN, ROWS)
def test_what_did_not_run_to_its_end_passes_nothing(own: Outcome, rows: list[Row]) -> None:
    after = with_imported(own, said(rows, "it stopped"), unseen=False)
    assert RANK[after.status] <= RANK[own.status]


def test_every_row_is_counted_once(tmp_path: Path) -> None:
    rows = [result(f"RULE_{n % 7}", line=n + 1) for n in range(40)] + [
        result("CKV_AWS_116", line=n + 1) for n in range(300)
    ]
    item = one(tmp_path, sarif(*rows))
    assert (item.rows, item.mapped) == (340, 300)
    assert sum(rule.count for rule in item.unmapped) == 40
    snapshot = read_imports([tmp_path / "results.json"])
    assert len(snapshot.records) == MOST_KEPT + 1
    found = ask("dead-letter-queues", snapshot, tmp_path / "shop")
    assert found.assessment.reason.startswith("300 imported results fail")


def test_more_rules_than_are_listed_are_counted() -> None:
    rows = tuple(Row(f"rule-{number}", "fail") for number in range(6_000))
    item = map_rows("x", "0" * 64, ImportedFile("SARIF", "unheard-of", rows=rows), find_table("unheard-of")).imported
    assert (item.mapped, sum(rule.count for rule in item.unmapped), len(item.unmapped)) == (0, 6_000, 5_001)


def test_the_tables_name_criteria_that_there_are() -> None:
    known = {row.slug for row in load_catalogue()}
    for table in load_tables():
        listed = [rule for rules in table.rules.values() for rule in rules]
        assert set(table.rules) | {p.criterion for p in table.patterns} | set(table.settles) <= known, table.tools
        assert {rule for lists in table.settles.values() for rules in lists for rule in rules} <= set(listed)
        assert all(len(set(rules)) == len(rules) for rules in table.rules.values())
        assert all(table.spell(rule) == rule for rule in listed), table.tools


@pytest.mark.parametrize(
    ("tool", "rule", "name", "tags", "severity", "slug"),
    [
        ("Checkov", "CKV_AWS_20", "", (), Severity.HIGH, "public-storage"),
        ("Trivy", "AVD-AWS-0107", "Misconfiguration", (), Severity.LOW, "network-exposure"),
        ("Trivy", "AWS-0107", "Misconfiguration", (), Severity.LOW, "network-exposure"),
        ("Trivy", "KSV012", "Misconfiguration", (), Severity.LOW, "non-root-containers"),
        ("Trivy", "DS002", "Misconfiguration", (), Severity.LOW, "non-root-containers"),
        ("Trivy", "CVE-2024-1", "OsPackageVulnerability", (), Severity.HIGH, "image-scanning"),
        ("Trivy", "CVE-2024-1", "OsPackageVulnerability", (), Severity.MEDIUM, None),
        ("Trivy", "CVE-2024-1", "LanguageSpecificPackageVulnerability", (), Severity.CRITICAL, "dependency-scanning"),
        ("Trivy", "aws-access-key-id", "Secret", (), Severity.LOW, "secrets-in-repo"),
        ("Trivy", "gpl:GPL-3.0", "License", (), Severity.HIGH, "dependency-licenses"),
        ("Semgrep OSS", "rules.dockerfile.security.missing-user.missing-user", "", (), None, "non-root-containers"),
        ("Semgrep OSS", "python.x", "", ("CWE-798: Use of Hard-coded Credentials",), Severity.HIGH, "secrets-in-repo"),
        ("Semgrep OSS", "python.x", "", ("security",), Severity.MEDIUM, None),
        ("CodeQL", "js/missing-rate-limiting", "", (), Severity.HIGH, "rate-limiting"),
        ("CodeQL", "py/sql-injection", "", ("security",), Severity.HIGH, "sast-and-secret-scanning"),
        ("CodeQL", "py/unused-import", "", ("maintainability",), Severity.HIGH, None),
        ("gitleaks", "generic-api-key", "", (), None, "secrets-in-repo"),
        ("Hadolint", "DL3002", "", (), None, "non-root-containers"),
        ("tfsec", "aws-s3-block-public-acls", "", (), None, "public-storage"),
        ("Grype", "CVE-2024-1-flask", "", (), Severity.HIGH, "dependency-scanning"),
        ("osv-scanner", "GHSA-1", "", (), Severity.LOW, None),
        ("Bandit", "B113", "", (), Severity.MEDIUM, "timeouts"),
        ("kube-linter", "no-read-only-root-fs", "", (), None, None),
        ("kube-linter", "latest-tag", "", (), None, "pinned-images"),
        ("zizmor", "zizmor/template-injection", "", (), None, "dangerous-workflow"),
        ("unheard-of", "CKV_AWS_20", "", (), None, None),
    ],
)
def test_which_rule_answers_which(
    tool: str, rule: str, name: str, tags: tuple[str, ...], severity: Severity | None, slug: str | None
) -> None:
    table = find_table(tool)
    found = table.criteria(table.spell(rule), name, tags, severity, fails=True)
    assert found == ((slug,) if slug else ())
