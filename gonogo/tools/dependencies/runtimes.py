"""Files that choose a runtime's version by themselves: ``.nvmrc``, ``.tool-versions``, ``runtime.txt`` and the like."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts.dependencies import RuntimeVersion
from gonogo.facts.repository import Repository
from gonogo.model.evidence import Place
from gonogo.tools.dependencies.versions import lowest

_SINGLE = {
    ".nvmrc": "node",
    ".node-version": "node",
    ".python-version": "python",
    ".ruby-version": "ruby",
    ".java-version": "java",
    ".go-version": "go",
    ".terraform-version": "terraform",
    ".opentofu-version": "opentofu",
    "runtime.txt": "python",
    "rust-toolchain": "rust",
}
_NAMES = {"nodejs": "node", "golang": "go", "tofu": "opentofu"}
_JAVA = re.compile(
    r"(?:temurin|corretto|zulu|openjdk|adoptopenjdk|liberica|graalvm|sapmachine)[-_\w]*?-(?:jdk-?"
    r"|jre-?)?(\d+)"
)


def read_runtimes(repository: Repository) -> Iterator[RuntimeVersion]:
    """The runtimes that these files choose."""
    for file in repository.match(*_SINGLE, ".tool-versions", "mise.toml", ".mise.toml", ".sdkmanrc", "global.json"):
        for number, raw in enumerate(repository.lines(file)[:60], 1):
            line = raw.partition("#")[0].strip()
            if not line:
                continue
            at = Place(file.path, number, number, file.name)
            if product := _SINGLE.get(file.name):
                version = re.sub(r"^(python|ruby|node|go|java)-?", "", line)
                yield RuntimeVersion(product, line, lowest(version), at, exact=True)
                break
            yield from _entry(file.name, line, at)


def _entry(name: str, line: str, at: Place) -> Iterator[RuntimeVersion]:
    if name == "global.json":
        if version := re.search(r'"version"\s*:\s*"([\d.]+)', line):
            yield RuntimeVersion("dotnet", version.group(1), version.group(1), at, exact=True)
        return
    entry = re.match(r"^\"?([a-z-]+)\"?\s*[= ]\s*\[?\"?([\w.+/-]+)", line)
    if not entry:
        return
    product = _NAMES.get(entry.group(1), entry.group(1))
    spec = entry.group(2)
    java = _JAVA.match(spec) or re.match(r"(\d+)[\d.]*-(?:tem|amzn|zulu|open)", spec)
    number: str = java.group(1) if product == "java" and java else lowest(spec)
    yield RuntimeVersion(product, spec, number, Place(at.path, at.line, at.line, product), exact=True)
