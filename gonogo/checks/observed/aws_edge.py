"""The edges of an AWS account: whether they speak TLS, with certificates that last, and hold floods off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from gonogo.checks.observed import judged
from gonogo.checks.observed.age import moment
from gonogo.checks.observed.agreement import share
from gonogo.checks.observed.aws_beside import composed, in_clusters, other_clouds
from gonogo.checks.observed.aws_items import AWS, only_beside, region_of
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import counted, listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem, not_applicable

BALANCER, DISTRIBUTION, REST, HTTP = (
    "elbv2.load_balancer",
    "cloudfront.distribution",
    "apigateway.rest_api",
    "apigatewayv2.api",
)
_CACHE = "elasticache.replication_group"
_LAST_DAYS = timedelta(days=30)


def tls_in_transit(facts: Facts) -> Outcome:
    """Public listeners and distributions speak TLS or redirect to it; caches encrypt their connections."""
    items = [item for item in facts.live.of(AWS, BALANCER, DISTRIBUTION, _CACHE) if _is_served(item)]
    problems, unseen = [], []
    for item in items:
        for found in _plain(item):
            if isinstance(found, Problem):
                problems.append(found)
            else:
                unseen.append(found)
    total = counted(len(items), "load balancer, distribution or cache", "load balancers, distributions and caches")
    outcome = judged(
        facts,
        AWS,
        [BALANCER, DISTRIBUTION, _CACHE],
        problems,
        items,
        bad=f"{counted(len(problems), 'opening')} in plain text at {total}",
        good=f"{share(len(items), total, 'offer')} TLS or a redirect to it, and nothing else",
        needs=(BALANCER, f"{BALANCER}:Listeners", DISTRIBUTION, _CACHE),
    )
    return left_open(outcome, unseen, "encryption in transit")


def _is_served(item: Seen) -> bool:
    if item.record.kind == BALANCER:
        return str(item.get("Scheme")) == "internet-facing"
    return item.record.kind == _CACHE or item.get("Enabled") is not False


def _plain(item: Seen) -> Iterator[Problem | Unseen]:
    if item.record.kind == _CACHE:
        if item.get("TransitEncryptionEnabled") is False:
            yield Problem(f"cache {item.name} does not encrypt connections", item.at("TransitEncryptionEnabled"))
        elif item.get("TransitEncryptionEnabled") is None:
            yield Unseen(f"whether cache {item.name} encrypts connections was not seen", item.place)
    elif item.record.kind == DISTRIBUTION:
        behaviours = [item.get("DefaultCacheBehavior", default={}), *item.get("CacheBehaviors", "Items", default=[])]
        if any(behaviour.get("ViewerProtocolPolicy") == "allow-all" for behaviour in behaviours):
            yield Problem(f"distribution {item.name} answers on plain HTTP", item.at("DefaultCacheBehavior"))
    elif "Listeners" not in item.data:
        yield Unseen(f"the listeners of load balancer {item.name} were not seen", item.place)
    else:
        for number, listener in enumerate(item.get("Listeners", default=[])):
            yield from _of_listener(item, number, listener)


def _of_listener(item: Seen, number: int, listener: Mapping[str, Any]) -> Iterator[Problem | Unseen]:
    protocol, port, place = listener.get("Protocol"), listener.get("Port"), item.at("Listeners", number)
    if protocol == "HTTP" and _kinds(listener) == {"fixed-response"}:
        what = (
            f"load balancer {item.name} serves nothing by itself on plain HTTP at port {port}; its rules are not read"
        )
        yield Unseen(what, place)
    elif protocol == "HTTP" and not _redirects(listener):
        yield Problem(f"load balancer {item.name} answers on plain HTTP at port {port}", place)
    elif protocol in ("TCP", "TCP_UDP"):
        yield Unseen(f"load balancer {item.name} passes port {port} on, and what speaks there is not seen", place)


def _redirects(listener: Mapping[str, Any]) -> bool:
    """Whether it sends everybody to HTTPS, or to a fixed answer."""
    for action in listener.get("DefaultActions") or [{}]:
        to = (action.get("RedirectConfig") or {}).get("Protocol")
        if not (action.get("Type") == "redirect" and to == "HTTPS") and action.get("Type") != "fixed-response":
            return False
    return True


def _kinds(listener: Mapping[str, Any]) -> set[str]:
    return {str(action.get("Type")) for action in listener.get("DefaultActions") or ()}


def certificate_expiry(facts: Facts) -> Outcome:
    """No certificate in use ends within 30 days unless it renews by itself, and no renewal fails."""
    used = [item for item in facts.live.of(AWS, "acm.certificate") if item.get("InUseBy")]
    problems = [problem for item in used if (problem := _ending(facts, item))]
    unseen = [
        Unseen(f"when the certificate of {_domain(item)} ends was not seen", item.place)
        for item in used
        if moment(item.get("NotAfter")) is None and item.get("Status") == "ISSUED"
    ]
    seen = {str(item.get("CertificateArn", default=item.name)) for item in facts.live.of(AWS, "acm.certificate")}
    unseen += [
        Unseen(
            f"the certificate of distribution {item.name} is in {region_of(arn)}, which was not looked at", item.place
        )
        for item in facts.live.of(AWS, DISTRIBUTION)
        if (arn := str(item.get("ViewerCertificate", "ACMCertificateArn", default="")))
        and item.get("Enabled") is not False
        and arn not in seen
    ]
    total = counted(len(used), "certificate in use", "certificates in use")
    outcome = judged(
        facts,
        AWS,
        ["acm.certificate"],
        problems,
        used,
        bad=f"{share(len(problems), total, 'end')} soon",
        good=f"none of {total} ends within {_LAST_DAYS.days} days without renewing itself",
    )
    return left_open(outcome, unseen, "certificates")


def _ending(facts: Facts, item: Seen) -> Problem | None:
    renewal, status = item.get("RenewalSummary", "RenewalStatus"), item.get("Status")
    ends, taken = moment(item.get("NotAfter")), moment(facts.live.snapshot.taken)
    day = str(item.get("NotAfter"))[:10]
    if status in ("EXPIRED", "REVOKED", "FAILED"):
        return Problem(f"the certificate of {_domain(item)} is {str(status).lower()}", item.at("Status"))
    if renewal == "FAILED":
        return Problem(f"the renewal of the certificate of {_domain(item)} failed", item.at("RenewalSummary"))
    if ends is None or taken is None or ends - taken > _LAST_DAYS:
        return None
    by_itself = item.get("Type") == "AMAZON_ISSUED" and item.get("RenewalEligibility") != "INELIGIBLE"
    if by_itself and renewal != "PENDING_VALIDATION" and ends > taken:
        return None
    return Problem(f"the certificate of {_domain(item)} ends on {day} and does not renew itself", item.at("NotAfter"))


def _domain(item: Seen) -> str:
    return str(item.get("DomainName", default=item.name))


def rate_limiting(facts: Facts) -> Outcome:
    """Each public load balancer, API and distribution has a WAF or a limit. Where one has none, code may limit."""
    guarded = {str(arn) for item in facts.live.of(AWS, "wafv2.web_acl") for arn in item.get("Resources", default=[])}
    edges = [item for item in facts.live.of(AWS, BALANCER, DISTRIBUTION, REST, HTTP) if _is_public(item)]
    asked = (f"{REST}:Stages", f"{HTTP}:Stages", "wafv2.web_acl", "wafv2.web_acl:Resources")
    needs = (BALANCER, DISTRIBUTION, REST, HTTP, *asked)
    total = counted(
        len(edges), "public load balancer, API or distribution", "public load balancers, APIs, distributions"
    )
    open_edges = [item for item in edges if not _is_limited(item, guarded)]
    if open_edges and not facts.live.gaps(AWS, *needs):
        names = listed(item.name for item in open_edges)
        return not_applicable(
            f"{share(len(open_edges), total, 'have')} neither a WAF nor a limit in the account: {names}"
        )
    outcome = judged(
        facts,
        AWS,
        [],
        [],
        edges,
        bad="",
        good=f"{share(len(edges), total, 'have')} a WAF or a limit of requests",
        needs=needs,
    )
    return only_beside(outcome, [*in_clusters(facts), *composed(facts), *other_clouds(facts)])


def _is_public(item: Seen) -> bool:
    kind = item.record.kind
    if kind == BALANCER:
        return str(item.get("Scheme")) == "internet-facing" and item.get("Type") != "gateway"
    if kind == REST:
        return "PRIVATE" not in item.get("endpointConfiguration", "types", default=[])
    return kind != DISTRIBUTION or item.get("Enabled") is not False


def _is_limited(item: Seen, guarded: set[str]) -> bool:
    kind = item.record.kind
    if kind == BALANCER:
        return str(item.get("LoadBalancerArn")) in guarded
    if kind == DISTRIBUTION:
        return bool(item.get("WebACLId"))
    stages = item.get("Stages", default=[])
    return bool(stages) and all(_stage_is_limited(stage) for stage in stages)


def _stage_is_limited(stage: Mapping[str, Any]) -> bool:
    """A limit of all its methods, or a WAF; -1 is API Gateway's way to say that none is set."""
    if stage.get("webAclArn"):
        return True
    settings = (stage.get("methodSettings") or {}).get("*/*") or {}
    rates = (settings.get("throttlingRateLimit"), (stage.get("DefaultRouteSettings") or {}).get("ThrottlingRateLimit"))
    return any(isinstance(rate, int | float) and rate >= 0 for rate in rates)
