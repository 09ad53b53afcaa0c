"""A scanner as it is called: what it covers, and whether its findings can fail anything."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gonogo.facts.dependencies import Ecosystem
from gonogo.facts.pipelines import Command, Run
from gonogo.model.evidence import Place

EVERY = frozenset(Ecosystem)


@dataclass(frozen=True, slots=True)
class Cover:
    """Something that scans. ``excuse`` says why its findings fail nothing."""

    name: str
    at: Place
    excuse: str = ""
    ecosystems: frozenset[Ecosystem] = EVERY


def plain_text(command: Command) -> str:
    """What it runs as one line, cut where it would only be data."""
    return " ".join((command.program, *command.arguments))[:4_000]


@dataclass(frozen=True, slots=True)
class _Soft:
    """When a scanner reports and exits with 0: its inputs or its command line fit ``quiet``, or lack ``strict``."""

    name: str
    why: str
    inputs: tuple[str, ...] = ()
    quiet: str = ""
    strict: str = ""


_NOT_TOLD = r"^(|0|false)$"
_TOLD_NOT_TO = r"^(true|1|yes)$"
_ACTIONS = (
    _Soft(r"aquasecurity/trivy-action", "exit-code is 0 without a setting", ("exit-code",), quiet=_NOT_TOLD),
    _Soft(r"docker/scout-action", "exit-code is off without a setting", ("exit-code",), quiet=_NOT_TOLD),
    _Soft(r"goodwithtech/dockle-action", "exit-code is 0 without a setting", ("exit-code",), quiet=_NOT_TOLD),
    _Soft(r"crazy-max/ghaction-container-scan", "it has no severity_threshold", ("severity_threshold",), quiet="^$"),
    _Soft(r"dependency-check/", "it has no --failOnCVSS", ("args",), strict=r"--failOnCVSS"),
    _Soft(r"aquasecurity/tfsec-sarif-action", "it only writes a report"),
    _Soft(r"checkmarx/kics", "ignore_on_exit is set", ("ignore_on_exit",), quiet=r"^(results|all)$"),
    _Soft(r"anchore/scan-action", "fail-build is false", ("fail-build",), quiet="^false$"),
    _Soft(r"google/osv-scanner", "fail-on-vuln is false", ("fail-on-vuln",), quiet="^false$"),
    _Soft(r"actions/dependency-review-action", "warn-only is true", ("warn-only",), quiet=_TOLD_NOT_TO),
    _Soft(r"securego/gosec", "it is told -no-fail", ("args",), quiet=r"-no-fail"),
    _Soft(r"gitleaks/|trufflesecurity/", "it is told not to fail", ("args", "extra_args"), quiet=r"--exit-code[= ]0\b"),
    _Soft(
        r"",
        "soft_fail is on",
        ("soft_fail", "soft-fail", "soft_fail_commenter", "no_fail", "allow-failure"),
        quiet=_TOLD_NOT_TO,
    ),
    _Soft(r"", "it is told not to fail", ("fail_on_error", "fail-on-error", "fail_build"), quiet="^false$"),
)
"""Actions, with the inputs on which it depends whether findings fail the step."""
_COMMANDS = (
    _Soft(r"trivy ", "trivy exits with 0 without --exit-code", strict=r"--exit-code[= ]\S"),
    _Soft(r"trivy ", "--exit-code 0", quiet=r"--exit-code[= ]0\b"),
    _Soft(r"grype ", "grype exits with 0 without --fail-on", strict=r"--fail-on| -f "),
    _Soft(r"dependency-check(\.sh)? ", "it has no --failOnCVSS", strict=r"--failOnCVSS"),
    _Soft(r"docker scout ", "docker scout exits with 0 without --exit-code", strict=r"--exit-code| -e\b"),
    _Soft(r"semgrep (?!ci\b|.*\bci\b)", "semgrep exits with 0 without --error", strict=r"--error"),
    _Soft(r"trufflehog ", "trufflehog exits with 0 without --fail", strict=r"--fail\b"),
    _Soft(r"opa eval ", "opa eval exits with 0 without --fail", strict=r"--fail"),
    _Soft(r"polaris ", "polaris exits with 0 without a score or level", strict=r"--set-exit-code"),
    _Soft(r"dockle ", "dockle exits with 0 without --exit-code", strict=r"--exit-code[= ]\S| -c\b"),
    _Soft(r"(checkov|tfsec) ", "it is told to fail softly", quiet=r"--soft-fail\b(?!-on)| -s\b"),
    _Soft(r"kics ", "it is told to ignore results", quiet=r"--ignore-on-exit"),
    _Soft(
        r"",
        "it is told not to fail",
        quiet=r"--soft-fail\b(?!-on)|--exit-zero|--?no-fail\b|--severity-threshold=none|--exit-code[= ]0\b",
    ),
)
"""Commands, likewise."""


def tolerance(run: Run) -> str:
    """Why a scanner as it is called never fails; empty where its findings fail the step."""
    if run.command is None:
        action = run.step.action.lower()
        given = {name.lower(): value.strip().lower() for name, value in run.step.inputs}
        for soft in _ACTIONS:
            if re.match(soft.name, action) and _is_quiet(soft, [given.get(name, "") for name in soft.inputs]):
                return soft.why
        errors = dict(run.step.env).get("DISABLE_ERRORS", "").lower()
        return "DISABLE_ERRORS is on" if errors == "true" and "linter" in action else ""
    text = plain_text(run.command)
    if re.match(r"snyk monitor|dockle --help", text):
        return ""
    return next((s.why for s in _COMMANDS if re.match(s.name, text + " ") and _is_quiet(s, [text])), "")


def _is_quiet(soft: _Soft, values: list[str]) -> bool:
    if soft.strict:
        return not any(re.search(soft.strict, value, re.IGNORECASE) for value in values)
    return any(re.search(soft.quiet, value, re.IGNORECASE) for value in values) or (not soft.inputs and not soft.quiet)
