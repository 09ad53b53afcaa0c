"""CloudFormation and SAM templates, CDK sources and synthesized templates, Serverless Framework, Pulumi's presence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from posixpath import join

from gonogo.facts.cloudformation import CloudFormation, Template
from gonogo.facts.marked import Map, as_text
from gonogo.facts.repository import File, Repository
from gonogo.facts.resources import Resource, Value
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.model.target import Target
from gonogo.tools.cloudformation.cdk import CdkSources, read_cdk
from gonogo.tools.cloudformation.serverless import read_serverless
from gonogo.tools.cloudformation.template import Setting, flavour_of, template_resources
from gonogo.tools.terraform.environments import canonical, environment_of
from gonogo.tools.yaml_marks import load_json, load_yaml

__all__ = ["read_cloudformation"]

_MARK = re.compile(r"AWSTemplateFormatVersion|[\"']?Type[\"']?\s*:\s*[\"']?AWS::\w+::\w+")
_TYPES = re.compile(r"[\"']?Type[\"']?\s*:\s*[\"']?AWS::\w+::\w+")
_PRESENCE = {
    "pulumi": ("Pulumi.yaml", "Pulumi.yml"),
    "bicep": ("*.bicep",),
    "arm": ("azuredeploy.json", "mainTemplate.json"),
}


def read_cloudformation(repository: Repository, target: Target) -> CloudFormation:
    """Reads every template and construct that deciding files define, as it stands in the target's environment."""
    unread: list[Unread] = []
    documents = _documents(repository, unread)
    synthesized = _synthesized(repository, unread)
    resources, templates = _expand(repository, target.environment, documents | synthesized, set(synthesized))
    sources = CdkSources()
    if not synthesized:
        sources = read_cdk(repository, target.environment, unread)
        templates += sources.templates
        resources += sources.resources
    served = read_serverless(repository, target.environment, unread)
    templates += served[0]
    resources += served[1]
    templates += _presence(repository)
    return CloudFormation(
        templates=tuple(sorted(templates, key=lambda t: (t.path, t.flavour))),
        all_resources=tuple(resources),
        retired=sources.retired,
        wrong=sources.wrong,
        unread=tuple(sorted(set(unread))),
    )


def _documents(repository: Repository, unread: list[Unread]) -> dict[str, Map]:
    """Templates among the deciding files, by path."""
    found: dict[str, Map] = {}
    for file in repository.match("*.yaml", "*.yml", "*.json", "*.template"):
        if file.name in ("package-lock.json", "package.json", "tsconfig.json") or file.size > 2_000_000:
            continue
        text = repository.text(file)
        if "AWS::" not in text or not _MARK.search(text):
            continue
        if (document := _load(file, text, unread)) is not None:
            found[file.path] = document
    return found


def _load(file: File, text: str, unread: list[Unread]) -> Map | None:
    is_json = text.lstrip()[:1] == "{"
    loaded = load_json(text, path=file.path) if is_json else load_yaml(text, path=file.path)
    first = loaded.first
    if loaded.fault and not first.map("Resources"):
        # A templated file (Jinja, Helm) that only mentions a type is no template of CloudFormation.
        if "AWSTemplateFormatVersion" in text:
            reason = f"it is not valid: {loaded.fault.reason}"
            unread.append(Unread(file.path, reason, loaded.fault.line, not loaded.fault.limit))
        return None
    declared = first.map("Resources")
    kinds = [item.text("Type") for item in declared.values() if isinstance(item, Map)]
    return first if any(kind.startswith("AWS::") for kind in kinds) else None


def _synthesized(repository: Repository, unread: list[Unread]) -> dict[str, Map]:
    """Templates in cdk.out, which the CDK wrote itself: they say more than the sources."""
    found: dict[str, Map] = {}
    for file in repository.match("**/cdk.out/*.template.json", deciding=False):
        if file.size < 5_000_000 and "node_modules" not in file.path and "/test" not in file.path:
            document = _load(file, repository.text(file), unread)
            if document is not None:
                found[file.path] = document
    return found


