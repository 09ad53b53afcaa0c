"""Checks of configuration as a whole: it parses, what it refers to exists, and what is deployed is well."""

from __future__ import annotations

from gonogo.checks import scope
from gonogo.checks.missing_files import missing_files
from gonogo.checks.references import broken_references, unmade_secrets
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.unread import Unread
from gonogo.facts.wrong import Wrong
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place

_LIMITS = ("bytes", "too deep", "deeper", "expands", "more than", "template", "no text", "could not be read as text")


def valid_configuration(facts: Facts) -> Outcome:
    """Every deployable file parses, and what it refers to is there."""
    wrong = _wrong(facts)
    if wrong:
        problems = [Problem(item.what, item.at) for item in wrong]
        return failed(
            f"{counted(len(wrong), 'fault')} in deployable files: {listed((w.what for w in wrong), 4)}", *problems
        )
    if secrets := unmade_secrets(facts):
        reason = f"no file shows what makes the secrets that pods need: {listed((w.what for w in secrets), 3)}"
        return unverified(reason, *(w.at for w in secrets))
    places = _deployable(facts)
    if not places:
        return not_applicable("no manifest, compose file, Dockerfile, template or pipeline to deploy with")
    return passed(f"{counted(len(places), 'deployable file')} parse and refer to what exists", *places)


def inventory_complete(facts: Facts) -> Outcome:
    """What the configuration names exists: files and images here; resources, where a live source would tell."""
    wrong = [item for item in _wrong(facts) if item.missing]
    if wrong:
        problems = [Problem(item.what, item.at) for item in wrong]
        return failed(
            f"{counted(len(wrong), 'reference')} to what does not exist: {listed((w.what for w in wrong), 4)}",
            *problems,
        )
    declared = [w.at for w in facts.kubernetes.workloads]
    declared += [r.at for source in (facts.terraform, facts.cloudformation) for r in source.resources()]
    places = _deployable(facts)
    if declared:
        number = counted(len(declared), "declared resource")
        reason = f"what the files refer to is in the repository; whether the {number} exist, only a live source shows"
        return unverified(reason, *declared[:5])
    if not places:
        return not_applicable("the target declares nothing that it deploys")
    return passed(f"what {counted(len(places), 'deployable file')} refer to is in the repository", *places)


def workload_health(facts: Facts) -> Outcome:
    """Only a live source shows whether what is deployed works."""
    running = (*scope.deployed_containers(facts), *scope.network_services(facts), *scope.long_running_services(facts))
    resources = [r.at for source in (facts.terraform, facts.cloudformation) for r in source.resources()]
    if not running and not resources:
        return not_applicable("nothing is deployed: no service, function, container or cloud resource")
    return unverified("only a live source shows whether what is deployed works", *(*running, *resources)[:5])


def _wrong(facts: Facts) -> tuple[Wrong, ...]:
    """Everything that is wrong in deployable files, once."""
    found = [*facts.kubernetes.wrong, *facts.compose.wrong, *facts.docker.wrong, *facts.terraform.wrong]
    found += facts.cloudformation.wrong
    found += [
        _syntax(item)
        for source in (facts.terraform, facts.cloudformation, facts.pipelines)
        for item in source.unread
        if _is_syntax(item)
    ]
    for pipeline in facts.pipelines.pipelines:
        if pipeline.problem and pipeline.loaded:
            at = Place(pipeline.at.path, pipeline.at.line, 0, f"{pipeline.name}:problem")
            found.append(Wrong(f"{pipeline.name}: {pipeline.problem}", at))
    for stray in facts.pipelines.stray:
        if "empty" in stray.symbol:
            found.append(Wrong(f"the pipeline {stray.path} is empty", Place(stray.path, 0, 0, "empty")))
    found += _never_reached(facts)
    found += _never_healthy(facts)
    found += broken_references(facts)
    found += missing_files(facts)
    return tuple(dict.fromkeys(found))


def _never_reached(facts: Facts) -> list[Wrong]:
    """Jobs that a step always breaks."""
    told: dict[str, Wrong] = {}
    for run in facts.pipelines.all_runs:
        if "always fails" in run.excuse:
            name = f"{run.pipeline.name}:{run.job.name}"
            if name not in told:
                told[name] = Wrong(
                    f"{name}: {run.excuse}", Place(run.step.at.path, run.step.at.line, 0, f"{name}:broken")
                )
    return list(told.values())


def _never_healthy(facts: Facts) -> list[Wrong]:
    """Compose services that wait until another one is healthy, which has nothing that could tell."""
    found = []
    for project in facts.compose.deciding:
        for service in project.started:
            for name, condition in service.depends_on:
                other = project.service(name)
                if (
                    condition != "service_healthy"
                    or other is None
                    or other.build is None
                    or other.healthcheck is not None
                ):
                    continue
                file = facts.docker.at(other.build.dockerfile)
                if file is not None and file.healthcheck is None and "healthcheck" not in other.spec:
                    what = f"compose service {service.name} waits until {name} is healthy, which has no healthcheck"
                    found.append(Wrong(what, service.place("depends_on")))
    return found


def _is_syntax(item: Unread) -> bool:
    return item.line > 0 and not any(word in item.reason for word in _LIMITS)


def _syntax(item: Unread) -> Wrong:
    return Wrong(f"{item.path} does not parse: {item.reason}", Place(item.path, item.line, 0, "syntax"))


def _deployable(facts: Facts) -> tuple[Place, ...]:
    paths = [item.at.path for item in facts.kubernetes.objects]
    paths += [path for project in facts.compose.projects for path in project.files]
    paths += [file.path for file in facts.docker.shipped]
    paths += [resource.at.path for source in (facts.terraform, facts.cloudformation) for resource in source.resources()]
    paths += [pipeline.at.path for pipeline in facts.pipelines.loaded]
    return tuple(Place(path, 1) for path in dict.fromkeys(paths))
