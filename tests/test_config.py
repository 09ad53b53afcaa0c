"""gonogo.yaml: what it may say, who may say it, and how a bad one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.config import ConfigurationError, Settings, configuration_schema, load_settings, repositories_of
from gonogo.model.criterion import Severity
from gonogo.model.target import Tier

LOOSE = """\
target: checkout
tier: C
environment: staging
leave_out:
  - {path: legacy, reason: not deployed any more}
severities:
  rate-limiting: {severity: low, reason: internal only}
  runbooks: {severity: blocker, reason: we promised}
"""


def settings(folder: Path, text: str, *, path: Path | None = None, trust: bool = False) -> Settings:
    (folder / "gonogo.yaml").write_text(text, encoding="utf-8")
    return load_settings(folder, path=path, trust=trust, tier=None, environment=None)


def test_the_audited_repository_can_only_be_stricter(tmp_path: Path) -> None:
    found = settings(tmp_path, LOOSE)
    assert (found.target, found.tier, found.environment) == ("checkout", Tier.B, "production")
    assert found.left_out == ()
    assert found.severities == {"runbooks": Severity.BLOCKER}
    assert found.concessions == ()
    assert len(found.not_counted) == 4


def test_a_stricter_tier_of_the_repository_counts(tmp_path: Path) -> None:
    assert settings(tmp_path, "tier: A\n").tier is Tier.A


def test_the_operator_can_loosen_and_the_report_says_so(tmp_path: Path) -> None:
    for found in (settings(tmp_path, LOOSE, trust=True), settings(tmp_path, LOOSE, path=tmp_path / "gonogo.yaml")):
        assert (found.tier, found.environment, found.left_out) == (Tier.C, "staging", ("legacy",))
        assert found.severities["rate-limiting"] is Severity.LOW
        assert len(found.concessions) == 4
        assert found.not_counted == ()


def test_a_looser_option_is_a_concession_too(tmp_path: Path) -> None:
    found = load_settings(tmp_path, path=None, trust=False, tier=Tier.C, environment="staging")
    assert [c.what for c in found.concessions] == [
        "tier C instead of B",
        "the environment staging instead of production",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tier: D\n", r"gonogo\.yaml:1: tier: "),
        ("target: x\nteir: B\n", r"gonogo\.yaml:2: teir: there is no such key here"),
        ("target: x\nleave_out:\n  - path: a\n", r"gonogo\.yaml:3: leave_out\.0\.reason: is missing"),
        ("severities:\n  runbooks: critical\n", "severities.runbooks: takes keys with values, not a text"),
        ("policy:\n  required: runbooks\n", "policy.required: takes a list, not a text"),
        ("target: no\n", "target: takes a text, not a yes or no: put it in quotes"),
        ("policy:\n  minimum_coverage: 900\n", "minimum_coverage: it should be less than or equal to 100"),
        (
            "severities:\n  nothing-such: {severity: low, reason: because}\n",
            r":2: severities\.nothing-such: ",
        ),
        (
            "severities:\n  runbooks:\n    severity: mild\n    reason: because\n",
            r":3: severities\.runbooks\.s",
        ),
        ("a: [1\n", r"gonogo\.yaml:2: is not valid YAML"),
        ("- a\n", r"gonogo\.yaml:1: the document: "),
        ("a: &a [x]\nb: [*a, *a]\n", "aliases are not used"),
        ("\x00", "gonogo.yaml: is not valid YAML"),
    ],
)
def test_a_bad_configuration_names_line_and_key(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        settings(tmp_path, text)


def test_a_missing_one_that_was_asked_for_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml: can't be read"):
        load_settings(tmp_path, path=tmp_path / "nowhere.yaml", trust=False, tier=None, environment=None)


POLICY = """\
policy:
  required: [runbooks]
  minimum_coverage: 70
  maximum_evidence_age_days: 7
  valid_days: {days}
"""


def test_a_policy_of_the_repository_counts_where_it_is_stricter(tmp_path: Path) -> None:
    found = settings(tmp_path, POLICY.format(days=10))
    assert (found.policy.required, found.policy.minimum_coverage, found.policy.valid_days) == (("runbooks",), 70, 10)
    assert (found.concessions, found.not_counted) == ((), ())
    loose = settings(tmp_path, POLICY.format(days=90))
    assert loose.policy.valid_days == 30
    assert [c.what for c in loose.not_counted] == ["a verdict is valid for 90 days instead of 30"]
    trusted = settings(tmp_path, POLICY.format(days=90), trust=True)
    assert trusted.policy.valid_days == 90
    assert [c.what for c in trusted.concessions] == ["a verdict is valid for 90 days instead of 30"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("policy:\n  required: [nothing-such]\n", r":2: policy\.required\.nothing-such: "),
        ("policy: {minimum_coverage: 101}\n", r"policy\.minimum_coverage"),
        ("policy: {valid_days: 0}\n", r"policy\.valid_days"),
        ("policy: {maximum_evidence_age_days: .inf}\n", r"policy\.maximum_evidence_age_days"),
        ("policy: {approve: true}\n", r"policy\.approve"),
    ],
)
def test_a_policy_that_cannot_be_used_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        settings(tmp_path, text)


def test_the_published_schema_says_what_a_configuration_may_say() -> None:
    import json

    import jsonschema
    import yaml

    published = json.loads(Path(__file__).parents[1].joinpath("docs", "gonogo.schema.json").read_text())
    assert published == configuration_schema(), "write it again: gonogo config schema > docs/gonogo.schema.json"
    good, bad = yaml.safe_load(LOOSE + POLICY.format(days=10)), yaml.safe_load("policy: {valid_days: 0}")
    jsonschema.validate(good, published)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(bad, published)


def test_sources_name_repositories_as_seen_from_their_file(tmp_path: Path) -> None:
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / "gonogo.yaml").write_text("sources: {repo: [../shop, ../till]}\n")
    named = [path.resolve() for path in repositories_of(tmp_path / "ops" / "gonogo.yaml")]
    assert named == [tmp_path / "shop", tmp_path / "till"]
    found = settings(tmp_path, "sources: {repo: .}\n")
    assert not found.not_counted, "a repository is no live source"
