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


def tolerance(run: Run, *, reports: bool = False) -> str:
    """Why a scanner as it is called never fails; ``reports`` lets alerts in code scanning do instead."""
    step, command = run.step, run.command
    if command is None:
        action = step.action.lower()
        if action == "aquasecurity/trivy-action" and step.input("exit-code") in ("", "0"):
            return "exit-code is 0 without a setting" if not (reports and is_reported(run)) else ""
        if step.input("fail-build", "fail_on_error", "fail-on-error") == "false" or step.input("soft_fail") == "true":
            return "it is told not to fail"
        return ""
    text = plain_text(command)
    if command.program == "trivy" and "--exit-code" not in text and not (reports and is_reported(run)):
        return "trivy exits with 0 without --exit-code"
    if command.program == "trivy" and re.search(r"--exit-code[= ]0\b", text):
        return "--exit-code 0"
    if (
        command.program == "grype"
        and "--fail-on" not in text
        and "-f " not in text
        and not (reports and is_reported(run))
    ):
        return "grype exits with 0 without --fail-on"
    if command.program in ("dependency-check", "dependency-check.sh") and "--failOnCVSS" not in text:
        return "it has no --failOnCVSS"
    if command.program == "snyk" and "monitor" in text:
        return ""
    return (
        "it is told not to fail"
        if re.search(r"--soft-fail|--exit-zero|--no-fail\b|--severity-threshold=none", text)
        else ""
    )


def is_reported(run: Run) -> bool:
    """Says whether the results of a scan go to code scanning, where they are alerts."""
    return any(
        step.action.startswith("github/codeql-action/upload-sarif") and not step.disabled for step in run.job.steps
    )
