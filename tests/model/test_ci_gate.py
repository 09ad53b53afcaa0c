"""The laws of a pipeline's gate, tried on random audits and baselines."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from gonogo.criteria import load_catalogue
from gonogo.model.assessment import Assessment, Finding, Waiver
from gonogo.model.baseline import Baseline
from gonogo.model.ci_gate import MOST_REASONS, NEW_RULES, RULES, judge
from gonogo.model.comparison import compare
from gonogo.model.criterion import Criterion, Severity, Status, Strength
from gonogo.model.deciding import decide_again
from gonogo.model.evidence import Locator
from gonogo.model.report import Report, order_findings
from tests.model.test_verdict import criterion
from tests.report.asked import asked_report

EXAMPLES = 150
BLANK = asked_report()
BLANK = BLANK.model_copy(update={"provenance": BLANK.provenance.model_copy(update={"files": 1})})
ROWS = tuple(criterion(number, severity, Strength.DEFINED) for number, severity in enumerate(Severity))


def finding(row: Criterion, severity: Severity, number: int) -> Finding:
    return Finding(
        id=f"gng-{number:010x}",
        criterion=row.slug,
        area=row.area,
        severity=severity,
        what="w",
        locator=Locator(path="a", line=1),
        quote="",
        evidence=("ev-1",),
        fix="f",
        effort_hours=1,
    )


def answer(row: Criterion, status: Status, findings: list[Finding], **changed: object) -> Assessment:
    own = [item.severity for item in findings if item.criterion == row.slug]
    worst = max(own, key=lambda severity: severity.rank) if own else row.severity
    seen = status in (Status.PASS, Status.FAIL)
    return Assessment(
        criterion=row.slug,
        area=row.area,
        severity=worst,
        status=status,
        strength=Strength.OBSERVED if seen else None,
        reason="r",
        evidence=("ev-1",) if seen else (),
    ).model_copy(update=changed)


def report_of(assessments: list[Assessment], findings: list[Finding]) -> Report:
    report = BLANK.model_copy(
        update={"criteria": ROWS, "assessments": tuple(assessments), "findings": tuple(order_findings(findings))}
    )
    return report.model_copy(update={"verdict": decide_again(report)})


def random_report(random: Random) -> Report:
    """An audit in which something was seen; the ids come from a small set, so that two audits share some."""
    findings: list[Finding] = []
    assessments = []
    for position, row in enumerate(ROWS):
        status = Status.PASS if position == 0 else random.choice(list(Status))
        if status is Status.FAIL:
            for number in random.sample(range(3), random.randint(1, 2)):
                milder = [s for s in Severity if s.rank <= row.severity.rank]
                findings.append(finding(row, random.choice(milder), 10 * position + number))
        waived = Waiver(owner="o", reason="r", expires="2027-01-01") if random.random() < 0.2 else None
        lost = status is Status.UNVERIFIED and random.random() < 0.2
        assessments.append(answer(row, status, findings, waived=waived, lost=lost))
    return report_of(assessments, findings)


def worse(report: Report, random: Random) -> Report:
    """One more finding, of a criterion that failed already or did not; what was accepted no longer is."""
    row = random.choice(ROWS)
    milder = [severity for severity in Severity if severity.rank <= row.severity.rank]
    findings = [*report.findings, finding(row, random.choice(milder), 900)]
    rows = [
        answer(row, Status.FAIL, findings, lost=old.lost) if old.criterion == row.slug else old
        for old in report.assessments
    ]
    return report_of(rows, findings)


def pairs(seed: int) -> Iterator[tuple[Baseline, Report, Random]]:
    random = Random(seed)
    for _ in range(EXAMPLES):
        yield Baseline.of(random_report(random)), random_report(random), random


@pytest.mark.parametrize("rule", RULES)
def test_adding_a_finding_never_opens_a_gate(rule: str) -> None:
    for baseline, report, random in pairs(1):
        if judge(report, compare(baseline, report), rule).fails:
            more = worse(report, random)
            assert judge(more, compare(baseline, more), rule).fails


@pytest.mark.parametrize("rule", NEW_RULES)
def test_not_seeing_what_passed_never_opens_a_gate(rule: str) -> None:
    for baseline, report, random in pairs(2):
        seen = [row for row in report.assessments if row.status is Status.PASS and row is not report.assessments[0]]
        if seen and judge(report, compare(baseline, report), rule).fails:
            lost = random.choice(seen)
            rows = [
                row.model_copy(update={"status": Status.UNVERIFIED, "strength": None, "evidence": ()})
                if row is lost
                else row
                for row in report.assessments
            ]
            blind = report_of(rows, list(report.findings))
            assert judge(blind, compare(baseline, blind), rule).fails


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "never"])
def test_the_random_audits_try_both_outcomes(rule: str) -> None:
    outcomes = [judge(report, compare(baseline, report), rule).fails for baseline, report, _ in pairs(1)]
    assert min(outcomes.count(True), outcomes.count(False)) > EXAMPLES // 20


def test_a_stricter_rule_fails_where_a_milder_one_does() -> None:
    milder = ["new-blocker", "new-critical", "new-high", "new-medium", "new-low", "new"]
    for baseline, report, _ in pairs(3):
        comparison = compare(baseline, report)
        fails = [judge(report, comparison, rule).fails for rule in milder]
        assert fails == sorted(fails)
        assert fails[-1] >= judge(report, comparison, "regressed").fails


@pytest.mark.parametrize("rule", RULES)
def test_the_same_audit_again_brings_nothing_new(rule: str) -> None:
    for _, report, _ in pairs(4):
        if rule in NEW_RULES and not any(row.lost for row in report.assessments):
            assert not judge(report, compare(Baseline.of(report), report), rule).fails


@pytest.mark.parametrize("rule", NEW_RULES)
def test_what_can_not_be_compared_does_not_pass(rule: str) -> None:
    report = random_report(Random(5))
    other = Baseline.of(report).model_copy(update={"target": "another"})
    outcome = judge(report, compare(other, report), rule)
    assert outcome.fails
    assert "no measure for this audit" in outcome.reasons[0]
    assert judge(report, None, rule).fails


@pytest.mark.parametrize("rule", RULES)
def test_nothing_assessed_fails_every_gate(rule: str) -> None:
    rows = [answer(row, Status.UNVERIFIED, []) for row in ROWS]
    report = report_of(rows, [])
    assert judge(report, compare(Baseline.of(report), report), rule).fails


def before_and_after(row: Criterion, before: Status, after: Status, *found: Finding, **changed: object) -> list[str]:
    """The rules that fail where one criterion goes from one status to another."""
    passing = [answer(other, Status.PASS, []) for other in ROWS if other is not row]
    was = [finding(row, row.severity, 1)] if before is Status.FAIL else []
    earlier = report_of([*passing, answer(row, before, was)], was)
    later = report_of([*passing, answer(row, after, list(found), **changed)], list(found))
    comparison = compare(Baseline.of(earlier), later)
    return [rule for rule in NEW_RULES if judge(later, comparison, rule).fails]


def test_what_counts_as_new() -> None:
    medium = ROWS[Severity.MEDIUM.rank]
    found = finding(medium, Severity.MEDIUM, 1)
    from_medium = ["new", "new-medium", "new-low"]
    waiver = Waiver(owner="o", reason="r", expires="2027-01-01")
    assert before_and_after(medium, Status.NOT_APPLICABLE, Status.FAIL, found) == from_medium
    assert before_and_after(medium, Status.PASS, Status.FAIL, found) == [*from_medium, "regressed"]
    assert before_and_after(medium, Status.PASS, Status.FAIL, found, waived=waiver) == []
    assert before_and_after(medium, Status.FAIL, Status.FAIL, found) == []
    assert before_and_after(medium, Status.FAIL, Status.PASS) == []
    assert before_and_after(medium, Status.PASS, Status.UNVERIFIED) == [*from_medium, "regressed"]
    assert before_and_after(medium, Status.PASS, Status.NOT_APPLICABLE) == []
    assert before_and_after(medium, Status.UNVERIFIED, Status.UNVERIFIED) == []
    assert before_and_after(medium, Status.UNVERIFIED, Status.UNVERIFIED, lost=True) == [*from_medium, "regressed"]
    worse_now = finding(medium, Severity.HIGH, 1)
    assert before_and_after(medium, Status.FAIL, Status.FAIL, worse_now) == ["new", "new-high", "new-medium", "new-low"]


def test_a_mild_finding_of_a_criterion_that_passed_counts_at_the_criterions_severity() -> None:
    """Else failing there would be better than not being seen."""
    critical = ROWS[Severity.CRITICAL.rank]
    assert "new-critical" in before_and_after(critical, Status.PASS, Status.UNVERIFIED)
    assert "new-critical" in before_and_after(critical, Status.PASS, Status.FAIL, finding(critical, Severity.LOW, 1))


def test_verdict_rules_follow_the_verdict(shop_report: Report) -> None:
    fails = {rule: judge(shop_report, None, rule).fails for rule in RULES}
    assert shop_report.verdict.value.value == "NO-GO"
    assert fails["verdict"] and fails["no-go"] and fails["conditional"] and not fails["never"]
    assert fails["blocker"] == any(f.severity is Severity.BLOCKER for f in shop_report.findings)


def test_reasons_are_bounded_and_name_what_is_new(shop_report: Report) -> None:
    nothing = Baseline.of(shop_report).model_copy(update={"findings": ()})
    outcome = judge(shop_report, compare(nothing, shop_report), "new")
    assert outcome.fails and len(outcome.reasons) <= MOST_REASONS + 1
    assert shop_report.findings[0].id in " ".join(outcome.reasons)


def test_an_unknown_rule_is_refused(shop_report: Report) -> None:
    with pytest.raises(ValueError, match="'new-hgh' is not one of verdict, no-go"):
        judge(shop_report, None, "new-hgh")


def test_every_severity_has_its_rules() -> None:
    assert {f"new-{row.severity}" for row in load_catalogue()} <= set(RULES)


def test_beyond_what_is_listed_another_number_is_news() -> None:
    row = ROWS[0]
    findings = [finding(row, row.severity, number) for number in range(50)]
    rest = [answer(other, Status.PASS, []) for other in ROWS[1:]]

    def audited(reason: str, **changed: object) -> Report:
        return report_of([answer(row, Status.FAIL, findings, reason=reason, **changed), *rest], findings)

    def judged(now: Report, rule: str) -> bool:
        return judge(now, compare(Baseline.of(audited("60 lack one")), now), rule).fails

    for rule in ("new", f"new-{row.severity}"):
        assert not judged(audited("60 lack one"), rule)
        assert judged(audited("61 lack one"), rule)
        waiver = Waiver(owner="ops", reason="known", expires="2027-01-01")
        assert not judged(audited("61 lack one", waived=waiver), rule)
    assert not judged(audited("61 lack one"), "regressed"), "it failed before"
