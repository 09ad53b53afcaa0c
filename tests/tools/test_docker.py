"""Dockerfiles: instructions, stages, variables, and which are shipped."""

from __future__ import annotations

from pathlib import Path

from gonogo.facts.docker import Docker, Dockerfile
from tests.asking import read

STAGES = """\
# syntax=docker/dockerfile:1
ARG NODE=22.1
FROM node:${NODE} AS build
COPY package.json \\
    # a comment inside
    src/ ./
RUN <<EOF
echo USER root
EOF
FROM build AS tested
RUN npm test
FROM gcr.io/distroless/nodejs22:nonroot AS final
ENV PORT=8080 MODE production
COPY --from=build --chown=1000 /app /app
COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/
USER 1000:1000
HEALTHCHECK CMD ["/app/health"]
ENTRYPOINT ["node", "server.js"]
"""


def docker(tmp_path: Path, **files: str) -> Docker:
    return read({name.replace("__", "/"): text for name, text in files.items()}, tmp_path).docker


def one(tmp_path: Path, text: str) -> Dockerfile:
    return docker(tmp_path, Dockerfile=text).files[0]


def test_stages_with_arguments_put_in(tmp_path: Path) -> None:
    file = one(tmp_path, STAGES)
    assert [(stage.name, stage.base) for stage in file.stages] == [
        ("build", "node:22.1"),
        ("tested", "build"),
        ("final", "gcr.io/distroless/nodejs22:nonroot"),
    ]
    assert file.stages[1].parent == 0
    assert file.final is file.stages[2]
    assert file.user is not None and (file.user.value, file.user.at.line) == ("1000:1000", 16)
    assert file.healthcheck is not None
    assert file.command is not None and file.command.words == ("node", "server.js")


def test_images_are_those_from_elsewhere(tmp_path: Path) -> None:
    images = [(str(image), place.line) for image, place in one(tmp_path, STAGES).images]
    assert images == [("node:22.1", 3), ("gcr.io/distroless/nodejs22:nonroot", 12), ("ghcr.io/astral-sh/uv:0.5", 15)]


def test_what_a_stage_takes_from_the_one_below(tmp_path: Path) -> None:
    file = one(tmp_path, "FROM python:3.12 AS base\nUSER app\nFROM base\nCMD python app.py\n")
    assert file.user is not None and file.user.value == "app"
    assert file.base == "python:3.12"


def test_a_healthcheck_of_none_is_none(tmp_path: Path) -> None:
    assert one(tmp_path, "FROM x:1\nHEALTHCHECK NONE\n").healthcheck is None


def test_variables_cannot_double_without_end(tmp_path: Path) -> None:
    text = "FROM x:1\nENV A=xxxxxxxxxx\n" + "ENV A=$A$A\n" * 60 + "USER $A\n"
    user = one(tmp_path, text).user
    assert user is not None and len(user.value) < 100_000


def test_shipped_or_not(tmp_path: Path) -> None:
    files = {
        "web/Dockerfile": "FROM a:1\n",
        "web/Dockerfile.dev": "FROM a:1\n",
        ".devcontainer/Dockerfile": "FROM a:1\n",
        "load-test/Dockerfile": "FROM a:1\n",
        "Dockerfile.local": "FROM a:1\n",
        "compose.yaml": "services: {x: {build: {context: ., dockerfile: Dockerfile.local}}}\n",
    }
    found = read(files, tmp_path).docker
    assert {file.path for file in found.shipped} == {"web/Dockerfile", "Dockerfile.local"}
    used = found.at("Dockerfile.local")
    assert used is not None and used.contexts == ("",) and "compose" in used.why


def test_faults(tmp_path: Path) -> None:
    found = docker(tmp_path, Dockerfile="FORM node:1\nRUN x\n")
    assert ["is no Dockerfile instruction" in wrong.what for wrong in found.wrong] == [True, False]
