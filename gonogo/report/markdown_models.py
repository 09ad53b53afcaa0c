"""Sections of the Markdown report about what language models added to an audit, and what that took."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.model.investigation import Asked, Use
from gonogo.model.report import Report
from gonogo.report import outline, spending
from gonogo.report.markdown_text import (
    begins_line,
    block,
    cell_span,
    escape,
    make_table,
    sentence,
    span,
    spans,
)


def prose(report: Report, section: str) -> str:
    """A section's text, each sentence of a model with what it cites, and who wrote it; empty where there is none."""
    written = outline.prose(report, section)
    if written is None:
        return ""
    sentences = [escape(s.text) + (f" \\[{spans(s.cites)}\\]" if s.cites else "") for s in written.sentences]
    text = begins_line(" ".join(sentences) if sentences else escape(written.text))
    author = outline.authorship(report, written)
    return f"{text}\n\n*{escape(author)}*" if author else text


def impact(report: Report) -> str:
    """What the failures mean in production."""
    text = prose(report, "impact")
    return f"## Impact\n\n{text}" if text else ""


def incomplete(report: Report) -> str:
    """Which models did not come to an end, behind the head of the report."""
    found = outline.incomplete(report)
    if not found:
        return ""
    lines = [f"- {escape(part.title)}: {part.state}" + (f", {escape(part.why)}" if part.why else "") for part in found]
    return f"\n\n**{outline.INCOMPLETE}** {outline.INCOMPLETE_MEANS}\n\n" + "\n".join(lines)


def marks(row: outline.Row) -> str:
    """What stands beside a status, in brackets; mostly nothing."""
    found = outline.marks(row.assessment)
    return f" ({', '.join(found)})" if found else ""


def heading(row: outline.Row) -> str:
    """The title of a failing criterion."""
    return f"{row.criterion.code} {row.criterion.slug} ({row.assessment.severity})"


def waiting(report: Report) -> str:
    """How much waits for a person, behind the summary."""
    found = outline.waiting(report)
    before, behind = outline.WAITING
    return f"\n\n{before} [{found}](#for-a-person-to-settle){behind}" if found else ""


def for_a_person(report: Report) -> str:
    """What a model says otherwise than what counts."""
    contested, proposed = outline.contested(report), outline.proposed(report)
    if not contested and not proposed:
        return ""
    parts = [f"## For a person to settle\n\n{outline.SETTLING}"]
    if contested:
        parts.append(f"### Contested failures ({len(contested)})\n\n{outline.CONTESTED}")
        parts += [_claim(claim, _link(claim.row), "fail") for claim in contested]
    if proposed:
        parts.append(f"### Proposed answers ({len(proposed)})\n\n{outline.PROPOSED}")
        parts += [_claim(claim, heading(claim.row), "unverified") for claim in proposed]
    return "\n\n".join(parts)


def beside_failure(report: Report, row: outline.Row) -> list[str]:
    """What a model says of a failing criterion, as lines behind its findings."""
    claim = outline.claim(report, row)
    if claim is None:
        return []
    if row.assessment.is_contested:
        return ["", "A model contests this failure: see [For a person to settle](#for-a-person-to-settle)."]
    says = f"Found by a model, where code had left it unverified ({escape(claim.proposal.by)}), which quotes"
    return ["", f"{says} {_quoted(claim)}:", "", block(claim.proposal.quote)]


def causes(report: Report) -> str:
    """Why criteria fail."""
    if not report.causes:
        return ""
    rows = {row.criterion: row for row in report.assessments}
    lines = []
    for cause in report.causes:
        known = [_link(outline.row_of(report, rows[slug])) if slug in rows else span(slug) for slug in cause.criteria]
        lines.append(
            f"- {cause.area.value.capitalize()}: {sentence(cause.text)}\n"
            f"  Explains {', '.join(known)}. Evidence: {spans(cause.evidence)}. By {escape(cause.by)}."
        )
    return f"## Causes\n\n{outline.CAUSES}\n\n" + "\n".join(lines)


def observations(report: Report) -> str:
    """What models found beside the criteria."""
    if not report.observations:
        return ""
    parts = [f"## Observations ({outline.ADVISORY})\n\n{outline.OBSERVATIONS}"]
    for item in report.observations:
        parts.append(
            f"**{item.area.value.capitalize()}**, `{item.id}` at {span(str(item.locator))}: {sentence(item.what)}  \n"
            f"Why it matters: {sentence(item.why)}  \n"
            f"Evidence: {spans(item.evidence)}. By {escape(item.by)}."
        )
        parts.append(block(item.quote))
    return "\n\n".join(parts)


