"""Whether cost can be allocated: tags on what is billed."""

from __future__ import annotations

from collections.abc import Mapping

from gonogo.checks.cloud import resources, unseen
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown, Value
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place

_TAGGED_KINDS = (
    Kind.DATABASE, Kind.TABLE, Kind.CACHE, Kind.BUCKET, Kind.VOLUME, Kind.FILE_SYSTEM, Kind.SEARCH, Kind.STREAM,
    Kind.QUEUE, Kind.TOPIC, Kind.FUNCTION, Kind.CONTAINER_SERVICE, Kind.CLUSTER, Kind.NODE_GROUP, Kind.INSTANCE,
    Kind.INSTANCE_GROUP, Kind.LOAD_BALANCER, Kind.API, Kind.CDN, Kind.NETWORK, Kind.NAT, Kind.PUBLIC_ADDRESS,
    Kind.SECRET, Kind.ENCRYPTION_KEY, Kind.IMAGE_REGISTRY, Kind.LOG_GROUP,
)  # fmt: skip
_UNTAGGABLE_TYPES = """
    aws_rds_global_cluster aws_dynamodb_global_table aws_secretsmanager_secret_version aws_kms_alias
    aws_secretsmanager_secret_rotation aws_ecs_capacity_provider google_compute_network google_compute_router_nat
    google_kms_key_ring google_cloud_tasks_queue google_firestore_database google_secret_manager_secret_version
    google_sql_database google_container_registry google_container_node_pool google_logging_project_bucket_config
    google_app_engine_standard_app_version google_app_engine_flexible_app_version google_cloud_run_service
    google_compute_instance_group_manager google_compute_region_instance_group_manager google_redis_cluster
    google_compute_forwarding_rule google_compute_global_forwarding_rule google_compute_global_address
    google_compute_address azurerm_storage_container azurerm_storage_share azurerm_storage_queue azurerm_storage_table
    azurerm_servicebus_queue azurerm_servicebus_topic azurerm_eventhub azurerm_key_vault_secret azurerm_key_vault_key
    aws_lightsail_container_service
"""
_UNTAGGABLE = frozenset(_UNTAGGABLE_TYPES.split())
_DEFAULTS = {"AWS": ("aws", "default_tags"), "Google Cloud": ("google", "default_labels")}


def cost_tags(facts: Facts) -> Outcome:
    """Tags that allocate cost, on every billed resource that takes them; by a provider's defaults or one by one."""
    if not resources(facts, dormant=True):
        if hidden := unseen(facts):
            return unverified("infrastructure is defined in a form that can't be read here", *hidden)
        return not_applicable("no cloud resources are defined")
    billed = [r for r in resources(facts, *_TAGGED_KINDS) if _takes_tags(r)]
    billed = billed or [r for r in resources(facts, *_TAGGED_KINDS, dormant=True) if _takes_tags(r)]
    if not billed:
        return not_applicable("none of the defined cloud resources is billed and takes tags")
    defaults = _default_tags(facts)
    stack = _stack_tags(facts)
    bare = [r for r in billed if not _has_tags(facts, r) and (r.root, r.provider) not in defaults]
    if stack:
        bare = [r for r in bare if r.origin in ("terraform", "module")]
    if not bare:
        places = tuple(dict.fromkeys([*defaults.values(), *stack])) or tuple(r.place("tags") for r in billed[:6])
        how = "by default" if defaults or stack else "one by one"
        return passed(f"all {len(billed)} billed cloud resources are tagged, {how}", *places)
    names = ", ".join(r.address for r in bare[:4]) + (" ..." if len(bare) > 4 else "")
    return failed(
        f"{len(bare)} of {len(billed)} billed cloud resources have no tag that allocates cost: {names}",
        *(Problem(f"{r.address} has no tag besides a name", r.at) for r in bare),
    )


def _takes_tags(resource: Resource) -> bool:
    known = resource.provider in ("AWS", "Google Cloud", "Azure")
    return known and resource.type not in _UNTAGGABLE and not resource.type.startswith("AWS::")


_TAG_NAMES = (
    "tags", "tag", "labels", "user_labels", "resource_labels", "settings.user_labels", "cluster_resource_labels",
)  # fmt: skip


def _has_tags(facts: Facts, resource: Resource) -> bool:
    if any(_allocates(resource.get(name)) for name in _TAG_NAMES):
        return True
    # A module hands its tags on to all that it makes.
    call = resource.address.rsplit(".", 2)[0] if resource.origin == "module" else ""
    calls = [m for m in facts.terraform.all_modules if m.address == call and m.root == resource.root] if call else []
    return any(_allocates(m.get("tags")) or _allocates(m.get("labels")) for m in calls)


def _allocates(value: Value) -> bool:
    """Says whether tags hold more than a name. What code can't resolve counts: something is set there."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        keys = [value.get("key", value.get("Key"))] if "value" in value or "Value" in value else list(value)
        return any(isinstance(key, Unknown) or (key or "") not in ("", "Name") for key in keys)
    return isinstance(value, tuple) and any(_allocates(item) for item in value)


def _default_tags(facts: Facts) -> dict[tuple[str, str], Place]:
    """Roots and providers whose configuration tags everything that they make."""
    found: dict[tuple[str, str], Place] = {}
    for root in facts.terraform.roots:
        for name, (local, block) in _DEFAULTS.items():
            mine = [p for p in root.providers if p.name in (local, local + "-beta")]
            plain = [p for p in mine if not p.alias] or mine
            tagged = [p for p in plain if _block_tags(p.attributes.get(block))]
            if plain and len(tagged) == len(plain):
                found[(root.path, name)] = tagged[0].at
    # Terragrunt writes the provider's configuration into every root.
    wrapped = [root.path for root in facts.terraform.roots if root.wrapper == "terragrunt"]
    if wrapped and (hits := facts.repository.search(("default_tags",), facts.repository.match("*.hcl")).hits):
        for path in wrapped:
            found.setdefault((path, "AWS"), hits[0])
    return found


def _block_tags(value: Value) -> bool:
    if isinstance(value, tuple):
        return any(_block_tags(item) for item in value)
    if isinstance(value, Mapping) and "tags" in value:
        return _allocates(value["tags"])
    return _allocates(value)


_CDK_TAGS = ("aws_cdk.Tags.*", "aws-cdk-lib.Tags.*", "@aws-cdk/core.Tags.*", "cdk.Tags.*", "Tags.of*")


def _stack_tags(facts: Facts) -> tuple[Place, ...]:
    """Tags that a whole stack gets: CDK's Tags.of, samconfig's tags, --tags of a deployment, serverless stackTags."""
    repository = facts.repository
    places = [call.at for call in facts.code.calls(*_CDK_TAGS)]
    places += repository.grep(r"^\s*tags\s*=\s*\S", repository.match("samconfig.toml"))
    places += repository.grep(r"^  (stackTags|tags)\s*:", repository.match("serverless.yml", "serverless.yaml"))
    for run in facts.pipelines.runs("aws", "sam", "cdk"):
        if run.command is not None and run.command.has("--tags") and "deploy" in run.command.words:
            places.append(run.at)
    return tuple(places)
