"""What well-known registry modules make, with the documented defaults of their inputs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gonogo.facts.resources import ModuleCall, Resource
from gonogo.tools.terraform import aws_modules, google_modules
from gonogo.tools.terraform.made import Maker, nothing

_GIT = re.compile(
    r"(?:git::|git@|https?://|ssh://|github\.com[/:]).*?(terraform-[a-z]+-modules)/terraform-(aws|google)-([\w-]+)"
)
_REGISTRY = re.compile(r"^(?:registry\.(?:terraform\.io|opentofu\.org)/)?([\w-]+/[\w-]+/[\w-]+(?://.*)?)$")


def normalize(source: str) -> str:
    """A module source as ``namespace/name/provider//submodule``, whether it comes from a registry or its repository."""
    text = source.partition("?")[0]
    if found := _GIT.search(text):
        below = text[found.end() :].removeprefix(".git").lstrip("/")
        name = found.group(3).removesuffix(".git")
        return f"{found.group(1)}/{name}/{found.group(2)}" + (f"//{below}" if below else "")
    if found := _REGISTRY.match(text):
        return found.group(1)
    return source


def registry_resources(module: ModuleCall) -> tuple[Resource, ...] | None:
    """The resources of a call of a known module; None for one that is not known."""
    source = module.source.replace("GoogleCloudPlatform/", "terraform-google-modules/", 1)
    base, _, below = source.partition("//modules/")
    if base.endswith("/kubernetes-engine/google") and below.endswith("cluster"):
        source = base
    maker = _MAKERS.get(source)
    return tuple(maker(module)) if maker else None


def _under(namespace: str, provider: str, makers: Mapping[str, Maker]) -> dict[str, Maker]:
    """Makers by full source: ``vpc//modules/x`` as ``terraform-aws-modules/vpc/aws//modules/x``."""
    found = {}
    for name, maker in makers.items():
        module, _, below = name.partition("//")
        found[f"{namespace}/{module}/{provider}" + (f"//{below}" if below else "")] = maker
    return found


# Add-ons of a cluster: charts, with roles that are scoped to them.
_ADD_ONS: dict[str, Maker] = {"eks-blueprints-addons": nothing, "eks-blueprints-addon": nothing}
_MAKERS = {
    **_under("terraform-aws-modules", "aws", aws_modules.MODULES),
    **_under("terraform-google-modules", "google", google_modules.MODULES),
    **_under("aws-ia", "aws", _ADD_ONS),
}
