"""langgraph.json, as LangGraph's own tools read it: a file and a factory in it, called with plain data."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gonogo.agents.guard import check_report
from gonogo.config import ConfigurationError
from gonogo.model.report import Report
from gonogo.tools.errors import ToolError

ROOT = Path(__file__).parents[1]
FILE = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
KNOWN = {"python_version", "dependencies", "graphs", "env"}
"""Of the keys that the format has."""


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module that the file names, loaded by its path under a name of the tool's own."""
    path, _, name = FILE["graphs"]["audit"].partition(":")
    assert name == "graph"
    spec = importlib.util.spec_from_file_location("graph_of_a_tool", ROOT / path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "graph_of_a_tool", module)
    spec.loader.exec_module(module)
    yield module


@pytest.fixture
def graph(studio: ModuleType) -> Any:
    return studio.graph()


def test_the_file_says_what_the_format_asks() -> None:
    assert set(FILE) <= KNOWN
    assert FILE["python_version"] in ("3.11", "3.12", "3.13")
    assert FILE["dependencies"] == ["."], "the package itself, which brings LangGraph and never its server"
    assert all(isinstance(value, str) for value in FILE["env"].values())
    for place in FILE["graphs"].values():
        path, colon, _ = place.partition(":")
        assert colon and path.startswith("./") and (ROOT / path).is_file()


def test_the_server_is_no_dependency() -> None:
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "langgraph-api" not in text and "langgraph-runtime" not in text


def test_nothing_happens_at_import() -> None:
    code = "import sys, gonogo.graph.studio; print(sorted({'langgraph', 'boto3', 'langchain_core'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_path_makes_a_report(graph: Any, shop: Path, shop_report: Report) -> None:
    found = graph.invoke({"path": str(shop)})
    assert set(found) == {"verdict", "report"}
    report = Report.model_validate(json.loads(json.dumps(found["report"])))
    check_report(report)
    assert found["verdict"] == report.verdict.value.value == "NO-GO"
    expected = [(row.criterion, row.status) for row in shop_report.assessments]
    assert [(row.criterion, row.status) for row in report.assessments] == expected
    assert report.target.name == shop.name


def test_options_are_those_of_an_audit(graph: Any, shop: Path) -> None:
    given = {"path": str(shop), "tier": "A", "environment": "staging", "areas": ["security"]}
    report = Report.model_validate(graph.invoke(given)["report"])
    assert (report.target.tier.value, report.target.environment) == ("A", "staging")
    assert [run.area.value for run in report.provenance.specialists] == ["security"]
    assert report.provenance.options == {"tier": "A", "environment": "staging", "areas": "security"}
    assert any("staging" in item.what for item in report.concessions)


def test_what_the_repository_asks_for_itself_does_not_count(graph: Any, tmp_path: Path) -> None:
    (tmp_path / "gonogo.yaml").write_text("target: till\ntier: C\n")
    (tmp_path / "app.py").write_text("print()\n")
    report = Report.model_validate(graph.invoke({"path": str(tmp_path), "areas": ["cost"]})["report"])
    assert (report.target.name, report.target.tier.value) == ("till", "B")
    assert report.not_counted


def test_the_steps_can_be_watched(graph: Any, shop: Path) -> None:
    seen = [
        name for _, part in graph.stream({"path": str(shop)}, stream_mode="updates", subgraphs=True) for name in part
    ]
    assert list(dict.fromkeys(seen)) == [
        "open",
        "survey",
        "specialist",
        "answered",
        "decide",
        "synthesize",
        "guard",
        "audit",
    ]
    assert [name for name, _ in graph.get_subgraphs()] == ["audit"]


def test_input_and_output_have_schemas_for_a_form(graph: Any) -> None:
    asked = graph.get_input_jsonschema()
    assert asked["required"] == ["path"]
    assert set(asked["properties"]) == {"path", "tier", "environment", "areas"}
    assert set(graph.get_output_jsonschema()["properties"]) == {"verdict", "report"}


def test_what_can_not_be_audited_is_said_in_words(graph: Any, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="is not a folder"):
        graph.invoke({"path": str(tmp_path / "none")})
    with pytest.raises(ToolError, match="'weather' is no area: the areas are security"):
        graph.invoke({"path": str(tmp_path), "areas": ["weather"]})
    (tmp_path / "gonogo.yaml").write_text("tier: Z\n")
    with pytest.raises(ConfigurationError, match="tier"):
        graph.invoke({"path": str(tmp_path)})


def test_a_run_goes_on_in_another_process(studio: ModuleType, shop: Path) -> None:
    """The server's checkpoints have ids of what lay with the process that died: the audit begins again, and says the
    time at which it began first."""
    from langgraph.checkpoint.memory import InMemorySaver

    saver = InMemorySaver()
    config = {"configurable": {"thread_id": "1"}}
    first = studio.graph()
    first.checkpointer = saver
    for path, part in first.stream({"path": str(shop)}, config, stream_mode="updates", subgraphs=True):
        if path and "specialist" in part:
            break
    begun = first.get_state(config).values["created"]
    second = studio.graph()
    second.checkpointer = saver
    found = second.invoke(None, config)
    assert found["verdict"] == "NO-GO"
    assert found["report"]["provenance"]["created"] == begun
