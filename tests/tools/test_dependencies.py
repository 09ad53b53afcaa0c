"""What the dependencies tool reads: manifests, locks, runtimes and test files."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.facts.dependencies import Component, ComponentKind, Dependencies, Ecosystem, TestKind
from gonogo.tools.dependencies.versions import is_exact, lowest
from tests.asking import read


def dependencies(files: dict[str, str], folder: Path) -> Dependencies:
    return read(files, folder).dependencies


def only(files: dict[str, str], folder: Path) -> Component:
    (component,) = dependencies(files, folder).components
    return component


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        (">=18.0.0", "18.0.0"),
        ("^20.1 || >=22", "20.1"),
        ("<4,>=3.9", "3.9"),
        ("18.x", "18"),
        ("lts/iron", "20"),
        ("*", ""),
        ("!=3.10.0,>=3.11", "3.11"),
    ],
)
def test_lowest(spec: str, found: str) -> None:
    assert lowest(spec) == found


@pytest.mark.parametrize(
    ("spec", "exact"), [("1.2.3", True), ("==1.2", True), ("^1.2.3", False), ("1.x", False), ("", False)]
)
def test_exact(spec: str, exact: bool) -> None:
    assert is_exact(spec) is exact


def test_workspace_lock_covers_members(tmp_path: Path) -> None:
    files = {
        "package.json": '{"name": "root", "private": true}',
        "pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n",
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  packages/a: {}\n",
        "packages/a/package.json": '{"name": "a", "dependencies": {"left": "^1.0.0", "b": "workspace:*"}}',
        "packages/b/package.json": '{"name": "b", "dependencies": {"right": "^1.0.0"}}',
    }
    found = {c.name: c for c in dependencies(files, tmp_path).components}
    assert found["a"].lock is not None and not found["a"].problem and found["a"].loose == ()
    assert found["b"].problem == "it has no importer packages/b"
    assert found["a"].workspace == ""
    assert [d.local for d in found["a"].dependencies] == [False, True]


def test_requirements(tmp_path: Path) -> None:
    text = "# pins\nflask==3.0.0 \\\n    --hash=sha256:abc\nrequests>=2\n-r other.txt\n-e ./lib\ngit+https://x.org/y@v1.2.0#egg=y\n"
    component = only({"requirements.txt": text}, tmp_path)
    assert [(d.name, d.exact, d.local) for d in component.dependencies] == [
        ("flask", True, False),
        ("requests", False, False),
        ("lib", False, True),
        ("y", True, False),
    ]
    assert [d.at.line for d in component.loose] == [4]


def test_compiled_requirements_lock_a_project(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "x"\nrequires-python = ">=3.11"\ndependencies = ["flask>=3"]\n',
        "requirements.txt": "flask==3.0.0\nwerkzeug==3.0.1\n",
    }
    component = only(files, tmp_path)
    assert component.lock is not None and component.lock.path == "requirements.txt"
    assert component.runtimes[0].lowest == "3.11"
    assert component.dependencies[0].at.line == 4


def test_java_versions_are_exact_unless_they_say_otherwise(tmp_path: Path) -> None:
    pom = """<project><artifactId>app</artifactId><version>1</version>
