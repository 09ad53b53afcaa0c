"""Scanners of code and of secrets, and what comes with a release: bill of materials, signatures, provenance."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.checks.scanners import Cover, plain_text, tolerance
from gonogo.facts import Facts
from gonogo.facts.pipelines import Command, Run
from gonogo.facts.repository import File
from gonogo.model.assessment import Outcome, Problem, failed, passed
from gonogo.model.evidence import Searched

_CODE_SCANS = re.compile(
    r"^(semgrep|opengrep|bandit|gosec|brakeman|njsscan|nodejsscan|horusec|bearer|snyk code|flawfinder|"
    r"security-scan|cfamily|"
    r"sonar-scanner|sonarscanner|dotnet[ -]sonarscanner|veracode|fortify|checkmarx|cx|coverity|cov-build|codeql|"
    r"insider|"
    r"psalm .*--taint|phpcs .*security|eslint .*security|mobsfscan|dlint|graudit|devskim|"
    r"gitleaks|trufflehog3?|detect-secrets(-hook)?|ggshield|git-secrets|whispers|talisman|secretlint|"
    r"noseyparker|kingfisher|"
    r"trivy (?:\S+ )*(fs|repo|filesystem)\b.*--(security-checks|scanners)[= ]\S*secret)\b|sonar:sonar|"
    r"\bsonar(qube)?\b.*-Dsonar"
)
_CODE_SCAN_ACTIONS = re.compile(
    r"^(github/codeql-action/(analyze|autobuild)|returntocorp/semgrep|semgrep/|securego/gosec|tj-actions/bandit|"
    r"pycqa/bandit|"
    r"shundor/python-bandit|mdegis/bandit|gitleaks/|zricethezav/gitleaks|trufflesecurity/trufflehog|gitguardian/|"
    r"sonarsource/|sonarqube|sonarcloud|checkmarx/|veracode/|fortify|horuszup/horusec|bearer/|"
    r"microsoft/(security-devops|devskim)|"
    r"github/super-linter|super-linter/|oxsecurity/megalinter|ajinabraham/njsscan|presidentbeef/brakeman|"
    r"codacy/|deepsource|"
    r"withsonarqubeenv|waitforqualitygate|snyk/actions/.*code|secretlint|max/secret-scan|reviewdog/action-gitleaks|"
    r"credscan|microsoftsecuritydevops|sonarqubeanalyze|sonarcloudanalyze|advancedsecurity-codeql)"
)


def sast_and_secret_scanning(facts: Facts) -> Outcome:
    """A scanner of code or of secrets runs in CI or on commit."""
    covers = list(_code_scans(facts))
    working = [cover for cover in covers if not cover.excuse]
    if working:
        names = ", ".join(dict.fromkeys(cover.name for cover in working))
        return passed(f"code or its history is scanned by {names}", *dict.fromkeys(cover.at for cover in working[:8]))
    terms = ("CodeQL", "Semgrep", "Bandit", "gosec", "Sonar", "Snyk Code", "gitleaks", "trufflehog", "detect-secrets")
    where = "pipelines, their scripts and hooks on commit"
    searched = Searched(terms, where, len(facts.pipelines.pipelines) + len(facts.pipelines.hooks))
    lost = [Problem(f"{cover.name} cannot fail: {cover.excuse}", cover.at) for cover in covers]
    if lost:
        return failed(f"code is scanned where nothing can fail: {lost[0].what}", *lost, searched=(searched,))
    return failed("no scanner of code or secrets runs in CI or on commit", searched=(searched,))


def _code_scans(facts: Facts) -> Iterable[Cover]:
    for run in facts.pipelines.all_runs:
        if run.command is None:
            found = _CODE_SCAN_ACTIONS.search(run.step.action.lower())
        else:
            found = _CODE_SCANS.search(plain_text(run.command)) or _security_lint(facts, run.command, run.folder)
        if not found or not (run.executes or run.excuse):
            continue
        alerts = run.command is None and run.step.action.startswith("github/codeql-action")
        excuse = "" if run.executes and alerts else run.excuse if not run.can_fail else tolerance(run)
        yield Cover(run.text[:60], run.origin, excuse)
    for hook in facts.pipelines.hooks:
        if _CODE_SCANS.search(hook.entry) or _CODE_SCANS.search(hook.id):
            yield Cover(f"{hook.id} on commit", hook.at)
    for place in (place for pipeline in facts.pipelines.loaded for place in pipeline.remote):
        if re.search(r"\bsast|secret.?detection|auto-?devops|secure-sast", place.symbol, re.IGNORECASE):
            yield Cover(f"GitLab's {place.symbol}", place)


def _above(files: tuple[File, ...], folder: str) -> list[File]:
    """Configuration that a tool would find from a folder."""
    return [file for file in files if folder == "?" or not file.folder or f"{folder}/".startswith(file.folder + "/")]


def _security_lint(facts: Facts, command: Command, folder: str) -> re.Match[str] | None:
    """Linters whose configuration switches security rules on: ruff's S, gosec in golangci-lint."""
    if command.program == "ruff" and "format" not in command.arguments:
        files = _above(facts.repository.match("pyproject.toml", "ruff.toml", ".ruff.toml"), folder)
        pattern = r"^\s*(extend-)?select\s*=\s*\[[^\]]*[\"'](S|ALL)[\"']|^\s*[\"']S[\"'],?\s*(#|$)"
        return re.match(".", "x") if facts.repository.grep(pattern, files, most=1) else None
    if command.program == "golangci-lint":
        files = _above(facts.repository.match(".golangci.yml", ".golangci.yaml", ".golangci.toml"), folder)
        return re.match(".", "x") if facts.repository.grep(r"^\s*-?\s*[\"']?gosec\b", files, most=1) else None
    return None


