"""Whether changes are reviewed before they count: protected branches and approvals, as far as code shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.checks.deployment import approvals
from gonogo.facts import Facts
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_PROTECTIONS = (
    "github_branch_protection",
    "github_branch_protection_v3",
    "github_repository_ruleset",
    "gitlab_branch_protection",
    "gitlab_project_approval_rule",
    "azuredevops_branch_policy_min_reviewers",
    "bitbucket_branch_restriction",
)
_TERMS = (".github/settings.yml", ".github/rulesets", "branch protection in infrastructure code", "CODEOWNERS")


def branch_protection(facts: Facts) -> Outcome:
    """A rule for the default branch that asks for a review, as code; else only the hosting service knows."""
    if all(source.kind == "folder" for source in facts.repository.sources):
        return not_applicable("the target is not under version control")
    rules = list(_rules(facts))
    asking = [place for place, reviews in rules if reviews]
    if asking:
        return passed("a rule for branches that asks for reviews is defined as code", *asking[:4])
    searched = Searched(_TERMS, "all files", len(facts.repository.files))
    if rules:
        problems = [Problem("a rule for branches asks for no review", place) for place, _ in rules]
        return failed("branches are protected as code, and no review is asked for", *problems)
    return unverified("whether the default branch is protected is set in the hosting service", searched=(searched,))


def _rules(facts: Facts) -> Iterable[tuple[Place, bool]]:
    """Rules as code, each with whether it asks for reviews."""
    for resource in facts.terraform.resources(*_PROTECTIONS):
        text = str(dict(resource.attributes))
        yield (
            resource.at,
            re.search(
                r"required_(pull_request_reviews|approving|approvals)|approvals_required|"
                r"reviewer|pull_request|"
                r"merge_access_level|min_reviewers",
                text,
            )
            is not None,
        )
    for file in facts.repository.match(".github/settings.yml", ".github/settings.yaml", ".github/rulesets/*.json"):
        text = facts.repository.text(file)
        if re.search(r"^branches:|\"rules\"\s*:", text, re.MULTILINE):
            asks = re.search(r"required_approving_review_count\W+[1-9]|\"type\"\s*:\s*\"pull_request\"", text)
            off = re.search(r"protection:\s*null|\"enforcement\"\s*:\s*\"(disabled|evaluate)\"", text)
            yield Place(file.path, 1), asks is not None and off is None


def change_approval(facts: Facts) -> Outcome:
    """Reviews that code demands and an approval that a deployment waits for; else only the hosting service knows."""
    reviews = [place for place, asks in _rules(facts) if asks]
    waits = approvals(facts)
    if reviews and waits:
        return passed("branches demand reviews, and deployments wait for an approval", *reviews[:3], *waits[:3])
    searched = Searched((*_TERMS, "approvals in pipelines"), "all files", len(facts.repository.files))
    known = "a deployment waits for an approval" if waits else "reviews are demanded as code" if reviews else ""
    reason = "whether changes were reviewed and recorded is visible only in the hosting service"
    return unverified(f"{known}; {reason}" if known else reason, *waits[:4], *reviews[:4], searched=(searched,))
