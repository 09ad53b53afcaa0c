"""Least privilege: what identities of clouds, clusters and databases may do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gonogo.checks import cloud
from gonogo.checks.data_stores import engine_of
from gonogo.checks.policies import ATTACHMENTS, excess_of, identity_statements
from gonogo.checks.wording import listed
from gonogo.facts import Facts
from gonogo.facts.kinds import Kind
from gonogo.facts.kubernetes import Object, is_unknown
from gonogo.facts.marked import Map, as_texts
from gonogo.facts.resources import as_tuple, walk
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_IDENTITY_KINDS = (Kind.ROLE, Kind.POLICY, Kind.GRANT, Kind.USER)
_ADMINISTRATION = re.compile(
    r"policy/(?:[\w-]+/)*(AdministratorAccess(?:-\w+)?|PowerUserAccess|IAMFullAccess|SecretsManagerReadWrite"
    r"|ReadOnlyAccess|AmazonS3ReadOnlyAccess|AmazonSSMReadOnlyAccess|AmazonDynamoDBReadOnlyAccess|\w+_?FullAccess(?:V2)?"
    r"|AmazonSSMFullAccess)$"
)
_HARMLESS = re.compile(r"(?:XRay|Xray|XRayDaemon|CloudWatchAgent)\w*")
_BROAD_ROLES = re.compile(
    r"roles/(?:owner|editor|[\w.]*[aA]dmin|secretmanager\.secretAccessor|storage\.object(?:Viewer|User)"
    r"|bigquery\.data(?:Owner|Editor|Viewer)|datastore\.(?:owner|user|viewer))$"
)
_AZURE_ROLES = frozenset({"Owner", "Contributor", "User Access Administrator"})
_SUPERUSERS = frozenset({"postgres", "root", "sa", "system", "sys"})
_DATABASE_USER = re.compile(
    r"^(?:\w+_)?(?:DB|DATABASE|POSTGRES|POSTGRESQL|PG|MYSQL|MARIADB|MSSQL|SQL|DATASOURCE|MONGO|MONGODB)_?(?:USER(?:NAME)?)$"
    r"|^PGUSER$|^SPRING_DATASOURCE_USERNAME$",
    re.IGNORECASE,
)
_DATABASE_URL = re.compile(r"(?:postgres(?:ql)?|mysql|mariadb|mssql|sqlserver)(?:\+\w+)?://([\w.-]+)(?::|@)")
_RBAC = ("ClusterRoleBinding", "RoleBinding", "ClusterRole", "Role", "ServiceAccount")


def least_privilege_iam(facts: Facts) -> Outcome:
    """No wildcards, no administrator policies, no cluster-admin, no superuser for an application."""
    resources = cloud.deciding(facts, *_IDENTITY_KINDS)
    objects = facts.kubernetes.of(*_RBAC)
    statements, unknown = identity_statements(facts)
    problems = [
        Problem(f"{statement.owner} {excess}", statement.at)
        for statement in statements
        if (excess := excess_of(statement))
    ]
    problems += [*_managed(facts), *_grants(facts), *_bindings(facts), *_superusers(facts)]
    searched = Searched(
        ("IAM roles, policies and attachments", "RBAC", "service accounts", "database users"),
        "infrastructure code, manifests and compose files",
        len(facts.repository.match("*")),
    )
    if problems:
        count = f"{len(problems)} grants go beyond need: " if len(problems) > 1 else ""
        return failed(f"{count}{listed(problem.what for problem in problems)}", *_once(problems))
    if opaque := cloud.opaque_places(facts, r"iam|roles?|irsa|oidc|polic(?:y|ies)|eks|ecs|lambda|permissions?"):
        return unverified("modules that are not read make roles or policies", *opaque)
    if not resources and not objects:
        return not_applicable("no IAM, RBAC or service account is defined", searched=(searched,))
    if unknown:
        return unverified(
            f"{len(unknown)} policies are made of what code does not show; the {len(statements)} statements that it "
            "shows are scoped",
            *unknown,
        )
    places = [s.at for s in statements] or [r.at for r in resources] or [o.at for o in objects]
    said = f"{len(statements)} allowing statements" if statements else f"{len(resources) + len(objects)} identities"
    return passed(f"{said} name their actions and resources, and no administrator right is given", *places)


def _once(problems: list[Problem]) -> list[Problem]:
    return list({(p.what, p.place): p for p in problems}.values())


def _managed(facts: Facts) -> Iterator[Problem]:
    """Policies of the provider that give everything, or all of a service."""
    for attachment in cloud.deciding(facts, *ATTACHMENTS, "aws_iam_role", "aws_iam_user"):
        name = "managed_policy_arns" if attachment.kind in (Kind.ROLE, Kind.USER) else "policy_arn"
        if attachment.type == "aws_iam_role_policy_attachments_exclusive":
            name = "policy_arns"
        for arn in as_tuple(attachment.get(name)):
            found = _ADMINISTRATION.search(str(arn))
            if found and not _HARMLESS.match(found.group(1).removeprefix("AWS")):
                yield Problem(f"{attachment.address} attaches {found.group(1)}", attachment.place(name))
    for access in cloud.deciding(facts, "aws_eks_access_policy_association"):
        if "AmazonEKSClusterAdminPolicy" in str(access.get("policy_arn", "")):
            yield Problem(f"{access.address} gives cluster administration", access.place("policy_arn"))


def _grants(facts: Facts) -> Iterator[Problem]:
    """Roles on a whole Google project or Azure subscription, and custom roles of everything."""
    for grant in cloud.deciding(facts, "google_project_iam_member", "google_project_iam_binding"):
        role = str(grant.get("role", ""))
        members = " ".join(str(m) for m in (*as_tuple(grant.get("member")), *as_tuple(grant.get("members"))))
        people = members.startswith(("user:", "group:", "domain:"))
        if _BROAD_ROLES.search(role) and not people:
            yield Problem(f"{grant.address} gives {role} on the whole project", grant.place("role"))
    for grant in cloud.deciding(facts, "azurerm_role_assignment"):
        scope = str(grant.get("scope", ""))
        wide = "subscription" in scope.lower() and "resourcegroups" not in scope.lower()
        if grant.get("role_definition_name") in _AZURE_ROLES and wide:
            yield Problem(f"{grant.address} gives {grant.get('role_definition_name')} on the subscription", grant.at)
    for definition in cloud.deciding(facts, "azurerm_role_definition"):
        if "*" in as_tuple(definition.get("permissions.actions")):
            yield Problem(f"{definition.address} allows every action", definition.place("permissions"))
    for module in cloud.opaque_modules(facts):
        if "iam" in module.source and "project" in module.source:
            for role in _roles_in(module.inputs):
                yield Problem(f"{module.address} gives {role} on the whole project", module.at)
    for binding in cloud.deciding(facts, "kubernetes_cluster_role_binding", "kubernetes_cluster_role_binding_v1"):
        if binding.get("role_ref.name") == "cluster-admin":
            yield Problem(f"{binding.address} binds cluster-admin", binding.place("role_ref"))


def _roles_in(inputs: object) -> Iterator[str]:
    """Broad roles among the keys and values of a module's inputs."""
    for value in walk(inputs):
        names = value if isinstance(value, Mapping) else (value,)
        yield from (str(name) for name in names if isinstance(name, str) and _BROAD_ROLES.match(name))


