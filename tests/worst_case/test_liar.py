"""A model that lies in good form: nothing of it stands in a report but what code can show."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from gonogo.agents.grounding import MOST_CAUSES, MOST_OBSERVATIONS, stock_reason
from gonogo.agents.guard import check_report
from gonogo.agents.submission import END
from gonogo.model.criterion import Area, Status
from gonogo.model.report import Report
from gonogo.model.verdict import Value
from gonogo.report import render
from tests.asking import write
from tests.bedrock import Answer, Request, Scripted
from tests.worst_case.lies import FILES, PRIVATE, SECTIONS, prose, submissions
from tests.worst_case.targets import Prepared, assert_never_better, prepare, three_verdicts

AREAS = (Area.SECURITY, Area.OBSERVABILITY)
_FIGURE = re.compile(r"(?<![\w.-])\d+(?:[.,]\d+)*")
_LOOSE = re.compile(r"\d+(?:[.,]\d+)*")
_SPELLED = re.compile(
    r"\b(?:eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|dozen)s?\b",
    re.IGNORECASE,
)
_REPLACED = re.compile(r"\\\[redacted:[^\]]*\\\]|\\\\u\\\{[0-9a-f]+\\\}")


COUNTS: Counter[str] = Counter()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> dict[Value, Prepared]:
    folder = write(tmp_path_factory.mktemp("orders"), FILES)
    return three_verdicts(prepare(folder, areas=AREAS))


quick = settings(
    deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink)
)


def test_a_liar_is_not_believed(service: dict[Value, Prepared]) -> None:
    lie(service, 16, 0)
    assert set(service) == set(Value)
    assert min(COUNTS[kind] for kind in ("answers", "observations", "sections", "refused")) > 0, COUNTS


@pytest.mark.sweep
@pytest.mark.parametrize("number", range(1, 21))
def test_no_liar_is_believed(number: int, service: dict[Value, Prepared]) -> None:
    lie(service, 250, number)


def lie(service: dict[Value, Prepared], examples: int, number: int) -> None:
    """Audits so many times, with a liar that the number makes."""
    plain = next(iter(service.values())).plain
    ids = [item.id for item in plain.evidence] + [finding.id for finding in plain.findings[:5]]
    open_ = {
        area: [
            row.criterion
            for row in plain.assessments
            if row.area is area and row.status in (Status.FAIL, Status.UNVERIFIED)
        ]
        for area in AREAS
    }

    @seed(number)
    @settings(quick, max_examples=examples)
    @given(
        st.sampled_from(list(service)),
        st.fixed_dictionaries({a.value: st.lists(submissions(open_[a], ids), min_size=1, max_size=2) for a in AREAS}),
        st.lists(prose([*open_[AREAS[0]], *open_[AREAS[1]]], ids), min_size=1, max_size=2),
    )
    def one(verdict: Value, given: dict[str, list[dict[str, Any]]], written: list[dict[str, Any]]) -> None:
        def script(request: Request) -> Scripted:
            name = request.system.split("\n")[0].removeprefix("# ")
            told = written if name == "synthesizer" else given[name]
            return Answer(tools=[("submit", told[min(request.turn, len(told) - 1)])])

        target = service[verdict]
        report, requests = target.audit(script)
        assert_never_better(target.plain, report)
        turns = Counter(request.system.split("\n")[0].removeprefix("# ") for request in requests)
        said = {name: [parts[min(n, len(parts) - 1)] for n in range(turns[name])] for name, parts in given.items()}
        assert_honest(report, said)
        check_report(report, target.collector.repository)

    one()


def assert_honest(report: Report, given: dict[str, list[dict[str, Any]]]) -> None:
    data = json.loads(render(report, "json"))
    evidence = {item["id"]: item for item in data["evidence"]}
    allowed = known_figures(data)
    for text, cited in claims(data):
        assert cited, text
        assert set(cited) <= set(evidence), text
    for text in [text for text, _ in claims(data)] + [s["text"] for p in data["prose"] for s in p["sentences"]]:
        for figure in _FIGURE.findall(text):
            assert figure.strip(".,") in allowed, (figure, text)
        for word in _SPELLED.findall(text):
            assert word.lower() in allowed, (word, text)
    for quote, item in quotes(data, evidence):
        assert is_in_file(quote, item["locator"]["path"]), (quote, item)
    told = json.dumps(data, ensure_ascii=False)
    assert not [text for text in PRIVATE if text in told]
    _assert_counted(report, given)


def claims(data: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """All texts of specialists' models, with the evidence that they rest on."""
    places = {item["id"]: item["locator"] for item in data["evidence"]}
    for row in data["assessments"]:
        if said := row["proposal"]:
            at = places[said["evidence"][0]]
            if said["reason"] != f"a specialist's model answers this with what stands at {at['path']}:{at['line']}":
                yield said["reason"], said["evidence"]
    for cause in data["causes"]:
        yield cause["text"], cause["evidence"]
    for seen in data["observations"]:
        yield seen["what"], seen["evidence"]
        yield seen["why"], seen["evidence"]


