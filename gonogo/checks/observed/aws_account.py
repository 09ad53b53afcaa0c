"""Controls of an AWS account as a whole: the trail of what is done in it, and what looks for intruders."""

from __future__ import annotations

from gonogo.checks.observed import judged
from gonogo.checks.observed.aws_beside import account_place, other_clouds, regions_of
from gonogo.checks.observed.aws_items import AWS, only_beside
from gonogo.checks.observed.unseen import Unseen, left_open
from gonogo.checks.wording import agreed, counted, listed
from gonogo.facts import Facts
from gonogo.facts.live import Seen
from gonogo.model.assessment import Outcome, Problem

_TRAIL, _CLUSTER = "cloudtrail.trail", "eks.cluster"
_DETECTOR, _HUB = "guardduty.detector", "securityhub.hub"


def audit_trail(facts: Facts) -> Outcome:
    """A trail records administrative actions in every region that was looked at, and each cluster logs its audit."""
    trails, clusters = facts.live.of(AWS, _TRAIL), facts.live.of(AWS, _CLUSTER)
    on = [item for item in trails if item.get("Status", "IsLogging") is True]
    delivering = [item for item in on if not item.get("Status", "LatestDeliveryError")]
    problems = [
        Problem(f"trail {item.name} can't deliver: {item.get('Status', 'LatestDeliveryError')}", item.at("Status"))
        for item in on
        if item not in delivering
    ]
    if not on:
        off = [item for item in trails if item.get("Status", "IsLogging") is False]
        problems = [Problem(f"trail {item.name} is switched off", item.at("Status", "IsLogging")) for item in off]
    problems = problems if not delivering else []
    problems += [
        Problem(f"cluster {item.name} keeps no audit log", item.at("logging"))
        for item in clusters
        if "audit" not in _logged(item)
    ]
    needs = (_TRAIL, f"{_TRAIL}:Status", _CLUSTER)
    if not trails and not problems and not facts.live.gaps(AWS, *needs):
        problems = [Problem("no trail is there, of the account or its organization", account_place(facts))]
    outcome = judged(
        facts,
        AWS,
        needs,
        problems,
        [*delivering, *(clusters if delivering else ())],
        bad="administrative actions are not recorded",
        good=f"{listed(dict.fromkeys(item.name for item in delivering))} records administrative actions"
        + (f", and {agreed(len(clusters), 'cluster logs its', 'clusters log their')} audit" if clusters else ""),
    )
    return only_beside(left_open(outcome, _unrecorded(facts, delivering), "the audit trail"), other_clouds(facts))


def _logged(cluster: Seen) -> set[str]:
    setups = cluster.get("logging", "clusterLogging", default=[])
    return {str(name) for setup in setups if setup.get("enabled") for name in setup.get("types") or ()}


def _unrecorded(facts: Facts, trails: list[Seen]) -> list[Unseen]:
    """Regions without a trail of their own, and trails that may leave administration out."""
    found = [
        Unseen(
            f"trail {item.name} selects events of its own, and which is not read", item.at("HasCustomEventSelectors")
        )
        for item in trails
        if item.get("HasCustomEventSelectors") is True
    ]
    if len(found) < len(trails):
        found = []
    if not any(item.get("IsMultiRegionTrail") for item in trails) and trails:
        covered = {str(item.get("HomeRegion", default=item.scope)) for item in trails}
        bare = [region for region in regions_of(facts) if region not in covered]
        found += [Unseen(f"no trail was seen that records {region}", trails[0].place) for region in bare]
    return found


def threat_detection(facts: Facts) -> Outcome:
    """GuardDuty or Security Hub is on in every region that was looked at."""
    on: dict[str, Seen] = {item.scope: item for item in facts.live.of(AWS, _HUB)}
    on |= {item.scope: item for item in facts.live.of(AWS, _DETECTOR) if item.get("Status") == "ENABLED"}
    off = {item.scope: item for item in facts.live.of(AWS, _DETECTOR) if item.get("Status") == "DISABLED"}
    hidden = {gap.scope for gap in facts.live.gaps(AWS, _DETECTOR, _HUB)}
    regions = regions_of(facts)
    problems = [
        Problem(f"GuardDuty is off in {region}", off[region].at("Status"))
        if region in off
        else Problem(f"neither GuardDuty nor Security Hub is on in {region}", account_place(facts))
        for region in regions
        if region not in on and region not in hidden
    ]
    total = counted(len(regions), "region")
    outcome = judged(
        facts,
        AWS,
        (_DETECTOR, _HUB),
        problems,
        [on[region] for region in regions if region in on],
        bad=f"nothing looks for threats in {len(problems)} of {total}",
        good=f"GuardDuty or Security Hub is on in {len(on)} of {total}",
    )
    return only_beside(outcome, other_clouds(facts))
