"""What a pipeline checks of infrastructure code before it is applied: policy, and what a change costs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.checks import scope
from gonogo.checks.pipeline_tests import no_pipeline
from gonogo.checks.scanners import Cover, plain_text, tolerance
from gonogo.facts import Facts
from gonogo.facts.pipelines import Run
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed
from gonogo.model.evidence import Place, Searched

_TOOLS = re.compile(
    r"^(checkov|tfsec|terrascan|kics|conftest (test|verify)|opa (eval|test|exec)|regula run|cfn[_-]nag\w*|cfn-guard|"
    r"kube-score|kube-linter|kubescape|polaris|datree|kubesec|snyk iac|kyverno (apply|test)|sentinel (apply|test)|"
    r"trivy (?:\S+ )*(config|conf)\b|trivy .*--(security-checks|scanners)[= ]\S*(config|misconfig)|"
    r"terraform-compliance|"
    r"steampipe check|powerpipe|inspec exec|driftctl|wizcli iac|semgrep .*terraform|pulumi .*--policy-pack|fugue|"
    r"docker .*bridgecrew/checkov|gatekeeper|gator (test|verify)|cloudsploit|prowler|ansible-lint .*security|pike)"
)
_ACTIONS = re.compile(
    r"^(bridgecrewio/(checkov|yor)|aquasecurity/tfsec|tfsec/|aquasecurity/trivy-action|checkmarx/kics|"
    r"snyk/actions/iac|"
    r"tenable/terrascan|accurics/terrascan|stelligent/cfn_nag|instrumenta/conftest|open-policy-agent/|"
    r"princespaghetti/conftest|"
    r"reviewdog/action-(tfsec|checkov|kube)|stackrox/kube-linter|kubescape/|datreeio/|azure/manifest-bake|"
    r"fairwindsops/polaris|"
    r"controlplaneio/kubesec|styra|terraform-compliance|scottbrenner/cfn-lint-guard|grolston/guard|regula|"
    r"fugue/|soluble)"
)
_OWN = re.compile(r"(polic(y|ies)|compliance|guardrail|governance)[\w-]*(\.|/|\Z)", re.IGNORECASE)
_FAILS = re.compile(
    r"sys\.exit\(\s*([1-9a-z_]|not )|process\.exit\(\s*[1-9a-z_]|\bexit [1-9$]|raise SystemExit|"
    r"os\._exit\([1-9]"
)


def policy_gates(facts: Facts) -> Outcome:
    """A pipeline checks the infrastructure code against policy, in a step that can fail."""
    code = scope.infrastructure_code(facts)
    if not code:
        return not_applicable("there is no infrastructure code")
    covers = list(_policy_steps(facts))
    working = [cover for cover in covers if not cover.excuse]
    if working:
        names = ", ".join(dict.fromkeys(cover.name for cover in working))
        return passed(f"infrastructure code is checked against policy by {names}", *(cover.at for cover in working[:6]))
    terms = (
        *("checkov", "tfsec", "trivy config", "terrascan", "kics", "conftest", "opa", "cfn-nag", "cdk-nag"),
        *("kube-linter", "kubescape", "policy scripts"),
    )
    searched = Searched(terms, "pipelines, their scripts and hooks", len(facts.pipelines.pipelines))
    if covers:
        problems = [Problem(f"{cover.name} cannot fail: {cover.excuse}", cover.at) for cover in covers]
        return failed(f"policy is checked where nothing can fail: {problems[0].what}", *problems, searched=(searched,))
    if not facts.pipelines.loaded:
        return no_pipeline(facts, "no policy is checked")
    reason = "no step of a pipeline checks the infrastructure code against policy"
    return failed(reason, places=code[:6], searched=(searched,))


def _policy_steps(facts: Facts) -> Iterable[Cover]:
    for run in facts.pipelines.all_runs:
        if not run.executes and not run.excuse:
            continue
        if _checks_policy(facts, run):
            excuse = run.excuse if not run.can_fail else tolerance(run)
            yield Cover(run.text[:80], run.origin, excuse)
    synthesizes = [run for run in facts.pipelines.runs("cdk", can_fail=True) if run.command]
    for found in facts.code.imports("cdk-nag", "cdk_nag"):
        if synthesizes:
            yield Cover("cdk-nag", found.at)
    for place in (place for pipeline in facts.pipelines.loaded for place in pipeline.remote):
        if re.search(r"sast-iac|iac.?scan|auto-?devops", place.symbol, re.IGNORECASE):
            yield Cover(f"GitLab's {place.symbol}", place)


def _checks_policy(facts: Facts, run: Run) -> bool:
    command = run.command
    if command is None:
        action = run.step.action.lower()
        if action == "aquasecurity/trivy-action":
            return run.step.input("scan-type") == "config" or "config" in run.step.input("scanners", "security-checks")
        return _ACTIONS.search(action) is not None
    if _TOOLS.search(plain_text(command)):
        return True
    return _is_own_policy(facts, run)


def _is_own_policy(facts: Facts, run: Run) -> bool:
    """The project's own script: named for policy, there, and able to exit with a failure."""
    command = run.command
    if command is None or not re.match(r"(python|pypy|node|ruby|bash|sh|go|deno|bun|tsx)[\d.]*\Z", command.program):
        return False
    name = next((word for word in command.arguments if not word.startswith("-")), "")
    if not _OWN.search(name):
        return False
    tail = name.lstrip("./")
    files = [file for file in facts.repository.files if file.path == tail or file.path.endswith("/" + tail)]
    return any(_FAILS.search(facts.repository.text(file)) for file in files[:2])


_COST = re.compile(r"^(infracost|terracost|openinfraquote|oiq|cloudcostify|terraform-cost-estimation|aws-cost-cli)\b")
_COST_ACTIONS = re.compile(r"^(infracost/|terracost|env0/|spacelift|kubecost/cost-prediction|overmind)")


def cost_in_review(facts: Facts) -> Outcome:
    """A pipeline of changes shows what infrastructure code will cost."""
    code = [place for place in scope.infrastructure_code(facts) if place not in {p.at for p in facts.compose.deciding}]
    if not code:
        return not_applicable("there is no infrastructure code whose changes cost money")
    runs = [run for run in facts.pipelines.runs() if run.pipeline.on_change and _shows_cost(run)]
    if runs:
        return passed(f"{runs[0].text[:80]} shows the cost of a change", *(run.origin for run in runs[:4]))
    searched = Searched(
        ("infracost", "cost estimate", "terracost"), "pipelines and their scripts", len(facts.pipelines.pipelines)
    )
    configured = facts.repository.match("infracost.yml", "infracost.yaml", ".infracost/*")
    if configured:
        problem = Problem(
            f"{configured[0].path} configures Infracost, and no pipeline runs it", Place(configured[0].path)
        )
        return failed("Infracost is configured and no pipeline runs it", problem, searched=(searched,))
    return failed(
        "no pipeline shows what a change of the infrastructure costs", places=tuple(code[:4]), searched=(searched,)
    )


def _shows_cost(run: Run) -> bool:
    if run.command is None:
        return _COST_ACTIONS.search(run.step.action.lower()) is not None
    return _COST.search(plain_text(run.command)) is not None
