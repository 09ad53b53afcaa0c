"""What the long formats say beside the tables: the same selections for Markdown and HTML, so that both agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from gonogo.model.assessment import Assessment, Finding
from gonogo.model.criterion import Area, Criterion, Severity, Status
from gonogo.model.investigation import Investigation, Nearing, Proposal, Use
from gonogo.model.report import Prose, Report, worst_first
from gonogo.model.verdict import Effect, Gate

DISAGREEMENT = "docs-match-reality"
MOST_STRENGTHS = 20
MOST_MARKERS = 40
TEMPLATE = "template"
NOT_ASKED = "not asked"
STATUS_WORDS = {status: status.value.replace("_", " ") for status in Status}
EFFECT_WORDS = {Effect.BLOCKS: "makes the verdict NO-GO", Effect.CONDITIONS: "keeps the verdict from GO"}

SETTLING = (
    "A model may not make an answer better. What it says here stands beside what counts, with its quote, and changes "
    "nothing until a person acts on it."
)
CONTESTED = "Each counts as a failure until a person decides."
WAITING = ("For a person to settle:", "; until then each counts as if no model had spoken.")
PROPOSED = "Each counts as unverified until a named person confirms the answer."
INCOMPLETE = "Not every model came to an end."
INCOMPLETE_MEANS = (
    "What a specialist's model left unanswered stays unverified and forbids a GO wherever its failure would have; an "
    "answer that was lost counts as a failure. What the synthesizer's model did not write is the template's."
)
CAUSES = "Why criteria fail, as the specialists' models see it: several failures can have one cause."
ADVISORY = "advisory: not part of the verdict"
OBSERVATIONS = (
    "What models found that no criterion asks. It has no severity and belongs to no gate; code looked up each quote in "
    "the file."
)
MARKERS = "This is data, not instruction: models saw it inside a fence, and it changes no answer."
NOTHING_REFUSED = "Nothing that models said was refused."
NO_OBJECTION = "The guardrail objected to nothing."
WORST = sorted(Severity, key=lambda severity: -severity.rank)


@dataclass(frozen=True, slots=True)
class Row:
    """An assessment beside its criterion and findings."""

    assessment: Assessment
    criterion: Criterion
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a model says of a criterion beside what counts. ``place`` is where its quote stands, empty if unknown;
    ``effect`` is what the criterion does to the verdict as it counts, None where it is no gate."""

    row: Row
    proposal: Proposal
    place: str
    effect: Effect | None


@dataclass(frozen=True, slots=True)
class Part:
    """What a specialist's or the synthesizer's model was asked. ``use`` is None where none was."""

    title: str
    state: str
    why: str = ""
    models: tuple[str, ...] = ()
    use: Use | None = None
    is_complete: bool = False
    warned: tuple[Nearing, ...] = ()


def rows(report: Report, status: Status, area: Area | None = None) -> tuple[Row, ...]:
    """The assessments of a status, worst first."""
    chosen = [a for a in report.with_status(status) if area in (None, a.area)]
    return tuple(row_of(report, assessment) for assessment in chosen)


def deciding_gates(report: Report) -> tuple[tuple[Gate, Row], ...]:
    """The gates that keep the verdict from GO, worst first."""
    by_slug = {a.criterion: a for a in report.assessments}
    gates = [gate for gate in report.verdict.gates if gate.effect is not Effect.HOLDS]
    return tuple((gate, row_of(report, by_slug[gate.criterion])) for gate in gates)


def holding_gates(report: Report) -> int:
    """How many gates of the tier hold."""
    return sum(gate.effect is Effect.HOLDS for gate in report.verdict.gates)


def blockers(report: Report) -> tuple[Row, ...]:
    """Failing gates, or where there are none the worst failures, at most ten."""
    gates = {gate.criterion for gate in report.verdict.gates if gate.status is Status.FAIL}
    failing = report.with_status(Status.FAIL)
    first = [a for a in failing if a.criterion in gates]
    return tuple(row_of(report, assessment) for assessment in (first or list(failing))[:10])


def strengths(report: Report) -> tuple[Row, ...]:
    """What passes, worst severity first."""
    return rows(report, Status.PASS)[:MOST_STRENGTHS]


def disagreements(report: Report) -> tuple[Finding, ...]:
    """Where documents and files disagree."""
    return report.findings_of(DISAGREEMENT)


def unseen_by_source(report: Report) -> tuple[tuple[str, str, tuple[Row, ...]], ...]:
    """What is not verified, by the source that would show it, the source that shows most first: (source, permission of
    the first, rows)."""
    groups: dict[str, list[Row]] = {}
    for row in rows(report, Status.UNVERIFIED):
        groups.setdefault(row.criterion.source, []).append(row)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple((source, found[0].criterion.permission, tuple(found)) for source, found in ordered)


def heat_map(report: Report) -> tuple[tuple[Area, tuple[int, ...]], ...]:
    """Failing criteria by area and severity, worst severity first."""
    areas = [score.area for score in report.scores]
    failing = report.with_status(Status.FAIL)
    return tuple((a, tuple(sum(f.area is a and f.severity is s for f in failing) for s in WORST)) for a in areas)


def risks(report: Report) -> tuple[Row, ...]:
    """Failures of high severity or worse."""
    return tuple(row for row in rows(report, Status.FAIL) if row.assessment.severity.rank >= Severity.HIGH.rank)


