"""Compose projects: merging, variables, extends, profiles, and which of them decide."""

from __future__ import annotations

from pathlib import Path

from gonogo.facts.compose import Compose, Service
from tests.asking import read

BASE = """\
x-common: &common
  restart: always
services:
  web:
    <<: *common
    image: app:${TAG:-1.0}
    ports: ["127.0.0.1:8080:80"]
    environment: [A=1, "B=${B}"]
    depends_on: {migrate: {condition: service_completed_successfully}}
  migrate:
    image: app:${TAG:-1.0}
  debug:
    image: tools:1
    profiles: [debug]
"""


def compose(tmp_path: Path, files: dict[str, str], environment: str = "production") -> Compose:
    return read(files, tmp_path, environment=environment).compose


def service(found: Compose, name: str) -> Service:
    return next(item for item in found.services if item.name == name)


def test_services_with_anchors_variables_and_profiles(tmp_path: Path) -> None:
    found = compose(tmp_path, {"compose.yaml": BASE, ".env": "TAG=2.5\n"})
    web = service(found, "web")
    assert (web.image, web.restart, web.at.line) == ("app:2.5", "always", 4)
    assert [(port.host_ip, port.published, port.target) for port in web.ports] == [("127.0.0.1", "8080", "80")]
    assert [(v.name, v.value, v.literal) for v in web.environment] == [("A", "1", True), ("B", "${B}", False)]
    assert [item.name for item in found.services] == ["web", "migrate"]
    assert [item.name for item in found.projects[0].opt_in] == ["debug"]
    assert service(found, "migrate").one_shot and not web.one_shot


def test_the_files_of_the_audited_environment_decide(tmp_path: Path) -> None:
    files = {
        "docker-compose.yml": "services: {web: {image: a:1, environment: {X: 1}}, db: {image: b:1}}\n",
        "docker-compose.prod.yml": "services: {web: {restart: always, environment: {Y: 2}}}\n",
        "docker-compose.override.yml": "services: {web: {privileged: true}}\n",
        "docker-compose.test.yml": "services: {web: {image: t:1}}\n",
    }
    found = compose(tmp_path, files)
    assert [project.files for project in found.deciding] == [("docker-compose.yml", "docker-compose.prod.yml")]
    web = service(found, "web")
    assert (web.restart, web.place("restart").path) == ("always", "docker-compose.prod.yml")
    assert [v.name for v in web.environment] == ["X", "Y"]
    assert "privileged" not in web.spec
    assert [p.files for p in compose(tmp_path, files, "staging").deciding] == [("docker-compose.yml",)]


def test_extends_and_include(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "include: [more/compose.yaml]\n"
        "services: {web: {extends: {file: base.yml, service: app}, mem_limit: 1g}}\n",
        "base.yml": "services: {app: {image: a:1, restart: always}}\n",
        "more/compose.yaml": "services: {db: {image: b:1, build: {context: .}}}\n",
    }
    found = compose(tmp_path, files)
    assert [project.name for project in found.projects] == ["compose.yaml"]
    assert (service(found, "web").image, service(found, "web").restart) == ("a:1", "always")
    build = service(found, "db").build
    assert build is not None and build.context == "more"
    assert service(found, "web").memory_limit == "1g"


def test_reset_and_override(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services: {web: {image: a:1, ports: ['80:80'], command: [a]}}\n",
        "compose.production.yaml": "services: {web: {ports: !override ['81:80'], command: !reset null}}\n",
    }
    web = service(compose(tmp_path, files), "web")
    assert [port.published for port in web.ports] == ["81"]
    assert "command" not in web.spec


def test_what_compose_would_refuse(tmp_path: Path) -> None:
    text = """\
services:
  a: {depends_on: [ghost]}
  b: {image: b:1, networks: [far], volumes: ["data:/d", "./conf/nginx.conf:/etc/nginx.conf"]}
  c: {build: ./missing, env_file: .env.prod}
  d: {image: d:1, env_file: .env}
"""
    found = compose(tmp_path, {"compose.yaml": text, ".env.example": "A=1\n"})
    whats = "\n".join(wrong.what for wrong in found.wrong)
    for part in ("neither image nor build", "ghost", "network far", "volume data", "conf/nginx.conf", "missing"):
        assert part in whats
    assert len(found.wrong) == 6
    assert "service d" not in whats


def test_broken_and_huge_files(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in ("ab", "bc", "cd", "de", "ef", "fg", "gh", "hi")
    )
    found = compose(tmp_path, {"compose.yaml": "services: [\n", "x/compose.yaml": bomb})
    assert [wrong.at.path for wrong in found.wrong] == ["compose.yaml"]
    assert [unread.path for unread in found.unread] == ["x/compose.yaml"]
