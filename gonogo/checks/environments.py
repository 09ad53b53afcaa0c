"""Whether environments are apart, and whether those that are not production cost less."""

from __future__ import annotations

import re

from gonogo.checks import scope
from gonogo.checks.cloud import resources
from gonogo.checks.declared import Environment, chart_values, environment_name, environments
from gonogo.checks.manifest_faults import swapped_overlays
from gonogo.checks.variation import differences
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.terraform import Root
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched


def nonprod_economy(facts: Facts) -> Outcome:
    """Environments that are not production have smaller or fewer things, or end by themselves."""
    declared = environments(facts)
    names = sorted({environment.name for environment in declared})
    if len(names) < 2:
        return not_applicable(
            f"{'only ' + names[0] if names else 'no environment'} is declared", *_places(declared)[:3]
        )
    cheaper = [difference for difference in differences(facts) if difference.costs]
    schedules = resources(facts, "aws_autoscaling_schedule", "aws_appautoscaling_scheduled_action")
    if cheaper or schedules:
        said = ", ".join(dict.fromkeys([d.what for d in cheaper] + [s.address for s in schedules]))
        places = (*(d.at for d in cheaper), *(s.at for s in schedules))
        return passed(f"{' and '.join(names)} differ in what they cost: {_cut(said)}", *places)
    searched = _searched(facts, "sizes, counts, replicas or schedules by environment")
    if not resources(facts, dormant=True) and not facts.kubernetes.workloads:
        return unverified(
            "environments are declared, what runs in them is not", *_places(declared)[:3], searched=(searched,)
        )
    if missing := _untracked_variables(facts):
        return unverified("the values of each environment are in files that are not in the repository", *missing)
    return failed(
        f"{' and '.join(names)} are declared and nothing in them differs in size, count or schedule",
        places=_places(declared)[:6],
        searched=(searched,),
    )


def environment_separation(facts: Facts) -> Outcome:
    """Each layer that deploys (infrastructure, manifests, templates, pipeline) keeps environments apart."""
    declared = environments(facts)
    layers = [layer for layer in (_terraform(facts, declared), _manifests(facts), _templates(facts, declared)) if layer]
    good = [layer for layer in layers if not isinstance(layer, Problem)]
    problems = [layer for layer in layers if isinstance(layer, Problem)]
    if problems:
        return failed(
            "environments are not separated: " + "; ".join(problem.what for problem in problems),
            *problems,
            places=_places(declared)[:4],
            searched=(_searched(facts, "root modules, workspaces, variable files, overlays by environment"),),
        )
    if good:
        return passed("; ".join(what for what, _ in good), *(place for _, places in good for place in places))
    return _without_infrastructure(facts, declared)


Layer = tuple[str, tuple[Place, ...]] | Problem | None


def _terraform(facts: Facts, declared: tuple[Environment, ...]) -> Layer:
    """Roots of their own state for each environment, or one root with workspaces or backends and values for each."""
    roots = [root for root in facts.terraform.roots if root.files]
    if not roots or (not facts.terraform.all_resources and not facts.terraform.all_modules):
        return None
    named = {name: root for root in roots if (name := environment_name(root.environment or root.path))}
    if len(named) > 1:
        local = [root for root in named.values() if not _has_remote_state(root)]
        if not local:
            return f"{' and '.join(sorted(named))} are root modules with a state each", tuple(
                r.at for r in named.values()
            )
    files = {name: Place(f.path) for f in facts.repository.match("*.tfvars") if (name := environment_name(f.local))}
    switch = _state_switch(facts, roots)
    if len(files) > 1 and switch:
        return f"{' and '.join(sorted(files))} have variable files and a state each", (*files.values(), *switch)
    given = {
        e.name: e.at for e in declared if e.by == "pipeline" or (e.by == "stage" and "workspace" in _line(facts, e.at))
    }
    if len(given) > 1 and switch:
        return f"{' and '.join(sorted(given))} have values and a state each", (*given.values(), *switch)
    if apart := _made_apart(facts):
        return apart
    if len(named) > 1 or len(files) > 1:
        return Problem("environments have values of their own but share one local or unnamed state", roots[0].at)
    if named:
        return Problem(f"only {next(iter(named))} has a root module of its own", roots[0].at)
    return Problem("one root module and one state serve every environment, without values for each", roots[0].at)


def _line(facts: Facts, place: Place) -> str:
    return facts.repository.lines(place.path)[place.line - 1] if place.line else ""


def _made_apart(facts: Facts) -> Layer:
    """One root that makes a cluster, network or project for each environment."""
    kinds = (Kind.CLUSTER, Kind.NETWORK, "google_project", "azurerm_resource_group", "aws_organizations_account")
    found = {name: r.at for r in resources(facts, *kinds) if (name := environment_name(r.address))}
    if len(found) < 2:
        return None
    return f"{' and '.join(sorted(found))} have a cluster or network each", tuple(found.values())


def _has_remote_state(root: Root) -> bool:
    return bool(root.wrapper) or (root.backend is not None and root.backend.type != "local")


def _state_switch(facts: Facts, roots: list[Root]) -> tuple[Place, ...]:
    """Where another state is chosen for each environment: backend configuration at init, workspaces, Terragrunt."""
    places = [root.at for root in roots if root.wrapper]
    repository = facts.repository
    files = repository.match("Makefile", "*.mk", "*.sh", "Jenkinsfile*", "*.yml", "*.yaml", "Taskfile*", "justfile")
    pattern = re.compile(r"-backend-config[= ]|terraform\s+workspace\s+(select|new)|TF_WORKSPACE")
    places += repository.grep(pattern, [f for f in files if f.size < 200_000])
    places += [root.backend.at for root in roots if root.backend and root.backend.type in ("cloud", "remote")]
    return tuple(places)