def _expand(
    repository: Repository, environment: str, documents: Mapping[str, Map], synthesized: set[str]
) -> tuple[list[Resource], list[Template]]:
    setting = Setting(environment, lambda parent, path: _child(documents, parent, path), set())
    named = {path: environment_of(path, environment) for path in documents}
    split = bool(set(named.values()) & {"", canonical(environment)})
    made: dict[str, list[Resource]] = {}
    templates: dict[str, Template] = {}
    for path, document in sorted(documents.items()):
        flavour = "synthesized" if path in synthesized else flavour_of(document)
        audited = not split or named[path] in ("", canonical(environment))
        given = _given(repository, path, document, environment)
        made[path], values = template_resources(path, document, setting, given, flavour=flavour, audited=audited)
        place = Place(path, 1, 1, path.rpartition("/")[2])
        templates[path] = Template(path, flavour, place, audited, values)
    found = [resource for path in sorted(made) if path not in setting.nested for resource in made[path]]
    for path in setting.nested & set(templates):
        old = templates[path]
        templates[path] = Template(path, old.flavour, old.at, False, old.parameters)
    return found, list(templates.values())


def _child(documents: Mapping[str, Map], parent: str, path: str) -> Map | None:
    """A nested template: by its path from the parent, else by its name where only one has it."""
    folder = parent.rpartition("/")[0]
    clean = path.split("?")[0].rstrip("/")
    direct = _normal(join(folder, clean))
    if direct in documents:
        return documents[direct]
    name = clean.rpartition("/")[2]
    same = [other for other in documents if other.rpartition("/")[2] == name and other != parent]
    return documents[same[0]] if len(same) == 1 and name not in ("template.yaml", "template.yml") else None


def _normal(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    return "/".join(parts)


def _given(repository: Repository, path: str, document: Map, environment: str) -> dict[str, Value]:
    """Parameters that samconfig.toml or a parameters file of the audited environment sets."""
    folder = path.rpartition("/")[0]
    declared = set(document.map("Parameters"))
    found: dict[str, Value] = {}
    if not declared:
        return found
    config = repository.file(join(folder, "samconfig.toml"))
    if config is not None:
        found |= _samconfig(repository.text(config), environment)
    for file in repository.match("*.json", "*.parameters.yaml"):
        near = file.folder.startswith(folder) if folder else True
        if near and "param" in file.local.lower() and environment_of(file.path, environment) == canonical(environment):
            values = _parameter_file(repository.text(file), file.path)
            if values and len(set(values) & declared) * 2 >= len(values):
                found |= values
    return {name: value for name, value in found.items() if name in declared}


def _samconfig(text: str, environment: str) -> dict[str, Value]:
    try:
        settings = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    named = [name for name in settings if canonical(name) == canonical(environment)] or ["default"]
    found: dict[str, Value] = {}
    for command in ("global", "deploy"):
        section = settings.get(named[0], {})
        values = section.get(command, {}).get("parameters", {}) if isinstance(section, dict) else {}
        given = values.get("parameter_overrides", "") if isinstance(values, dict) else ""
        text = " ".join(map(str, given)) if isinstance(given, list) else str(given)
        pairs = re.findall(r'([A-Za-z0-9]+)=("(?:[^"\\]|\\.)*"|\S+)', text)
        found |= {name: value.strip('"') for name, value in pairs}
    return found


def _parameter_file(text: str, path: str) -> dict[str, Value]:
    loaded = load_json(text, path=path)
    value = loaded.documents[0].value if loaded.documents else None
    if isinstance(value, list):
        pairs = [item for item in value if isinstance(item, Map) and "ParameterKey" in item]
        return {item.text("ParameterKey"): item.get("ParameterValue") for item in pairs}
    if isinstance(value, Map):
        inner = value.map("Parameters") or value
        return {key: item for key, item in inner.items() if not isinstance(item, dict | list)}
    return {}


def _presence(repository: Repository) -> list[Template]:
    """Definitions that are seen, but not read."""
    found = []
    for flavour, names in _PRESENCE.items():
        for file in repository.match(*names):
            text = as_text(repository.text(file))
            if flavour == "arm" and "deploymentTemplate.json" not in text:
                continue
            found.append(Template(file.path, flavour, Place(file.path, 1, 1, file.name)))
    return found
