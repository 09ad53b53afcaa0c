"""Which versions of runtimes, base images, engines and clusters the target chooses, wherever it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.facts import Facts
from gonogo.facts.dependencies import RuntimeVersion
from gonogo.facts.images import Image
from gonogo.facts.pipelines import Run
from gonogo.facts.resources import Resource
from gonogo.facts.support import support
from gonogo.model.evidence import Place


@dataclass(frozen=True, slots=True)
class Use:
    """A chosen version. ``version`` is empty where it moves (``node:lts``, no tag)."""

    product: str
    version: str
    what: str
    """As the file says it: ``python:3.8-slim``, ``EKS 1.29``."""
    at: Place


_IMAGES = {
    **dict.fromkeys(("python", "uwsgi-nginx-flask"), "python"),
    **dict.fromkeys(("node", "nodejs"), "node"),
    **dict.fromkeys(("eclipse-temurin", "amazoncorretto", "temurin", "zulu-openjdk"), "java"),
    **dict.fromkeys(("postgres", "postgresql", "postgis", "postgresql-repmgr"), "postgresql"),
    **dict.fromkeys(("mysql", "mysql-server"), "mysql"),
    **dict.fromkeys(("redis", "redis-cluster", "redis-sentinel"), "redis"),
    **dict.fromkeys(("mongo", "mongodb", "mongodb-community-server"), "mongodb"),
    **dict.fromkeys(("aspnet", "sdk", "runtime", "runtime-deps"), "dotnet"),
    **dict.fromkeys(("nginx", "nginx-unprivileged"), "nginx"),
    **dict.fromkeys(("ubi", "ubi-minimal", "ubi-micro", "ubi-init"), "rhel"),
    "golang": "go",
    "rockylinux": "rocky",
    "almalinux": "alma",
    "openjdk": "openjdk image",
    "adoptopenjdk": "adoptopenjdk image",
    "java": "java image",
    "ruby": "ruby",
    "php": "php",
    "mariadb": "mariadb",
    "valkey": "valkey",
    "elasticsearch": "elasticsearch",
    "opensearch": "opensearch",
    "memcached": "memcached",
    "rabbitmq": "rabbitmq",
    "zookeeper": "zookeeper",
    "cassandra": "cassandra",
    "couchdb": "couchdb",
    "httpd": "httpd",
    "haproxy": "haproxy",
    "tomcat": "tomcat",
    "debian": "debian",
    "ubuntu": "ubuntu",
    "alpine": "alpine",
    "amazonlinux": "amazonlinux",
    "centos": "centos",
    "oraclelinux": "oraclelinux",
    "fedora": "fedora",
}
_DISTROLESS = re.compile(r"distroless/(?:(python|nodejs|java)([\d.]*)|[a-z-]+?)-debian(\d+)$")
_ONE_PUBLISHER = frozenset(
    {"sdk", "runtime", "aspnet", "runtime-deps", "java", "temurin", "ubi", "ubi-minimal", "ubi-micro", "ubi-init"}
)
_TAG_VERSION = re.compile(r"^v?(\d+(?:\.\d+)*)")
_TAG_JAVA = re.compile(r"(?:openjdk|temurin|corretto|jdk|jre|amazoncorretto|zulu|sapmachine|ibm-semeru)-?(\d+)")
_TAG_ALPINE = re.compile(r"alpine(\d+\.\d+)")
_WORD = re.compile(r"[a-z]+")
_SETUP = {
    "actions/setup-python": ("python", ("python-version",)),
    "actions/setup-node": ("node", ("node-version",)),
    "actions/setup-go": ("go", ("go-version",)),
    "actions/setup-java": ("java", ("java-version",)),
    "ruby/setup-ruby": ("ruby", ("ruby-version",)),
    "shivammathur/setup-php": ("php", ("php-version",)),
    "actions/setup-dotnet": ("dotnet", ("dotnet-version",)),
}
_ENGINES = {
    "postgres": "rds-postgresql",
    "mysql": "rds-mysql",
    "mariadb": "rds-mariadb",
    "aurora-postgresql": "aurora-postgresql",
    "aurora-mysql": "rds-mysql",
}
_CHOOSES = re.compile(r"^\s*(={1,3}\s*|v)?\d+(\.\d+)*(\.[x*])*\s*$|^\s*\d+\.\*\s*$")
_FUNCTION = re.compile(r"^(python|nodejs|go|java|ruby|php|dotnet)(\d)(\d*)$")


def chosen(facts: Facts) -> Iterator[Use]:
    """Every version that something chooses.

    Pipelines decide only where nothing that ships does, and for a language that the target is written in; ranges in
    manifests only where nothing chooses at all.
    """
    found = [*_containers(facts), *_cloud(facts)]
    found += [use for runtime in facts.dependencies.runtimes if _is_choice(runtime) for use in _declared(runtime)]
    known = {use.product for use in found} | {"java" for use in found if use.product.endswith("openjdk image")}
    written = {str(component.ecosystem) for component in facts.dependencies.components}
    found += [use for use in _pipelines(facts) if use.product not in known and use.product in written]
    yield from found
    known |= {use.product for use in found}
    for runtime in facts.dependencies.runtimes:
        if runtime.product in ("java", "go") and runtime.product not in known and not _is_choice(runtime):
            yield from _declared(runtime)


def _is_choice(runtime: RuntimeVersion) -> bool:
    if runtime.product in ("java", "go"):
        return runtime.exact
    caret = runtime.product == "node" and bool(re.fullmatch(r"\s*[\^~]\s*v?\d+[\w.]*\s*", runtime.spec))
    return runtime.exact or caret or runtime.product == "dotnet" or bool(_CHOOSES.match(runtime.spec))


def _declared(runtime: RuntimeVersion) -> Iterator[Use]:
    if runtime.product in support().products and runtime.product != "terraform":
        yield Use(runtime.product, runtime.lowest, f"{runtime.product} {runtime.spec}", runtime.at)


def of_image(image: Image, at: Place) -> Iterator[Use]:
    """What an image is made of, as far as its name and tag tell: its runtime or engine, and its distribution."""
    written, last = str(image), image.name.rpartition("/")[2].lower()
    if distroless := _DISTROLESS.search(image.name):
        runtime, version, debian = distroless.groups()
        if runtime and version:
            yield Use({"nodejs": "node"}.get(runtime, runtime), version, written, at)
        yield Use("debian", debian, written, at)
        return
    if "aws-lambda" in image.name or "/lambda/" in image.name:
        product, version = {"nodejs": "node"}.get(last, last), _TAG_VERSION.match(image.tag)
        yield Use(product, version.group(1) if version else "", written, at)
        return
    ubi = re.fullmatch(r"ubi(\d+)", image.name.split("/")[-2]) if "/" in image.name else None
    bare = re.sub(r"^(ubi)\d+(-|$)", r"\1\2", last).rstrip("-")
    product = _product(image, bare)
    tag = image.tag.lower()
    if product:
        version = _TAG_VERSION.match(tag)
        numbers = ubi.group(1) if ubi and product == "rhel" else version.group(1) if version else ""
        numbers = numbers or _codename(product, tag)
        yield Use(product, numbers, written, at)
    elif last in ("maven", "gradle", "sbt") and (java := _TAG_JAVA.search(tag)):
        yield Use("java", java.group(1), written, at)
    elif last in ("pgvector", "timescaledb", "timescaledb-ha") and (version := re.search(r"pg(\d+)", tag)):
        yield Use("postgresql", version.group(1), written, at)
    yield from _distribution(product, tag, written, at)


def _product(image: Image, last: str) -> str:
    if last in _ONE_PUBLISHER and not re.search(r"mcr\.microsoft\.com/dotnet|/dotnet/|ubi\d|redhat", image.name):
        return _IMAGES[last] if last == "java" and "/" not in image.name else ""
    product = _IMAGES.get(last, "")
    if product in ("openjdk image", "java image"):
        official = image.name in (
            "openjdk",
            "java",
            "library/openjdk",
            "docker.io/library/openjdk",
            "docker.io/openjdk",
        )
        return product if official and "ea" not in image.tag else ""
    return product


def _codename(product: str, tag: str) -> str:
    for word in _WORD.findall(tag):
        named = support().codenames.get(word)
        if named and named[0] == product:
            return named[1]
    return ""


def _distribution(product: str, tag: str, written: str, at: Place) -> Iterator[Use]:
    """The distribution that a tag names beside the version: ``-slim-buster``, ``-alpine3.16``, ``-jammy``."""
    if alpine := _TAG_ALPINE.search(tag):
        yield Use("alpine", alpine.group(1), written, at)
    elif product and product not in ("debian", "ubuntu"):
        for word in _WORD.findall(tag):
            named = support().codenames.get(word)
            if named and named[0] in ("debian", "ubuntu") and len(word) > 3:
                yield Use(*named, written, at)


def _containers(facts: Facts) -> Iterator[Use]:
    for file in facts.docker.shipped:
        for image, at in file.images:
            yield from of_image(image, at)
    for service, image in facts.compose.images:
        yield from of_image(image, service.place("image"))
    for workload in facts.kubernetes.workloads:
        for container in workload.containers:
            if "\N{REPLACEMENT CHARACTER}" not in container.image:
                yield from of_image(container.reference, container.place("image"))


def _pipelines(facts: Facts) -> Iterator[Use]:
    """Runtimes that pipelines set up and images that their jobs run in; of a matrix, the highest."""
    for run in facts.pipelines.runs():
        if run.command is None and run.step.action in _SETUP:
            product, names = _SETUP[run.step.action]
            value = run.step.input(*names)
            if version := _highest(_resolved(facts, run, value)):
                yield Use(product, version, f"{product} {version} in {run.pipeline.name}", _line(facts, run, names))


def _resolved(facts: Facts, run: Run, value: str) -> str:
    """The text of an input, with a matrix axis or an environment variable put in."""
    if named := re.search(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}", value):
        text = facts.repository.text(run.pipeline.at.path)
        axis = re.search(
            rf"^\s*{re.escape(named.group(1))}\s*:\s*(\[[^\]]*\]|(?:\n\s*-\s*\S+)+"
            rf"|\S+)",
            text,
            re.MULTILINE,
        )
        return axis.group(1) if axis else ""
    if named := re.search(r"\$\{\{\s*env\.(\w+)\s*\}\}", value):
        scopes = (*run.step.env, *run.job.env, *run.pipeline.env)
        return next((text for name, text in scopes if name == named.group(1)), "")
    return "" if "${{" in value else value


def _highest(text: str) -> str:
    versions = re.findall(r"(?<![\w.])v?(\d+(?:\.\d+)*)(?:\.x|\.\*)?", text)
    return max(versions, key=lambda version: tuple(map(int, version.split("."))), default="")


def _line(facts: Facts, run: Run, names: tuple[str, ...]) -> Place:
    """The line of the input, searched from where the step begins."""
    lines = facts.repository.lines(run.step.at.path)
    for number in range(run.step.at.line, min(run.step.at.line + 15, len(lines) + 1)):
        if any(f"{name}:" in lines[number - 1] for name in names):
            return Place(run.step.at.path, number, number, run.step.at.symbol)
    return run.step.at


def _cloud(facts: Facts) -> Iterator[Use]:
    for resource in (*facts.terraform.resources(), *facts.cloudformation.resources()):
        yield from _of_resource(resource)
    for image in facts.terraform.data("aws_ami"):
        yield from _of_ami(image)


def _of_resource(resource: Resource) -> Iterator[Use]:
    kind = resource.type
    if kind == "aws_lambda_function":
        if runtime := _text(resource, "runtime"):
            yield Use("lambda", runtime, f"Lambda runtime {runtime}", resource.place("runtime"))
    elif kind in ("aws_eks_cluster", "google_container_cluster", "azurerm_kubernetes_cluster"):
        product, key = {
            "aws_eks_cluster": ("eks", "version"),
            "google_container_cluster": ("gke", "min_master_version"),
            "azurerm_kubernetes_cluster": ("aks", "kubernetes_version"),
        }[kind]
        yield Use(product, _text(resource, key), f"{product.upper()} {_text(resource, key)}", resource.place(key))
    elif kind == "aws_eks_node_group" and _text(resource, "ami_type").startswith("AL2_"):
        yield Use("amazonlinux", "2", "nodes on Amazon Linux 2", resource.place("ami_type"))
    elif kind in ("aws_db_instance", "aws_rds_cluster"):
        product, version = _ENGINES.get(_text(resource, "engine"), ""), _text(resource, "engine_version")
        if product:
            yield Use(product, version, f"{_text(resource, 'engine')} {version}", resource.place("engine_version"))
    elif kind == "google_sql_database_instance":
        if found := re.fullmatch(r"(POSTGRES|MYSQL)_(\d+)(?:_(\d+))?.*", _text(resource, "database_version")):
            product = {"POSTGRES": "postgresql", "MYSQL": "mysql"}[found.group(1)]
            version = ".".join(filter(None, found.groups()[1:]))
            yield Use(product, version, f"{product} {version}", resource.place("database_version"))
    elif kind in ("google_cloudfunctions_function", "google_cloudfunctions2_function"):
        text = _text(resource, "runtime") or _text(resource, "build_config.runtime")
        if found := _FUNCTION.match(text):
            name, major, minor = found.groups()
            version = f"{major}.{minor}" if name in ("python", "go", "php", "ruby") and minor else major + minor
            yield Use(
                {"nodejs": "node"}.get(name, name), version, f"function runtime {text}", resource.place("runtime")
            )
    else:
        yield from _of_engine(resource)


def _of_engine(resource: Resource) -> Iterator[Use]:
    engines = {
        "aws_opensearch_domain": ("amazon-opensearch", "engine_version"),
        "aws_elasticsearch_domain": ("amazon-opensearch", "elasticsearch_version"),
        "aws_docdb_cluster": ("documentdb", "engine_version"),
        "aws_msk_cluster": ("msk", "kafka_version"),
        "azurerm_postgresql_flexible_server": ("postgresql", "version"),
        "azurerm_postgresql_server": ("postgresql", "version"),
        "azurerm_mysql_flexible_server": ("mysql", "version"),
        "google_redis_instance": ("redis", "redis_version"),
    }
    if resource.type.startswith("aws_elasticache") and _text(resource, "engine") in ("", "redis"):
        engines[resource.type] = ("elasticache-redis", "engine_version")
    if resource.type == "aws_mq_broker":
        engines[resource.type] = (f"mq-{_text(resource, 'engine_type').lower()}", "engine_version")
    if named := engines.get(resource.type):
        product, key = named
        text = _text(resource, key)
        version = re.sub(r"^(OpenSearch_|Elasticsearch_|REDIS_)", "", text).replace("_", ".")
        yield Use(product, version, f"{resource.type} {text}", resource.place(key))


def _of_ami(image: Resource) -> Iterator[Use]:
    for block in image.blocks("filter"):
        for value in block.get("values") or ():
            if not isinstance(value, str):
                continue
            if ubuntu := re.search(r"ubuntu-[a-z]+-(\d\d\.\d\d)", value):
                yield Use("ubuntu", ubuntu.group(1), f"machine image {value}", image.place("filter"))
            elif value.startswith(("amzn2-ami", "amzn-ami")):
                version = "2" if value.startswith("amzn2") else "2018.03"
                yield Use("amazonlinux", version, f"machine image {value}", image.place("filter"))
            elif debian := re.match(r"debian-(\d+)-", value):
                yield Use("debian", debian.group(1), f"machine image {value}", image.place("filter"))


def _text(resource: Resource, key: str) -> str:
    value = resource.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""
