"""A small report, by hand, of an audit that asked a model: every field that a model can fill is filled once."""

from __future__ import annotations

from collections.abc import Callable

from gonogo.criteria import load_catalogue
from gonogo.model.assessment import Assessment, Finding, finding_id
from gonogo.model.criterion import Area, Criterion, Status, Strength
from gonogo.model.evidence import Evidence, Locator
from gonogo.model.investigation import (
    Action,
    Asked,
    Bound,
    Cause,
    Investigation,
    Limits,
    Marker,
    ModelPrice,
    Nearing,
    Observation,
    Proposal,
    Refused,
    State,
    Use,
    Violation,
    observation_id,
)
from gonogo.model.report import Prose, Provenance, Report, Run, Sentence
from gonogo.model.roadmap import plan
from gonogo.model.scores import cover, score_areas
from gonogo.model.target import Target, Tier
from gonogo.model.verdict import decide

Say = Callable[[str], str]
"""Gives the text of a field by its name."""
SECURITY = [row for row in load_catalogue() if row.area is Area.SECURITY]
RELIABILITY = [row for row in load_catalogue() if row.area is Area.RELIABILITY]
CONTESTED, FOUND, PASSING = SECURITY[:3]
PROPOSED, UNFINISHED, LOST, ABSENT = RELIABILITY[:4]
FIELDS = (
    "target.name,assessment.reason,proposal.reason,proposal.quote,proposal.by,found.reason,found.quote,found.by,"
    "proposed.reason,proposed.quote,proposed.by,finding.what,finding.by,cause.text,cause.by,observation.what,"
    "observation.why,observation.quote,observation.by,path,marker.kind,marker.where,marker.excerpt,refused.kind,"
    "refused.where,violation.guardrail,violation.policy,violation.where,investigation.why,investigation.model,"
    "synthesizer.why,synthesizer.model,asked.model,asked.region,asked.guardrail,prompt.name,prompt.hash,prose.author,"
    "prose.note,sentence.text,sentence.cites,template.text,price.model,price.date,price.source"
).split(",")


def plain(name: str) -> str:
    """Words that no format changes, one set a field."""
    return "words of " + name.replace(".", " ")


def asked_report(say: Say = plain) -> Report:
    """One contested failure, one that a model found, a proposed, an unfinished and a lost answer, and all the rest."""
    path = say("path")
    shown = _evidence(path, 3, "the lines that are quoted")
    other = _evidence(path, 9, "other lines")
    findings = (
        _finding(CONTESTED, other, say("finding.what"), ""),
        _finding(FOUND, shown, say("found.reason"), say("finding.by")),
    )
    rows = _assessments(say, shown, other)
    catalogue = (CONTESTED, FOUND, PASSING, PROPOSED, UNFINISHED, LOST, ABSENT)
    verdict = decide(catalogue, rows, Tier.B, valid_until="2026-12-21")
    return Report(
        target=Target(name=say("target.name")),
        verdict=verdict,
        prose=_prose(say, shown, findings[0]),
        scores=score_areas(rows),
        coverage=cover(rows),
        assessments=rows,
        findings=findings,
        evidence=(shown, other),
        causes=(_cause(say, shown),),
        observations=(_observation(say, shown),),
        markers=(Marker(kind=say("marker.kind"), where=say("marker.where"), excerpt=say("marker.excerpt")),),
        refused=(Refused(kind=say("refused.kind"), where=say("refused.where"), count=4),),
        violations=_violations(say),
        roadmap=plan(catalogue, rows, verdict, Tier.B),
        criteria=catalogue,
        provenance=_provenance(say),
    )


def without_models(report: Report) -> Report:
    """The same report as an audit by code alone would have left it."""
    rows = tuple(row.model_copy(update={"proposal": None, "unfinished": False}) for row in report.assessments)
    changed = {
        "assessments": rows,
        "prose": tuple(Prose(section=prose.section, text=f"X: {prose.text}") for prose in report.prose),
        "findings": tuple(finding.model_copy(update={"by": ""}) for finding in report.findings),
        "provenance": report.provenance.model_copy(
            update={
                "asked": None,
                "synthesizer": None,
                "personal_data_redacted": 0,
                "specialists": (),
            }
        ),
    }
    empty = dict.fromkeys(("causes", "observations", "markers", "refused", "violations"), ())
    return report.model_copy(update=changed | empty)


def _assessments(say: Say, shown: Evidence, other: Evidence) -> tuple[Assessment, ...]:
    contest = _proposal(say, "proposal", Status.PASS, shown)
    found = _proposal(say, "found", Status.FAIL, shown)
    proposed = _proposal(say, "proposed", Status.NOT_APPLICABLE, shown)
    reason = say("assessment.reason")
    return (
        _assessment(CONTESTED, Status.FAIL, reason, evidence=(other.id,), proposal=contest),
        _assessment(FOUND, Status.FAIL, say("found.reason"), evidence=(shown.id,), proposal=found),
        _assessment(PASSING, Status.PASS, reason, evidence=(other.id,)),
        _assessment(PROPOSED, Status.UNVERIFIED, reason, proposal=proposed),
        _assessment(UNFINISHED, Status.UNVERIFIED, reason, unfinished=True),
        _assessment(LOST, Status.UNVERIFIED, reason, lost=True),
        _assessment(ABSENT, Status.NOT_APPLICABLE, reason),
    )


