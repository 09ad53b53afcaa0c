"""Checks of containers, whatever runs them: Kubernetes, compose, task definitions; and of the images that are built."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.checks import scope
from gonogo.checks.known_images import is_node_agent, is_store, runs_as_non_root
from gonogo.checks.task_containers import hidden_tasks, task_containers
from gonogo.checks.wording import counted, have, listed
from gonogo.facts import Facts
from gonogo.facts.compose import Service
from gonogo.facts.docker import Dockerfile
from gonogo.facts.images import Image, parse_image
from gonogo.facts.kubernetes import Container, Workload
from gonogo.facts.marked import Map, as_text, as_texts
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place

_ROOT = re.compile(r"^(?:root|0+)(?::.*)?$")
_FOUNDATION = re.compile(r"(?:^|[._-])(?:base|builder|build)(?:[._-]|$)", re.I)
"""Names of Dockerfiles that others are built on: nothing runs them."""
_SOCKETS = re.compile(r"(?:docker|containerd|crio|podman|cri-dockerd)\.sock$")
_ADMIN = frozenset(("ALL", "SYS_ADMIN", "CAP_SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "CAP_SYS_MODULE"))


def pinned_images(facts: Facts) -> Outcome:
    """Every image that a deployable file names has a version or a digest."""
    images = list(_images(facts))
    if not images:
        if not scope.built_images(facts) and not scope.deployed_containers(facts):
            return not_applicable("no Dockerfile, compose file, manifest or task definition decides here")
        shown = (*scope.built_images(facts), *scope.deployed_containers(facts))
        return passed("the deployable files name no image from elsewhere", *shown[:3])
    problems = [Problem(f"{image} {image.moving}", place) for image, place in images if image.filled and image.moving]
    if problems:
        names = listed(str(image) for image, _ in images if image.filled and image.moving)
        number, total = len(problems), counted(len(images), "image reference")
        return failed(f"{number} of {total} {'names' if number == 1 else 'name'} no version: {names}", *problems)
    open_ones = [(image, place) for image, place in images if not image.filled]
    open_ones += [(Image("the containers of " + task.address), task.at) for task in hidden_tasks(facts)]
    if open_ones:
        names = listed(str(image).replace("\N{REPLACEMENT CHARACTER}", "?") for image, _ in open_ones)
        return unverified(f"the repository does not tell the versions of {names}", *(place for _, place in open_ones))
    return passed(
        f"all {counted(len(images), 'image reference')} of the deployable files have a version or a digest",
        *(place for _, place in images),
    )


def _images(facts: Facts) -> Iterator[tuple[Image, Place]]:
    for file in facts.docker.shipped:
        yield from file.images
    for service in scope.compose_services(facts):
        if service.image and service.build is None:
            yield parse_image(service.image), service.place("image")
    for workload in facts.kubernetes.workloads:
        for container in workload.containers:
            if container.image:
                yield container.reference, container.place("image")
    for task in task_containers(facts):
        if task.image:
            yield parse_image(task.image), task.at


def non_root_containers(facts: Facts) -> Outcome:
    """No shipped image and no container of a manifest runs as root."""
    files = facts.docker.shipped
    workloads = facts.kubernetes.workloads
    if not files and not scope.deployed_containers(facts):
        return not_applicable("no container is built or deployed")
    problems: list[Problem] = []
    unsure: list[Place] = []
    shown: list[Place] = []
    for file in files:
        if _FOUNDATION.search(file.path.rpartition("/")[2]) and not file.used_by and len(files) > 1:
            continue
        verdict = _user_of(facts, file)
        if verdict is None:
            unsure.append(file.user.at if file.user else file.at)
        elif verdict:
            shown.append(file.user.at if file.user else file.at)
        else:
            user = file.user
            what = (
                f"{file.path} ends as {user.value}"
                if user
                else f"{file.path} sets no USER, so {file.base} runs as root"
            )
            problems.append(Problem(what, user.at if user else file.line_of_final[0].at if file.stages else file.at))
    for workload in workloads:
        for container in workload.containers:
            answer = _runs_as_user(facts, workload, container)
            if answer is None:
                unsure.append(container.at)
            elif answer:
                shown.append(container.at)
            else:
                problems.append(
                    Problem(f"{container.at.symbol} may run as root: {_why_root(workload, container)}", container.at)
                )
    problems += _compose_roots(facts)
    if problems:
        names = listed(
            str(
                p.place.symbol
                if p.place and ":" in p.place.symbol and "/" in p.place.symbol
                else p.place and p.place.path
            )
            for p in problems
        )
        return failed(f"{counted(len(problems), 'container')} may run as root: {names}", *problems)
    if unsure:
        return unverified("a variable or a base image that is not known decides the user", *unsure)
    if not shown:
        return unverified(
            "the deployed images come from elsewhere, and nothing here sets their user",
            *scope.deployed_containers(facts)[:5],
        )
    return passed(
        f"{counted(len(shown), 'image or container', 'images and containers')} run as a user other than root", *shown
    )


def _user_of(facts: Facts, file: Dockerfile) -> bool | None:
    """Whether a Dockerfile's image runs as another user than root, by itself or by who deploys it."""
    user = file.user
    if user is not None:
        name = user.value.strip().strip("\"'")
        if not _ROOT.match(name):
            return None if "$" in name else True
    elif runs_as_non_root(file.base):
        return True
    elif "$" in file.base:
        return None
    return _deployed_as_other(facts, file)


