"""How a release reaches production, and how it comes back: automated, approved, reversible."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.checks import cloud, scope
from gonogo.checks.ci_delivery import Deployment, deployment, publishes_package, pushes_image
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.kubernetes import Workload
from gonogo.facts.pipelines import Event, Job, Run
from gonogo.model.assessment import Outcome, Problem, failed, passed, unverified
from gonogo.model.evidence import Place, Searched

_LOWER = re.compile(
    r"(?<![a-z])(dev|develop|development|staging|stage|stg|test|testing|tests|qa|uat|e2e|preview|ephemeral|sandbox|"
    r"demo|pr|nonprod|non-prod|preprod|review)(?![a-z])",
    re.IGNORECASE,
)
_UPPER = re.compile(r"(?<![a-z])prod(uction)?(?![a-z])", re.IGNORECASE)
_CARRIERS = (
    *(Kind.FUNCTION, Kind.CONTAINER_SERVICE, Kind.TASK_DEFINITION, Kind.HELM_RELEASE, Kind.KUBERNETES),
    *(Kind.INSTANCE, Kind.LAUNCH_TEMPLATE, Kind.API),
)
_UNDO_TERMS = (
    *("rollout undo", "helm rollback", "--atomic", "deployment_circuit_breaker", "auto_rollback", "canary"),
    *("blue/green", "rollback scripts and jobs"),
)
_TERMS = ("kubectl apply", "helm upgrade", "terraform apply", "ecs deploy", "publish", "docker push", "argocd", "ssh")


def deployment_automation(facts: Facts) -> Outcome:
    """A pipeline deploys what ships, and production waits for a person."""
    runs = [run for run in facts.pipelines.all_runs if run.executes]
    deployments = [found for run in runs if not _is_beside(run) and (found := deployment(run))]
    gitops = _gitops(facts)
    published = [run for run in runs if pushes_image(run) or publishes_package(run)]
    if not deployments and not gitops and not published:
        searched = Searched(_TERMS, "pipelines and their scripts", len(facts.pipelines.pipelines))
        return failed("nothing publishes or deploys: no step of a pipeline does", searched=(searched,))
    gap = _left_by_hand(facts, deployments, gitops, published)
    if gap:
        places = tuple(d.run.origin for d in deployments[:4]) + tuple(run.origin for run in published[:4])
        return failed(gap, places=places)
    if gitops and not deployments:
        return unverified(
            "a GitOps controller deploys what is merged; whether merges are approved is set elsewhere", *gitops
        )
    if not deployments:
        return _gated([Deployment(run, run.text[:60], False) for run in published])
    decisive = _decisive(deployments)
    if not decisive:
        names = ", ".join(dict.fromkeys(d.run.job.name for d in deployments))
        problems = [
            Problem(f"{d.what} in {d.run.job.name} deploys to a lower environment", d.run.origin) for d in deployments
        ]
        return failed(f"pipelines deploy to lower environments only ({names}), none to production", *problems)
    return _gated(decisive)


_THROWAWAY = re.compile(
    r"kind-action|\bkind (create|load)|minikube|k3d|k3s|microk8s|localstack|testcontainers|chart-testing"
)


def _is_beside(run: Run) -> bool:
    """Says whether a deployment is none of the service: documentation, or a cluster that lives as long as the job."""
    if re.search(
        r"\bdocs?\b|documentation|pages|storybook", f"{run.pipeline.name} {run.job.name} {run.text}", re.IGNORECASE
    ):
        return True
    job = run.job
    return any(_THROWAWAY.search(f"{step.uses} {step.script.text if step.script else ''}") for step in job.steps)


def _gitops(facts: Facts) -> tuple[Place, ...]:
    """Objects by which Argo CD or Flux apply what is merged."""
    found = facts.kubernetes.of("Application", "ApplicationSet", "Kustomization", "HelmRelease")
    return tuple(o.at for o in found if "argoproj.io" in o.api_version or "toolkit.fluxcd.io" in o.api_version)


def _left_by_hand(facts: Facts, deployments: list[Deployment], gitops: tuple[Place, ...], published: list[Run]) -> str:
    """What ships and is deployed by nothing, as a reason; empty where all of it is."""
    applications = [d for d in deployments if not d.infrastructure]
    if applications or gitops:
        return ""
    workloads = facts.kubernetes.workloads
    infrastructure = cloud.resources(facts)
    if deployments:
        if not workloads and (not facts.docker.shipped or cloud.resources(facts, *_CARRIERS)):
            return ""
        what = f"{len(workloads)} Kubernetes workloads" if workloads else f"{len(facts.docker.shipped)} images"
        return f"infrastructure is applied by {deployments[0].what}, and the application ({what}) is deployed by hand"
    if workloads or infrastructure:
        what = f"{len(workloads)} Kubernetes workloads" if workloads else f"{len(infrastructure)} cloud resources"
        return f"{published[0].text[:60]} publishes, and nothing deploys the {what}"
    return ""


def _decisive(deployments: list[Deployment]) -> list[Deployment]:
    """Deployments to production: those that name it, else those that name no lower environment."""
    applications = [d for d in deployments if not d.infrastructure] or deployments
    upper = [d for d in applications if _level(d.run) == "production"]
    plain = [d for d in applications if not _level(d.run)]
    return upper or plain


def _level(run: Run) -> str:
    """``production``, ``lower``, or nothing where neither is named; what the job says counts before its pipeline."""
    step = "" if run.step.script and run.step.script.text.strip().startswith(run.step.name) else run.step.name
    given = run.command.option(*_ENVIRONMENT_OPTIONS) if run.command else ""
    branches = (branch for trigger in run.pipeline.triggers for branch in trigger.branches)
    nearest = " ".join((run.job.name, run.job.environment, run.job.stage, step, given))
    for names in (nearest, " ".join((run.pipeline.name, *branches))):
        if _UPPER.search(names):
            return "production"
        if _LOWER.search(names):
            return "lower"
    return ""


_ENVIRONMENT_OPTIONS = (
    "-n",
    "--namespace",
    "--context",
    "--kube-context",
    "--stage",
    "-e",
    "--env",
    "--environment",
    "--config",
    "-c",
    "-s",
    "--workspace",
)


def _gated(deployments: list[Deployment]) -> Outcome:
    open_: list[Problem] = []
    settings: list[Deployment] = []
    approved: list[tuple[str, Place]] = []
    for found in deployments:
        why, place = _approval(found.run)
        if why:
            approved.append((why, place))
        elif _environment(found.run):
            settings.append(found)
        else:
            events = {trigger.event for trigger in found.run.pipeline.triggers}
            names = ", ".join(dict.fromkeys(trigger.name for trigger in found.run.pipeline.triggers))
            when = "" if Event.UNKNOWN in events else f" on {names}"
            text = f"{found.what} in {found.run.job.name} runs{when} without an approval"
            open_.append(Problem(text, found.run.origin))
    if open_:
        return failed(
            f"{deployments[0].what} is automated, and {len(open_)} steps deploy without an approval: {open_[0].what}",
            *open_,
        )
    if settings:
        name = _environment(settings[0].run)
        return unverified(
            f"{settings[0].what} deploys through the environment {name}; whether it asks for an approval is set in "
            f"{settings[0].run.pipeline.service.value}",
            *(d.run.origin for d in settings[:6]),
        )
    return passed(
        f"{deployments[0].what} is automated, and {approved[0][0]}",
        *dict.fromkeys([d.run.origin for d in deployments[:4]] + [place for _, place in approved[:4]]),
    )


def _approval(run: Run) -> tuple[str, Place]:
    """By what a person lets a step run; empty where nothing asks one."""
    pipeline, job = run.pipeline, run.job
    if job.approval or job.manual:
        return f"a person starts or approves {job.name}", job.approval or job.at
    before = _needed(run)
    for other in before:
        if other.approval:
            return f"{other.name} waits for a person before it", other.approval
    events = {trigger.event for trigger in pipeline.triggers}
    if events and events <= {Event.MANUAL}:
        return f"a person starts {pipeline.name}", pipeline.triggers[0].at
    only = set(job.events) or events
    if only and only <= {Event.TAG, Event.MANUAL}:
        return f"a person releases by tag or release ({pipeline.name})", pipeline.triggers[0].at
    tagged = re.search(
        r"refs/tags/|event_name == '(release|workflow_dispatch)'|github\.event\.release|"
        r"ref_type == 'tag'",
        job.condition,
    )
    if tagged:
        return f"{job.name} runs only for a tag, a release or by hand", job.at
    return "", job.at


def _needed(run: Run) -> list[Job]:
    """The jobs that come before: those that it needs, at any depth; in Jenkins the stages above."""
    jobs = {job.name: job for job in run.pipeline.jobs}
    found: list[Job] = []
    stack = list(run.job.needs)
    while stack:
        name = stack.pop()
        if name in jobs and jobs[name] not in found:
            found.append(jobs[name])
            stack += jobs[name].needs
    if run.pipeline.service.value == "Jenkins":
        found += [job for job in run.pipeline.jobs if job.at.line < run.job.at.line and job.approval]
    return found


def _environment(run: Run) -> str:
    """The environment whose protection could ask for an approval."""
    return run.job.environment or next((job.environment for job in _needed(run) if job.environment), "")


_UNDO = re.compile(
    r"rollout undo|helm (\S+ )*rollback|argocd app rollback|heroku (releases:)?rollback|kamal rollback|"
    r"vercel rollback|"
    r"docker service (update .*--rollback|rollback)|update-traffic|lambda update-alias|"
    r"deploy stop-deployment.*rollback|"
    r"cloudformation (rollback|continue-update-rollback)|nomad job revert|flyctl? (releases|deploy --image)|"
    r"eb deploy --version|"
    r"ecs update-service .*--task-definition|kubectl argo rollouts (undo|abort)|railway rollback|"
    r"cap \S+ deploy:rollback",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(
    r"helm (\S+ )*upgrade\b.*--(atomic|rollback-on-failure|cleanup-on-fail)|--rollback-on-failure|"
    r"helmfile .*--atomic|"
    r"rollout undo|helm (\S+ )*rollback|--rollback-alarm|kamal rollback|"
    r"docker service update .*--update-failure-action[= ]rollback"
)


def rollback(facts: Facts) -> Outcome:
    """A bad release goes back: by itself, by a script or job, or by rolling updates with the commands to undo one."""
    automatic = [*_automatic_resources(facts), *_automatic_objects(facts), *_automatic_runs(facts)]
    if automatic:
        what, place = automatic[0]
        return passed(f"a release goes back by {what}", place, *(p for _, p in automatic[1:6]))
    scripted = _scripted(facts)
    if scripted:
        return passed(f"a release goes back by {scripted[0][0]}", *(place for _, place in scripted[:6]))
    rolling = [w for w in facts.kubernetes.workloads if w.kind == "Deployment" and _rolls(w)]
    documented = _documented(facts)
    if rolling and documented:
        return passed(
            f"{len(rolling)} Deployments roll, and the documents give the commands that undo a release",
            rolling[0].object.spec.place("strategy") if "strategy" in rolling[0].object.spec else rolling[0].at,
            *documented[:4],
        )
    searched = Searched(
        _UNDO_TERMS, "pipelines, scripts, infrastructure code, manifests, documents", len(facts.repository.files)
    )
    if rolling:
        reason = f"{len(rolling)} Deployments roll, and neither a job, a script nor a document undoes a release"
        return failed(reason, places=(rolling[0].at,), searched=(searched,))
    if documented:
        reason = "documents tell how to go back by hand, and no rolling, blue/green or canary release is set up"
        return failed(reason, places=documented[:4], searched=(searched,))
    if not scope.infrastructure_code(facts) and not any(deployment(run) for run in facts.pipelines.runs()):
        return failed("there is no deployment or release mechanism, so none that could go back", searched=(searched,))
    return failed("no strategy, script or job takes a release back", searched=(searched,))


def _rolls(workload: Workload) -> bool:
    return workload.object.spec.map("strategy").text("type") != "Recreate"


def _automatic_resources(facts: Facts) -> Iterable[tuple[str, Place]]:
    for service in cloud.resources(facts, "aws_ecs_service"):
        if service.truth("deployment_circuit_breaker.rollback") is True:
            yield "the circuit breaker of ECS", service.place("deployment_circuit_breaker")
    for group in cloud.resources(facts, "aws_codedeploy_deployment_group"):
        if group.truth("auto_rollback_configuration.enabled") is True:
            yield "CodeDeploy's automatic rollback", group.place("auto_rollback_configuration")
    for function in cloud.resources(facts, "aws_lambda_function"):
        for name in ("auto_publish_alias", "deployment_preference"):
            if function.get(name) is not None:
                yield "versioned aliases of Lambda", function.place(name)
    for alias in cloud.resources(facts, "aws_lambda_alias"):
        yield "a versioned alias of Lambda", alias.at


def _automatic_objects(facts: Facts) -> Iterable[tuple[str, Place]]:
    for item in facts.kubernetes.of("Rollout", "Canary"):
        if "argoproj.io" in item.api_version or "flagger.app" in item.api_version:
            yield f"{item.kind} ({item.name})", item.at
    for item in facts.kubernetes.of("HelmRelease"):
        if item.spec.map("upgrade").map("remediation"):
            yield "Flux's remediation", item.spec.map("upgrade").place("remediation")
    swarm = any("stack deploy" in command.text for d in facts.documents.documents for command in d.commands) or any(
        "stack deploy" in run.text for run in facts.pipelines.runs()
    )
    for service in facts.compose.services if swarm else ():
        if service.spec.map("deploy").map("update_config").text("failure_action") == "rollback":
            yield "Swarm's failure_action", service.place("deploy")


def _automatic_runs(facts: Facts) -> Iterable[tuple[str, Place]]:
    for run in facts.pipelines.runs():
        if run.command is not None and _AUTOMATIC.search(run.command.text):
            yield run.command.text[:60], run.origin


_MOVES_RELEASES = re.compile(
    r"\b(kubectl|helm|docker|aws|gcloud|az|ssh|systemctl|pm2|nomad|terraform|git (checkout|revert|reset)|ln -s|"
    r"flyctl|argocd)\b"
)


def _scripted(facts: Facts) -> list[tuple[str, Place]]:
    """Jobs and scripts that are made to go back."""
    found = [
        (f"the job {job.name} of {pipeline.name}", job.at)
        for pipeline in facts.pipelines.loaded
        for job in pipeline.jobs
        if re.search(r"roll[-_ ]?back", f"{pipeline.name} {job.name}", re.IGNORECASE) and not job.disabled and job.steps
    ]
    for file in facts.repository.match("*rollback*.sh", "*roll-back*.sh", "*rollback*.py", "*rollback*.js"):
        migrates = re.search(r"migrat|/versions/|sql|\bdb\b", file.path)
        if not migrates and _MOVES_RELEASES.search(facts.repository.text(file)):
            found.append((file.path, Place(file.path, 1)))
    makefiles = facts.repository.match("Makefile", "justfile", "Taskfile.yml")
    found += [
        (f"the target in {p.path}", p) for p in facts.repository.grep(r"^\s*(deploy[-_])?rollback\b[^=]*:", makefiles)
    ]
    return found


def _documented(facts: Facts) -> tuple[Place, ...]:
    """Commands in documents that undo a release."""
    commands = [c for document in facts.documents.documents for c in document.commands if _UNDO.search(c.text)]
    return tuple(command.at for command in commands)


def approvals(facts: Facts) -> tuple[Place, ...]:
    """Where a person must approve before something is deployed."""
    found = [_approval(run) for run in facts.pipelines.runs() if deployment(run)]
    return tuple(dict.fromkeys(place for why, place in found if why))
