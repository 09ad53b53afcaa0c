"""Linters and type checkers that pipelines enforce, for each language of the product."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from gonogo.checks.build_files import linted_by_build
from gonogo.checks.ci_verification import linted, type_checked
from gonogo.checks.pipeline_tests import no_pipeline
from gonogo.facts import Facts
from gonogo.facts.code import Language
from gonogo.facts.dependencies import ComponentKind
from gonogo.facts.pipelines import Run
from gonogo.facts.repository import File, Role
from gonogo.model.assessment import Outcome, Problem, failed, passed, unverified
from gonogo.model.evidence import Place, Searched


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A language that the product is written in."""

    name: str
    label: str
    files: int
    at: Place
    typed: bool
    """Whether there is a type checker to run for it (its compiler counts)."""


_LABELS = {
    "python": "Python",
    "node": "JavaScript",
    "go": "Go",
    "java": "Java",
    "rust": "Rust",
    "ruby": "Ruby",
    "php": "PHP",
    "dotnet": "C#",
    "kotlin": "Kotlin",
}
_FOREIGN = {
    "rust": "rust",
    "ruby": "ruby",
    "php": "php",
    "c#": "dotnet",
    "csharp": "dotnet",
    "kotlin": "kotlin",
    "scala": "java",
}


def lint_and_types(facts: Facts) -> Outcome:
    """For each language of the product, a step that can fail lints it, and one checks its types."""
    if not facts.pipelines.loaded:
        return no_pipeline(facts, "neither lint nor types are checked on a change")
    spoken = _languages(facts)
    live = [run for run in facts.pipelines.all_runs if run.can_fail and run.on_change]
    lints: dict[str, list[Run]] = {}
    types: dict[str, list[Run]] = {}
    for run in live:
        if run.command is not None:
            lints.setdefault(linted(run.command), []).append(run)
            types.setdefault(type_checked(run.command), []).append(run)
        elif language := _action_lints(run):
            lints.setdefault(language, []).append(run)
    for language in ("java", "kotlin"):
        builds = [
            run for run in types.get("java", ()) if re.search(r"\b(build|check|verify|install|deploy)\b", run.text)
        ]
        if language not in lints and builds and linted_by_build(facts):
            lints[language] = builds
    if not spoken:
        return _without_code(facts, lints)
    gaps = list(_gaps(spoken, lints, types, facts))
    if gaps:
        lost = [
            run
            for run in facts.pipelines.all_runs
            if run.command and run.executes and not run.can_fail and linted(run.command)
        ]
        problems = [Problem(text, place) for text, place in gaps]
        problems += [Problem(f"{run.text[:80]} cannot fail: {run.excuse}", run.origin) for run in lost[:5]]
        return failed(
            "; ".join(text for text, _ in gaps),
            *problems,
            places=tuple(r.origin for rs in lints.values() for r in rs)[:6],
        )
    named = {language.name for language in spoken} | {"any"}
    chosen = [runs[0] for table in (lints, types) for name, runs in sorted(table.items()) if name in named]
    names = ", ".join(dict.fromkeys(run.text[:40] for run in chosen))
    return passed(
        f"lint and types of {', '.join(s.label for s in spoken)} can fail CI: {names}",
        *(run.origin for run in chosen[:8]),
    )


def _gaps(
    spoken: list[_Spoken], lints: dict[str, list[Run]], types: dict[str, list[Run]], facts: Facts
) -> Iterable[tuple[str, Place]]:
    for language in spoken:
        lint = language.name in lints or "any" in lints
        typed = not language.typed or language.name in types
        if lint and typed:
            continue
        missing = (
            "neither lint nor type checks" if not lint and not typed else "no lint" if not lint else "no type checks"
        )
        if not language.typed and not lint:
            missing = "no lint"
        yield f"{missing} for {language.label} ({language.files} files) in CI", language.at