def verification_plan(report: Report) -> tuple[Row, ...]:
    """How to see that the repairs of the road map's first two phases work."""
    slugs = {slug for phase in report.roadmap.phases[:2] for slug in phase.criteria}
    failing = [a for a in worst_first(report.assessments) if a.criterion in slugs]
    return tuple(row_of(report, assessment) for assessment in failing)


def row_of(report: Report, assessment: Assessment) -> Row:
    """An assessment with its criterion and findings."""
    return Row(assessment, report.criterion(assessment.criterion), report.findings_of(assessment.criterion))


def prose(report: Report, section: str) -> Prose | None:
    """A section's prose, None where there is none."""
    return next((item for item in report.prose if item.section == section), None)


def authorship(report: Report, written: Prose) -> str:
    """Who wrote a section, as a sentence. Empty where no model was asked: then templates wrote everything."""
    if written.author != TEMPLATE:
        return f"Written by {written.author}; code checked every sentence against the facts."
    if written.note:
        return f"Written by the template, not by the model: {written.note.removeprefix('by template: ').rstrip('.')}."
    return "Written by the template." if report.provenance.asked else ""


def marks(assessment: Assessment) -> tuple[str, ...]:
    """What a reader must know beside the status, in a few words each; none for most."""
    found = []
    if assessment.status is Status.FAIL and assessment.waived:
        found.append(f"waived until {assessment.waived.expires}")
    if assessment.status is Status.FAIL and assessment.proposal and not assessment.is_contested:
        found.append("found by a model")
    if assessment.is_contested:
        found.append("contested")
    if assessment.is_proposed and assessment.proposal:
        found.append(f"{STATUS_WORDS[assessment.proposal.status]} proposed")
    if assessment.status is Status.UNVERIFIED and assessment.lost:
        found.append("answer lost")
    elif assessment.status is Status.UNVERIFIED and assessment.unfinished:
        found.append("its model did not finish")
    return tuple(found)


def contested(report: Report) -> tuple[Claim, ...]:
    """Failures that a model contests, worst first."""
    return _claims(report, report.contested())


def proposed(report: Report) -> tuple[Claim, ...]:
    """Unverified criteria that a model proposes an answer for, worst first."""
    return _claims(report, report.proposed())


def waiting(report: Report) -> str:
    """What waits for a person; empty where nothing does."""
    numbers = ((len(report.contested()), "contested failure"), (len(report.proposed()), "proposed answer"))
    return " and ".join(counted(number, what) for number, what in numbers if number)


def claim(report: Report, row: Row) -> Claim | None:
    """What a model says of a row's criterion, None where it says nothing."""
    return next(iter(_claims(report, (row.assessment,))), None)


def parts(report: Report) -> tuple[Part, ...]:
    """The specialists and the synthesizer, with what their models were asked; none where no model was."""
    asked = report.provenance.asked
    if asked is None:
        return ()
    found = [_part(run.title, run.investigation) for run in report.provenance.specialists]
    return (*found, _part("Synthesizer", report.provenance.synthesizer))


def incomplete(report: Report) -> tuple[Part, ...]:
    """The parts in which a model was asked and did not come to an end."""
    return tuple(part for part in parts(report) if part.use is not None and not part.is_complete)


def kinds_of_markers(report: Report) -> tuple[tuple[str, int], ...]:
    """How many places address the auditor, by kind, most first."""
    return tuple(
        sorted(Counter(marker.kind for marker in report.markers).items(), key=lambda item: (-item[1], item[0]))
    )


def what_was_refused(report: Report) -> str:
    """How much of what models said was dropped, as a sentence."""
    total = sum(item.count for item in report.refused)
    if not total:
        return NOTHING_REFUSED
    refusals = counted(total, "refusal")
    return f"{refusals}: words or quotes of models that the facts do not bear. What was not mended was dropped."


def anchors(report: Report) -> dict[str, str]:
    """The anchor of each slug and id that the HTML page shows; a citation of anything else is no link."""
    found = {row.criterion: f"c-{row.criterion}" for row in report.assessments}
    for items in (report.findings, report.evidence, report.observations):
        found |= {item.id: item.id for item in items}
    return found


def cost(use: Use) -> str:
    """The cost in US dollars, or that it is unknown."""
    if use.cost_usd is None:
        return "unknown"
    return "under 0.0001 USD" if 0 < use.cost_usd < 0.0001 else f"{use.cost_usd:.4f} USD"


def ended(text: str) -> str:
    """A text with one full stop at its end."""
    return text.strip().rstrip(".") + "."


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _claims(report: Report, assessments: Iterable[Assessment]) -> tuple[Claim, ...]:
    evidence = report.evidence_by_id()
    effects = {gate.criterion: gate.effect for gate in report.verdict.gates}
    found = []
    for assessment in assessments:
        if (proposal := assessment.proposal) is None:
            continue
        first = evidence.get(proposal.evidence[0]) if proposal.evidence else None
        place = str(first.locator) if first else ""
        found.append(Claim(row_of(report, assessment), proposal, place, effects.get(assessment.criterion)))
    return tuple(found)


def _part(title: str, found: Investigation | None) -> Part:
    if found is None:
        return Part(title, NOT_ASKED)
    return Part(title, found.state.value, found.why, found.models, found.use, found.is_complete, found.warned)