def _deployed_as_other(facts: Facts, file: Dockerfile) -> bool:
    """Whether everything that deploys a Dockerfile's image sets another user."""
    built = [s for s in scope.compose_services(facts) if s.build is not None and s.build.dockerfile == file.path]
    pods = [(w, c) for w in facts.kubernetes.workloads for c in w.containers if _is_built_by(c.image, file)]
    tasks = [t for t in task_containers(facts) if _is_built_by(t.image, file)]
    answers = [bool(s.spec.text("user")) and not _ROOT.match(s.spec.text("user")) for s in built]
    answers += [_sets_user(w, c) is True for w, c in pods]
    answers += [bool(t.get("user", "User")) and not _ROOT.match(str(t.get("user", "User"))) for t in tasks]
    return bool(answers) and all(answers)


def _is_built_by(image: str, file: Dockerfile) -> bool:
    """Says whether an image is named after a Dockerfile's folder (``shop/cart`` is built in ``src/cart``)."""
    name = parse_image(image).name.rpartition("/")[2].lower()
    folders = [
        part.lower() for part in file.path.split("/")[:-1] if part.lower() not in ("src", "app", "docker", "services")
    ]
    own = folders[-1] if folders else ""
    return bool(own) and (name == own or name.endswith(("-" + own, "_" + own)) or name.startswith(own + "-"))


def _sets_user(workload: Workload, container: Container) -> bool | None:
    """What a manifest says of a container's user: True other than root, False root, None nothing."""
    for context in (container.security, workload.security):
        if context.get("runAsNonRoot") is True:
            return True
        user = context.get("runAsUser")
        if isinstance(user, int) and not isinstance(user, bool):
            return user != 0
    return None


def _runs_as_user(facts: Facts, workload: Workload, container: Container) -> bool | None:
    said = _sets_user(workload, container)
    if said is not None:
        return said
    if runs_as_non_root(container.image):
        return True
    built = [file for file in facts.docker.shipped if _is_built_by(container.image, file)]
    if built:
        return all(_image_user_is_other(file) for file in built)
    return False if container.reference.filled else None


def _image_user_is_other(file: Dockerfile) -> bool:
    """Whether a Dockerfile alone makes its image run as another user than root."""
    if file.user is None:
        return runs_as_non_root(file.base)
    return not _ROOT.match(file.user.value.strip()) and "$" not in file.user.value


def _why_root(workload: Workload, container: Container) -> str:
    for context in (container.security, workload.security):
        if context.get("runAsUser") == 0:
            return "runAsUser is 0"
    return f"no runAsNonRoot or runAsUser for {container.image or 'its image'}"


def _compose_roots(facts: Facts) -> Iterator[Problem]:
    for service in scope.compose_services(facts):
        if _ROOT.match(service.spec.text("user")):
            yield Problem(
                f"compose service {service.name} sets user: {service.spec.text('user')}", service.place("user")
            )
    for task in task_containers(facts):
        user = str(task.get("user", "User") or "")
        if user and _ROOT.match(user):
            yield Problem(f"{task.at.symbol} sets the user {user}", task.at)


