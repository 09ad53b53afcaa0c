"""A table from what a claim says to what contradicts it: facts that are off or absent, or a criterion that fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gonogo.checks import cloud
from gonogo.facts import Facts
from gonogo.facts.repository import Role

Contradiction = Callable[[Facts], str]
"""Gives what contradicts the claim; empty where nothing does."""


@dataclass(frozen=True, slots=True)
class Known:
    """A kind of claim. ``criterion`` is the one whose failure contradicts it; else ``test`` says."""

    says: re.Pattern[str]
    criterion: str = ""
    test: Contradiction | None = None
    unless: tuple[str, ...] = ()
    """Words in code that make the claim true in part, whatever the criterion says."""


def _known(says: str, criterion: str = "", test: Contradiction | None = None, unless: tuple[str, ...] = ()) -> Known:
    return Known(re.compile(says, re.IGNORECASE), criterion, test, unless)


TOOLS = {
    name: tuple(terms.split("|"))
    for name, terms in {
        "trivy": "trivy",
        "snyk": "snyk",
        "grype": "grype",
        "checkov": "checkov",
        "tfsec": "tfsec|trivy",
        "semgrep": "semgrep",
        "sonarqube": "sonar",
        "codeql": "codeql",
        "bandit": "bandit",
        "gitleaks": "gitleaks",
        "trufflehog": "trufflehog",
        "dependabot": "dependabot",
        "renovate": "renovate",
        "velero": "velero",
        "cloudtrail": "cloudtrail",
        "guardduty": "guardduty",
        "security hub": "securityhub|security_hub|security-hub",
        "prometheus": "prometheus|prom-client|promhttp|micrometer",
        "grafana": "grafana",
        "alertmanager": "alertmanager",
        "pagerduty": "pagerduty",
        "opsgenie": "opsgenie",
        "sentry": "sentry",
        "datadog": "datadog|ddtrace|dd-trace",
        "new relic": "newrelic|new_relic|new-relic",
        "jaeger": "jaeger",
        "opentelemetry": "opentelemetry|otel",
        "x-ray": "xray|x-ray",
        "argocd": "argocd|argo-cd|argoproj",
        "external secrets": "externalsecret|external-secrets|external_secrets",
        "cert-manager": "cert-manager|certmanager",
        "karpenter": "karpenter",
        "istio": "istio",
        "linkerd": "linkerd",
        "kyverno": "kyverno",
        "gatekeeper": "gatekeeper|constrainttemplate",
        "falco": "falco",
        "cosign": "cosign|sigstore",
        "k6": "k6",
        "locust": "locust",
        "chaos mesh": "chaos-mesh|chaosmesh",
        "litmus": "litmus",
        "cloudwatch dashboard": "cloudwatch_dashboard|cloudwatch::dashboard|cloudwatch.dashboard|put_dashboard",
        "infracost": "infracost",
        "vault": "vault",
        "loki": "loki",
        "fluent bit": "fluent-bit|fluentbit|fluent_bit",
    }.items()
}
TOOL_WORDS = {
    name: re.compile(r"(?<![\w-])" + name.replace(" ", "[ -]?") + r"(?![\w-])", re.IGNORECASE) for name in TOOLS
}
_DATABASES = ("aws_db_instance", "aws_rds_cluster")


def _state_is_local(facts: Facts) -> str:
    roots = [
        root
        for root in facts.terraform.roots
        if root.audited and any(r.root == root.path for r in facts.terraform.all_resources)
    ]
    local = [root for root in roots if root.backend is None or root.backend.type == "local"]
    if not local:
        return ""
    off = next((item for item in facts.terraform.commented if item.what.startswith("backend")), None)
    return f"the backend is commented out ({off.at})" if off else f"{local[0].at.path} has no remote backend"


def _is_off(*types: str) -> Contradiction:
    """Resources of these types that are defined, and switched off in the audited environment."""

    def test(facts: Facts) -> str:
        every = cloud.resources(facts, *types, dormant=True)
        if not every or any(resource.exists is not False for resource in every):
            return ""
        return f"{every[0].address} is off ({every[0].guard or 'its condition is false'} at {every[0].at})"

    return test


def _has_off(attribute: str, *types: str, default: bool = False) -> Contradiction:
    """Databases and the like on which an attribute is false."""

    def test(facts: Facts) -> str:
        found = next((r for r in cloud.deciding(facts, *types) if r.truth(attribute, default=default) is False), None)
        return f"{found.address} has no {attribute} ({found.place(attribute)})" if found else ""

    return test


def _no_text(*terms: str) -> Contradiction:
    """Nothing but documents has any of these words."""

    def test(facts: Facts) -> str:
        files = [
            f
            for f in facts.repository.files
            if not f.binary and f.role not in (Role.DOCUMENT, Role.VENDORED) and f.size < 1_000_000
        ]
        return "" if facts.repository.search(terms, files, most=1) else f"no file has {', '.join(terms[:3])}"

    return test


def _retention_zero(facts: Facts) -> str:
    for database in cloud.deciding(facts, *_DATABASES):
        if database.get("backup_retention_period") == 0:
            return f"{database.address} keeps no backups ({database.place('backup_retention_period')})"
    return ""


CLAIMS = (
    _known(
        r"state (file )?lock|remote state|remote backend|state.{0,20}locking|locking.{0,20}state",
        test=_state_is_local,
    ),
    _known(r"cloudtrail|audit trail", test=_is_off("aws_cloudtrail")),
    _known(r"guardduty|threat detection", test=_is_off("aws_guardduty_detector")),
    _known(r"security hub", test=_is_off("aws_securityhub_account")),
    _known(r"flow logs?", test=_is_off("aws_flow_log")),
    _known(r"\bwaf\b|web application firewall", test=_is_off("aws_wafv2_web_acl")),
    _known(r"\bbudgets?\b.*(alert|alarm|config|enabl)", test=_is_off("aws_budgets_budget")),
    _known(
        r"multi[- ]?arch|multi[- ]?platform (docker |container )?(image|build)|arm64 (image|build)s?",
        test=_no_text(
            "buildx", "--platform", "platforms:", "linux/arm64", "docker manifest", "TARGETARCH", "TARGETPLATFORM"
        ),
    ),
    _known(r"multi[- ]az", test=_has_off("multi_az", "aws_db_instance")),
    _known(
        r"(rds|database|storage)\b.*encrypt|encrypt\w* at rest|encryption.at.rest",
        test=_has_off("storage_encrypted", *_DATABASES),
    ),
    _known(r"deletion protection", test=_has_off("deletion_protection", *_DATABASES)),
    _known(
        r"(automated|automatic|daily) backups?|backups? (are )?(enabled|configured|automated)",
        test=_retention_zero,
    ),
    _known(r"non[- ]root", "non-root-containers"),
    _known(r"network polic(y|ies)", "network-policies"),
    _known(r"resource (requests|limits|quotas)|(cpu|memory) limits", "resource-limits"),
    _known(r"(liveness|readiness|startup) (and \w+ )?(probe|check)s?", "liveness-readiness-probes"),
    _known(r"pod ?disruption|\bpdbs?\b", "pod-disruption"),
    _known(r"rate[- ]limit", "rate-limiting", unless=("ratelimit", "rate_limit", "rate-limit", "limiter", "throttl")),
    _known(
        r"structured (json )?log"
        r"|json logging",
        "structured-logging",
        unless=("structlog", "pino", "winston", "jsonformatter", "zap.", "slog."),
    ),
    _known(
        r"circuit[- ]breaker",
        "circuit-breakers",
        unless=("circuitbreaker", "circuit_breaker", "circuit-breaker", "resilience4j"),
    ),
    _known(
        r"dead[- ]letter|\bdlqs?\b", "dead-letter-queues", unless=("dead_letter", "deadletter", "dead-letter", "dlq")
    ),
    _known(r"graceful(ly)? shut", "graceful-shutdown", unless=("sigterm", "shutdown", "lifespan")),
    _known(r"dependency (scan|vulnerab|audit)|vulnerability scanning of dependenc", "dependency-scanning"),
    _known(r"(image|container) (vulnerability )?scan", "image-scanning"),
    _known(r"\bsast\b|static (code|security) analysis|secrets? scan", "sast-and-secret-scanning"),
    _known(r"coverage (gate|threshold)|\d\d ?% (test )?coverage (enforced|required)", "coverage-gate"),
    _known(
        r"tests? (run|pass|are run|executed|gate)\w* (in|on|by) (ci|every|each|the pipeline)|ci (runs"
        r"|executes) (the |all )?tests|automated tests? in ci",
        "tests-in-ci",
    ),
    _known(r"(e2e|end[- ]to[- ]end) test", "e2e-tests"),
    _known(r"load[- ]test|performance test|stress test", "load-tested"),
    _known(r"chaos (test|engineer|experiment)", "chaos-tested"),
    _known(r"\brunbooks?\b", "runbooks"),
    _known(r"on-?call (rota|schedule|rotation)|escalation (path|policy)", "on-call"),
    _known(r"codeowners|code owners", "code-ownership"),
    _known(r"security\.md|security policy", "security-policy"),
    _known(r"changelog", "release-versioning"),
    _known(r"lock ?files?|dependenc\w+ (are |is )?(pinned|locked)", "lockfiles"),
    _known(r"images? (are |is )?(pinned|by digest)|pinned images?", "pinned-images"),
    _known(r"ci/cd pipeline|continuous integration", "ci-exists"),
    _known(r"\bsbom\b", "supply-chain-provenance"),
)
