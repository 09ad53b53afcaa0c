"""What ``pre-commit run`` and ``lefthook run`` run: each hook as the command that it amounts to."""

from __future__ import annotations

from gonogo.facts.repository import Repository
from gonogo.tools.pipelines.leads import Lead, Piece
from gonogo.tools.yaml_marks import Map, load_yaml

_CONFIGS = (".pre-commit-config.yaml", ".pre-commit-config.yml")
_LEFTHOOK = ("lefthook.yml", "lefthook.yaml", ".lefthook.yml")
_COMMANDS = {
    "ruff": "ruff check",
    "ruff-check": "ruff check",
    "ruff-format": "ruff format --check",
    "black": "black --check",
    "isort": "isort --check",
    "prettier": "prettier --check",
    "golangci-lint": "golangci-lint run",
    "golangci-lint-full": "golangci-lint run",
    "go-vet": "go vet",
    "go-fmt": "gofmt -l",
    "go-unit-tests": "go test ./...",
    "fmt": "cargo fmt --check",
    "clippy": "cargo clippy",
    "cargo-check": "cargo check",
    "biome-check": "biome check",
    "biome-lint": "biome lint",
    "biome-ci": "biome ci",
    "hadolint-docker": "hadolint",
    "terraform_fmt": "terraform fmt -check",
    "terraform_validate": "terraform validate",
    "terraform_tflint": "tflint",
    "terraform_checkov": "checkov",
    "terraform_tfsec": "tfsec",
    "terraform_trivy": "trivy config --exit-code 1",
    "checkov_container": "checkov",
    "gitleaks": "gitleaks protect",
    "gitleaks-docker": "gitleaks protect",
    "gitleaks-system": "gitleaks protect",
    "detect-secrets": "detect-secrets-hook",
    "semgrep": "semgrep scan",
    "semgrep-docker": "semgrep scan",
    "uv-secure": "uv-secure",
    "python-safety-dependencies-check": "safety check",
    "phpstan-docker": "phpstan",
}


def hook_command(hook: str, entry: str) -> str:
    """The command that a hook amounts to."""
    return _COMMANDS.get(hook, entry or hook)


def hooks_lead(repository: Repository, words: tuple[str, ...], root: str) -> Lead:
    """What ``pre-commit run``, ``prek run`` or ``lefthook run`` with these words runs."""
    if "run" not in words[1:3]:
        return Lead()
    rest = [word for word in words[2:] if not word.startswith("-")]
    if words[0].rpartition("/")[2] == "lefthook":
        return Lead(tuple(_lefthook(repository, root, rest[0] if rest else "")))
    file = next((f for name in _CONFIGS if (f := repository.file(root + name))), None)
    if file is None:
        return Lead(missing="no .pre-commit-config.yaml")
    entries = load_yaml(repository.text(file), path=file.path).first.maps("repos")
    hooks = [hook for entry in entries for hook in entry.maps("hooks") if "manual" not in hook.seq("stages")]
    names = {hook.text("id") for hook in hooks}
    wanted = {word for word in rest if word in names} or names
    folder = root.rstrip("/")
    return Lead(
        tuple(
            Piece(hook_command(hook.text("id"), hook.text("entry")), file.path, hook.line, folder)
            for hook in hooks
            if hook.text("id") in wanted
        )
    )


def _lefthook(repository: Repository, root: str, stage: str) -> list[Piece]:
    file = next((f for name in _LEFTHOOK if (f := repository.file(root + name))), None)
    value = load_yaml(repository.text(file), path=file.path).first if file else Map()
    section = value.map(stage)
    commands = section.map("commands")
    found = [commands.map(name) for name in commands] + list(section.maps("jobs"))
    texts = [(entry.text("run").replace("{staged_files}", "").replace("{files}", ""), entry) for entry in found]
    folder = root.rstrip("/")
    return [Piece(text, entry.path, entry.line_of("run"), folder) for text, entry in texts if text]
