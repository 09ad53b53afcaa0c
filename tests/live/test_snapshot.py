"""A snapshot in an audit: its records are evidence that is read again, they resume with the run, and nobody else's file
passes for them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo.begun import Begun
from gonogo.cli import cli
from gonogo.criteria import load_catalogue
from gonogo.facts.live import documents_of, live_of
from gonogo.graph.audit import Request, audit
from gonogo.keeping import KeepOptions, Opening, find_begun, opened_run, opened_store
from gonogo.model.criterion import Area, Status, Strength
from gonogo.model.evidence import Place
from gonogo.model.report import Report
from gonogo.model.snapshot import Gap, Record, Snapshot
from gonogo.model.sources import DockerSource, SourcesConfiguration
from gonogo.model.target import Source, Target
from gonogo.store.blobs import digest_of
from gonogo.store.errors import ChangedRunError
from gonogo.store.schema import parts
from gonogo.tools.collect import Collector
from gonogo.tools.evidence import OBSERVE
from gonogo.tools.live import observe
from gonogo.tools.repository import open_repository

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
UP = {
    "State": {"Status": "running"},
    "RestartCount": 0,
    "HostConfig": {"RestartPolicy": {"Name": "always"}, "Memory": 1},
}
DOWN = {
    "State": {"Status": "restarting"},
    "RestartCount": 7,
    "HostConfig": {"RestartPolicy": {"Name": "always"}, "Memory": 1},
}


def snapshot(*records: Record, gaps: tuple[Gap, ...] = ()) -> Snapshot:
    source = Source(kind="docker", name="inspect.json")
    return Snapshot(taken=NOON.isoformat(), given=("docker",), sources=(source,), records=records, gaps=gaps)


def container(name: str, data: dict[str, Any]) -> Record:
    return Record(source="docker", kind="container", name=name, data=data)


def report_of(folder: Path, taken: Snapshot) -> Report:
    repository = replace(open_repository([folder]), snapshot=taken, sources=taken.sources)
    collector = Collector(repository, Target(name="shop"))
    return audit(Request(collector, load_catalogue(), (Area.RELIABILITY,)), clock=lambda: NOON)


def test_what_was_observed_is_evidence(shop: Path) -> None:
    report = report_of(shop, snapshot(container("web", DOWN)))
    health = next(row for row in report.assessments if row.criterion == "workload-health")
    assert health.status is Status.FAIL
    assert health.strength is Strength.OBSERVED
    assert health.reason == "containers do not work: web is restarting"
    (found,) = (finding for finding in report.findings if finding.criterion == "workload-health")
    (evidence,) = (item for item in report.evidence if item.id in found.evidence)
    assert (evidence.tool, evidence.source) == (OBSERVE, "docker")
    assert '"Status": "restarting"' in evidence.excerpt


def test_a_source_that_could_not_be_seen_keeps_it_open(shop: Path) -> None:
    gap = Gap(source="docker", kind="*", why="the file is not there")
    report = report_of(shop, snapshot(gaps=(gap,)))
    health = next(row for row in report.assessments if row.criterion == "workload-health")
    assert health.status is Status.UNVERIFIED
    assert "the file is not there" in health.reason


def test_a_file_of_the_repository_does_not_pass_for_it(shop: Path) -> None:
    taken = snapshot(container("web", DOWN))
    (path,) = documents_of(taken)
    planted = shop / path
    planted.parent.mkdir()
    planted.write_text('[\n {\n  "State": {"Status": "running"}\n }\n]\n')
    repository = replace(open_repository([shop]), snapshot=taken)
    assert "restarting" in repository.text(path)
    assert report_of(shop, taken).verdict == report_of(shop, taken).verdict


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=5))
def test_each_value_stands_where_its_place_says(data: dict[str, Any]) -> None:
    taken = snapshot(container("one", data), container("two", {"x": 1}))
    (text,) = documents_of(taken).values()
    assert [row.pop("name") for row in json.loads(text)] == ["one", "two"] or "name" in data
    lines = text.split("\n")
    seen = live_of(taken).seen[0]
    for keys in seen.lines:
        place = seen.at(*keys)
        quoted = "\n".join(lines[place.line - 1 : place.end_line]).strip().rstrip(",")
        if keys and keys != ("name",):
            value = quoted.partition(": ")[2] if isinstance(keys[-1], str) else quoted
            told = json.dumps(keys[-1], ensure_ascii=False) if isinstance(keys[-1], str) else ""
            assert quoted.startswith(told)
            if told and ": " not in keys[-1]:
                assert json.loads(value) == seen.get(*keys)


def test_what_is_not_there_has_the_place_of_what_is_around_it() -> None:
    seen = live_of(snapshot(container("web", {"State": {"Status": "running"}}))).seen[0]
    assert seen.at("State", "Health", "Status").line == seen.at("State").line
    assert isinstance(seen.place, Place)
    assert seen.get("State", "Health", default="none") == "none"


def test_secrets_do_not_reach_a_snapshot(tmp_path: Path) -> None:
    """Not even where a reader lets one through: a label, a name."""
    token = "ghp_" + "k3J9xQ2mZ7pLw8Rt4Vb6Nc1Hd5Gf0Sy2Ae8U"
    file = tmp_path / "inspect.json"
    file.write_text(json.dumps([{"Name": f"/{token}", "State": {"Status": "running", "Error": f"token={token}"}}]))
    taken = observe(SourcesConfiguration(docker=DockerSource(inspect=file)), lambda: NOON, {})
    assert taken.records
    assert token not in taken.model_dump_json()


def test_a_source_that_is_not_there_is_a_gap(tmp_path: Path) -> None:
    taken = observe(SourcesConfiguration(docker=DockerSource(inspect=tmp_path / "none.json")), lambda: NOON, {})
    (gap,) = taken.gaps
    assert gap.kind == "*"
    assert "none.json: can't be read" in gap.why


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"given": 5}', "\x00"])
def test_a_file_that_is_no_snapshot_is_told(content: str, shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    file.write_text(content)
    done = CliRunner().invoke(cli, ["audit", str(shop), "--snapshot", str(file), "--quiet", "--store", "none"])
    if content == "{}":
        assert done.exit_code == 1, "a snapshot of nothing says nothing"
    else:
        assert done.exit_code == 2
        assert "is no snapshot that gonogo observe wrote" in done.output


def test_observe_and_audit_at_the_command_line(shop: Path, tmp_path: Path) -> None:
    inspect, taken = tmp_path / "inspect.json", tmp_path / "snapshot.json"
    inspect.write_text(json.dumps([{"Name": "/web", **DOWN}]))
    done = CliRunner().invoke(cli, ["observe", "--source", f"docker={inspect}", "-o", str(taken)])
    assert done.exit_code == 0, done.output
    assert "1 records of docker; 0 gaps" in done.output
    options = ["--area", "reliability", "--quiet", "--store", "none", "-f", "json"]
    done = CliRunner().invoke(cli, ["audit", str(shop), *options, "--snapshot", str(taken)])
    live = CliRunner().invoke(cli, ["audit", str(shop), *options, "--source", f"docker={inspect}"])
    for text in (done.stdout, live.stdout):
        report = json.loads(text)
        assert "web is restarting" in json.dumps(report["findings"])
        assert {source["kind"] for source in report["target"]["sources"]} >= {"docker"}


def test_only_the_operator_says_where_to_look(shop: Path, tmp_path: Path) -> None:
    """A repository that names sources would have us connect to where it likes."""
    inspect = shop / "inspect.json"
    inspect.write_text(json.dumps([{"Name": "/web", **UP}]))
    (shop / "gonogo.yaml").write_text("sources:\n  docker:\n    inspect: inspect.json\n")
    options = ["--area", "reliability", "--quiet", "--store", "none", "-f", "json"]
    report = json.loads(CliRunner().invoke(cli, ["audit", str(shop), *options]).stdout)
    assert "docker" not in {source["kind"] for source in report["target"]["sources"]}
    assert "live sources are named" in json.dumps(report["not_counted"])
    trusted = json.loads(CliRunner().invoke(cli, ["audit", str(shop), *options, "--trust-repository-config"]).stdout)
    assert "docker" in {source["kind"] for source in trusted["target"]["sources"]}


@pytest.mark.parametrize("option", ["aws", "aws=", "ftp=x", "=x", "docker"])
def test_a_source_that_can_t_be_read_is_told(option: str, shop: Path) -> None:
    done = CliRunner().invoke(cli, ["audit", str(shop), "--quiet", "--store", "none", "--source", option])
    assert done.exit_code == 2
    assert "write KIND=VALUE; the kinds are aws, kubernetes" in done.output


def test_a_run_goes_on_with_what_it_saw(shop: Path, tmp_path: Path) -> None:
    """It does not look again: what runs now may be something else."""
    taken, options = snapshot(container("web", DOWN)), KeepOptions(store=f"sqlite:///{tmp_path}/runs.sqlite")
    data = taken.model_dump_json().encode()
    begun = Begun(paths=(shop,), target=Target(name="shop"), areas=(Area.RELIABILITY,), snapshot=digest_of(data))
    run = ""
    with pytest.raises(KeyError), opened_run(Opening(options, begun, snapshot=taken), NOON, Event(), print) as kept:
        run = kept.id
        raise KeyError
    assert find_begun(run, options).snapshot == taken
    with opened_store(options) as store, store.writing() as connection:
        connection.execute(parts.delete())
    with pytest.raises(ChangedRunError, match="is not in the store: audit again"):
        find_begun(run, options)