def privileged_workloads(facts: Facts) -> Outcome:
    """No container has more than a container: privileges, the engine's socket, the host's namespaces."""
    places = scope.deployed_containers(facts)
    if not places:
        return not_applicable("no manifest, compose file or task definition deploys a container")
    problems: list[Problem] = []
    agents: list[str] = []
    for workload in facts.kubernetes.workloads:
        found = list(_pod_privileges(workload))
        if found and workload.kind == "DaemonSet" and any(is_node_agent(c.image) for c in workload.mains):
            agents.append(workload.symbol)
        else:
            problems += found
    for service in scope.compose_services(facts):
        found = list(_compose_privileges(service))
        if found and is_node_agent(service.image):
            agents.append(service.name)
        else:
            problems += found
    for task in task_containers(facts):
        if task.get("privileged", "Privileged") in (True, "true"):
            problems.append(Problem(f"{task.at.symbol} is privileged", task.at))
        if str(task.task.get("pid_mode", "")) == "host":
            problems.append(Problem(f"{task.task.address} shares the host's process ids", task.task.place("pid_mode")))
    if problems:
        return failed(
            f"{counted(len(problems), 'privilege')} beyond a container's: {listed(p.what for p in problems)}", *problems
        )
    besides = f" (node agents that need it set apart: {listed(agents)})" if agents else ""
    if hidden := (*scope.unseen_own_workloads(facts), *(task.at for task in hidden_tasks(facts))):
        return unverified(f"what is deployed from elsewhere can't be seen: {listed(p.symbol for p in hidden)}", *hidden)
    return passed(f"none of {counted(len(places), 'container')} is privileged or given the host{besides}", *places)


def _pod_privileges(workload: Workload) -> Iterator[Problem]:
    pod, symbol = workload.pod, workload.symbol
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key) is True:
            yield Problem(f"{symbol} sets {key}", pod.place(key, f"{symbol}.{key}"))
    for volume in pod.maps("volumes"):
        path = volume.map("hostPath").text("path")
        if _SOCKETS.search(path):
            yield Problem(f"{symbol} mounts {path}", volume.place("hostPath", f"{symbol}.{path}"))
    for container in workload.containers:
        name, context = container.at.symbol, container.security
        if context.get("privileged") is True:
            yield Problem(f"{name} is privileged", context.place("privileged", f"{name}.privileged"))
        for item in context.map("capabilities").seq("add"):
            if as_text(item).upper() in _ADMIN:
                place = context.map("capabilities").place("add", f"{name}.{item}")
                yield Problem(f"{name} adds the capability {item}", place)


def _compose_privileges(service: Service) -> Iterator[Problem]:
    spec, name = service.spec, f"compose service {service.name}"
    if spec.get("privileged") is True:
        yield Problem(f"{name} is privileged", service.place("privileged"))
    for key, word in (
        ("network_mode", "network"),
        ("pid", "process ids"),
        ("ipc", "shared memory"),
        ("userns_mode", "users"),
    ):
        if spec.text(key) == "host":
            yield Problem(f"{name} shares the host's {word}", service.place(key))
    for item in as_texts(spec.get("cap_add")):
        if item.upper() in _ADMIN:
            yield Problem(f"{name} adds the capability {item}", service.place("cap_add"))
    for mount in service.mounts:
        if _SOCKETS.search(mount.source):
            yield Problem(
                f"{name} mounts {mount.source}", Place(mount.at.path, mount.at.line, 0, f"{service.symbol}.socket")
            )


def restart_policy(facts: Facts) -> Outcome:
    """What crashes comes back: a controller in the cluster, a restart policy in compose."""
    places = scope.deployed_containers(facts)
    if not places:
        return not_applicable("no manifest, compose file or task definition deploys a container")
    services = [service for service in scope.compose_services(facts) if not service.one_shot]
    without = [service for service in services if service.restart in ("", "no", "none", "never")]
    problems = [
        Problem(
            f"compose service {s.name} " + (f"sets restart to {s.restart}" if s.restart else "has no restart policy"),
            s.place("restart"),
        )
        for s in without
    ]
    pods = [w for w in facts.kubernetes.workloads if w.kind == "Pod" and w.pod.text("restartPolicy") in ("Never", "")]
    problems += [
        Problem(f"{pod.symbol} is a bare pod, which nothing starts again when its node goes", pod.at) for pod in pods
    ]
    if problems:
        parts = []
        if without:
            names = listed(s.name for s in without)
            total = counted(len(services), "compose service")
            parts.append(f"{len(without)} of {total} {have(len(without))} no restart policy: {names}")
        if pods:
            parts.append(f"{counted(len(pods), 'pod')} without a controller: {listed(p.name for p in pods)}")
        return failed("; ".join(parts), *problems)
    return passed("every deployed container has a controller or a restart policy that brings it back", *places)


def image_of(facts: Facts, service: Service) -> str:
    """The image that a compose service runs; of a built one, the base of its Dockerfile."""
    file = facts.docker.at(service.build.dockerfile) if service.build else None
    return file.base if file else service.image


def is_application(facts: Facts, service: Service) -> bool:
    """Says whether a compose service is no mere data store."""
    return not is_store(image_of(facts, service))


__all__ = [
    "Map",
    "image_of",
    "is_application",
    "non_root_containers",
    "pinned_images",
    "privileged_workloads",
    "restart_policy",
]