def _languages(facts: Facts) -> list[_Spoken]:
    """The languages of the product that matter: a fifth of its code, thirty files, or an application of their own."""
    counts: Counter[str] = Counter()
    first: dict[str, Place] = {}
    typescript = 0
    for file in facts.code.files:
        name = "node" if file.language in (Language.JAVASCRIPT, Language.TYPESCRIPT) else str(file.language.value)
        if _is_side_file(facts.repository.by_path.get(file.path)):
            continue
        typescript += file.language is Language.TYPESCRIPT
        counts[name] += 1
        first.setdefault(name, Place(file.path, 1))
    for foreign in facts.code.foreign:
        if name := _FOREIGN.get(foreign.language.lower(), ""):
            counts[name] += foreign.files
            first.setdefault(name, foreign.at)
    total = sum(counts.values())
    components = [c for c in facts.dependencies.components if c.kind is ComponentKind.APPLICATION]
    applications = {c.ecosystem.value for c in components if c.path and not _SIDE_FOLDER.search(c.path + "/")}
    found = []
    for name, number in counts.most_common():
        if number * 5 >= total or number >= 30 or name in applications:
            label = "TypeScript" if name == "node" and typescript else _LABELS[name]
            typed = name not in ("ruby", "php") and not (name == "node" and typescript == 0)
            found.append(_Spoken(name, label, number, first[name], typed))
    return found


def _is_side_file(file: File | None) -> bool:
    """Says whether a code file only serves the repository itself: scripts, configuration, documentation."""
    return file is None or _SIDE_FOLDER.search(file.local) is not None or ".config." in file.name


_SIDE_FOLDER = re.compile(r"(^|/)(scripts?|tools?|docs?|hack|bench\w*|load\w*|oss|\.\w+)/")


def _action_lints(run: Run) -> str:
    action = run.step.action.lower()
    if re.search(r"golangci/golangci-lint-action|dominikh/staticcheck", action):
        return "go"
    if re.search(
        r"astral-sh/ruff-action|chartboost/ruff-action|psf/black|py-actions/flake8|reviewdog/action-(flake8|ruff|black)",
        action,
    ):
        return "python"
    if re.search(r"eslint|biomejs/setup-biome|wearerequired/lint-action", action):
        return "node" if "setup" not in action else ""
    if re.search(
        r"super-linter|megalinter|trunk-io/trunk-action|sonarsource/|sonarqube|codacy/codacy-analysis", action
    ):
        return "any"
    return ""


def _without_code(facts: Facts, lints: dict[str, list[Run]]) -> Outcome:
    """Configuration and scripts: what looks at them must be able to fail, and scripts need a linter too."""
    runs = [run for name, found in lints.items() if name for run in found]
    lost = [
        run
        for run in facts.pipelines.all_runs
        if run.command and run.executes and not run.can_fail and linted(run.command)
    ]
    failing = {run.command.program for run in runs if run.command}
    lost = [run for run in lost if run.command and run.command.program not in failing]
    if lost:
        names = ", ".join(dict.fromkeys(run.command.program for run in lost if run.command))
        problems = [Problem(f"{run.text[:80]} cannot fail: {run.excuse}", run.origin) for run in lost[:5]]
        return failed(f"there is no application code, and {names} cannot fail CI", *problems)
    if not runs:
        looked = Searched(("a linter",), "the steps of pipelines", len(facts.pipelines.loaded))
        return failed("no linter runs in CI", searched=(looked,))
    scripts = [file for file in facts.repository.match("*.sh", "*.bash") if file.role is Role.PRODUCT]
    if scripts and not failing & {"shellcheck", "shfmt", "bashate", "pre-commit"} and "any" not in lints:
        reason = f"{runs[0].text[:60]} can fail CI, and no linter looks at {scripts[0].path}"
        return unverified(reason, Place(scripts[0].path, 1), runs[0].origin)
    return passed(f"there is no application code; {runs[0].text[:60]} can fail CI", *(r.origin for r in runs[:6]))
