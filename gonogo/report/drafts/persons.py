"""What persons decide and sign: waivers, and blanks for everything that a run cannot know."""

from __future__ import annotations

from gonogo.model.criterion import Status
from gonogo.model.report import Report
from gonogo.model.waiver import State
from gonogo.report import outline
from gonogo.report import waivers as told
from gonogo.report.drafts import words
from gonogo.report.markdown_text import cell_span, escape, make_table

NO_WAIVERS = "None was given, and nothing is waived."
SIGNING = (
    "gonogo decides and does not sign. A person who may answer for the service does, and signs what stands above as it "
    "stands: a failure, a condition or a blank does not go away by a signature."
)
ROLES = ("Owner of the service", "Operations or SRE", "Security", "Approval authority")


def waivers(report: Report) -> str:
    """Waivers with owner, last day and what became of each; the failures beside them stay failures."""
    if not report.waivers:
        return _waived(report)
    given = (item.origin for item in report.waivers)
    cells = ((*row, origin) for row, origin in zip(told.rows(report), given, strict=True))
    table = make_table((*told.HEAD, "Given in"), (tuple(map(escape, row)) for row in cells))
    applied = sum(item.state is State.APPLIED for item in report.waivers)
    return f"{applied} of {outline.counted(len(report.waivers), 'waiver')} applied. {told.MEANS}\n\n{table}"


def settle(report: Report) -> str:
    """What models say otherwise than what counts, for a person to decide; empty where nothing waits."""
    claims = [*outline.contested(report), *outline.proposed(report)]
    if not claims:
        return ""
    table = make_table(
        ("Criterion", "Counts as", "A model says", "Because", "Decision"),
        (
            (
                words.code(claim.row),
                words.STATUS[claim.row.assessment.status],
                words.STATUS[claim.proposal.status],
                words.short(claim.proposal.reason),
                words.TO_FILL,
            )
            for claim in claims
        ),
    )
    return f"{outline.SETTLING}\n\n{table}"


def decisions(report: Report) -> str:
    """What persons decided, what it took the place of, and what became of each; empty where nobody decided anything."""
    made = report.decisions
    if not made:
        return ""
    table = make_table(
        ("Decision", "By", "What", "About", "Instead of", "Because", "When", "Until", "Standing", "Attached"),
        (
            (
                f"`{item.id}`",
                escape(item.who),
                item.what.value + (f" {words.STATUS[item.status]}" if item.status else ""),
                cell_span(item.subject),
                words.STATUS[item.before.status] if item.before else "-",
                escape(item.reason),
                escape(item.at),
                escape(item.expires) or "-",
                item.standing.value + (f": {escape(item.why)}" if item.why else ""),
                "; ".join(f"{escape(file.name)} {cell_span(file.sha256)}" for file in item.attachments) or "-",
            )
            for item in made
        ),
    )
    holding = sum(item.is_standing for item in made)
    return f"{words.share(holding, len(made))} of them hold.\n\n{table}"


def sign_off(report: Report) -> str:
    """The sign-off block: all of it blank but what the run knows."""
    run = report.provenance
    assessed = (
        f"Assessed by gonogo {escape(run.gonogo)}, {escape(run.created)}; verdict {report.verdict.value}, valid until "
        f"{escape(report.verdict.valid_until)}."
    )
    rows = ((role, words.TO_NAME, words.TO_FILL, words.TO_FILL, words.TO_SIGN) for role in ROLES)
    return f"{assessed} {SIGNING}\n\n" + make_table(("Role", "Name", "Decision", "Date", "Signature"), rows)


def contacts() -> str:
    """Who to reach: nothing that a run knows."""
    rows = ((role, words.TO_NAME) for role in ("On call", "Escalation", "Announces the release", "Decides a rollback"))
    return make_table(("For", "Who and how"), rows)


def _waived(report: Report) -> str:
    rows = [row for status in Status for row in outline.rows(report, status) if row.assessment.waived]
    if not rows:
        return NO_WAIVERS
    return make_table(
        ("For", "Status", "Owner", "Last day", "Reason"),
        (
            (words.code(row), words.STATUS[row.assessment.status], escape(w.owner), escape(w.expires), escape(w.reason))
            for row in rows
            if (w := row.assessment.waived)
        ),
    )
