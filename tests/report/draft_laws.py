"""The laws of all drafts, checked on what a reader reads, with every figure counted again from the report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from gonogo.model.baseline import Baseline
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.model.verdict import Effect, Value
from tests.report.parsed import Section, find, parse

WORDS = {
    "PASS": Status.PASS,
    "FAIL": Status.FAIL,
    "CANNOT VERIFY": Status.UNVERIFIED,
    "NOT APPLICABLE": Status.NOT_APPLICABLE,
}
ID = re.compile(r"\b(?:gng|gno|ev)-[0-9a-f]{6,}")
CITED = re.compile(r"\b([A-Z]{2,4}-\d{3}) ([a-z0-9-]+)")
NUMBER = re.compile(r"(?<![\w.:/-])\d+(?:\.\d+)?(?![\w:/-]|\.\d)")
OF = re.compile(r"(\d+) of (\d+)(?: \((\d+)%\))?")
COUNTED = re.compile(r" \((\d+)(?: findings?)?\)$")
HELD = re.compile(r": (\d+) of (\d+)$")
NEVER = re.compile(
    r"\b(approved|production.ready|certified|excellent|strong|enterprise|all .{0,20}(done|resolved|completed?))\b", re.I
)


def check_draft(report: Report, text: str, before: Baseline | None = None) -> None:
    """Raises AssertionError for what does not follow from the report."""
    sections = parse(text)
    check_verdict(report, text, sections)
    check_ids(report, text, before)
    check_statuses(report, sections)
    check_sums(sections)
    check_counts(sections)
    check_shares(sections)


def check_verdict(report: Report, text: str, sections: list[Section]) -> None:
    """One verdict, at the head; nothing praises, and only a GO says that every must-have holds."""
    value = report.verdict.value
    assert sections[1].level == 1
    assert sections[1].title.endswith(f" is {value}")
    for _, row in rows(sections):
        assert row.get("Document") != "Verdict" or row["This run"].startswith(f"{value}, for tier")
    says_go = "may go to production: every must-have holds on evidence" in text
    assert says_go is (value is Value.GO)
    assert says_go is not any(gate.effect is not Effect.HOLDS for gate in report.verdict.gates) or value is not Value.GO
    assert not NEVER.search(without_report(report, text))


def check_ids(report: Report, text: str, before: Baseline | None) -> None:
    """Every id resolves, in the report or the earlier audit, and every code stands beside its own slug."""
    known = {item.id for item in before.findings} if before else set()
    known |= {item.id for items in (report.findings, report.evidence, report.observations) for item in items}
    codes = {row.code: row.slug for row in report.criteria}
    assert set(ID.findall(text)) <= known
    for code, slug in CITED.findall(text):
        if code in codes:
            assert codes[code] == slug


def check_statuses(report: Report, sections: list[Section]) -> None:
    """Where a row names a criterion and a status, it is the one that counts."""
    counted = {row.criterion: row.status for row in report.assessments}
    counted |= {gate.criterion: gate.status for gate in report.verdict.gates}
    for _, row in rows(sections):
        cited = CITED.search(row.get("Criterion", ""))
        word = next((w for w in WORDS if row.get("Status", "").startswith(w)), None)
        if cited and word:
            assert WORDS[word] is counted[cited[2]], row
    for section in sections:
        for item in section.items:
            told = re.match(r"\[( |x)\] [A-Z]{2,4}-\d{3} ([a-z0-9-]+) \(\w+\): (CANNOT VERIFY|PASS|FAIL)", item)
            if told:
                assert WORDS[told[3]] is counted[told[2]], item
                assert (told[1] == "x") is (counted[told[2]] is Status.PASS), item


def check_sums(sections: list[Section]) -> None:
    """The last row of a table that sums is the sum of the others, column by column."""
    for section in sections:
        for table in section.tables:
            if not table or next(iter(table[-1].values())) != "All":
                continue
            for column in (name for name in list(table[-1])[1:] if not name.startswith("Change in")):
                told = table[-1][column]
                if re.fullmatch(r"[\d.]+", told):
                    assert float(told) == round(sum(float(row[column]) for row in table[:-1]), 2), (
                        section.title,
                        column,
                    )
                elif whole := OF.search(told):
                    parts = [OF.search(row[column]) for row in table[:-1]]
                    assert sum(int(p[1]) for p in parts if p) == int(whole[1]), (section.title, column)
                    if column != "Passes":
                        assert sum(int(p[2]) for p in parts if p) == int(whole[2]), (section.title, column)


def check_counts(sections: list[Section]) -> None:
    """A number in brackets behind a title is how many rows or items stand below; ``N of M`` is how many are ticked."""
    for number, section in enumerate(sections):
        below = [section]
        for later in sections[number + 1 :]:
            if later.level <= section.level:
                break
            below.append(later)
        if told := COUNTED.search(section.title):
            assert int(told[1]) in set(sizes(section, below)), section.title
        if (told := HELD.search(section.title)) and section.items:
            assert int(told[2]) == len(section.items), section.title
            assert int(told[1]) == sum(item.startswith("[x]") for item in section.items), section.title


def check_shares(sections: list[Section]) -> None:
    """Every ``N of M (P%)`` is true of its own numbers."""
    for text in texts(sections):
        for part, whole, percent in OF.findall(text):
            if percent:
                assert int(part) <= int(whole)
                assert int(percent) == int(part) * 100 // int(whole), text


def check_numbers(report: Report, text: str) -> None:
    """Every number is one that is counted here, of a report whose own texts hold none."""
    left = without_report(report, text)
    told = {number for line in left.splitlines() for number in NUMBER.findall(line)}
    assert told <= facts(report), sorted(told - facts(report))


def facts(report: Report) -> set[str]:
    """Every figure that a draft may say: counts of all kinds, points, percents, hours, ordinals."""
    rows, found = report.assessments, set[int]()
    groups = [rows, *([r for r in rows if r.area is area] for area in {r.area for r in rows})]
    groups += [[r for r in rows if r.severity.rank == rank] for rank in range(5)]
    below = min(severity.rank for severity in report.target.tier.gates) - 1
    gates = {gate.criterion: gate for gate in report.verdict.gates}
    must = {
        slug for slug, g in gates.items() if g.severity in report.target.tier.gates or slug in report.policy.required
    }
    should = {
        r.criterion for r in rows if r.criterion not in must and (r.severity.rank == below or r.criterion in gates)
    }
    groups += [[r for r in rows if r.criterion in chosen] for chosen in (must, should)]
    groups += [[r for r in rows if r.criterion not in must | should]]
    for group in groups:
        counts = Counter(row.status for row in group)
        applying = len(group) - counts[Status.NOT_APPLICABLE]
        held = sum(gates[r.criterion].effect is Effect.HOLDS and r.status is Status.PASS if r.criterion in gates
                   else r.status is Status.PASS for r in group)  # fmt: skip
        proven = [r for r in group if r.status is Status.PASS and (r.criterion not in gates
                  or gates[r.criterion].status is Status.PASS)]  # fmt: skip
        answered = counts[Status.PASS] + counts[Status.FAIL]
        found |= {*counts.values(), applying, len(group), held, answered, len(proven)}
        for part in (answered, held, counts[Status.PASS], *range(len(group) + 1)):
            found |= {part * 100 // whole for whole in (applying, counts[Status.PASS]) if whole}
    found |= set(range(max(len(report.findings), len(rows), len(report.evidence)) + 2))
    weights = {"low": 1, "medium": 2, "high": 4, "critical": 8, "blocker": 16}
    for group in groups:
        passed = sum(weights[r.severity] for r in group if r.status is Status.PASS)
        applying = sum(weights[r.severity] for r in group if r.status is not Status.NOT_APPLICABLE)
        found |= {passed, applying, passed * 100 // applying if applying else 0}
    hours = {row.slug: row.effort_hours for row in report.criteria}
    sums = [*hours.values(), report.roadmap.effort_hours, *(c.effort_hours for c in report.roadmap.changes)]
    sums += [phase.effort_hours for phase in report.roadmap.phases]
    told = {f"{number:g}" for number in sums} | {str(number) for number in (*found, *weights.values(), 100)}
    ordinals = map(str, (*range(1, 8), report.provenance.files, report.policy.minimum_coverage))
    return told | set(ordinals)


def without_report(report: Report, text: str) -> str:
    """The draft without code, dates and the report's own texts: what is left was written or counted by the draft."""
    text = re.sub(r"(`+).*?\1", " ", text.replace("\\", ""))
    text = re.sub(r"\d{4}-\d\d-\d\d(T[\d:+]+)?", " ", text)
    own = [report.provenance.mode, report.provenance.gonogo, report.target.name, report.schema_version]
    own += [item for row in report.criteria for item in (row.why, row.fix, row.verify, row.asks, row.source, row.code)]
    own += [item.title for row in report.criteria for item in row.references]
    own += [row.reason for row in report.assessments] + [finding.what for finding in report.findings]
    for item in sorted(own, key=len, reverse=True):
        text = text.replace(" ".join(item.split()), " ")
    return re.sub(r"PR \d+", " ", text)


def register(sections: list[Section]) -> list[dict[str, str]]:
    """The rows of the finding register."""
    return [row for table in find(sections, "Finding register").tables for row in table]


def rows(sections: list[Section]) -> Iterator[tuple[Section, dict[str, str]]]:
    """All rows of all tables."""
    yield from ((section, row) for section in sections for table in section.tables for row in table)


def texts(sections: list[Section]) -> Iterator[str]:
    """Everything that is written, cell by cell and line by line."""
    for section in sections:
        yield from (section.title, *section.items, *section.texts)
        yield from (cell for table in section.tables for row in table for cell in row.values())


def sizes(section: Section, below: list[Section]) -> Iterator[int]:
    """What a count behind a title can be of: its items, the rows below, the titles of the next level, or names."""
    yield len(section.items)
    yield sum(len(table) for part in below for table in part.tables)
    yield from (len(table) for part in below for table in part.tables)
    yield from (len(table) - 1 for part in below for table in part.tables)
    yield len([part for part in below[1:] if part.level == section.level + 1])
    yield sum(len(re.findall(r"`gng-", item)) > 0 for part in below for item in part.items)
    yield from (text.count("`") // 2 for text in section.texts)
    yield sum("Counts as:" in text for text in section.texts)
