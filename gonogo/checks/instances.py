"""Instances: whether their metadata service demands a session token (IMDSv2)."""

from __future__ import annotations

from gonogo.checks import cloud
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown, lookup
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

State = bool | None
_TYPES = ("aws_instance", "aws_launch_template", "aws_launch_configuration", "aws_spot_instance_request")
_GROUPS = ("aws_eks_node_group", "aws_autoscaling_group")
_TOKEN_ONLY = ("AL2023", "al2023", "amazon-linux-2023", "BOTTLEROCKET", "bottlerocket")
"""Images that demand tokens by themselves."""


def instance_metadata(facts: Facts) -> Outcome:
    """http_tokens = required wherever instances are launched, by setting, module, image or account default."""
    launched = [r for r in cloud.deciding(facts, *_TYPES, *_GROUPS) if not _is_launched_elsewhere(facts, r)]
    searched = Searched(
        ("instances", "launch templates", "node groups", "http_tokens"),
        "infrastructure code",
        len(facts.terraform.roots),
    )
    opaque = cloud.opaque_places(facts, r"ec2|eks|bastion|instances?|autoscaling|asg|nodes?|node[_-]?groups?|workers?")
    if not launched and opaque:
        return unverified("modules that are not read launch instances", *opaque)
    if not launched:
        others = cloud.deciding(facts, Kind.INSTANCE)
        where = f": those of {others[0].provider} have no IMDSv1" if others else ""
        return not_applicable(f"no EC2 instance is defined{where}", searched=(searched,))
    if any(r.get("http_tokens") == "required" for r in cloud.resources(facts, "aws_ec2_instance_metadata_defaults")):
        return passed("the account's default demands IMDSv2", launched[0].at)
    judged = [(resource, _state(facts, resource)) for resource in launched]
    open_ones = [resource for resource, state in judged if state is False]
    if open_ones:
        problems = [Problem(f"{r.address} allows IMDSv1", _shown(r)) for r in open_ones]
        names = listed(r.address for r in open_ones)
        of = f"{len(open_ones)} of {counted(len(judged), 'definition')} of instances"
        return failed(f"{of} allow IMDSv1: {names}", *problems)
    unknown = [resource for resource, state in judged if state is None]
    if unknown:
        names = listed(r.address for r in unknown)
        return unverified(f"code does not show whether {names} demands IMDSv2", *(r.at for r in unknown))
    if opaque:
        return unverified("modules that are not read launch instances", *opaque)
    return passed(f"IMDSv2 is required for {listed(r.address for r in launched)}", *(r.at for r in launched))


def _is_launched_elsewhere(facts: Facts, resource: Resource) -> bool:
    """A group that names a launch template which is judged itself, and a bare group of an expanded module."""
    if resource.type not in _GROUPS:
        return False
    templates = cloud.resources(facts, "aws_launch_template", "aws_launch_configuration")
    if any(resource.refers_to(template) for template in templates):
        return True
    return resource.type == "aws_autoscaling_group" and resource.get("metadata_options") is None


def _state(facts: Facts, resource: Resource) -> State:
    options = resource.get("metadata_options")
    if isinstance(options, Unknown):
        return None
    tokens = lookup(options, "http_tokens") if options else None
    if tokens is not None:
        return None if isinstance(tokens, Unknown) else tokens == "required"
    if options and lookup(options, "http_endpoint") == "disabled":
        return True
    image = f"{resource.get('ami', '')} {resource.get('image_id', '')} {resource.get('ami_type', '')}"
    if any(name in f"{image} {_image_names(facts, resource)}" for name in _TOKEN_ONLY):
        return True
    # A managed node group without a template of its own gets the image's default.
    if resource.type == "aws_eks_node_group" and str(resource.get("ami_type", "")).startswith("AL2_"):
        return False
    return None if resource.type == "aws_eks_node_group" else False


def _image_names(facts: Facts, resource: Resource) -> str:
    """Names by which a data source picks the image."""
    found = []
    for source in facts.terraform.data("aws_ami", "aws_ssm_parameter"):
        if source.base in resource.references():
            found += [str(block) for block in source.blocks("filter")] + [str(source.get("name", ""))]
    return " ".join(found)


def _shown(resource: Resource) -> Place:
    """Where the setting stands, or the image whose default counts."""
    if "metadata_options" not in resource.lines and "ami_type" in resource.lines:
        return resource.place("ami_type")
    return resource.place("metadata_options")
