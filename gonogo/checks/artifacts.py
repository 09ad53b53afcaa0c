"""What is shipped: built by a pipeline, from pinned inputs, and run by the digest that it got."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.checks.ci_delivery import builds_image, deployment, publishes_package, pushes_image
from gonogo.checks.pipeline_tests import no_pipeline
from gonogo.checks.scanners import plain_text
from gonogo.facts import Facts
from gonogo.facts.dependencies import Component, ComponentKind, Ecosystem
from gonogo.facts.docker import Dockerfile
from gonogo.facts.images import parse_image
from gonogo.facts.pipelines import Command, Run
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed
from gonogo.model.evidence import Place, Searched

_EXACT = re.compile(r"(^|[-_v])\d+\.\d+\.\d+")
_LOOSE_INSTALLS = (
    # what installs newer versions than the lock file has, and why
    (
        re.compile(r"^npm (i|install)(?! .*(-g\b|--global))( -\S+)*\Z"),
        "npm install may change the lock file, npm ci does not",
    ),
    (
        re.compile(
            r"^pip3? install (?!.*(-r |--requirement|--require-hashes|-e |--editable|\.(\s|\Z)|--no-deps|/|\.whl))"
            r"(?!.*==)"
        ),
        "pip install without a version",
    ),
    (re.compile(r"^yarn install.*--no-lockfile"), "yarn install --no-lockfile"),
    (re.compile(r"^(npm|pnpm|yarn) .*--no-(frozen-lockfile|package-lock|immutable)"), "the lock file is not enforced"),
    (
        re.compile(
            r"^(npm (update|upgrade)|yarn upgrade|pnpm (update|up)|poetry update|bundle update|composer update|"
            r"cargo update|go get -u)"
        ),
        "it takes newer versions than the lock file has",
    ),
)
_TOOLS_OF_PIP = re.compile(
    r"install( -\S+)* (--upgrade |-U )?(pip|setuptools|wheel|poetry|uv|pipenv|tox|nox|"
    r"pre-commit|awscli|build|"
    r"twine|ruff|black|mypy|flake8|pytest\S*)\b"
)


def reproducible_build(facts: Facts) -> Outcome:
    """A pipeline builds what ships, from locked dependencies and base images that do not move."""
    if not facts.pipelines.loaded:
        return no_pipeline(facts, "no pipeline builds what ships")
    runs = [run for run in facts.pipelines.all_runs if run.executes]
    images = facts.docker.shipped
    built = [run for run in runs if builds_image(run)]
    shipped = [run for run in runs if pushes_image(run) or publishes_package(run) or deployment(run)]
    if images and not built:
        first = images[0]
        return failed(
            f"{len(images)} Dockerfiles are shipped and no pipeline builds them",
            *(Problem(f"{file.path} is built by no pipeline", file.at) for file in images[:10]),
            places=(first.at,),
        )
    if not shipped:
        searched = Searched(
            ("docker build", "publish", "release", "deploy"), "pipelines", len(facts.pipelines.pipelines)
        )
        return failed("no pipeline builds and ships an artefact", searched=(searched,))
    problems = [*_moving_bases(images), *_loose_dependencies(facts), *_loose_installs(runs)]
    if problems:
        return failed(
            f"a pipeline builds what ships, and {len(problems)} inputs are not pinned: {problems[0].what}", *problems
        )
    made = next((run for run in shipped if run in built), (built or shipped)[0])
    return passed(
        f"{made.text[:80]} builds it from locked dependencies"
        + (f" and {len(images)} Dockerfiles with fixed base images" if images else ""),
        made.origin,
        *(component.lock for component in _applications(facts) if component.lock),
        *(file.at for file in images[:4]),
    )


def _moving_bases(images: tuple[Dockerfile, ...]) -> Iterable[Problem]:
    for file in images:
        names = {stage.name.lower() for stage in file.stages if stage.name}
        for stage in file.stages:
            base = stage.base
            if not base or base.lower() in names or base == "scratch" or stage.parent is not None:
                continue
            image = parse_image(base)
            if not image.digest and not _EXACT.search(image.tag):
                yield Problem(f"{file.path}: the base image {base} moves", stage.at)


def _applications(facts: Facts) -> list[Component]:
    found = [c for c in facts.dependencies.components if c.ecosystem is not Ecosystem.TERRAFORM and c.dependencies]
    return [c for c in found if c.kind is ComponentKind.APPLICATION] or found


def _loose_dependencies(facts: Facts) -> Iterable[Problem]:
    for component in _applications(facts):
        name = component.name or component.path or "the root"
        if component.problem:
            yield Problem(f"the lock file of {name}: {component.problem}", component.lock or component.manifest)
        elif component.loose:
            listed = ", ".join(d.name for d in component.loose[:3])
            yield Problem(
                f"{len(component.loose)} dependencies of {name} are not locked ({listed})", component.loose[0].at
            )


def _loose_installs(runs: list[Run]) -> Iterable[Problem]:
    seen: set[Place] = set()
    for run in runs:
        command = run.command
        if command is None or command.at in seen:
            continue
        text = plain_text(command)
        why = next((why for pattern, why in _LOOSE_INSTALLS if pattern.search(text)), "")
        # the whole job is looked through last: few commands come that far
        if why and not _TOOLS_OF_PIP.search(text) and _is_build(run, command):
            seen.add(command.at)
            yield Problem(f"{text[:60]}: {why}", command.at)


def _is_build(run: Run, command: Command) -> bool:
    """Says whether a command is part of making what ships: a Dockerfile, or a job that publishes or deploys."""
    if any(
        "docker" in outer.split()[:1] or (" build " in f" {outer} " and "docker" in outer) for outer in command.through
    ):
        return True
    return any(
        pushes_image(other) or publishes_package(other) or deployment(other) is not None
        for other in (Run(run.pipeline, run.job, step, c) for step in run.job.steps for c in (*step.commands, None))
    )


_BY_DIGEST = re.compile(
    r"@sha256:|@\$\{?\w*DIGEST|--build-artifacts|\bdigest=|\.outputs\.(image-?)?digest|image\.digest|"
    r"--digests|@\$\{\{[^}]*digest",
    re.I,
)


def immutable_artifacts(facts: Facts) -> Outcome:
    """What is deployed names the digest that a pipeline built."""
    runs = [run for run in facts.pipelines.all_runs if run.executes]
    built = [run for run in runs if builds_image(run)]
    if not facts.docker.shipped and not built:
        return not_applicable("no image is built: there is no shipped Dockerfile and no pipeline builds one")
    if not built:
        files = facts.docker.shipped
        problems = [Problem(f"{file.path} is built by no pipeline", file.at) for file in files[:10]]
        return failed(f"no pipeline builds the {len(files)} shipped Dockerfiles, so nothing pins what runs", *problems)
    by_digest = [run for run in runs if deployment(run) and _BY_DIGEST.search(_said(run))]
    if by_digest:
        return passed(
            f"{by_digest[0].text[:80]} deploys the digest that was built", *(run.origin for run in by_digest[:4])
        )
    immutable = _immutable_registries(facts)
    tagged = [run for run in runs if (pushes_image(run) or deployment(run)) and _by_commit(run)]
    if immutable and tagged:
        return passed(
            "images are tagged by commit in a registry whose tags cannot change", *immutable[:3], tagged[0].origin
        )
    own = list(_deployed(facts))
    if own and all("@sha256:" in image for image, _ in own):
        return passed(f"{len(own)} deployed images are named by digest", *(place for _, place in own[:8]))
    problems = [Problem(f"{image} is deployed by a tag", place) for image, place in own if "@sha256:" not in image]
    how = "by tags of the commit, which the registry lets change" if tagged else "by tags"
    places = tuple(run.origin for run in (tagged or built)[:4])
    reason = f"images are built by {built[0].text[:60]}, and what runs is named {how}, not by digest"
    return failed(reason, *problems[:20], places=places)


def _said(run: Run) -> str:
    """A command or step with all that it is given."""
    values = " ".join(f"{name}={value}" for name, value in (*run.step.inputs, *run.step.env))
    return f"{run.text} {values} {run.step.script.text if run.step.script else ''}"


_COMMIT = re.compile(
    r"github\.sha|GITHUB_SHA|CI_COMMIT_(SHORT_)?SHA|GIT_COMMIT|COMMIT_SHA|SHORT_SHA|CIRCLE_SHA1|BITBUCKET_COMMIT|"
    r"Build\.SourceVersion|git rev-parse|type=sha"
)


def _by_commit(run: Run) -> bool:
    return _COMMIT.search(_said(run)) is not None


def _immutable_registries(facts: Facts) -> list[Place]:
    found = [r for source in (facts.terraform, facts.cloudformation) for r in source.resources("aws_ecr_repository")]
    fixed = [r for r in found if str(r.get("image_tag_mutability", "MUTABLE")).startswith("IMMUTABLE")]
    return [r.place("image_tag_mutability") for r in fixed] if fixed and len(fixed) == len(found) else []


def _deployed(facts: Facts) -> Iterable[tuple[str, Place]]:
    """Images that manifests and compose files run, but for stock ones of others."""
    for workload in facts.kubernetes.workloads:
        for container in workload.mains:
            if container.image:
                yield container.image, container.place("image")
    for service in facts.compose.services:
        if service.image:
            yield service.image, service.place("image")
