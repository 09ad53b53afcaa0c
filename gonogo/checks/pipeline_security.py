"""Whether pipelines themselves are safe: pinned parts, narrow tokens, nothing untrusted that runs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.checks.wording import agreed, listed
from gonogo.facts import Facts
from gonogo.facts.pipelines import Job, Permissions, Pipeline, Service, Step
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_COMMIT = re.compile(r"[0-9a-f]{40}\Z|[0-9a-f]{64}\Z")
_FIRST_PARTY = ("actions/", "github/", "./", "docker://")
_UNTRUSTED = re.compile(
    r"github\.event\.(issue|pull_request|discussion|comment|review|review_comment|release)\.(title|body|name)\b|"
    r"github\.event\.(issue|pull_request|discussion|comment|review|review_comment)\.\S*\.(title|body)\b|"
    r"github\.event\.pull_request\.head\.(ref|label|repo\.(default_branch|description|homepage))|github\.head_ref|"
    r"github\.event\.(commits|head_commit)\S*\.(message|author\.(name|email))|github\.event\.pages\S*\.page_name|"
    r"github\.event\.workflow_run\.(head_branch|display_title|head_commit\.(message|author\.(name|email))|"
    r"head_repository\.description)"
)
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_OTHER_UNTRUSTED = {
    Service.AZURE: re.compile(r"\$\((System\.PullRequest\.(SourceBranch|Title)|Build\.SourceVersionMessage)\)"),
    Service.JENKINS: re.compile(
        r"\$\{(env\.)?(CHANGE_(TITLE|BRANCH|AUTHOR\w*)|ghprb\w*(Title|Body|Branch|"
        r"Comment\w*)|gitlabMerge\w+)\}"
    ),
}
_PRIVILEGED = frozenset({"pull_request_target", "workflow_run", "issue_comment", "issues", "discussion_comment"})
_HEAD = re.compile(
    r"github\.event\.pull_request\.(head\.(sha|ref|repo)|merge_commit_sha)|github\.head_ref|refs/pull/|"
    r"github\.event\.workflow_run\.(head_sha|head_branch|head_repository|pull_requests)|github\.event\.issue\.number|"
    r"steps\.[\w-]+\.outputs\.(head_?(sha|ref)|sha|ref|pr_?(sha|head\w*))"
)
_FETCHED = re.compile(
    r"gh pr checkout|git (fetch|pull)\b[^\n]*\b(refs/)?pull/|git checkout[^\n]*(head\.(sha|"
    r"ref)|FETCH_HEAD)"
)
_TRUSTED_ONLY = re.compile(
    r"author_association|github\.actor\s*==|head\.repo\.(full_name|owner\.login|fork)|dependabot|sender\.login\s*==|"
    r"event\.workflow_run\.event\s*==\s*'(push|schedule)'|head_repository\.(full_name|fork)|has_permission|"
    r"check-permission"
)


def dangerous_workflow(facts: Facts) -> Outcome:
    """No pipeline runs untrusted code with a privileged token, or puts untrusted text into a script."""
    loaded = facts.pipelines.loaded
    if not loaded:
        return not_applicable("there is no pipeline", searched=(_searched(facts),))
    problems = [problem for pipeline in loaded for problem in (*_injections(pipeline), *_checkouts(pipeline))]
    if problems:
        return failed(
            f"{agreed(len(problems), 'step is', 'steps are')} open to untrusted input: {problems[0].what}",
            *problems,
        )
    scripts = sum(1 for p in loaded for job in p.jobs for step in job.steps if step.script)
    return passed(
        f"no script of {len(loaded)} pipelines ({scripts} scripts) holds attacker-controlled text, and none with a "
        "privileged trigger checks out untrusted code",
        *(pipeline.at for pipeline in loaded[:6]),
        searched=(_searched(facts),),
    )


def _searched(facts: Facts) -> Searched:
    terms = ("pull_request_target", "workflow_run", "github.event in scripts", "github.head_ref in scripts")
    return Searched(terms, "pipelines", len(facts.pipelines.pipelines))


def _injections(pipeline: Pipeline) -> Iterable[Problem]:
    """Expressions of untrusted text that a service puts into a script before it runs."""
    seen: set[Place] = set()
    for job in pipeline.jobs:
        for step in job.steps:
            for text, line in _scripts(step):
                for found, offset in _untrusted(pipeline.service, text):
                    number = line + text.count("\n", 0, offset) if line else step.at.line
                    at = Place(step.at.path, number, 0, step.at.symbol)
                    if at not in seen:
                        seen.add(at)
                        yield Problem(f"{job.name}: {found} is put into a script as text", at)


def _scripts(step: Step) -> Iterable[tuple[str, int]]:
    if step.script:
        yield step.script.text, step.script.line
    if step.action in ("actions/github-script", "azure/cli", "azure/powershell"):
        yield step.input("script", "inlineScript"), 0


def _untrusted(service: Service, text: str) -> Iterable[tuple[str, int]]:
    if service is Service.GITHUB:
        for match in _EXPRESSION.finditer(text):
            if (found := _UNTRUSTED.search(match[1])) and not re.search(
                r"toJSON\(|hashFiles\(|contains\(|"
                r"startsWith\(",
                match[1],
            ):
                yield found.group(), match.start()
    elif pattern := _OTHER_UNTRUSTED.get(service):
        for match in pattern.finditer(text):
            yield match.group(), match.start()


def _checkouts(pipeline: Pipeline) -> Iterable[Problem]:
    """Code of a pull request that is checked out where the token may write and secrets are there."""
    events = {trigger.name for trigger in pipeline.triggers} & _PRIVILEGED
    if not events or pipeline.service is not Service.GITHUB:
        return
    name = sorted(events)[0]
    for job in pipeline.jobs:
        if job.disabled or _TRUSTED_ONLY.search(job.condition):
            continue
        for step in job.steps:
            if step.disabled or _TRUSTED_ONLY.search(step.condition) or _is_for_pull_requests(step, job):
                continue
            reference = step.input("ref") + " " + step.input("repository")
            fetched = _FETCHED.search(step.script.text) if step.script else None
            if (step.action == "actions/checkout" and _HEAD.search(reference)) or fetched:
                what = reference.strip() or (fetched.group() if fetched else "")
                yield Problem(f"{job.name}: on {name} it checks out untrusted code ({what[:80]})", step.at)


def _is_for_pull_requests(step: Step, job: Job) -> bool:
    """Says whether a condition keeps it to pull_request, whose token is weak."""
    return re.search(r"event_name\s*==\s*'(pull_request|push)'", step.condition + job.condition) is not None


def ci_hardening(facts: Facts) -> Outcome:
    """Parts from elsewhere are pinned, tokens are narrow, and nothing untrusted runs."""
    loaded = facts.pipelines.loaded
    if not loaded:
        return not_applicable("there is no pipeline", searched=(_searched(facts),))
    problems = [problem for pipeline in loaded for problem in (*_injections(pipeline), *_checkouts(pipeline))]
    problems += [problem for pipeline in loaded for problem in _loose_parts(pipeline)]
    wide = [problem for pipeline in loaded for problem in _wide_tokens(pipeline)]
    if problems or wide:
        return failed(_hardening_reason(problems, wide), *problems, *wide)
    github = [pipeline for pipeline in loaded if pipeline.service is Service.GITHUB]
    if not github:
        names = ", ".join(sorted({pipeline.service.value for pipeline in loaded}))
        reason = f"nothing loose stands in the pipelines; what tokens of {names} may do is set there"
        return unverified(reason, loaded[0].at)
    uses = [step for pipeline in github for job in pipeline.jobs for step in job.steps if step.uses]
    return passed(
        f"{len(github)} workflows: third-party actions are pinned to commits ({len(uses)} uses), tokens are narrow"
        ", and no "
        "untrusted text or code runs",
        *(pipeline.permissions.at for pipeline in github if pipeline.permissions and pipeline.permissions.at),
    )


def _hardening_reason(problems: list[Problem], wide: list[Problem]) -> str:
    loose = [problem for problem in problems if "not pinned" in problem.what]
    parts = []
    if loose:
        names = sorted({problem.what.partition(" ")[0] for problem in loose})
        parts.append(
            f"{agreed(len(loose), 'part from elsewhere is', 'parts from elsewhere are')} not pinned: {listed(names, 4)}"
        )
    if wide:
        parts.append(
            f"{agreed(len(wide), 'job or pipeline has', 'jobs or pipelines have')} no narrow token permissions"
        )
    if others := len(problems) - len(loose):
        parts.append(f"{others} steps take untrusted text or code")
    return "; ".join(parts)


def _loose_parts(pipeline: Pipeline) -> Iterable[Problem]:
    if pipeline.service is Service.GITHUB:
        for job in pipeline.jobs:
            yield from _loose_actions(job)
    elif pipeline.service is Service.CIRCLECI:
        for place in pipeline.remote:
            if not re.search(r"@\d+\.\d+\.\d+\Z", place.symbol):
                yield Problem(f"{place.symbol} is not pinned to a version", place)
    elif pipeline.service is Service.GITLAB:
        for place in pipeline.remote:
            if place.symbol.startswith("http") or re.search(r"@(main|master|latest|~latest)\Z", place.symbol):
                yield Problem(f"{place.symbol} is not pinned to a commit", place)
    for job in pipeline.jobs:
        for step in job.steps:
            for command in step.commands:
                fetches = re.match(r"(curl|wget)\b.*https?://\S+", command.text)
                if (fetches and _is_piped_to_shell(step, command.text)) or _SUBSTITUTED.match(command.text):
                    yield Problem(f"{command.text[:60]} is not pinned and runs what it downloads", command.at)


_SUBSTITUTED = re.compile(r"(sudo )?(ba|z)?sh (-\w+ )*(<\(|[\"']?\$\()(curl|wget)\b.*https?://")
"""Process or command substitution: ``bash <(curl ...)``, ``sh -c "$(curl ...)"``."""


def _is_piped_to_shell(step: Step, text: str) -> bool:
    script = step.script.text if step.script else ""
    url = re.search(r"https?://[^\s'\"|]+", text)
    return (
        url is not None
        and re.search(
            re.escape(url.group()) + r"['\"]?[^\n|]*\|\s*(sudo\s+)?(ba|z|"
            r"da)?sh\b",
            script,
        )
        is not None
    )


def _loose_actions(job: Job) -> Iterable[Problem]:
    for step in job.steps:
        if not step.uses or step.uses.startswith(("./", ".\\")):
            continue
        if step.uses.startswith("docker://"):
            if "@sha256:" not in step.uses:
                yield Problem(f"{step.uses} is not pinned to a digest", step.uses_at or step.at)
        elif not step.uses.startswith(_FIRST_PARTY) and not _COMMIT.match(step.version):
            yield Problem(f"{step.uses} is not pinned to a commit", step.uses_at or step.at)
    if job.uses and not job.uses.startswith("./") and not _COMMIT.search(job.uses):
        yield Problem(f"{job.uses} is not pinned to a commit", job.at)


def _wide_tokens(pipeline: Pipeline) -> Iterable[Problem]:
    """Workflows whose token has the repository's default, or everything."""
    if pipeline.service is not Service.GITHUB or pipeline.only_called:
        return
    if pipeline.permissions is not None and (problem := _wide(pipeline.permissions, pipeline.name, pipeline.at)):
        yield problem
    bare = [job for job in pipeline.jobs if job.permissions is None and not job.disabled]
    if pipeline.permissions is None and bare:
        names = ", ".join(job.name for job in bare[:4])
        yield Problem(f"{pipeline.name} sets no permissions for {names}", pipeline.at)
    for job in pipeline.jobs:
        if job.permissions is not None and (problem := _wide(job.permissions, job.name, job.at)):
            yield problem


def _wide(permissions: Permissions, name: str, at: Place) -> Problem | None:
    if permissions.everything == "write-all":
        return Problem(f"{name} may write everything (write-all)", permissions.at or at)
    return None