def _bindings(facts: Facts) -> Iterator[Problem]:
    """Bindings of cluster-admin, and roles with wildcards or with every secret."""
    bound: set[str] = set()
    for binding in facts.kubernetes.of("ClusterRoleBinding", "RoleBinding"):
        role = binding.body.map("roleRef").text("name")
        subjects = [s for s in binding.body.maps("subjects") if s.text("kind") != "User"]
        if role in ("cluster-admin", "admin") and subjects and binding.kind == "ClusterRoleBinding":
            yield Problem(f"{binding.symbol} binds {role}", binding.at)
        if role == "cluster-admin" and subjects and binding.kind == "RoleBinding":
            yield Problem(f"{binding.symbol} binds cluster-admin in its namespace", binding.at)
        if binding.kind == "ClusterRoleBinding":
            bound.add(role)
    for role_object in facts.kubernetes.of("ClusterRole", "Role"):
        for rule in role_object.body.maps("rules"):
            if what := _rule_excess(role_object, rule, bound):
                place = Place(rule.path, rule.line, rule.end_line, role_object.symbol)
                yield Problem(f"{role_object.symbol} {what}", place)
                break


def _rule_excess(role: Object, rule: Map, bound: set[str]) -> str:
    verbs, resources = as_texts(rule.get("verbs")), as_texts(rule.get("resources"))
    if any(is_unknown(text) for text in (*verbs, *resources)) or rule.get("resourceNames"):
        return ""
    if "*" in verbs and (resources or rule.get("nonResourceURLs")):
        return f"allows every verb on {', '.join(resources[:3]) or 'URLs'}"
    reads = {"get", "list", "watch"} & set(verbs)
    core = {"", "*"} & set(as_texts(rule.get("apiGroups")))
    if role.kind == "ClusterRole" and role.name in bound and reads and core and {"secrets", "*"} & set(resources):
        return "reads every secret of the cluster"
    return ""


def _superusers(facts: Facts) -> Iterator[Problem]:
    """Applications that connect to their database as its superuser: the user that its image is set up with is one."""
    known = _SUPERUSERS | _first_users(facts)
    for service in facts.compose.services:
        if service.image and _is_database(service.image):
            continue
        for variable in service.environment:
            if user := _superuser(variable.name, variable.value or "", known):
                yield Problem(f"service {service.name} connects to its database as superuser {user}", variable.at)
                break
    for workload in facts.kubernetes.workloads:
        for container in workload.mains:
            for name, item in container.variables():
                if not _is_database(container.image) and (user := _superuser(name, item.text("value"), known)):
                    place = Place(item.path, item.line, item.end_line, f"{container.at.symbol}.{name}")
                    yield Problem(f"{container.at.symbol} connects to its database as superuser {user}", place)


def _is_database(image: str) -> bool:
    return bool(engine_of(image)) or "adminer" in image or "pgadmin" in image or "exporter" in image


def _first_users(facts: Facts) -> frozenset[str]:
    """Users that images of PostgreSQL make as superusers: ``POSTGRES_USER``, by their documentation."""
    found = [v for s in facts.compose.services if engine_of(s.image) == "PostgreSQL" for v in s.environment]
    values = [v.value or "" for v in found if v.name in ("POSTGRES_USER", "POSTGRESQL_POSTGRES_USER")]
    for workload in facts.kubernetes.workloads:
        for container in workload.mains:
            if engine_of(container.image) == "PostgreSQL":
                values += [item.text("value") for name, item in container.variables() if name == "POSTGRES_USER"]
    return frozenset(value.lower() for value in values if re.fullmatch(r"[\w.-]+", value))


def _superuser(name: str, value: str, known: frozenset[str]) -> str:
    if _DATABASE_USER.match(name) and value.lower() in known:
        return value
    found = _DATABASE_URL.match(value)
    return found.group(1) if found and found.group(1).lower() in known else ""
