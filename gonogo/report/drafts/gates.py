"""Must-haves and should-haves: what the verdict stands on, ticked where it holds, and the reasons of the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gonogo.model.comparison import Comparison
from gonogo.model.criterion import Severity, Status
from gonogo.model.report import Report, worst_first
from gonogo.model.verdict import Effect, Gate
from gonogo.report import outline
from gonogo.report.drafts import words
from gonogo.report.markdown_text import escape, make_table

RULE = (
    "Must-haves are the gates of the tier and of the policy; should-haves are one severity below. NO-GO: a must-have "
    "fails without a valid waiver, or its answer was lost. CONDITIONAL: no such thing, but a must-have cannot be "
    "verified, is waived, or fails more mildly than it could; a should-have fails or was not answered to the end; the "
    "policy is not met; or nothing was seen at all. GO: every must-have holds at the strength that it takes, or does "
    "not apply, and something was seen."
)
EFFECT = {Effect.BLOCKS: "blocks", Effect.CONDITIONS: "conditions", Effect.HOLDS: "holds"}


@dataclass(frozen=True, slots=True)
class Have:
    """A criterion with the status that counts, and what it does to the verdict (None: nothing)."""

    row: outline.Row
    status: Status
    severity: Severity
    effect: Effect | None

    @property
    def holds(self) -> bool:
        """Whether it may be ticked."""
        return self.status is Status.PASS and self.effect in (None, Effect.HOLDS)

    @property
    def applies(self) -> bool:
        return self.status is not Status.NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class Haves:
    """All criteria, each in one list, worst first."""

    must: tuple[Have, ...]
    should: tuple[Have, ...]
    other: tuple[Have, ...]


def sort_haves(report: Report) -> Haves:
    """Must: the gates of the tier, and what the policy requires. Should: one severity below. Other: the rest."""
    gates = {gate.criterion: gate for gate in report.verdict.gates}
    below = min(severity.rank for severity in report.target.tier.gates) - 1
    lists: tuple[list[Have], list[Have], list[Have]] = ([], [], [])
    for assessment in worst_first(report.assessments):
        row = outline.row_of(report, assessment)
        gate = gates.get(assessment.criterion)
        have = _have(row, gate)
        if gate is not None and is_must(report, gate):
            lists[0].append(have)
        elif gate is not None or have.severity.rank == below:
            lists[1].append(have)
        else:
            lists[2].append(have)
    return Haves(*map(tuple, lists))


def is_must(report: Report, gate: Gate) -> bool:
    """Whether a gate is one of the tier or of the policy, not only a failure just below."""
    return gate.severity in report.target.tier.gates or gate.criterion in report.policy.required


def tally(haves: Iterable[Have]) -> tuple[int, int]:
    """How many hold, of how many that apply."""
    applying = [have for have in haves if have.applies]
    return sum(have.holds for have in applying), len(applying)


def ticks(haves: Iterable[Have], comparison: Comparison | None = None, *, reasons: bool = True) -> str:
    """A task list of those that apply, with what was found if wanted."""
    before = comparison.before.statuses if comparison and comparison.is_comparable else {}
    lines = []
    for have in haves:
        if not have.applies:
            continue
        was = before.get(have.row.criterion.slug)
        changed = f", {words.STATUS[was]} before" if was is not None and was is not have.row.assessment.status else ""
        found = f": {words.short(have.row.assessment.reason)}" if reasons else ""
        lines.append(
            f"- [{'x' if have.holds else ' '}] {words.code(have.row)} ({have.severity}): "
            f"{words.status(have.row, have.status)}{changed}{found}"
        )
    return "\n".join(lines)


def do_not_apply(haves: Iterable[Have]) -> str:
    """Those that do not apply, in a sentence; empty where all do."""
    slugs = [have.row.criterion.slug for have in haves if not have.applies]
    return f"Not applicable, and so neither ticked nor counted ({len(slugs)}): {words.names(slugs)}." if slugs else ""


def table(haves: Iterable[Have]) -> str:
    """Gates with what each does to the verdict, those that hold too."""
    return make_table(
        ("Effect", "Criterion", "Severity", "Status", "Why"),
        (
            (
                EFFECT[have.effect] if have.effect else "none",
                words.code(have.row),
                have.severity.value,
                words.status(have.row, have.status),
                escape(have.row.assessment.reason),
            )
            for have in sorted(haves, key=lambda have: list(EFFECT).index(have.effect or Effect.HOLDS))
        ),
    )


def rationale(report: Report, most: int | None = None) -> list[str]:
    """Why the verdict is what it is: sentences, each computed from the gates, the worst first."""
    found = []
    for one, many, chosen in _reasons(report):
        if chosen:
            slugs = words.names((gate.criterion for gate in chosen), most)
            found.append(f"{outline.counted(len(chosen), one, many)}: {slugs}.")
    for item in report.verdict.shortfalls:
        text = str(item)
        found.append(escape(text[:1].upper() + text[1:]) + ".")
    held, applying = tally(sort_haves(report).must)
    found.append(f"{held} of {applying} must-haves that apply hold.")
    return found


def _reasons(report: Report) -> Iterator[tuple[str, str, list[Gate]]]:
    """What keeps the verdict from GO, by kind: in words for one and for many, with the gates."""
    blocking = [gate for gate in report.verdict.gates if gate.effect is Effect.BLOCKS]
    yield "must-have fails", "must-haves fail", [g for g in blocking if g.status is Status.FAIL]
    lost = [g for g in blocking if g.status is not Status.FAIL]
    yield "answer to a must-have was lost in the audit", "answers to must-haves were lost in the audit", lost
    conditioning = [gate for gate in report.verdict.gates if gate.effect is Effect.CONDITIONS]
    must = [gate for gate in conditioning if is_must(report, gate)]
    below = [gate for gate in conditioning if not is_must(report, gate)]
    failing = [gate for gate in must if gate.status is Status.FAIL]
    yield "must-have fails and is waived", "must-haves fail and are waived", [g for g in failing if g.waived]
    milder = [gate for gate in failing if not gate.waived]
    yield "must-have fails, but more mildly than it could", "must-haves fail, but more mildly than they could", milder
    unknown = [gate for gate in must if gate.status is not Status.FAIL]
    yield "must-have cannot be verified", "must-haves cannot be verified", unknown
    yield "should-have fails", "should-haves fail", [g for g in below if g.status is Status.FAIL]
    cut = [gate for gate in below if gate.status is not Status.FAIL]
    yield "should-have was not answered to the end", "should-haves were not answered to the end", cut


def _have(row: outline.Row, gate: Gate | None) -> Have:
    if gate is not None:
        return Have(row, gate.status, gate.severity, gate.effect)
    severity = max(row.assessment.severity, row.criterion.severity, key=lambda severity: severity.rank)
    return Have(row, row.assessment.status, severity, None)
