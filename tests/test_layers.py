"""Imports go one way, and nothing heavy is imported before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "gonogo"
MAY_IMPORT = {
    "model": set(),
    "criteria": {"model"},
    "facts": {"model"},
    "tools": {"facts", "model", "criteria"},
    "checks": {"facts", "model", "criteria"},
    "cassette": {"tools", "facts", "model", "criteria"},
    "agents": {"cassette", "checks", "tools", "facts", "model", "criteria", "prompts", "telemetry"},
    "graph": {"agents", "cassette", "checks", "tools", "facts", "model", "criteria", "telemetry", "store"},
    "report": {"model"},
    "store": {"model"},
    "telemetry": {"model", "tools"},
    "review": {"agents", "graph", "tools", "model", "criteria", "store"},
    "serve": {"agents", "cassette", "tools", "facts", "model", "criteria", "report", "review", "store", "telemetry"},
}
ONE_HOME = {
    "langgraph": {"graph"},
    "langchain": {"agents", "graph"},
    "langchain_aws": {"agents"},
    "boto3": {"tools", "agents"},
    "botocore": {"tools", "agents", "graph"},
    "rich": {"report"},
    "jinja2": {"report"},
    "dulwich": {"tools"},
    "tree_sitter": {"tools"},
    "vcr": {"cassette"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "opentelemetry": {"telemetry"},
    "prompt_toolkit": {"serve"},
    "mcp": {"serve"},
    "uvicorn": {"serve"},
    "defusedxml": {"tools"},
    "fpdf": {"report"},
    "subprocess": set(),
}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_imports_go_one_way(folder: str) -> None:
    for path in (PACKAGE / folder).rglob("*.py"):
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "gonogo" and len(parts) > 1 and (PACKAGE / parts[1]).is_dir():
                assert parts[1] == folder or parts[1] in MAY_IMPORT[folder], f"{path} imports {name}"


def test_each_library_has_one_home() -> None:
    for path in PACKAGE.rglob("*.py"):
        folder = path.relative_to(PACKAGE).parts[0]
        for name in imports(path):
            top = name.split(".")[0]
            if top in ONE_HOME:
                assert folder in ONE_HOME[top], f"{path} imports {name}"


def test_the_version_needs_nothing_heavy() -> None:
    heavy = "langchain_core langgraph pydantic boto3 yaml rich tree_sitter dulwich jinja2 sqlite3"
    code = (
        "import sys; from click.testing import CliRunner; from gonogo.cli import cli;"
        "result = CliRunner().invoke(cli, ['--version']); assert result.exit_code == 0, result.output;"
        f"print(sorted(set({heavy.split()!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_from_outside_is_named() -> None:
    """No machine's path and no registry's host stands in a committed text file."""
    words = ["/work" + "/", "pypi" + ".org", "files.pythonhosted" + ".org", "registry.npmjs" + ".org"]
    root = PACKAGE.parent
    for path in [
        *root.glob("*.*"),
        *(p for f in ("gonogo", "tests", "docs", "bench", ".ci") for p in (root / f).rglob("*")),
    ]:
        if path.is_file() and path.suffix not in (".pyc", ".png"):
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [word for word in words if word in text], path
