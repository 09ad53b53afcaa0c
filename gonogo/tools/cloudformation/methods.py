"""What methods of CDK constructs add: rules of security groups, actions of alarms, function URLs, scaling."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from gonogo.facts.resources import Resource, Unknown, Value
from gonogo.model.evidence import Place
from gonogo.tools.cloudformation.constructs import construct_resources
from gonogo.tools.cloudformation.evaluate import Reader
from gonogo.tools.cloudformation.expressions import Call
from gonogo.tools.cloudformation.names import snake
from gonogo.tools.cloudformation.source import Site

Properties = Callable[[Site, Reader], dict[str, Value]]


def with_methods(
    resources: list[Resource], sites: list[tuple[Site, Reader]], properties: Properties
) -> Iterator[Resource]:
    """The resources, with what is called on them."""
    by_address = {resource.address: resource for resource in resources}
    extra: list[Resource] = []
    for site, reader in sites:
        on, _, name = site.call.name.rpartition(".")
        method = snake(name)
        address = reader.address(on.removesuffix(".connections"))
        if method == "add_alarm_action":
            # An alarm that a loop or a helper is given may be any of those that its class makes.
            near = [address] if address else [a for a, r in by_address.items() if _beside(r, site, reader)]
            for found in near:
                if (alarm := by_address.get(found)) is not None:
                    actions = (*alarm.get("alarm_actions", ()), Unknown("action"))
                    by_address[found] = replace(alarm, attributes={**alarm.attributes, "alarm_actions": actions})
            continue
        owner = by_address.get(address)
        if owner is not None and (made := _method(site, method, owner, reader, properties(site, reader))) is not None:
            extra.append(made)
    yield from by_address.values()
    yield from extra


def _beside(resource: Resource, site: Site, reader: Reader) -> bool:
    alarm = resource.type in ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
    return alarm and resource.at.path == reader.program.path


def _method(site: Site, method: str, owner: Resource, reader: Reader, props: dict[str, Value]) -> Resource | None:
    arguments = [reader.value(item) for item in site.call.arguments]
    own = Unknown(owner.address, (owner.address,))
    kind, values = "", dict(props)
    if method == "add_ingress_rule" and len(arguments) >= 2:
        kind = "aws_security_group_rule"
        values = {"type": "ingress", "security_group_id": own}
        values |= {**_peer(str(arguments[0])), **_port(str(arguments[1]))}
    elif method == "allow_from_any_ipv4" and arguments:
        kind = "aws_security_group_rule"
        values = {
            "type": "ingress",
            "security_group_id": own,
            "cidr_blocks": ("0.0.0.0/0",),
            **_port(str(arguments[0])),
        }
    elif method == "add_function_url":
        kind = "aws_lambda_function_url"
        values = {"authorization_type": props.get("auth_type", "AWS_IAM"), "function_name": own}
    elif method in ("auto_scale_task_count", "auto_scale_read_capacity", "auto_scale_write_capacity"):
        kind = "aws_appautoscaling_target"
        values = {
            "min_capacity": props.get("min_capacity", 1),
            "max_capacity": props.get("max_capacity"),
            "resource_id": own,
        }
    elif method == "add_target" and owner.type == "aws_cloudwatch_event_rule" and arguments:
        target = site.call.arguments[0]
        given = {snake(key) for key, _, _ in target.entries().items} if isinstance(target, Call) else {"..."}
        unseen = Unknown("a target") if "..." in given or "dead_letter_queue" in given else None
        kind = "aws_cloudwatch_event_target"
        values = {"rule": own, "arn": arguments[0], **({"dead_letter_config": unseen} if unseen else {})}
    elif method == "scale_on_cpu_utilization":
        kind, values = "aws_autoscaling_policy", {"autoscaling_group_name": own, **props}
    elif method == "add_listener" and owner.type == "aws_lb":
        shapes = construct_resources("aws-elasticloadbalancingv2", "ApplicationListener", props)
        kind, values = "aws_lb_listener", {**(shapes[0][2] if shapes else {}), "load_balancer_arn": own}
    elif method == "add_lifecycle_rule" and owner.type == "aws_s3_bucket":
        kind, values = "aws_s3_bucket_lifecycle_configuration", {"bucket": own, "rule": (props,)}
    if not kind:
        return None
    address = f"{owner.address}.{method}{site.call.line}"
    at = Place(owner.at.path, site.call.line, site.call.end_line, f"{owner.address}.{method}")
    exists = owner.exists if reader.stands() is True else None
    return replace(owner, type=kind, name=method, address=address, attributes=values, at=at, exists=exists, lines={})


def _peer(text: str) -> dict[str, Value]:
    name = snake(text.partition("(")[0])
    if name == "any_ipv4":
        return {"cidr_blocks": ("0.0.0.0/0",)}
    if name == "any_ipv6":
        return {"ipv6_cidr_blocks": ("::/0",)}
    found = re.search(r"\(([^)]*)\)", text)
    if name in ("ipv4", "ipv6") and found:
        return {"cidr_blocks": (found.group(1),)}
    return {"security_groups": (Unknown(text),)}


def _port(text: str) -> dict[str, Value]:
    name = snake(text.partition("(")[0])
    numbers = [int(n) for n in re.findall(r"\d+", text.partition("(")[2])]
    if name == "all_traffic":
        return {"protocol": "-1", "from_port": 0, "to_port": 0}
    if name in ("all_tcp", "all_udp"):
        return {"protocol": name[4:], "from_port": 0, "to_port": 65535}
    if numbers:
        return {"protocol": "udp" if "udp" in name else "tcp", "from_port": numbers[0], "to_port": numbers[-1]}
    known = {"SSH": 22, "RDP": 3389, "HTTP": 80, "HTTPS": 443, "POSTGRES": 5432, "MYSQL_AURORA": 3306}
    if text in known:
        return {"protocol": "tcp", "from_port": known[text], "to_port": known[text]}
    return {"protocol": "tcp", "from_port": Unknown(text), "to_port": Unknown(text)}
