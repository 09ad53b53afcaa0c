"""Checks of capacity: instances of each service, autoscalers, disruption budgets."""

from __future__ import annotations

from gonogo.checks import cloud, scope
from gonogo.checks.cloud_capacity import cloud_services, databases_without_standby, small_clusters
from gonogo.checks.known_images import is_node_agent, is_store
from gonogo.checks.pod_companions import bounds, budgets, least_replicas, scalers
from gonogo.checks.wording import counted, have, listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.kubernetes import Object, Workload
from gonogo.facts.marked import as_text
from gonogo.facts.repository import File
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place

_PLATFORMS = (
    *("fly.toml", "render.yaml", "Procfile", "vercel.json", "netlify.toml", "wrangler.toml", "wrangler.json*"),
    *("railway.*", "app.yaml", "apprunner.yaml", "nixpacks.toml", "captain-definition", "firebase.json"),
)
_WORDS = (
    "replicas",
    "desired_count",
    "min_size",
    "HorizontalPodAutoscaler",
    "ScaledObject",
    "autoscal*",
    "multi_az",
    "pm2",
)


def redundancy(facts: Facts) -> Outcome:
    """Each service that keeps running has two instances or more, protected from disruption; databases have standbys."""
    if (early := _inapplicable(facts)) is not None:
        return early
    workloads = _scalable(facts)
    services = cloud_services(facts)
    if not workloads and not services:
        return _undeployed(facts, "a second instance")
    problems = [p for w in workloads if (p := _single(facts, w)) is not None]
    problems += [
        Problem(f"{s.name} runs {counted(s.least, 'instance')}", s.at)
        for s in services
        if s.least is not None and s.least < 2
    ]
    bare = [w for w in workloads if not budgets(facts, w)]
    problems += [Problem(what, place) for what, place in (*databases_without_standby(facts), *small_clusters(facts))]
    if problems or bare:
        unprotected = [Problem(f"{w.symbol} has no PodDisruptionBudget", w.at) for w in bare]
        return failed(_redundancy_reason(workloads, bare, problems), *problems, *unprotected)
    unsure = [s.at for s in services if s.least is None]
    unsure += [w.at for w in workloads if least_replicas(facts, w) is None]
    if unsure:
        return unverified("code does not tell how many instances run", *unsure)
    if hidden := scope.unseen_workloads(facts):
        return unverified(f"what comes from elsewhere can't be seen: {listed(p.symbol for p in hidden)}", *hidden)
    running = [w.at for w in workloads] + [s.at for s in services]
    return passed(f"{counted(len(set(running)), 'service')} {have(len(set(running)))} two instances or more", *running)


def _redundancy_reason(workloads: tuple[Workload, ...], bare: list[Workload], problems: list[Problem]) -> str:
    parts = [listed((p.what for p in problems), 4)] if problems else []
    if bare:
        number, names = len({w.at for w in bare}), listed(w.name for w in bare)
        total = counted(len({w.at for w in workloads}), "workload")
        parts.append(f"{number} of {total} {have(number)} no PodDisruptionBudget: {names}")
    return "; ".join(parts)


def _single(facts: Facts, workload: Workload) -> Problem | None:
    least = least_replicas(facts, workload)
    if least is None or least > 1:
        return None
    if found := scalers(facts, workload):
        place = found[0].spec.place("minReplicas", found[0].symbol)
        return Problem(f"{workload.symbol} may shrink to {least} by {found[0].symbol}", place)
    spec = workload.object.spec
    place = spec.place("replicas", f"{workload.symbol}.replicas") if "replicas" in spec else workload.at
    return Problem(f"{workload.symbol} runs {counted(least, 'replica')}", place)