def markers(report: Report) -> str:
    """Text of the target that addresses who audits it."""
    if not report.markers:
        return ""
    kinds = ", ".join(f"{escape(kind)} {count}" for kind, count in outline.kinds_of_markers(report))
    shown = report.markers[: outline.MOST_MARKERS]
    rows = ((escape(item.kind), cell_span(item.where), cell_span(item.excerpt)) for item in shown)
    text = f"{outline.counted(len(report.markers), 'place')}, by kind: {kinds}. {outline.MARKERS}"
    more = len(report.markers) - len(shown)
    found = make_table(("Kind", "Shown in", "Excerpt"), rows) + (
        f"\n\nand {more} more in the JSON report" if more else ""
    )
    return f"## Text that addresses the auditor\n\n{text}\n\n{found}"


def redacted(report: Report) -> list[str]:
    """How much personal data was redacted, where there was any or a model could have seen it."""
    count, asked = report.provenance.personal_data_redacted, report.provenance.asked
    return [f"- {outline.counted(count, 'piece')} of personal data redacted"] if count or asked else []


def provenance(report: Report) -> str:
    """Which models were asked, with what, at what cost; what was refused. Nothing where none was asked."""
    asked = report.provenance.asked
    if asked is None:
        return ""
    lines = [
        f"- model: {span(asked.model)}",
        f"- region: {span(asked.region) if asked.region else 'none'}",
        f"- guardrail: {span(asked.guardrail) if asked.guardrail else 'none'}",
        *(f"- prompt {span(name)}: {span(digest)}" for name, digest in sorted(asked.prompts.items())),
    ]
    parts = ["### Models\n\n" + "\n".join(lines), _ends(report), _costs(report, asked), _refused(report)]
    return "\n\n" + "\n\n".join([*parts, _violations(report)])


def _ends(report: Report) -> str:
    rows = [
        (escape(part.title), part.state, _names(part.models), escape(part.why) or "-") for part in outline.parts(report)
    ]
    return make_table(("Part", "State", "Model", "Why it ended"), rows)


def _costs(report: Report, asked: Asked) -> str:
    head = ("Part", "Calls", "Look-ups", "Input tokens", "of them cached", "Output tokens", "Cost")
    rows = [(escape(part.title), *_numbers(part.use)) for part in outline.parts(report)]
    table = make_table(head, [*rows, (f"**{spending.WHOLE}**", *_numbers(asked.use))], numbers=len(head) - 1)
    lines = [f"- price of {span(row.model)}: {escape(spending.price(row))}" for row in asked.prices]
    lines += [f"- budget: {spending.limits(asked.limits)}"] if asked.limits else []
    lines += [f"- warned: {escape(text)}" for text in spending.warnings(report)]
    return "\n\n".join(["### Cost by specialist", spending.COST, table, *(["\n".join(lines)] if lines else [])])


def _names(models: tuple[str, ...]) -> str:
    return ", ".join(map(cell_span, models)) or "-"


def _numbers(use: Use | None) -> tuple[str, ...]:
    if use is None:
        return ("-",) * 6
    counts = (use.calls, use.reads, use.input_tokens, use.cached_tokens, use.output_tokens)
    return (*(f"{count:,}" for count in counts), outline.cost(use))


def _refused(report: Report) -> str:
    text = f"### Refused\n\n{outline.what_was_refused(report)}"
    if not report.refused:
        return text
    rows = ((escape(item.kind), escape(item.where), str(item.count)) for item in report.refused)
    return f"{text}\n\n" + make_table(("Kind", "Where", "Count"), rows)


def _violations(report: Report) -> str:
    if not report.violations:
        return f"### Guardrail\n\n{outline.NO_OBJECTION}" if _is_guarded(report) else ""
    rows = (
        (escape(v.guardrail), escape(v.policy), v.action.value, escape(v.where), str(v.count))
        for v in report.violations
    )
    return "### Guardrail\n\n" + make_table(("Guardrail", "Policy", "Action", "Where", "Count"), rows)


def _is_guarded(report: Report) -> bool:
    return bool(report.provenance.asked and report.provenance.asked.guardrail)


def _claim(claim: outline.Claim, title: str, counts: str) -> str:
    proposal, assessment = claim.proposal, claim.row.assessment
    effect = f", which {outline.EFFECT_WORDS[claim.effect]}" if claim.effect in outline.EFFECT_WORDS else ""
    says = outline.STATUS_WORDS[proposal.status]
    lines = [
        f"**{title}**  ",
        f"Counts as: **{counts}**{effect}. Code says: {sentence(assessment.reason)}  ",
        f"Model says: **{says}** ({escape(proposal.by)}): {sentence(proposal.reason)}  ",
        f"Quoted from {_quoted(claim)}:",
    ]
    return "\n".join(lines) + "\n\n" + block(proposal.quote)


def _quoted(claim: outline.Claim) -> str:
    ids: Iterable[str] = claim.proposal.evidence
    return f"{span(claim.place) if claim.place else 'the evidence'} ({spans(ids)})"


def _link(row: outline.Row) -> str:
    """A link to a failing criterion's title, by the anchor that GitHub and GitLab give it."""
    anchor = re.sub(r"[^\w -]", "", heading(row).lower()).replace(" ", "-")
    return f"[{row.criterion.code} {row.criterion.slug}](#{anchor})"
