"""The certification: the verdict with its scope, the gates that make it, what stays open, who signs, the evidence."""

from __future__ import annotations

from gonogo.model.comparison import Comparison
from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.model.verdict import Value
from gonogo.report import outline
from gonogo.report.drafts import changes, gates, head, index, persons, register, words
from gonogo.report.markdown_text import escape, make_table

CERTIFIES = {
    Value.GO: "This run certifies the target as it was read, for the scope below, until the date below.",
    Value.CONDITIONAL: "This run certifies the target only under the conditions below, and without them nothing.",
    Value.NO_GO: "This run does not certify the target. The document says why, and what would change it.",
}
ONLY_READS = (
    "gonogo only reads: the target was not built, started, tested, loaded, attacked or restored, and nothing in it was "
    "changed."
)


def write(report: Report, comparison: Comparison | None) -> str:
    """Markdown."""
    parts = [
        head.title(report, "Readiness certification"),
        CERTIFIES[report.verdict.value],
        head.control(report, comparison),
        head.caveats(report),
        _gates(report),
        _conditions(report),
        _confidence(report),
        f"## Outstanding risks\n\n{words.HOURS}\n\n{register.risks(report)}",
        _not_done(report),
        f"## Waivers\n\n{persons.waivers(report)}",
        _decisions(report),
        changes.section(report, comparison),
        f"## Sign-off\n\n{persons.sign_off(report)}",
        f"## Contacts\n\n{persons.contacts()}",
        f"## Appendix: evidence ({len(report.evidence)})\n\n{index.table(report)}",
        index.imported(report),
    ]
    return "\n\n".join(part for part in parts if part)


def _gates(report: Report) -> str:
    haves = gates.sort_haves(report)
    held, applying = gates.tally(haves.must)
    reasons = "\n".join(f"{number}. {line}" for number, line in enumerate(gates.rationale(report), 1))
    applies = [have for have in haves.must if have.applies]
    parts = [f"## Rationale\n\n{gates.RULE}\n\n{reasons}", f"## Must-haves: {held} of {applying}"]
    parts += [words.STATUS_MEANS, gates.table(applies) if applies else "None applies.", gates.do_not_apply(haves.must)]
    return "\n\n".join(part for part in parts if part)


def _conditions(report: Report) -> str:
    """What must become true for the next better verdict."""
    if not report.roadmap.changes:
        return ""
    parts = []
    for change in report.roadmap.changes:
        lines = [f"- [ ] repair {_step(report, slug)}" for slug in change.fix]
        lines += [f"- [ ] verify {_step(report, slug)}" for slug in change.verify]
        lines += [f"- [ ] reach: {escape(item)}" for item in change.reach]
        parts.append(f"### From {change.before} to {change.after} ({len(lines)})\n\n" + "\n".join(lines))
    return "## Conditions\n\n" + "\n\n".join(parts)


def _step(report: Report, slug: str) -> str:
    row = report.criterion(slug)
    return f"{row.code} {slug}. Test: {escape(row.verify)}"


def _confidence(report: Report) -> str:
    coverage = report.coverage
    passing = report.with_status(Status.PASS)
    rows = []
    for strength, means in words.STRENGTH_MEANS:
        number = sum(row.strength is strength for row in passing)
        rows.append((f"{strength} ({means})", words.share(number, len(passing))))
    unknown = sum(row.strength is None for row in passing)
    rows += [("without a strength", words.share(unknown, len(passing)))] if unknown else []
    rows.append(("**All**", words.share(len(passing), len(passing))))
    return (
        "## Confidence\n\n"
        f"Answered: {words.share(coverage.answered, coverage.applicable)} of the criteria that apply; that is all that "
        "confidence is made of. What the passes stand on:\n\n" + make_table(("Strength", "Passes"), rows, numbers=1)
    )


def _not_done(report: Report) -> str:
    run = report.provenance
    lines = [ONLY_READS, f"How it was made: {escape(run.mode)}."]
    lines += head.not_asked(report)
    lines += [f"{escape(s.title)}: failed, {escape(s.failed)}." for s in run.specialists if s.failed]
    lines += [f"Could not be read: {escape(item)}." for item in run.could_not_read]
    for source, _, rows in outline.unseen_by_source(report):
        lines.append(f"Not seen, {escape(source)}: {words.names(row.criterion.slug for row in rows)}.")
    return "## What was not done\n\n" + "\n".join(f"- {line}" for line in lines)


def _decisions(report: Report) -> str:
    made, waiting = persons.decisions(report), persons.settle(report)
    parts = [f"## Decisions of persons\n\n{made}"] if made else []
    parts += [f"## For a person to decide\n\n{waiting}"] if waiting else []
    return "\n\n".join(parts)