<properties><java.version>17</java.version><a.version>1.2.RELEASE</a.version></properties>
<dependencies>
<dependency><groupId>g</groupId><artifactId>a</artifactId><version>${a.version}</version></dependency>
<dependency><groupId>g</groupId><artifactId>b</artifactId><version>[1.0,2.0)</version></dependency>
<dependency><groupId>g</groupId><artifactId>c</artifactId></dependency>
</dependencies></project>"""
    component = only({"pom.xml": pom}, tmp_path)
    assert [(d.name, d.exact) for d in component.dependencies] == [("g:a", True), ("g:b", False), ("g:c", True)]
    assert component.runtimes[0].lowest == "17"
    assert component.name == "app"


@pytest.mark.parametrize(
    ("files", "ecosystem", "locked"),
    [
        (
            {"go.mod": "module x.org/y\n\ngo 1.22\n\nrequire a.org/b v1.0.0\n", "go.sum": "a.org/b v1.0.0 h1:x\n"},
            Ecosystem.GO,
            True,
        ),
        ({"Cargo.toml": '[package]\nname = "x"\n[dependencies]\nserde = "1"\n'}, Ecosystem.RUST, False),
        ({"Gemfile": "gem 'rails', '~> 7'\n", "Gemfile.lock": "GEM\n"}, Ecosystem.RUBY, True),
        ({"composer.json": '{"require": {"a/b": "^1"}}'}, Ecosystem.PHP, False),
        ({"x.csproj": '<Project><PackageReference Include="A" Version="1.*" /></Project>'}, Ecosystem.DOTNET, False),
        ({"Pipfile": '[packages]\nflask = "*"\n', "Pipfile.lock": '{"_meta": {}}'}, Ecosystem.PYTHON, True),
    ],
)
def test_ecosystems(files: dict[str, str], ecosystem: Ecosystem, locked: bool, tmp_path: Path) -> None:
    component = only(files, tmp_path)
    assert component.ecosystem is ecosystem
    assert bool(component.loose) is not locked


def test_deployed_folders_are_applications(tmp_path: Path) -> None:
    files = {
        "api/requirements.txt": "flask==3.0.0\n",
        "api/Dockerfile": "FROM python:3.12\n",
        "lib/requirements.txt": "x==1.0\n",
    }
    kinds = {c.path: c.kind for c in dependencies(files, tmp_path).components}
    assert kinds == {"api": ComponentKind.APPLICATION, "lib": ComponentKind.UNKNOWN}


def test_broken_manifests_are_unread(tmp_path: Path) -> None:
    found = dependencies({"package.json": "{", "pyproject.toml": "x ==", "a/package.json": "[" * 100_000}, tmp_path)
    assert [item.path for item in found.unread] == ["a/package.json", "package.json", "pyproject.toml"]


def test_chosen_runtimes(tmp_path: Path) -> None:
    files = {
        ".nvmrc": "lts/iron\n",
        ".tool-versions": "python 3.11.4\njava temurin-17.0.1+12\n",
        "runtime.txt": "python-3.12.1\n",
    }
    found = {(r.product, r.lowest, r.exact) for r in dependencies(files, tmp_path).runtimes}
    assert found == {("node", "20", True), ("python", "3.11.4", True), ("java", "17", True), ("python", "3.12.1", True)}


@pytest.mark.parametrize(
    ("path", "text", "kind", "asserts"),
    [
        ("tests/test_a.py", "def test_a():\n    assert f() == 1\n", TestKind.UNIT, True),
        ("tests/test_a.py", "def test_a():\n    f()\n", TestKind.UNIT, False),
        ("tests/test_a.py", "@pytest.mark.skip\ndef test_a():\n    assert f()\n", TestKind.UNIT, False),
        ("src/a.test.ts", "it('x', () => { expect(f()).toBe(1) })\n", TestKind.UNIT, True),
        (
            "e2e/login.spec.ts",
            "import {test} from '@playwright/test'\ntest('x', () => { expect(1) })\n",
            TestKind.END_TO_END,
            True,
        ),
        ("a_test.go", "func TestA(t *testing.T) {\n\tif f() != 1 { t.Fatal() }\n}\n", TestKind.UNIT, True),
        (
            "src/test/java/AIT.java",
            "@SpringBootTest class A { @Test void a() { assertEquals(1, f()); } }",
            TestKind.INTEGRATION,
            True,
        ),
        (
            "load/k6.js",
            "import http from 'k6/http'\nexport const options = { thresholds: { http_req_failed: ['rate<0.01'] } }\n",
            TestKind.LOAD,
            True,
        ),
        ("tests/perf.js", "import http from 'k6/http'\ncheck(r, {})\nexpect(1)\n", TestKind.LOAD, False),
        ("chaos/pod.yaml", "kind: PodChaos\n", TestKind.CHAOS, True),
    ],
)
def test_test_files(path: str, text: str, kind: TestKind, asserts: bool, tmp_path: Path) -> None:
    (found,) = dependencies({path: text}, tmp_path).tests
    assert (found.kind, found.asserts) == (kind, asserts)