def quotes(data: dict[str, Any], evidence: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that is quoted from a file, with its evidence."""
    said = [row["proposal"] for row in data["assessments"] if row["proposal"]]
    for row in (*said, *data["observations"]):
        yield row["quote"], evidence[row["evidence"][0]]
    for finding in data["findings"]:
        if finding["locator"]["path"]:
            yield finding["quote"], evidence[finding["evidence"][0]]
    yield from ((item["excerpt"], item) for item in evidence.values() if item["locator"]["path"])


def is_in_file(quote: str, path: str) -> bool:
    """Reads the file's text again. What was redacted, hidden or cut may be anything."""
    folded = re.sub(r"\s+", " ", FILES[path])
    wanted = re.escape(re.sub(r"\s+", " ", quote.strip()))
    return re.search(_REPLACED.sub(".{1,200}?", wanted).replace(r"\ ", " ?"), folded) is not None


def known_figures(data: dict[str, Any]) -> set[str]:
    """Every number that code read or computed, and every word of it that spells one."""
    rows = [
        *(text for row in data["criteria"] for key, text in row.items() if key != "references"),
        *(title["title"] for row in data["criteria"] for title in row["references"]),
        *(item["excerpt"] for item in data["evidence"]),
        *(item["locator"] for item in data["evidence"]),
        *(finding["what"] for finding in data["findings"] if not finding["by"]),
        *(row["reason"] for row in data["assessments"] if not row["proposal"] or row["status"] != "fail"),
        *(data[key] for key in ("target", "roadmap", "coverage", "scores", "verdict")),
        [data["provenance"]["created"], data["provenance"]["files"]],
        *(prose["text"] for prose in data["prose"] if prose["author"] == "template"),
    ]
    text = json.dumps(rows, ensure_ascii=False).lower()
    found = {part.strip(".,") for part in _LOOSE.findall(text)} | set(_SPELLED.findall(text))
    counted = [len(data[key]) for key in ("assessments", "findings", "evidence", "criteria", "observations", "causes")]
    counted += [
        sum(row["status"] == status for row in data["assessments"]) for status in ("pass", "fail", "unverified")
    ]
    counted += Counter(row["severity"] for row in data["findings"]).values()
    counted += Counter((gate["effect"], gate["status"]) for gate in data["verdict"]["gates"]).values()
    counted += [n for phase in data["roadmap"]["phases"] for n in (len(phase["criteria"]),)]
    return found | {str(number) for number in counted}


def _assert_counted(report: Report, given: dict[str, list[dict[str, Any]]]) -> None:
    """What was said stands, or is counted among what was refused. What is said again in a second submission, or by
    another area, stands once."""
    places = {item.id: item.locator for item in report.evidence}
    refused: Counter[str] = Counter()
    for item in report.refused:
        refused[item.where] += item.count
    for area, said in given.items():
        proposals = [row.proposal for row in report.assessments if row.area == area and row.proposal]
        in_code_s_words = sum(p.reason == stock_reason(places[p.evidence[0]]) for p in proposals)
        standing = {
            "answers": len(proposals),
            "causes": sum(cause.area == area for cause in report.causes),
            "observations": sum(item.area == area for item in report.observations),
        }
        gone = sum(len(part[kind]) - standing[kind] for part in said[:1] for kind in standing)
        again = sum(len(part[kind]) for part in said[1:] for kind in standing)
        elsewhere = sum(len(part["observations"]) for other, parts in given.items() if other != area for part in parts)
        assert gone + in_code_s_words <= refused[area] + elsewhere, (standing, refused, said)
        assert len(said) <= 1 or refused[area] > 0, "only what was refused is asked for again"
        assert sum(standing.values()) <= sum(len(part[kind]) for part in said for kind in standing)
        assert gone + again >= 0
        assert standing["causes"] <= 2 * MOST_CAUSES
        assert standing["observations"] <= 2 * MOST_OBSERVATIONS
        COUNTS.update(standing)
    for prose_of in report.prose:
        if prose_of.section in SECTIONS and prose_of.author == "template":
            assert refused[prose_of.section] > 0
            assert prose_of.note
        elif prose_of.section in SECTIONS:
            COUNTS["sections"] += 1
    COUNTS["refused"] += sum(refused.values())


def test_what_is_said_twice_is_counted(service: dict[Value, Prepared]) -> None:
    seen = {
        "what": "Orders are paid",
        "why": "Orders are paid",
        "path": "app/pay.py",
        "line": 3,
        "quote": "RETRIES = 3",
    }
    given = {"causes": [], "answers": [], "observations": [seen, seen], "end": END}

    def script(request: Request) -> Scripted:
        said = given if request.system.startswith("# security") else {**given, "observations": []}
        return Answer(tools=[("submit", said)])

    report, _ = service[Value.NO_GO].audit(script)
    assert len(report.observations) == 1
    assert [(row.kind, row.count) for row in report.refused if row.where == "security"] == [("said twice", 1)]
