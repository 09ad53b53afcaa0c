"""Reports by the thousand, made from a few choices each, that hold: what the drafts are tried on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from hypothesis import strategies as st

from gonogo.agents.synthesizer import write_prose
from gonogo.criteria import load_catalogue
from gonogo.model.assessment import Assessment, Finding, finding_id
from gonogo.model.criterion import Area, Criterion, Reference, Severity, Status, Strength
from gonogo.model.deciding import decide_audit
from gonogo.model.evidence import Evidence, Locator
from gonogo.model.investigation import Proposal
from gonogo.model.policy import Policy
from gonogo.model.report import Concession, Provenance, Report, Run, order_findings
from gonogo.model.roadmap import plan
from gonogo.model.scores import cover, score_areas
from gonogo.model.target import Source, Target, Tier
from gonogo.model.waiver import AcceptedRisk, WaiverEntry, accepted_evidence, apply_waivers
from gonogo.tools.evidence import READ

CREATED = "2026-11-21T12:00:00+00:00"
PATHS = ("app/main.py", "terraform/main.tf", "deploy/values.yaml")
FILES = Source(kind="git repository", name="shop", commit="0123456789abcdef", branch="main", dirty=True)
LIVE = Source(kind="Prometheus", name="metrics", observed="2026-11-20T11:00:00+00:00", notes=("read only",))


@dataclass(frozen=True)
class Choice:
    """How one criterion is answered: ``places`` are (path or None, line) of its findings."""

    status: Status = Status.PASS
    places: tuple[tuple[str | None, int], ...] = ((PATHS[0], 3),)
    strength: Strength = Strength.OBSERVED
    waived: bool = False
    lost: bool = False
    unfinished: bool = False
    proposed: Status | None = None


@cache
def criteria() -> tuple[Criterion, ...]:
    """Three criteria of each area and severity where there are so many, with texts that hold no number."""
    found = []
    for area in Area:
        for severity in Severity:
            rows = [row for row in load_catalogue() if row.area is area and row.severity is severity]
            found += [_plain(row) for row in rows if not any(c.isdigit() for c in row.slug)][:2]
    return tuple(found)


def made(
    choices: dict[str, Choice], *, tier: Tier = Tier.B, policy: Policy | None = None, extra: bool = False
) -> Report:
    """The report of these answers; it holds. ``extra`` adds sources, concessions and what could not be read."""
    rows, findings, evidence = [], [], []
    chosen = [row for row in criteria() if row.slug in choices]
    for row in chosen:
        choice = choices[row.slug]
        seen = [_evidence(row, path, line, choice.strength) for path, line in choice.places]
        seen = seen if choice.status in (Status.PASS, Status.FAIL) else []
        found = [_finding(row, item) for item in seen] if choice.status is Status.FAIL else []
        found = list({item.id: item for item in found}.values())
        rows.append(_assessment(row, choice, seen))
        findings += found
        evidence += seen
    target = Target(name="shop", tier=tier, sources=(FILES, LIVE) if extra else (FILES,))
    waivers = _waivers(choices, rows, findings)
    told, given = apply_waivers(waivers, rows, findings, tier, _today())
    return _report(
        tuple(chosen), told, tuple(order_findings(findings)), _unique(evidence), target, policy, given, extra
    )


def choices(slugs: tuple[str, ...] | None = None) -> st.SearchStrategy[dict[str, Choice]]:
    """Answers for some criteria, at random."""
    places = st.lists(st.tuples(st.sampled_from((*PATHS, None)), st.integers(1, 5)), min_size=1, max_size=4)
    one = st.builds(
        Choice,
        status=st.sampled_from((Status.PASS, Status.FAIL, Status.FAIL, Status.UNVERIFIED, Status.NOT_APPLICABLE)),
        places=places.map(tuple),
        strength=st.sampled_from((*Strength, Strength.OBSERVED)),
        waived=st.booleans(),
        lost=st.sampled_from((False, False, False, True)),
        unfinished=st.sampled_from((False, False, False, True)),
        proposed=st.sampled_from((None, None, Status.PASS, Status.NOT_APPLICABLE)),
    )
    names = slugs or tuple(row.slug for row in criteria())
    return st.dictionaries(st.sampled_from(names), one, max_size=16)


def _report(
    chosen: tuple[Criterion, ...],
    rows: tuple[Assessment, ...],
    findings: tuple[Finding, ...],
    evidence: tuple[Evidence, ...],
    target: Target,
    policy: Policy | None,
    waivers: tuple[AcceptedRisk, ...],
    extra: bool,
) -> Report:
    policy = policy or Policy()
    verdict = decide_audit(chosen, rows, target, policy, CREATED)
    asked = Concession(what="authentication counts as low", reason="agreed", origin="the operator's file")
    report = Report(
        target=target,
        verdict=verdict,
        policy=policy,
        waivers=waivers,
        concessions=(asked,) if extra else (),
        not_counted=(asked,) if extra else (),
        scores=score_areas(rows),
        coverage=cover(rows),
        assessments=rows,
        findings=findings,
        evidence=evidence,
        roadmap=plan(chosen, rows, verdict, target.tier),
        criteria=chosen,
        provenance=Provenance(
            gonogo="0.1.0",
            catalogue="0" * 16,
            created=CREATED,
            mode="code only: no model was asked",
            options={},
            files=7,
            could_not_read=("deploy/broken.yaml: is no YAML",) if extra else (),
            specialists=tuple(
                Run(area=area, title=area.value, tools=(), answered=sum(row.area is area for row in rows))
                for area in Area
                if any(row.area is area for row in rows)
            ),
        ),
    )
    return report.model_copy(update={"prose": write_prose(report)})


def _plain(row: Criterion) -> Criterion:
    texts = {name: f"{name} of {row.slug}" for name in ("asks", "why", "fix", "verify", "source", "permission")}
    references = (Reference(title=f"practice of {row.area}", url="https://example.com"),)
    return row.model_copy(update={**texts, "references": references})


def _assessment(row: Criterion, choice: Choice, seen: list[Evidence]) -> Assessment:
    may_propose = bool(seen) and choice.status is Status.FAIL
    proposal = _proposal(choice.proposed, seen[0]) if may_propose and choice.proposed else None
    is_unseen = choice.status is Status.UNVERIFIED
    return Assessment(
        criterion=row.slug,
        area=row.area,
        severity=row.severity,
        status=choice.status,
        strength=choice.strength if seen else None,
        reason=f"the reason of {row.slug}",
        evidence=tuple(item.id for item in seen),
        lost=choice.lost and is_unseen,
        unfinished=choice.unfinished and is_unseen,
        proposal=proposal,
    )


def _proposal(status: Status, shown: Evidence) -> Proposal:
    return Proposal(status=status, reason="it says so", evidence=(shown.id,), quote=shown.excerpt, by="a model")


def _evidence(row: Criterion, path: str | None, line: int, strength: Strength) -> Evidence:
    if path is None:
        locator, excerpt = Locator(symbol=f"search for {row.slug}"), "nothing was found"
    else:
        locator, excerpt = Locator(path=path, line=line, end_line=line), f"line of {row.slug} {'x' * line}"
    return Evidence.make(tool=READ, source="shop", locator=locator, excerpt=excerpt, strength=strength)


def _finding(row: Criterion, item: Evidence) -> Finding:
    quote = item.excerpt if item.locator.path else ""
    return Finding(
        id=finding_id(row.slug, item.locator, quote),
        criterion=row.slug,
        area=row.area,
        severity=row.severity,
        what=f"{row.slug} does not hold here",
        locator=item.locator,
        quote=quote,
        evidence=(item.id,),
        fix=row.fix,
        effort_hours=row.effort_hours,
    )


def _waivers(choices: dict[str, Choice], rows: list[Assessment], findings: list[Finding]) -> tuple[AcceptedRisk, ...]:
    found = []
    for row in rows:
        own = [finding for finding in findings if finding.criterion == row.criterion]
        if choices[row.criterion].waived:
            entry = WaiverEntry.model_validate(
                {
                    "criterion": row.criterion,
                    "owner": "Ada",
                    "reason": "accepted for now",
                    "expires": "2026-12-01",
                    "evidence": accepted_evidence(row, own),
                }
            )
            found.append(AcceptedRisk(entry=entry, origin="the operator's waivers"))
    return tuple(found)


def _unique(evidence: list[Evidence]) -> tuple[Evidence, ...]:
    return tuple({item.id: item for item in evidence}.values())


def _today() -> date:
    return date.fromisoformat(CREATED[:10])
