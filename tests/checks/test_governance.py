"""Owners, security policy, licences, releases, tracked output."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

LICENSE = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software " * 2
WORKFLOW = "on: [push]\njobs:\n  check:\n    runs-on: ubuntu-latest\n    steps:\n      - run: COMMAND\n"
LOG = "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-01-02\n- x\n"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({".github/CODEOWNERS": "# owners\n* @acme-payments/core\n"}, "pass"),
        ({".github/CODEOWNERS": "* @your-org/team\n"}, "fail"),
        ({".github/CODEOWNERS": "# nothing yet\n"}, "fail"),
        ({"services/CODEOWNERS": "* @acme-payments/core\n"}, "fail"),
        ({"catalog-info.yaml": "spec:\n  owner: payments\n"}, "pass"),
        ({"README.md": "# x\n"}, "fail"),
    ],
)
def test_code_ownership(files: dict[str, str], said: str) -> None:
    assert status("code-ownership", files) == said


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"SECURITY.md": "# Security\nWrite to security@acme.io.\n"}, "pass"),
        ({"SECURITY.md": "# Security\nUse this section to tell people how to report.\n"}, "fail"),
        ({"SECURITY.md": "# Security\nWe care.\n"}, "fail"),
        ({"README.md": "# x\n## Security issues\nWrite to security@acme.io.\n"}, "fail"),
    ],
)
def test_security_policy(files: dict[str, str], said: str) -> None:
    assert status("security-policy", files) == said


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"LICENSE": LICENSE}, "pass"),
        ({"LICENSE": ""}, "fail"),
        ({"README.md": "# x\n## License\nMIT, see [LICENSE](LICENSE).\n"}, "fail"),
        ({"README.md": "# x\nThis is proprietary software. All rights reserved.\n"}, "pass"),
        ({"package.json": '{"name": "x", "license": "UNLICENSED"}'}, "pass"),
        ({"LICENSE": "", "package.json": '{"name": "x", "license": "UNLICENSED"}'}, "pass"),
        ({"a.py": "x = 1\n"}, "fail"),
    ],
)
def test_license(files: dict[str, str], said: str) -> None:
    assert status("license", files) == said


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("npx license-checker --onlyAllow MIT", "pass"),
        ("npx license-checker --csv", "fail"),
        ("npx license-checker --onlyAllow MIT || true", "fail"),
        ("npm install license-checker", "fail"),
        ("make test", "fail"),
    ],
)
def test_dependency_licenses(command: str, said: str) -> None:
    assert status("dependency-licenses", {".github/workflows/ci.yml": WORKFLOW.replace("COMMAND", command)}) == said


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"CHANGELOG.md": LOG}, "pass"),
        ({"CHANGELOG.md": "# Changelog\n\n## Unreleased\n"}, "fail"),
        ({"lib/x/CHANGELOG.md": LOG}, "fail"),
        ({".github/workflows/ci.yml": WORKFLOW.replace("COMMAND", "npx semantic-release")}, "pass"),
        ({"a.py": "x = 1\n"}, "fail"),
    ],
)
def test_release_versioning(files: dict[str, str], said: str) -> None:
    assert status("release-versioning", files) == said


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("src/app.py", "pass"),
        ("gradle/wrapper/gradle-wrapper.jar", "pass"),
        ("tests/data/x.zip", "pass"),
        ("infra/terraform.tfstate", "fail"),
        ("lambda/layer.zip", "fail"),
        ("web/dist/main.js", "fail"),
        ("lib/x.jar", "fail"),
    ],
)
def test_artifacts_not_committed(path: str, said: str) -> None:
    assert status("artifacts-not-committed", {path: "x\n", "README.md": "# x\n"}) == said


def test_a_folder_is_one_finding() -> None:
    answer = ask("artifacts-not-committed", {"web/dist/a.js": "x", "web/dist/b.js": "x"})
    assert [finding.what for finding in answer.findings] == ["web/dist: build output (2 tracked files)"]
