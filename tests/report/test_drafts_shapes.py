"""What each shape holds: registers that lose nothing, ticks that are earned, blanks that nobody filled in."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.model.assessment import Waiver
from gonogo.model.baseline import Baseline
from gonogo.model.criterion import Severity, Status, Strength
from gonogo.model.decision import Act, Attachment, Decided, Standing, decision_id
from gonogo.model.imported import Answered, Imported
from gonogo.model.report import Report
from gonogo.model.target import Tier
from gonogo.model.verdict import Effect
from gonogo.report.drafts import STYLES, draft
from gonogo.report.drafts.proposals import MOST_TOGETHER, propose
from tests.report.draft_laws import register, rows
from tests.report.drafted import Choice, choices, criteria, made
from tests.report.parsed import find, parse

EVERY = {row.slug: Choice() for row in criteria()}
FAILING = Choice(Status.FAIL, (("app/main.py", 3), ("terraform/main.tf", 2), (None, 1)))
BLANK = "— to be"


@settings(max_examples=20)
@given(choices(), st.sampled_from(Tier))
def test_the_register_has_each_finding_once_and_each_pull_request_its_own(
    answers: dict[str, Choice], tier: Tier
) -> None:
    report = made(answers, tier=tier)
    sections = parse(draft(report, "remediation"))
    if not report.findings:
        assert "There is no finding" in " ".join(find(sections, "Finding register").texts)
        return
    told = register(sections)
    assert [row["Finding"].strip("`") for row in told] == [finding.id for finding in report.findings]
    phases = {slug: phase.name for phase in report.roadmap.phases for slug in phase.criteria}
    for row, finding in zip(told, report.findings, strict=True):
        assert row["Phase"] == phases[finding.criterion]
        assert row["Severity"] == finding.severity
        assert row["Place"] == f"`{finding.locator}`"
        titles = [s.title for s in sections if s.title.startswith(f"PR {row['PR']}:")]
        assert len(titles) == 1
        assert finding.criterion in titles[0]


@settings(max_examples=20)
@given(choices(), st.sampled_from(Tier))
def test_every_failing_criterion_is_in_one_pull_request(answers: dict[str, Choice], tier: Tier) -> None:
    report = made(answers, tier=tier)
    items = propose(report)
    slugs = [slug for item in items for slug in item.criteria]
    assert sorted(slugs) == sorted(row.criterion for row in report.with_status(Status.FAIL))
    assert [item.number for item in items] == list(range(1, len(items) + 1))
    assert {f.id for item in items for f in item.findings} == {finding.id for finding in report.findings}
    assert round(sum(item.hours for item in items), 2) == report.roadmap.effort_hours
    for item in items:
        assert len(item.criteria) <= MOST_TOGETHER
        for slug in item.criteria:
            own = {f.locator.path for f in report.findings_of(slug)} - {None}
            assert own == set(item.files), "what is put together is in the same files"


def test_the_same_files_make_one_pull_request() -> None:
    security = [row.slug for row in criteria() if row.severity is Severity.HIGH and row.area == "security"]
    same = Choice(Status.FAIL, (("app/main.py", 3),))
    report = made(dict.fromkeys(security, same))
    assert [item.criteria for item in propose(report)] == [tuple(sorted(security))]
    apart = made({security[0]: same, security[1]: Choice(Status.FAIL, (("terraform/main.tf", 3),))})
    assert len(propose(apart)) == 2


@settings(max_examples=20)
@given(choices(), st.sampled_from(Tier))
def test_ticks_are_earned(answers: dict[str, Choice], tier: Tier) -> None:
    report = made(answers, tier=tier)
    sections = parse(draft(report, "checklist"))
    ticked = {m[1] for s in sections for i in s.items if (m := re.match(r"\[x\] [A-Z]+-\d+ (\S+)", i))}
    must = {g.criterion for g in report.verdict.gates if g.severity in tier.gates}
    below = min(severity.rank for severity in tier.gates) - 1
    should = {row.slug for row in report.criteria if row.severity.rank == below}
    holding = {g.criterion for g in report.verdict.gates if g.effect is Effect.HOLDS}
    passing = {row.criterion for row in report.with_status(Status.PASS)}
    assert ticked == (must & holding & passing) | ((should - must) & passing)


def test_what_cannot_be_verified_says_what_would_settle_it() -> None:
    report = made(EVERY | dict.fromkeys(list(EVERY)[:5], Choice(Status.UNVERIFIED)))
    for style in ("full", "checklist", "remediation"):
        told = {row["Criterion"].split()[1]: row for _, row in rows(parse(draft(report, style))) if "Permission" in row}
        for slug in list(EVERY)[:5]:
            row = report.criterion(slug)
            assert told[slug]["Permission"] == row.permission
            assert told[slug]["What settles it"] == row.verify


def test_the_certificate_holds_scope_gates_risks_waivers_and_evidence() -> None:
    slugs = [row.slug for row in criteria() if row.severity in (Severity.BLOCKER, Severity.HIGH)]
    waived = next(row.slug for row in criteria() if row.severity is Severity.CRITICAL)
    report = made(
        EVERY | dict.fromkeys(slugs, FAILING) | {waived: Choice(Status.FAIL, waived=True)}, tier=Tier.B, extra=True
    )
    sections = parse(draft(report, "certification"))
    gates = [row for s, row in rows(sections) if s.title.startswith("Must-haves")]
    assert {(row["Criterion"].split()[1], row["Effect"]) for row in gates} == {
        (gate.criterion, gate.effect.value) for gate in report.verdict.gates if gate.severity in Tier.B.gates
    }
    assert [row["Effect"] for row in gates] == sorted(row["Effect"] for row in gates)
    risks = [row["Risk"].split()[1] for _, row in rows(sections) if "Risk" in row]
    assert set(slugs) | {waived} <= set(risks)
    (waiver,) = [row for s, row in rows(sections) if s.title == "Waivers"]
    assert (waiver["For"], waiver["Owner"], waiver["Until"]) == (waived, "Ada", "2026-12-01")
    index = [row for s, row in rows(sections) if s.title.startswith("Appendix")]
    assert [(row["Id"].strip("`"), row["SHA-256"].strip("`")) for row in index] == [
        (item.id, item.sha256) for item in report.evidence
    ]
    sources = [row["This run"] for _, row in rows(sections) if row.get("Document") == "Source"]
    assert "commit 0123456789ab, branch main, with uncommitted changes" in sources[0]
    assert "looked at 2026-11-20T11:00:00+00:00" in sources[1]


def test_confidence_is_coverage_and_strength() -> None:
    half = {slug: Choice(strength=Strength.WIRED if n % 2 else Strength.OBSERVED) for n, slug in enumerate(EVERY)}
    report = made(half | dict.fromkeys(list(EVERY)[:4], Choice(Status.UNVERIFIED)))
    section = find(parse(draft(report, "certification")), "Confidence")
    coverage = report.coverage
    assert f"Answered: {coverage.answered} of {coverage.applicable} ({coverage.percent}%)" in section.texts[0]
    passing = report.with_status(Status.PASS)
    counts = {row["Strength"].split()[0]: row["Passes"].split()[0] for row in section.tables[0]}
    for strength in Strength:
        assert counts[strength] == str(sum(row.strength is strength for row in passing))


def test_what_a_run_cannot_know_is_blank() -> None:
    text = draft(made(EVERY), "certification")
    sections = parse(text)
    for row in find(sections, "Sign-off").tables[0]:
        assert all(BLANK in row[column] for column in ("Name", "Decision", "Date", "Signature"))
    assert all(BLANK in row["Who and how"] for row in find(sections, "Contacts").tables[0])
    for style in STYLES:
        text = draft(made(EVERY), style)
        assert not re.search(r"saving|ROI|per month|engineers|\$\d", text)


def test_what_is_fixed_passes_now_and_what_is_gone_does_not() -> None:
    fixed, gone, new, still = list(EVERY)[:4]
    before = made(EVERY | dict.fromkeys((fixed, gone, still), FAILING))
    after = made(EVERY | {gone: Choice(Status.UNVERIFIED), new: FAILING, still: FAILING})
    for style in ("full", "checklist", "certification", "remediation"):
        found = find(parse(draft(after, style, before=Baseline.of(before))), "Since the earlier audit")
        told = {(row["Change"], row["Criterion"].strip("`"), row["Status now"]) for row in found.tables[1]}
        assert told == {
            ("fixed", fixed, "PASS"),
            ("gone", gone, "CANNOT VERIFY"),
            ("new; passed before", new, "FAIL"),
        }
        assert "3 findings fixed, 3 gone, 3 new, 3 still open" in found.texts[0]
    ticks = find(parse(draft(after, "checklist", before=Baseline.of(before))), "Must have").items
    assert not [item for item in ticks if "before" in item and "[x]" in item and "FAIL before" not in item]


def test_scores_before_and_after_with_what_they_are_made_of() -> None:
    slug = next(row.slug for row in criteria() if row.severity is Severity.CRITICAL)
    before, after = made(EVERY | {slug: FAILING}), made(EVERY)
    found = find(parse(draft(after, "full", before=Baseline.of(before))), "Since the earlier audit").tables[0]
    (was,) = [s for s in before.scores if s.area is before.criterion(slug).area]
    row = next(row for row in found if row["Change in percentage points"] not in ("0", "-"))
    assert row["Before"] == f"{was.percent}% ({was.passed} of {was.applicable})"
    assert row["After"] == f"100% ({was.applicable} of {was.applicable})"
    assert row["Change in percentage points"] == f"+{100 - (was.percent or 0)}"


def test_only_like_is_compared_with_like() -> None:
    report = made(EVERY)
    other = Baseline.of(made(EVERY, tier=Tier.A))
    for style in STYLES:
        text = draft(report, style, before=other)
        assert "is not compared with this one" in text or "not compared: " in text
        assert "Change in percentage points" not in text
        assert not re.search(r"fixed|gone|regressed|new;", text.replace("what is fixed leaves the list", ""))


def test_the_summary_is_short() -> None:
    report = made(dict.fromkeys(EVERY, FAILING), extra=True)
    text = draft(report, "summary")
    assert len(text.splitlines()) < 60
    assert len(find(parse(text), "What holds it back").tables[0]) == 5
    assert f"The worst 5 of {len(EVERY)} failing criteria." in text


def test_results_of_other_tools_are_named() -> None:
    item = Imported(file="scan.sarif", sha256="a" * 64, format="sarif", tool="scanner", rows=9, mapped=4,
                    answers=(Answered(criterion="secrets-manager", rules=()),))  # fmt: skip
    report = made(EVERY).model_copy(update={"imports": (item,)})
    for style in ("full", "certification"):
        (row,) = find(parse(draft(report, style)), "Results of other tools").tables[0]
        assert row["Rows that answer a criterion"] == "4 of 9 (44%)"


def test_a_waived_failure_stays_a_failure() -> None:
    slug = next(row.slug for row in criteria() if row.severity is Severity.CRITICAL)
    report: Report = made(EVERY | {slug: Choice(Status.FAIL, waived=True)})
    assert report.assessments[0].waived is None or isinstance(report.assessments[0].waived, Waiver)
    text = draft(report, "checklist")
    assert re.search(rf"- \[ \] \S+ {slug} \(critical\): FAIL \(waived until 2026-12-01\)", text)
    assert "1 failure waived, and still a failure" in text


def test_decisions_of_persons_are_listed_with_what_became_of_them() -> None:
    slug = next(iter(EVERY))
    given = {"who": "Ada Lovelace", "what": Act.ATTEST, "subject": slug, "status": Status.PASS, "ticket": "",
             "reason": "restored it | myself", "at": "2026-11-20T09:00:00+00:00", "expires": "2027-01-01",
             "attachments": (Attachment(name="log.txt", sha256="b" * 64, size=3),), "based_on": "0" * 16}  # fmt: skip
    unsaid = {"standing": Standing.VOID, "why": "the evidence is another", "as_of": "", "findings": ()}
    before = made({slug: Choice(Status.UNVERIFIED)}).assessments[0]
    item = Decided.model_construct(id="", before=before, **given, **unsaid)
    decided = item.model_copy(update={"id": decision_id(item)})
    report = made(EVERY).model_copy(update={"decisions": (decided,)})
    for style in ("full", "certification"):
        section = find(parse(draft(report, style)), "Decisions of persons")
        (row,) = section.tables[0]
        assert section.texts == ["0 of 1 (0%) of them hold."]
        assert (row["By"], row["What"], row["About"]) == ("Ada Lovelace", "attest PASS", f"`{slug}`")
        assert (row["Instead of"], row["Because"]) == ("CANNOT VERIFY", "restored it | myself")
        assert row["Standing"] == "void: the evidence is another"
        assert "b" * 64 in row["Attached"]
    assert "Decisions of persons" not in draft(made(EVERY), "certification")
