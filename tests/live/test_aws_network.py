"""Networks and edges of an account: each check passes, fails and says what it could not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gonogo.checks.observed.aws_edge import certificate_expiry, rate_limiting, tls_in_transit
from gonogo.checks.observed.aws_network import instance_metadata, network_exposure, network_policies
from gonogo.facts import Facts
from gonogo.model.assessment import Outcome
from gonogo.model.criterion import Status
from gonogo.model.snapshot import Gap, Record
from tests.live.account import aws, gap, service
from tests.live.observed import facts_of

Check = Callable[[Facts], Outcome]
BALANCER_ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/1"


def judge(check: Check, *records: Record, gaps: tuple[Gap, ...] = (), files: dict[str, str] | None = None) -> Outcome:
    return check(facts_of(records, gaps, files, given=("aws",)))


def opened(
    first: int | None, last: int | None = None, source: str = "0.0.0.0/0", protocol: str = "tcp", **more: Any
) -> Record:
    key, name = ("Ipv6Ranges", "CidrIpv6") if ":" in source else ("IpRanges", "CidrIp")
    rule: dict[str, Any] = {"IpProtocol": protocol, key: [{name: source}] if source else [], **more}
    if first is not None:
        rule |= {"FromPort": first, "ToPort": last or first}
    return aws("ec2.security_group", "sg-1", GroupName="web", IpPermissions=[rule])


def cluster(public: bool | None, *ranges: str) -> Record:
    found = {"endpointPublicAccess": public, "publicAccessCidrs": list(ranges)}
    return aws("eks.cluster", "main", resourcesVpcConfig=found)


def database(name: str = "db", **data: Any) -> Record:
    return aws("rds.instance", name, **{"PubliclyAccessible": False} | data)


def instance(name: str = "i-1", **data: Any) -> Record:
    options = {"HttpTokens": "required", "HttpEndpoint": "enabled"}
    found: dict[str, Any] = {"State": {"Name": "running"}, "SubnetId": "subnet-1", "MetadataOptions": options}
    return aws("ec2.instance", name, **found | data)


def subnet(name: str, public: bool) -> Record:
    return aws("ec2.subnet", name, SubnetId=name, MapPublicIpOnLaunch=public)


def in_network(name: str, assign: str = "DISABLED") -> Record:
    found = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": assign}}
    return service(name, networkConfiguration=found)


def balancer(*listeners: dict[str, Any], **data: Any) -> Record:
    found: dict[str, Any] = {"Scheme": "internet-facing", "Type": "application", "LoadBalancerArn": BALANCER_ARN}
    return aws("elbv2.load_balancer", "web", **found | {"Listeners": list(listeners)} | data)


def listener(protocol: str, *actions: dict[str, Any], port: int = 80) -> dict[str, Any]:
    return {"Protocol": protocol, "Port": port, "DefaultActions": list(actions)}


FORWARD = {"Type": "forward"}
REDIRECT = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS"}}
TLS = listener("HTTPS", FORWARD, port=443)


def distribution(policy: str, **data: Any) -> Record:
    return aws(
        "cloudfront.distribution",
        "E1",
        "global",
        Enabled=True,
        DefaultCacheBehavior={"ViewerProtocolPolicy": policy},
        **data,
    )


def cache(transit: bool | None) -> Record:
    return aws("elasticache.replication_group", "c", TransitEncryptionEnabled=transit)


def certificate(ends: str, **data: Any) -> Record:
    found: dict[str, Any] = {"DomainName": "shop.example", "InUseBy": [BALANCER_ARN], "Status": "ISSUED"}
    return aws("acm.certificate", "arn:c", **found | {"Type": "IMPORTED", "NotAfter": ends} | data)


SOON, LATER = "2026-06-10T00:00:00+00:00", "2026-12-01T00:00:00+00:00"
WAF = aws("wafv2.web_acl", "edge", Resources=[BALANCER_ARN])
LIMITED = {"stageName": "live", "methodSettings": {"*/*": {"throttlingRateLimit": 50.0}}}
UNLIMITED = {"stageName": "live", "methodSettings": {"*/*": {"throttlingRateLimit": -1}}}

ABROAD = distribution("redirect-to-https")
ABROAD.data["ViewerCertificate"] = {"ACMCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1"}
GOOD: list[tuple[Check, list[Record]]] = [
    *((network_exposure, [opened(port)]) for port in (80, 443, 8080)),
    *((network_exposure, [opened(22, source=source)]) for source in ("10.0.0.0/8", "203.0.113.7/32", "")),
    (network_exposure, [opened(53, protocol="17"), database()]),
    (network_exposure, [opened(None, source="", protocol="-1")]),
    (network_policies, [subnet("subnet-1", False), instance(), database(), in_network("web"), opened(443)]),
    (network_policies, [instance("i-2", State={"Name": "stopped"}, PublicIpAddress="203.0.113.7"), database()]),
    (instance_metadata, [instance(), instance("i-2", MetadataOptions={"HttpEndpoint": "disabled"})]),
    (instance_metadata, [instance(), instance("i-2", State={"Name": "terminated"}, MetadataOptions={})]),
    (tls_in_transit, [balancer(TLS, listener("HTTP", REDIRECT)), distribution("redirect-to-https"), cache(True)]),
    (tls_in_transit, [cache(True), balancer(listener("HTTP", FORWARD), Scheme="internal")]),
    (certificate_expiry, [certificate(LATER)]),
    (certificate_expiry, [certificate(SOON, Type="AMAZON_ISSUED", RenewalEligibility="ELIGIBLE")]),
    (certificate_expiry, [certificate(LATER), certificate(SOON, InUseBy=[])]),
    (rate_limiting, [balancer(TLS), WAF, distribution("https-only", WebACLId="arn:aws:wafv2:1")]),
    (rate_limiting, [aws("apigateway.rest_api", "a", Stages=[LIMITED])]),
    (rate_limiting, [aws("apigateway.rest_api", "a", Stages=[{"stageName": "live", "webAclArn": "arn:1"}])]),
    (rate_limiting, [aws("apigatewayv2.api", "a", Stages=[{"DefaultRouteSettings": {"ThrottlingRateLimit": 9.0}}])]),
]


@pytest.mark.parametrize(("check", "records"), GOOD, ids=lambda item: getattr(item, "__name__", ""))
def test_what_is_in_order_passes(check: Check, records: list[Record]) -> None:
    found = judge(check, *records)
    assert found.status is Status.PASS, found.reason
    assert found.places


BAD: list[tuple[Check, list[Record], str]] = [
    (network_exposure, [opened(22)], "security group web (sg-1) opens SSH (22) to the world"),
    (network_exposure, [opened(5000, 6000)], "PostgreSQL (5432)"),
    (network_exposure, [opened(3389, source="::/0")], "opens RDP (3389)"),
    (network_exposure, [opened(6379, source="128.0.0.0/1")], "opens Redis (6379)"),
    (network_exposure, [opened(3306, protocol="6")], "opens MySQL (3306)"),
    (network_exposure, [opened(None, protocol="-1")], "opens every port"),
    (network_exposure, [opened(0, 65535)], "opens ports 0 to 65535"),
    (network_exposure, [database(PubliclyAccessible=True)], "database db is publicly accessible"),
    (network_exposure, [cluster(True, "0.0.0.0/0")], "the API of cluster main is open to the world"),
    (network_exposure, [cluster(True)], "the API of cluster main is open to the world"),
    (network_policies, [subnet("subnet-1", True), instance()], "instance i-1 is in a public subnet"),
    (network_policies, [instance(PublicIpAddress="203.0.113.7")], "instance i-1 has a public address"),
    (
        network_policies,
        [subnet("s", True), database(DBSubnetGroup={"Subnets": [{"SubnetIdentifier": "s"}]})],
        "database db is in a public subnet",
    ),
    (network_policies, [in_network("web", "ENABLED")], "the tasks of service web have public addresses"),
    (network_policies, [subnet("subnet-1", True), in_network("web")], "service web is in a public subnet"),
    (network_policies, [instance(), opened(None, protocol="-1")], "lets every port in from anywhere"),
    (instance_metadata, [instance(MetadataOptions={"HttpTokens": "optional"})], "instance i-1 allows IMDSv1"),
    (tls_in_transit, [balancer(TLS, listener("HTTP", FORWARD))], "load balancer web answers on plain HTTP at port 80"),
    (tls_in_transit, [distribution("allow-all")], "distribution E1 answers on plain HTTP"),
    (tls_in_transit, [cache(False)], "cache c does not encrypt connections"),
    (certificate_expiry, [certificate(SOON)], "shop.example ends on 2026-06-10 and does not renew itself"),
    (certificate_expiry, [certificate(LATER, Status="EXPIRED")], "the certificate of shop.example is expired"),
    (
        certificate_expiry,
        [certificate(SOON, Type="AMAZON_ISSUED", RenewalSummary={"RenewalStatus": "PENDING_VALIDATION"})],
        "does not renew itself",
    ),
    (certificate_expiry, [certificate(LATER, RenewalSummary={"RenewalStatus": "FAILED"})], "failed"),
]


@pytest.mark.parametrize(("check", "records", "what"), BAD, ids=lambda item: item if isinstance(item, str) else "")
def test_what_is_not_in_order_fails(check: Check, records: list[Record], what: str) -> None:
    found = judge(check, *records)
    assert found.status is Status.FAIL
    assert what in found.reason
    assert found.problems[0].place is not None


def without(record: Record, key: str) -> Record:
    return record.model_copy(update={"data": {k: v for k, v in record.data.items() if k != key}})


UNSEEN: list[tuple[Check, list[Record], tuple[str, ...]]] = [
    (tls_in_transit, [balancer(TLS, listener("HTTP", {"Type": "fixed-response"}))], ()),
    (certificate_expiry, [certificate(LATER), ABROAD], ()),
    *((network_exposure, [opened(443)], (k,)) for k in ("ec2.security_group", "rds.instance", "eks.cluster", "*")),
    (network_exposure, [opened(22, source="", PrefixListIds=[{"PrefixListId": "pl-1"}])], ()),
    (network_exposure, [without(database(), "PubliclyAccessible")], ()),
    (network_exposure, [cluster(None)], ()),
    (network_exposure, [without(opened(443), "IpPermissions")], ()),
    *((network_policies, [instance()], (kind,)) for kind in ("ec2.subnet", "ec2.security_group", "ecs.cluster")),
    (network_policies, [], ("ec2.instance",)),
    (instance_metadata, [instance()], ("ec2.instance",)),
    (instance_metadata, [without(instance(), "MetadataOptions")], ()),
    (instance_metadata, [aws("autoscaling.group", "nodes", MaxSize=3, Instances=[])], ()),
    (tls_in_transit, [balancer(TLS)], ("cloudfront.distribution",)),
    (tls_in_transit, [without(balancer(), "Listeners")], ("elbv2.load_balancer:Listeners",)),
    (tls_in_transit, [balancer(listener("TCP", FORWARD, port=443), Type="network")], ()),
    (tls_in_transit, [cache(None)], ()),
    (certificate_expiry, [certificate(LATER)], ("acm.certificate",)),
    (certificate_expiry, [without(certificate(LATER), "NotAfter")], ()),
    *((rate_limiting, [balancer(TLS), WAF], (kind,)) for kind in ("wafv2.web_acl:Resources", "apigateway.rest_api")),
    (rate_limiting, [balancer(TLS)], ("wafv2.web_acl",)),
]


@pytest.mark.parametrize(("check", "records", "gaps"), UNSEEN, ids=lambda item: getattr(item, "__name__", ""))
def test_what_was_not_seen_is_open(check: Check, records: list[Record], gaps: tuple[str, ...]) -> None:
    assert judge(check, *records, gaps=tuple(gap(kind) for kind in gaps)).status is Status.UNVERIFIED


CHECKS = (network_exposure, network_policies, instance_metadata, tls_in_transit, certificate_expiry, rate_limiting)


@pytest.mark.parametrize("check", CHECKS)
def test_an_account_without_any_says_nothing(check: Check) -> None:
    assert judge(check).status is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    "edge",
    [
        balancer(TLS),
        distribution("https-only", WebACLId=""),
        aws("apigateway.rest_api", "a", Stages=[UNLIMITED]),
        aws("apigateway.rest_api", "a", Stages=[LIMITED, {"stageName": "next"}]),
        aws("apigatewayv2.api", "a", Stages=[{"DefaultRouteSettings": {}}]),
    ],
    ids=lambda record: record.kind,
)
def test_edges_without_a_limit_say_nothing_as_code_may_have_one(edge: Record) -> None:
    found = judge(rate_limiting, edge)
    assert found.status is Status.NOT_APPLICABLE
    assert found.reason.startswith("1 of 1 public load balancer")


def test_what_runs_beside_the_account_keeps_it_from_settling_exposure() -> None:
    assert judge(network_exposure, opened(443), cluster(False)).status is Status.NOT_APPLICABLE
    files = {"compose.yaml": "services:\n  db:\n    image: postgres:16\n    ports: ['5432:5432']\n"}
    assert judge(network_exposure, opened(443), files=files).status is Status.NOT_APPLICABLE
    assert judge(network_exposure, opened(22), files=files).status is Status.FAIL
    search = aws("tagging.resource", "arn:aws:es:x:1:domain/d", ResourceARN="arn:aws:es:x:1:domain/d", Tags=[])
    assert "resources of es" in judge(network_exposure, opened(443), search).reason