def autoscaling(facts: Facts) -> Outcome:
    """Something makes each service's capacity follow its load."""
    if (early := _inapplicable(facts)) is not None:
        return _serverless(facts) or early
    workloads = tuple(w for w in _scalable(facts) if w.kind != "StatefulSet" and _is_application(w))
    services = cloud_services(facts)
    if not workloads and not services:
        return _undeployed(facts, "an autoscaler")
    fixed = [w for w in workloads if not scalers(facts, w)]
    stuck = [w for w in workloads if any(_cannot_move(s) for s in scalers(facts, w))]
    still = [s for s in services if s.scales is False]
    problems = [Problem(f"{w.symbol} has a fixed number of replicas", w.at) for w in fixed]
    problems += [Problem(f"the autoscaler of {w.symbol} has the same minimum and maximum", w.at) for w in stuck]
    problems += [Problem(f"{s.name} has a fixed number of instances", s.at) for s in still]
    if problems:
        total = len({w.at for w in workloads} | {s.at for s in services})
        number = len({p.place for p in problems})
        names = listed([w.name for w in fixed + stuck] + [s.name for s in still])
        verb = "does" if number == 1 else "do"
        return failed(f"{number} of {counted(total, 'service')} {verb} not follow the load: {names}", *problems)
    if unsure := [s.at for s in services if s.scales is None]:
        return unverified("code does not tell whether capacity follows load", *unsure)
    if hidden := scope.unseen_own_workloads(facts):
        return unverified(f"what comes from elsewhere can't be seen: {listed(p.symbol for p in hidden)}", *hidden)
    places = [scalers(facts, w)[0].at for w in workloads] + [s.at for s in services]
    return passed(f"an autoscaler follows the load of {counted(len(set(places)), 'service')}", *places)


def _serverless(facts: Facts) -> Outcome | None:
    """The answer for functions with tables that all follow the load by themselves; None for anything else."""
    functions = cloud.deciding(facts, Kind.FUNCTION)
    tables = cloud.deciding(facts, "aws_dynamodb_table")
    fixed = [t for t in tables if t.get("billing_mode", "PROVISIONED") != "PAY_PER_REQUEST"]
    others = cloud.deciding(facts, Kind.DATABASE, Kind.CACHE, Kind.SEARCH, Kind.STREAM)
    others = tuple(r for r in others if "serverless" not in r.type and r not in tables)
    if not functions or not tables or fixed or others:
        return None
    what = f"{counted(len(functions), 'function')} and {counted(len(tables), 'on-demand table')}"
    return passed(f"{what} follow the load by themselves", *(r.at for r in (*functions, *tables)))


def _cannot_move(scaler: Object) -> bool:
    least, most = bounds(scaler)
    return least is not None and most is not None and least >= most


def pod_disruption(facts: Facts) -> Outcome:
    """Each replicated workload has a budget that can be kept, and is spread over nodes."""
    replicated = [w for w in _scalable(facts) if (least_replicas(facts, w) or 0) > 1 or _may_grow(facts, w)]
    if not replicated:
        unknown = [w.at for w in _scalable(facts) if least_replicas(facts, w) is None]
        if unseen := [*scope.unseen_workloads(facts), *unknown]:
            return unverified("code does not tell how many replicas run", *unseen)
        return not_applicable("no Kubernetes workload has more than one replica")
    problems, parts = [], []
    bare = [w for w in replicated if not budgets(facts, w)]
    problems += [Problem(f"{w.symbol} has no PodDisruptionBudget", w.at) for w in bare]
    if bare:
        number, total = len({w.at for w in bare}), counted(len({w.at for w in replicated}), "replicated workload")
        parts.append(f"{number} of {total} {have(number)} no budget: {listed(w.name for w in bare)}")
    for workload in replicated:
        for budget in budgets(facts, workload):
            if reason := _blocks(budget, least_replicas(facts, workload)):
                problems.append(Problem(f"{budget.symbol} {reason}", budget.at))
                parts.append(f"{budget.symbol} {reason}")
    packed = [w for w in replicated if not _spread(w)]
    problems += [Problem(f"{w.symbol} has neither topology spread nor anti-affinity", w.at) for w in packed]
    if packed:
        parts.append(f"{len({w.at for w in packed})} may all land on one node: {listed(w.name for w in packed)}")
    if problems:
        return failed("; ".join(dict.fromkeys(parts)), *problems)
    if hidden := scope.unseen_workloads(facts):
        return unverified(f"what comes from elsewhere can't be seen: {listed(p.symbol for p in hidden)}", *hidden)
    places = [b.at for w in replicated for b in budgets(facts, w)]
    return passed(f"budgets and spreading protect {counted(len(replicated), 'replicated workload')}", *places)


