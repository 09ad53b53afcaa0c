"""What kind of file a secret lies in: how it writes literals, what it configures, whether for development only."""

from __future__ import annotations

import re

from gonogo.facts.repository import File, Role
from gonogo.facts.secret_names import words_of
from gonogo.tools.roles import folders_of
from gonogo.tools.secrets.judge import Format

_SUFFIXES = {
    Format.YAML: "yaml yml tpl gotmpl j2",
    Format.CONFIG: "env properties ini conf cfg cnf config sh bash zsh fish ps1 bat cmd envrc service dockerfile mk "
    "npmrc netrc pgpass pypirc htpasswd sql toml",
    Format.DATA: "json json5 jsonc tf tfvars hcl xml plist pom gradle",
    Format.DOCUMENT: "md markdown rst adoc asciidoc mdx txt ipynb html htm csv tsv log svg jsonl ndjson",
}
_SHAPE = {suffix: shape for shape, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_CONFIG_NAME = re.compile(
    r"^(?:\.env.*|.*\.env|Dockerfile.*|Containerfile.*|Makefile|Procfile|\.npmrc|\.netrc|\.pgpass|credentials)$"
)
_LEFT_OUT = re.compile(
    r"(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|poetry\.lock|uv\.lock|Pipfile\.lock"
    r"|Cargo\.lock|composer\.lock|Gemfile\.lock|go\.sum|go\.mod|gradle\.lockfile|verification-metadata\.xml|gradlew(?:\.bat)?"
    r"|mvnw(?:\.cmd)?|\.secrets\.baseline|\.gitleaks(?:ignore|\.toml)|\.terraform\.lock\.hcl|[^/]*\.svg|[^/]*\.lock)$"
)
_LABELS = re.compile(
    r"(?i)(?:^|/)(?:locales?|i18n|l10n|lang|langs|languages|translations?|messages)(?:/|[._-][^/]*$)|[._-](?:i18n|locale)\b"
)
_LOCAL = re.compile(
    r"(?i)(?:^|[/._-])(?:dev|devel|development|local|localhost|localstack|tests?|testing|ci|e2e|sandbox|devcontainer|example"
    r"|examples|sample|demo|seed|seeds|seeder|minikube|kind|integration|mock|benchmark|bench|playground|tilt|skaffold)"
    r"(?=[/._-]|$)"
)
_PIPELINE = re.compile(
    r"(?:^|/)(?:\.github/|\.gitlab-ci|\.circleci/|azure-pipelines|bitbucket-pipelines|\.drone|\.travis|Jenkinsfile|\.buildkite/"
    r"|\.woodpecker|cloudbuild)"
)
_COMPOSE = re.compile(r"(?i)(?:^|/)(?:[\w.-]*[-_.])?compose(?:[-_.][\w.-]*)?\.ya?ml$")
_CODE = frozenset(
    "py js jsx ts tsx mjs cjs go java kt scala rb php cs rs swift ex exs clj groovy vue svelte c cpp h lua".split()
)


def shape_of(local: str) -> Format:
    """How a file writes literals, by its name."""
    name = local.rpartition("/")[2]
    if _CONFIG_NAME.match(name):
        return Format.CONFIG
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix in _CODE:
        return Format.CODE
    if _LABELS.search(local):
        return Format.DOCUMENT
    return _SHAPE.get(suffix, Format.DOCUMENT if not suffix else Format.DATA)


def leave_out(local: str) -> bool:
    """Says whether a file holds hashes by the thousand and nothing else: lock files, baselines, vector pictures."""
    return bool(_LEFT_OUT.search(local))


def is_local(local: str) -> bool:
    """Says whether a file's name or folder says that it is for development or tests only."""
    return bool(_LOCAL.search("/".join([*folders_of(local), local.rpartition("/")[2]])))


def about(file: File, target: str) -> frozenset[str]:
    """Words that a guess would try: of the target and of the file's path."""
    return words_of(target) | words_of(file.local)


def setting_of(file: File, data: bytes) -> str:
    """What the file configures; ``other`` where a secret in it takes effect nowhere that we know."""
    local, name = file.local, file.name
    suffix = name.rpartition(".")[2].lower()
    if _PIPELINE.search(local):
        return "pipeline"
    if file.role is Role.DOCUMENT or shape_of(local) is Format.DOCUMENT:
        return "document"
    if _COMPOSE.search(local):
        return "compose"
    if suffix in ("tf", "tfvars", "hcl") or name.endswith(".tf.json"):
        return "terraform"
    if re.search(r"(?:^|/)(?:\.env[^/]*|[^/]*\.env)$", local):
        return "env"
    if name.startswith(("Dockerfile", "Containerfile")) or suffix == "dockerfile":
        return "dockerfile"
    if suffix in ("sh", "bash", "ps1", "mk", "bat") or name == "Makefile":
        return "script"
    if suffix in _CODE:
        return "code"
    if suffix in ("yaml", "yml", "json", "tpl"):
        return _manifest(local, data)
    return "settings" if shape_of(local) in (Format.CONFIG, Format.DATA) else "other"


def _manifest(local: str, data: bytes) -> str:
    if re.search(r"(?:^|/)(?:charts?|helm)/|(?:^|/)values[^/]*\.ya?ml$|/templates/", local):
        return "helm"
    if b"apiVersion" in data and b"kind" in data:
        return "kubernetes"
    if b"AWSTemplateFormatVersion" in data or b"AWS::" in data:
        return "cloudformation"
    return "settings"