_SBOM = re.compile(
    r"^(syft|cdxgen|cyclonedx[\w-]*|cdx|bom|spdx-sbom-generator|sbom-tool|trivy .*(cyclonedx|spdx)|grype .*sbom|"
    r"docker sbom|"
    r"docker .*--sbom(=true)?|docker buildx .*--attest[= ]type=sbom|cargo (cyclonedx|sbom)|npm sbom|pnpm sbom|"
    r"dotnet[ -]CycloneDX|ko (build|publish|apply)|"
    r"mvnw? .*(cyclonedx|spdx)|gradlew? .*(cyclonedx|spdx)|goreleaser)\b|cyclonedx-maven-plugin"
)
_SBOM_ACTIONS = re.compile(
    r"^(anchore/sbom-action|actions/attest-sbom|cyclonedx/|advanced-security/.*sbom|"
    r"microsoft/sbom|philips-labs/.*sbom|"
    r"aquasecurity/trivy|docker/(build-push|bake)-action|goreleaser/|sbom)"
)
_SIGN = re.compile(
    r"^(cosign (sign|attest)|notation sign|gpg .*(--sign|--detach-sign|-[a-z]*b\b|--armor)|docker trust sign|"
    r"slsa-|in-toto|gh attestation|"
    r"docker .*--provenance|docker buildx .*--attest[= ]type=provenance|npm publish.*--provenance|"
    r"pnpm publish.*--provenance|"
    r"sigstore|minisign|signify|rekor-cli upload|goreleaser|crane .*attest|helm package .*--sign)"
)
_SIGN_ACTIONS = re.compile(
    r"^(actions/attest(-build-provenance|-sbom)?\Z|slsa-framework/|sigstore/gh-action|docker/(build-push|bake)-action|"
    r"philips-labs/slsa|goreleaser/|pypa/gh-action-pypi-publish)"
)


def supply_chain_provenance(facts: Facts) -> Outcome:
    """Releases come with a bill of materials, and with a signature or provenance."""
    runs = [run for run in facts.pipelines.all_runs if run.executes]
    materials = [run for run in runs if _lists_materials(facts, run)]
    signatures = [run for run in runs if _signs(facts, run)]
    if materials and signatures:
        return passed(
            f"a bill of materials ({materials[0].text[:60]}) and signatures or provenance "
            f"({signatures[0].text[:60]}) are made",
            materials[0].origin,
            signatures[0].origin,
        )
    terms = ("syft", "cyclonedx", "spdx", "sbom", "cosign", "attest", "provenance", "slsa", "gpg --sign")
    searched = Searched(terms, "pipelines and their scripts", len(facts.pipelines.pipelines))
    if materials:
        return failed(
            f"a bill of materials is made ({materials[0].text[:60]}), and nothing is signed or attested",
            places=(materials[0].origin,),
            searched=(searched,),
        )
    if signatures:
        return failed(
            f"{signatures[0].text[:60]} signs or attests, and there is no bill of materials",
            places=(signatures[0].origin,),
            searched=(searched,),
        )
    return failed(
        "neither a bill of materials nor signatures nor provenance are made for releases", searched=(searched,)
    )


def _lists_materials(facts: Facts, run: Run) -> bool:
    if run.command is not None:
        text = plain_text(run.command)
        return _SBOM.search(text) is not None and (run.command.program != "goreleaser" or _releaser(facts, "sboms"))
    action, step = run.step.action.lower(), run.step
    if not _SBOM_ACTIONS.search(action):
        return False
    if action.startswith("docker/"):
        return step.input("sbom") not in ("", "false") or "type=sbom" in step.input("attests")
    if action.startswith("aquasecurity/trivy"):
        return step.input("format") in ("cyclonedx", "spdx", "spdx-json", "github")
    return not action.startswith("goreleaser/") or _releaser(facts, "sboms")


def _signs(facts: Facts, run: Run) -> bool:
    if run.command is not None:
        text = plain_text(run.command)
        if "--provenance=false" in text:
            return False
        return _SIGN.search(text) is not None and (run.command.program != "goreleaser" or _releaser(facts, "signs"))
    action, step = run.step.action.lower(), run.step
    if action.startswith("docker/"):
        return step.input("provenance") not in ("", "false") or "type=provenance" in step.input("attests")
    if action.startswith("goreleaser/"):
        return _releaser(facts, "signs")
    if action.startswith("pypa/gh-action-pypi-publish"):
        return step.input("attestations") == "true"
    return _SIGN_ACTIONS.search(action) is not None or "slsa-github-generator" in run.job.uses


def _releaser(facts: Facts, key: str) -> bool:
    files = facts.repository.match(".goreleaser.yml", ".goreleaser.yaml", "goreleaser.yml", "goreleaser.yaml")
    return bool(facts.repository.grep(rf"^{key}:|^docker_{key}:", files, most=1))
