"""Credentials in version control, and passwords that anybody would guess."""

from __future__ import annotations

from collections import Counter

from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.compose import Service
from gonogo.facts.images import parse_image
from gonogo.facts.repository import Role
from gonogo.facts.secrets import Credential, DefaultPassword
from gonogo.model.assessment import Outcome, Problem, failed, passed
from gonogo.model.evidence import Searched

_DEPLOYED = frozenset("compose kubernetes helm terraform cloudformation env code dockerfile settings".split())
"""Where a default password takes effect when the target is deployed."""
_BUILT_IN = (
    ("grafana/grafana", ("GF_SECURITY_ADMIN_PASSWORD", "GF_SECURITY_ADMIN_PASSWORD__FILE"), "Grafana"),
    ("minio/minio", ("MINIO_ROOT_PASSWORD", "MINIO_ROOT_PASSWORD_FILE", "MINIO_SECRET_KEY"), "MinIO"),
)
"""Images that come with a documented administrator's password, and what changes it."""


def secrets_in_repo(facts: Facts) -> Outcome:
    """No tracked file that counts holds a usable-looking credential."""
    found = facts.secrets
    searched = _scan(facts)
    usable = [item for item in found.credentials if item.decides and not _is_harmless(item)]
    if not usable:
        aside = _aside(found.credentials)
        return passed(f"no usable-looking credential in {found.files} text files{aside}", searched=searched)
    kinds = Counter(item.kind for item in usable)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    where = listed(str(item.at) for item in usable)
    problems = [Problem(_what(item), item.at) for item in usable]
    return failed(f"{counted(len(usable), 'usable-looking credential')} in tracked files ({told}): {where}", *problems)


def default_credentials(facts: Facts) -> Outcome:
    """No deployable configuration has a default or guessable password, in effect or as a fallback."""
    effective = [item for item in facts.secrets.defaults if _takes_effect(facts, item)]
    problems = [Problem(_default(item), item.at) for item in effective]
    problems += [
        Problem(f"{service.name} starts {product} with its documented administrator's password", service.at)
        for service, product in _untouched(facts)
    ]
    if not problems:
        opted = [item for item in facts.secrets.defaults if item.role is Role.PRODUCT]
        aside = f"; {len(opted)} in files for development, tests or pipelines only" if opted else ""
        return passed(
            f"no default or guessable password in configuration that is deployed{aside}", searched=_scan(facts)
        )
    names = listed(problem.what.partition(" falls back")[0].partition(" has ")[0] for problem in problems)
    return failed(
        f"{counted(len(problems), 'default or guessable password')} in effect or as a fallback: {names}", *problems
    )


def _is_harmless(item: Credential) -> bool:
    """Values for tests, passwords of a pipeline's throw-away services, and sample tokens in prose are no leak."""
    if item.setting == "pipeline" and item.kind in ("password", "secret", "connection-string"):
        return True
    if item.kind in ("jwt", "bearer-token") and item.setting == "document":
        return True
    name = item.at.path.rpartition("/")[2].lower()
    return item.local and any(word in name for word in ("test", "e2e", "mock", "example", "sample"))


def _what(item: Credential) -> str:
    named = f" in {item.name}" if item.name else ""
    return f"a {item.kind.replace('-', ' ')}{named} that looks usable (keyed hash {item.digest})"


def _default(item: DefaultPassword) -> str:
    how = "falls back to" if item.fallback else "has"
    return f"{item.name} {how} a value that can be guessed: {item.why}" if item.why else f"{item.name} {how} a default"


def _takes_effect(facts: Facts, item: DefaultPassword) -> bool:
    if item.role is not Role.PRODUCT or item.setting not in _DEPLOYED:
        return False
    if item.setting != "compose":
        return not item.local
    projects = [p for p in facts.compose.projects if item.at.path in p.files]
    return any(p.default for p in projects) or (not projects and not item.local)


def _untouched(facts: Facts) -> list[tuple[Service, str]]:
    """Services whose image has a documented administrator's password that nothing changes, on a published port."""
    found: list[tuple[Service, str]] = []
    for service in facts.compose.services:
        names = {variable.name for variable in service.environment}
        for image, variables, product in _BUILT_IN:
            repository = parse_image(service.image).name if service.image else ""
            if not repository.startswith(image) or names.intersection(variables) or service.env_files:
                continue
            configured = any("grafana.ini" in mount.target or "config.env" in mount.target for mount in service.mounts)
            closed = names & {"GF_AUTH_DISABLE_LOGIN_FORM", "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"}
            if any(port.published for port in service.ports) and not configured and not closed:
                found.append((service, product))
    return found


def _scan(facts: Facts) -> tuple[Searched, ...]:
    terms = ("tokens of known forms", "private keys", "connection strings", "values of secret-sounding names")
    return (Searched(terms, "text files but vendored, generated and lock files", facts.secrets.files),)


def _aside(found: tuple[Credential, ...]) -> str:
    left = [item for item in found if item.role in (Role.TEST, Role.EXAMPLE, Role.ARCHIVE)]
    return f" (left out: {len(left)} in tests, examples and archives)" if left else ""