def _manifests(facts: Facts) -> Layer:
    """Overlays or values files for two environments or more."""
    if not facts.kubernetes.workloads:
        return None
    units = {name: u.at for u in facts.kubernetes.units if (name := environment_name(u.environment))}
    values = {name: Place(file.path) for file, name in chart_values(facts)}
    if swapped := next(swapped_overlays(facts), None):
        return Problem(swapped.what, swapped.at)
    for found, what in ((units, "overlays"), (values, "chart values")):
        if len(found) > 1:
            return f"{' and '.join(sorted(found))} have {what} of their own", tuple(found.values())
    return Problem("the manifests have no overlay or values for a second environment", facts.kubernetes.workloads[0].at)


def _templates(facts: Facts, declared: tuple[Environment, ...]) -> Layer:
    """Stacks for two stages or more."""
    templates = facts.cloudformation.templates
    if not templates:
        return None
    staged_by = [e for e in declared if e.by in ("stage", "pipeline")]
    names = {environment.name for environment in staged_by}
    if len(names) > 1:
        return f"{' and '.join(sorted(names))} are deployed as stacks of their own", _places(staged_by)
    if staged := _staged(facts):
        return "stacks are named for a stage that is given at deployment", staged
    return Problem("the templates know no second environment", templates[0].at)


def _staged(facts: Facts) -> tuple[Place, ...]:
    """Stage as a parameter: ``${opt:stage}``, a context value, a stack name with the stage in it."""
    folders = {t.path.partition("/")[0] + "/" for t in facts.cloudformation.templates if t.flavour == "cdk"}
    files = [f for t in facts.cloudformation.templates if (f := facts.repository.file(t.path)) is not None]
    for file in facts.repository.files:
        if file.decides and file.path.endswith((".ts", ".py")) and file.path.startswith(tuple(folders)):
            files.append(file)
    pattern = re.compile(
        r"\$\{(opt|sls):stage|\$\{self:provider\.stage|!?Sub.*\$\{(Stage|Env|Environment)\w*\}|tryGetContext\(\W(env|stage)"
    )
    return facts.repository.grep(pattern, files)[:6]


def _without_infrastructure(facts: Facts, declared: tuple[Environment, ...]) -> Outcome:
    names = sorted({environment.name for environment in declared if environment.by == "pipeline"})
    if len(names) > 1:
        return passed(f"the pipeline deploys to {' and '.join(names)}, each with its own secrets", *_places(declared))
    projects = [project for project in facts.compose.projects if project.services]
    files = {
        name: Place(path) for p in projects for path in p.files if (name := environment_name(path.rpartition("/")[2]))
    }
    if len(files) > 1 or "production" in files:
        return passed(f"compose files of their own for {' and '.join(sorted(files))}", *files.values())
    if not projects and not scope.infrastructure_code(facts) and not declared:
        return not_applicable("no deployment environment is defined")
    if partial := [*files.values(), *_settings(facts)]:
        return unverified(
            "settings differ by environment; whether the environments are apart is not in the code", *partial
        )
    return failed(
        "one configuration serves every environment",
        *(Problem(f"{project.name} is the only deployment that is defined", project.at) for project in projects[:1]),
        searched=(_searched(facts, "environments in pipelines, compose files, overlays and variable files"),),
    )


_SETTINGS = (
    "application-*.yml", "application-*.properties", "production.py", "prod.py", "**/config/environments/*", ".env.*",
    "appsettings.*.json", "**/config/*.json", "**/config/*.js", "**/config/*.ts",
)  # fmt: skip


def _settings(facts: Facts) -> list[Place]:
    """Settings of an application that are named for production, or chosen by a variable."""
    repository = facts.repository
    found = [Place(f.path) for f in repository.match(*_SETTINGS) if environment_name(f.name) == "production"]
    files = [f for project in facts.compose.projects for path in project.files if (f := repository.file(path))]
    return [*found, *repository.grep(r"\.env\.?\$\{?\w*ENV", files)]


def _untracked_variables(facts: Facts) -> tuple[Place, ...]:
    """Where a command names a variable file that is not in the repository."""
    repository = facts.repository
    files = [f for f in repository.match("Makefile", "*.mk", "*.sh", "Jenkinsfile*", "*.yml") if f.size < 200_000]
    tracked = {file.name for file in repository.files}
    found = []
    for place in repository.grep(r"\.tfvars\b", files):
        line = repository.lines(place.path)[place.line - 1]
        named = re.findall(r"[\w.-]+\.tfvars\b", line)
        chosen = re.search(r"[)}]\.tfvars\b|\$\w+\.tfvars\b", line) and not any(n.endswith(".tfvars") for n in tracked)
        if chosen or any(name not in tracked for name in named):
            found.append(place)
    return tuple(found)


def _places(declared: tuple[Environment, ...] | list[Environment]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(environment.at for environment in declared))


def _searched(facts: Facts, what: str) -> Searched:
    count = len(facts.terraform.roots) + len(facts.kubernetes.units) + len(facts.cloudformation.templates)
    return Searched((what,), "root modules, templates, manifests and pipelines", count)


def _cut(text: str) -> str:
    return text if len(text) < 200 else text[:200].rpartition(",")[0] + " ..."