def _assessment(
    row: Criterion,
    status: Status,
    reason: str,
    *,
    evidence: tuple[str, ...] = (),
    proposal: Proposal | None = None,
    unfinished: bool = False,
    lost: bool = False,
) -> Assessment:
    return Assessment(
        criterion=row.slug,
        area=row.area,
        severity=row.severity,
        status=status,
        strength=Strength.OBSERVED if evidence else None,
        reason=reason,
        evidence=evidence,
        proposal=proposal,
        unfinished=unfinished,
        lost=lost,
    )


def _proposal(say: Say, name: str, status: Status, shown: Evidence) -> Proposal:
    texts = {key: say(f"{name}.{key}") for key in ("reason", "quote", "by")}
    return Proposal(status=status, evidence=(shown.id,), **texts)


def _finding(row: Criterion, evidence: Evidence, what: str, by: str) -> Finding:
    return Finding(
        id=finding_id(row.slug, evidence.locator, evidence.excerpt),
        criterion=row.slug,
        area=row.area,
        severity=row.severity,
        what=what,
        locator=evidence.locator,
        quote=evidence.excerpt,
        evidence=(evidence.id,),
        fix=row.fix,
        effort_hours=row.effort_hours,
        by=by,
    )


def _evidence(path: str, line: int, excerpt: str) -> Evidence:
    locator = Locator(path=path, line=line, end_line=line)
    return Evidence.make(tool="read", source="r", locator=locator, excerpt=excerpt, strength=Strength.OBSERVED)


def _cause(say: Say, shown: Evidence) -> Cause:
    slugs = (CONTESTED.slug, FOUND.slug)
    return Cause(area=Area.SECURITY, text=say("cause.text"), criteria=slugs, evidence=(shown.id,), by=say("cause.by"))


def _observation(say: Say, shown: Evidence) -> Observation:
    texts = {key: say(f"observation.{key}") for key in ("what", "why", "quote", "by")}
    key = observation_id(shown.locator, texts["quote"])
    return Observation(id=key, area=Area.SECURITY, locator=shown.locator, evidence=(shown.id,), **texts)


def _violations(say: Say) -> tuple[Violation, ...]:
    texts = {key: say(f"violation.{key}") for key in ("guardrail", "policy", "where")}
    return tuple(
        Violation(action=action, count=count, **texts) for action, count in ((Action.BLOCK, 7), (Action.WARN, 8))
    )


def _prose(say: Say, shown: Evidence, finding: Finding) -> tuple[Prose, ...]:
    cites = (CONTESTED.slug, finding.id, shown.id, say("sentence.cites"))
    sentences = (Sentence(text=say("sentence.text"), cites=cites), Sentence(text="It has a second one.", cites=()))
    text = " ".join(sentence.text for sentence in sentences)
    return (
        Prose(section="summary", text=text, author=say("prose.author"), sentences=sentences),
        Prose(section="next_step", text="What comes next."),
        Prose(section="impact", text=say("template.text"), note=say("prose.note")),
        Prose(section="road_map", text="What the template plans."),
    )


def _provenance(say: Say) -> Provenance:
    known = Use(calls=11, reads=12, input_tokens=123_456, output_tokens=7_890, cached_tokens=45_678, cost_usd=0.4321)
    bounded = Investigation(
        state=State.BOUNDED,
        why=say("investigation.why"),
        models=(say("investigation.model"),),
        use=known,
        warned=tuple(Nearing(bound=Bound.MONEY, percent=percent) for percent in (80, 95)),
    )
    told = {"model": say("price.model"), "as_of": say("price.date"), "source": say("price.source")}
    lost = Investigation(
        state=State.LOST,
        why=say("synthesizer.why"),
        models=(say("synthesizer.model"),),
        use=Use(calls=3, input_tokens=5, output_tokens=6),
    )
    return Provenance(
        gonogo="0.1.0",
        catalogue="0" * 16,
        created="2026-11-21T12:00:00+00:00",
        mode="code decided",
        options={},
        specialists=(
            Run(area=Area.SECURITY, title="Security", tools=(), answered=3, investigation=bounded),
            Run(area=Area.RELIABILITY, title="Reliability", tools=(), answered=0, failed="it broke"),
        ),
        personal_data_redacted=13,
        asked=Asked(
            model=say("asked.model"),
            region=say("asked.region"),
            guardrail=say("asked.guardrail"),
            prompts={say("prompt.name"): say("prompt.hash")},
            use=Use(calls=14, reads=12, input_tokens=123_461, output_tokens=7_896, cached_tokens=45_678),
            prices=(
                ModelPrice(model="", input=2.5, output=12, cached=0.25, written=3).model_copy(update=told),
                ModelPrice(model="the model of unknown price"),
            ),
            limits=Limits(calls=16, reads=60, tokens=160_000, usd=0.45, seconds=1_800, is_hard=False),
            warned=(Nearing(bound=Bound.TOKENS, percent=80),),
        ),
        synthesizer=lost,
    )
