"""References among Kubernetes objects that lead nowhere. Needs: repository, kubernetes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.checks.manifest_faults import manifest_faults
from gonogo.checks.pod_companions import selects
from gonogo.facts import Facts
from gonogo.facts.kubernetes import WORKLOAD_KINDS, Kubernetes, Object, Origin, Workload, is_unknown, workload_of
from gonogo.facts.marked import Map, as_text
from gonogo.facts.wrong import Wrong
from gonogo.model.evidence import Place

_GIVEN = frozenset(("kube-root-ca.crt", "istio-ca-root-cert", "openshift-service-ca.crt"))
_OPERATED = re.compile(
    r"strimzi\.io|cnpg\.io|postgres-operator|zalan|percona|elastic\.co|serving\.knative|rook|operator", re.I
)
"""Labels of pods that an operator makes."""
_PLACEHOLDER = re.compile(r"\$\{[A-Za-z_]\w*\}")
_FILLERS = (
    "envsubst",
    "postBuild",
    "substituteFrom",
    "sed -i",
    "sed -e",
    "yq",
    "gomplate",
    "konfig",
    "Replace tokens",
    "ytt",
)
_MAKERS = (
    "*.sh",
    "*.md",
    "*.tf",
    "*.hcl",
    "Makefile*",
    "*.mk",
    "Jenkinsfile*",
    "justfile",
    ".github/workflows/*",
    ".gitlab-ci.yml",
)


def broken_references(facts: Facts) -> tuple[Wrong, ...]:
    """Selectors, targets and names in deciding objects that fit nothing in the target."""
    found: list[Wrong] = []
    everything = _all_workloads(facts.kubernetes)
    if everything and not facts.kubernetes.remote:
        found += _selectors(facts, everything)
        found += _ports(facts, everything)
    found += _targets(facts, everything)
    found += _backends(facts)
    for workload in facts.kubernetes.workloads:
        found += _refused(facts, workload)
    found += [wrong for kind, wrong in _undefined(facts) if kind != "Secret"]
    found += _placeholders(facts)
    found += manifest_faults(facts)
    return tuple(dict.fromkeys(found))


def unmade_secrets(facts: Facts) -> tuple[Wrong, ...]:
    """Secrets that pods need and that nothing here makes: people often make them by hand, in the cluster."""
    return tuple(dict.fromkeys(wrong for kind, wrong in _undefined(facts) if kind == "Secret"))


def _undefined(facts: Facts) -> list[tuple[str, Wrong]]:
    """Config maps, secrets, claims and accounts that pods need to start and that nothing seems to make."""
    open_units = {unit.path for unit in facts.kubernetes.units if unit.remote}
    found = [(w, item) for w in facts.kubernetes.workloads if w.unit not in open_units for item in _missing(facts, w)]
    made = _made_elsewhere(facts, frozenset((kind, name) for _, (kind, name, _) in found))
    return [
        (
            kind,
            Wrong(
                f"{workload.symbol} needs the {kind} {name}, which nothing defines",
                Place(place.path, place.line, 0, f"{workload.symbol}:{kind}/{name}"),
                missing=True,
            ),
        )
        for workload, (kind, name, place) in found
        if (kind, name) not in made
    ]


def _all_workloads(cluster: Kubernetes) -> tuple[Workload, ...]:
    """Workloads of all units, also of those that do not decide."""
    others = tuple(found for item in cluster.others if (found := workload_of(item)) is not None)
    return (*cluster.workloads, *others)


def _selectors(facts: Facts, workloads: tuple[Workload, ...]) -> Iterator[Wrong]:
    for service in facts.kubernetes.of("Service"):
        selector = service.spec.map("selector")
        if not selector or service.spec.text("type") == "ExternalName" or _open(selector):
            continue
        if any(_OPERATED.search(f"{key}={as_text(value)}") for key, value in selector.items()):
            continue
        if not any(_carries(workload, selector) for workload in workloads):
            labels = ", ".join(f"{key}={as_text(value)}" for key, value in selector.items())
            place = service.spec.place("selector", f"{service.symbol}.selector")
            yield Wrong(f"{service.symbol} selects {labels}, which no workload carries", place)
    for budget in facts.kubernetes.of("PodDisruptionBudget"):
        selector = budget.spec.map("selector")
        if selector and not _open(selector.map("matchLabels")) and not any(_fits(w, selector) for w in workloads):
            place = budget.spec.place("selector", f"{budget.symbol}.selector")
            yield Wrong(f"{budget.symbol} selects no workload", place)


def _open(labels: Map) -> bool:
    """Says whether a part of the labels could not be worked out."""
    return any(is_unknown(key) or is_unknown(as_text(value)) or "$" in as_text(value) for key, value in labels.items())


def _carries(workload: Workload, selector: Map) -> bool:
    labels = workload.labels
    return _open(labels) or all(labels.text(key) == as_text(value) for key, value in selector.items())


def _fits(workload: Workload, selector: Map) -> bool:
    return _open(workload.labels) or selects(selector, workload.labels)


def _targets(facts: Facts, workloads: tuple[Workload, ...]) -> Iterator[Wrong]:
    known = {(w.kind, name) for w in workloads for name in (w.name, *w.object.former)}
    unseen = bool(facts.kubernetes.remote) or any(is_unknown(name) for _, name in known)
    for scaler in facts.kubernetes.of("HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler"):
        target = scaler.spec.map("targetRef" if scaler.kind == "VerticalPodAutoscaler" else "scaleTargetRef")
        kind, name = target.text("kind") or "Deployment", target.text("name")
        if kind not in WORKLOAD_KINDS or not name or is_unknown(name) or unseen:
            continue
        if (kind, name) not in known:
            yield Wrong(
                f"{scaler.symbol} scales {kind}/{name}, which nothing defines",
                target.place("name", scaler.symbol),
                True,
            )


def _ports(facts: Facts, workloads: tuple[Workload, ...]) -> Iterator[Wrong]:
    """Services whose named target port no container of their pods opens."""
    for service in facts.kubernetes.of("Service"):
        selector = service.spec.map("selector")
        chosen = [w for w in workloads if selector and not _open(selector) and _carries(w, selector)]
        opened = {port.text("name") for w in chosen for c in w.containers for port in c.spec.maps("ports")}
        if not chosen or any(is_unknown(name) for name in opened) or any(_open(w.labels) for w in chosen):
            continue
        for port in service.spec.maps("ports"):
            target = port.get("targetPort")
            if isinstance(target, str) and not target.isdecimal() and not is_unknown(target) and target not in opened:
                where = port.place("targetPort", f"{service.symbol}:{target}")
                yield Wrong(
                    f"{service.symbol} leads to the port {target}, which no container of its pods names", where, True
                )


def _backends(facts: Facts) -> Iterator[Wrong]:
    everything = (*facts.kubernetes.objects, *facts.kubernetes.others)
    services = {
        name
        for item in everything
        if item.kind in ("Service", "MultiClusterService")
        for name in (item.name, *item.former)
    }
    if not services or facts.kubernetes.remote:
        return
    for ingress in facts.kubernetes.of("Ingress"):
        for name, place in _ingress_services(ingress):
            if name and name not in services and not is_unknown(name) and "$" not in name:
                where = Place(place.path, place.line, 0, f"{ingress.symbol}:{name}")
                yield Wrong(f"{ingress.symbol} leads to the service {name}, which nothing defines", where, True)


def _ingress_services(ingress: Object) -> Iterator[tuple[str, Place]]:
    backends = [ingress.spec.map("defaultBackend"), ingress.spec.map("backend")]
    backends += [path.map("backend") for rule in ingress.spec.maps("rules") for path in rule.map("http").maps("paths")]
    for backend in backends:
        service = backend.map("service")
        annotated = f"alb.ingress.kubernetes.io/actions.{service.text('name')}" in ingress.annotations
        if service.map("port").text("name") != "use-annotation" and not annotated:
            yield service.text("name"), service.place("name")
        yield backend.text("serviceName"), backend.place("serviceName")


def _missing(facts: Facts, workload: Workload) -> Iterator[tuple[str, str, Place]]:
    for kind, name, place in _needed(workload):
        fixed = name and name not in _GIVEN and not is_unknown(name) and "$" not in name and "{{" not in name
        if fixed and not _defined(facts, kind, name):
            yield kind, name, place


def _refused(facts: Facts, workload: Workload) -> Iterator[Wrong]:
    """What the API server refuses in a workload, or what keeps its pods from starting."""
    selector = workload.object.spec.map("selector")
    if workload.kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet") and selector and not _open(selector):
        labels = workload.labels
        if not _open(labels) and not _open(selector.map("matchLabels")) and not selects(selector, labels):
            place = workload.object.spec.place("selector", f"{workload.symbol}.selector")
            yield Wrong(f"the selector of {workload.symbol} does not fit its own pod template", place)
    volumes = {volume.text("name") for volume in workload.pod.maps("volumes")}
    volumes |= {t.map("metadata").text("name") for t in workload.object.spec.maps("volumeClaimTemplates")}
    if any(is_unknown(name) for name in volumes):
        return
    for container in workload.containers:
        for mount in container.spec.maps("volumeMounts"):
            name = mount.text("name")
            if name and name not in volumes and not is_unknown(name):
                where = mount.place("name", f"{container.at.symbol}:{name}")
                yield Wrong(
                    f"{container.at.symbol} mounts the volume {name}, which its pod does not define", where, True
                )


def _needed(workload: Workload) -> Iterator[tuple[str, str, Place]]:
    account = workload.pod.text("serviceAccountName")
    if account and account != "default":
        yield "ServiceAccount", account, workload.pod.place("serviceAccountName")
    for volume in workload.pod.maps("volumes"):
        for source in (volume, *volume.map("projected").maps("sources")):
            for key, kind, field in (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName")):
                body = source.map(key)
                if body.get("optional") is not True:
                    yield kind, body.text(field) or body.text("name"), body.place(field)
        claim = volume.map("persistentVolumeClaim")
        yield "PersistentVolumeClaim", claim.text("claimName"), claim.place("claimName")
    for container in workload.containers:
        for item in container.spec.maps("envFrom"):
            for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                if item.map(key).get("optional") is not True:
                    yield kind, item.map(key).text("name"), item.map(key).place("name")
        for _, entry in container.variables():
            for key, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
                body = entry.map("valueFrom").map(key)
                if body.get("optional") is not True:
                    yield kind, body.text("name"), body.place("name")


def _defined(facts: Facts, kind: str, name: str) -> bool:
    for item in (*facts.kubernetes.objects, *facts.kubernetes.others):
        if item.kind == kind and name in (item.name, *item.former):
            return True
        if kind == "Secret" and name in _secrets_of(item):
            return True
        if kind == "PersistentVolumeClaim" and item.kind == "StatefulSet":
            templates = [t.map("metadata").text("name") for t in item.spec.maps("volumeClaimTemplates")]
            if any(name == t or name.startswith(f"{t}-{item.name}") for t in templates):
                return True
    return False


def _secrets_of(item: Object) -> tuple[str, ...]:
    """Names of secrets that controllers make for an object of another kind."""
    spec = item.spec
    if item.kind in ("ExternalSecret", "VaultStaticSecret", "VaultDynamicSecret", "InfisicalSecret", "OnePasswordItem"):
        target = spec.map("target").text("name") or spec.map("destination").text("name")
        return (target or item.name, spec.map("managedSecretReference").text("secretName"))
    if item.kind in ("SealedSecret", "DopplerSecret", "AzureKeyVaultSecret", "KafkaUser"):
        return (item.name, spec.map("template").map("metadata").text("name"), spec.map("managedSecret").text("name"))
    if item.kind == "Certificate":
        return (spec.text("secretName"),)
    if item.kind == "SecretProviderClass":
        return tuple(entry.text("secretName") for entry in spec.maps("secretObjects"))
    if item.kind == "ServiceAccount":
        return tuple(entry.text("name") for entry in item.body.maps("secrets"))
    return ()


def _made_elsewhere(facts: Facts, wanted: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Those that a script, a document or other infrastructure code seems to make."""
    if not wanted:
        return frozenset()
    manifests = {item.at.path for item in (*facts.kubernetes.objects, *facts.kubernetes.others)}
    files = [file for file in facts.repository.match(*_MAKERS) if file.path not in manifests]
    names = sorted({name for _, name in wanted})
    made = set()
    for place in facts.repository.search(names, files, most=2000).hits:
        line = facts.repository.lines(place.path)[place.line - 1].lower()
        code = place.path.endswith((".tf", ".hcl"))
        for kind, name in wanted:
            if name.lower() in line and (code or kind.lower() in line or "create" in line or "secret" in line):
                made.add((kind, name))
    return frozenset(made)


def _placeholders(facts: Facts) -> Iterator[Wrong]:
    """Variables that stand in names, annotations and images although nothing puts them in."""
    found = []
    for item in facts.kubernetes.objects:
        if item.origin is not Origin.HELM:
            for key, value, place in _fixed_texts(item):
                if match := _PLACEHOLDER.search(value):
                    where = Place(place.path, place.line, 0, f"{item.symbol}.{key}")
                    found.append(Wrong(f"{item.symbol} is applied with {match[0]} in {key} as it stands", where))
    if found and not facts.repository.search(_FILLERS, where="scripts, pipelines and manifests", most=1):
        yield from found


def _fixed_texts(item: Object) -> Iterator[tuple[str, str, Place]]:
    """What no shell and no program reads: a variable there is never put in by itself."""
    metadata = item.body.map("metadata")
    for key in ("name", "namespace"):
        yield key, metadata.text(key), metadata.place(key)
    for part in (metadata.map("annotations"), metadata.map("labels")):
        for key in part:
            yield key, part.text(key), part.place(key)
    workload = workload_of(item)
    for container in workload.containers if workload else ():
        yield "image", container.image, container.place("image")