def _may_grow(facts: Facts, workload: Workload) -> bool:
    return any((most or 2) > 1 for scaler in scalers(facts, workload) for _, most in (bounds(scaler),))


def _spread(workload: Workload) -> bool:
    pod = workload.pod
    return bool(pod.get("topologySpreadConstraints")) or bool(pod.map("affinity").get("podAntiAffinity"))


def _blocks(budget: Object, replicas: int | None) -> str:
    """Why a budget can never let a pod go; empty where it can."""
    most, least = budget.spec.get("maxUnavailable"), budget.spec.get("minAvailable")
    if as_text(most) in ("0", "0%"):
        return "allows no disruption (maxUnavailable is 0)"
    if as_text(least) == "100%":
        return "allows no disruption (minAvailable is 100%)"
    if isinstance(least, int) and replicas is not None and least >= replicas:
        return f"allows no disruption: minAvailable {least} of {counted(replicas, 'replica')}"
    return ""


def _inapplicable(facts: Facts) -> Outcome | None:
    if scope.long_running_services(facts) or scope.unseen_workloads(facts):
        return None
    return not_applicable("nothing keeps running: no server or consumer in code, no deployed workload")


def _undeployed(facts: Facts, what: str) -> Outcome:
    """The answer where no cluster or cloud runs the services: compose on one host, or nothing at all."""
    services = [s for s in scope.compose_services(facts) if not s.one_shot]
    if services:
        alone = [s for s in services if s.replicas < 2]
        problems = [Problem(f"compose service {s.name} is one instance on one host", s.at) for s in alone]
        if problems:
            number = counted(len(problems), "service")
            return failed(
                f"only compose deploys it, without {what} for {number}: {listed(s.name for s in alone)}", *problems
            )
        places = [s.at for s in services]
        return unverified("compose starts replicas; whether on more than one host, no file says", *places)
    if hidden := scope.unseen_workloads(facts):
        return unverified(f"what comes from elsewhere can't be seen: {listed(p.symbol for p in hidden)}", *hidden)
    if functions := cloud.deciding(facts, Kind.FUNCTION):
        reason = "functions scale by themselves; whether the server in the code runs as one, no file says"
        return unverified(reason, *(f.at for f in functions))
    platforms = [file for file in facts.repository.match(*_PLATFORMS) if _is_platform(facts, file)]
    if platforms:
        files = tuple(Place(file.path, 1) for file in platforms)
        return unverified(f"the platform's settings decide ({listed(f.name for f in platforms)})", *files)
    deploying = facts.repository.match("*.y*ml", "*.tf", "*.json", "*.toml", "*.ts", "*.service", "*.conf", "*.sh")
    searched = facts.repository.search(_WORDS, deploying, where="deployment files", most=5)
    running = scope.long_running_services(facts)
    problem = Problem(f"nothing defines {what} of the service that starts here", running[0]) if running else None
    return failed(f"nothing that deploys the service defines {what}", *filter(None, [problem]), searched=(searched,))


def _is_platform(facts: Facts, file: File) -> bool:
    """``app.yaml`` is App Engine's only with a runtime."""
    return file.name != "app.yaml" or "runtime:" in facts.repository.text(file)


def _scalable(facts: Facts) -> tuple[Workload, ...]:
    return tuple(w for w in facts.kubernetes.workloads if w.scalable and w.long_running)


def _is_application(workload: Workload) -> bool:
    return any(not is_store(c.image) and not is_node_agent(c.image) for c in workload.mains)
