"""What a step of a pipeline ships: images, packages, deployments. A table of the tools that there are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gonogo.facts.pipelines import Run


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _any(*parts: str) -> re.Pattern[str]:
    """One of these forms, from the beginning."""
    return re.compile("^(?:" + "|".join(parts) + ")")


_IMAGE_TOOLS = _set("docker podman buildah nerdctl docker-compose")
_BUILD_ACTIONS = _set(
    "docker/build-push-action docker/bake-action redhat-actions/buildah-build depot/build-push-action "
    "mr-smithers-excellent/docker-build-push elgohr/publish-docker-github-action whoan/docker-build-with-cache-action"
)
_BUILD_STEPS = _any(
    r"docker\.build\(",
    r"\w+\.build\(",
    r"plugins/(docker|ecr|gcr|kaniko)",
    r"([\w.-]+/)*kaniko",
    r"aws-ecr/",
    r"docker/(build|publish)",
    r"gcp-gcr/",
)
_BUILD_TEXT = re.compile(
    r"jib:(build|dockerBuild)|spring-boot:build-image|\bbootBuildImage\b|\bgradlew? .*\bjib\b|az acr build|"
    r"gcloud builds submit"
)
_PUSH_STEPS = re.compile(
    r"\.push\(|^plugins/(docker|ecr|gcr|kaniko)|^cloudbuild/push|kaniko|aws-ecr/.*push|docker/publish"
)
_PUSH_TEXT = re.compile(
    r"jib:build|az acr build|gcloud builds submit|crane (push|copy)|skopeo copy|\bko (build|publish|apply|resolve)"
)


def builds_image(run: Run) -> bool:
    """Says whether a container image is built."""
    if run.command is None:
        action = run.step.action.lower()
        if action == "docker":  # Azure's task
            return run.step.input("command") in ("build", "buildAndPush", "")
        return action in _BUILD_ACTIONS or _BUILD_STEPS.search(action) is not None
    words, program = run.command.core, run.command.program
    if program in _IMAGE_TOOLS:
        subs = run.command.subcommands
        return "build" in subs[:3] or "bake" in subs[:2] or ("up" in subs and run.command.has("--build"))
    if program == "executor":
        return any(word.startswith("--destination") for word in words)
    if program in ("pack", "ko", "img", "skaffold", "nixpacks", "earthly", "werf", "buildctl"):
        return any(word in ("build", "publish", "resolve", "run", "deploy", "converge") for word in words)
    return _BUILD_TEXT.search(" ".join(words)) is not None


def pushes_image(run: Run) -> bool:
    """Says whether a container image is pushed to a registry."""
    step = run.step
    if run.command is None:
        action = step.action.lower()
        if action in _BUILD_ACTIONS:
            outputs = step.input("outputs")
            return step.input("push") not in ("", "false") or "type=registry" in outputs or "push=true" in outputs
        if action == "docker":
            return step.input("command") in ("push", "buildAndPush", "")
        return _PUSH_STEPS.search(action) is not None
    words, program = run.command.core, run.command.program
    if program in _IMAGE_TOOLS:
        return "push" in run.command.subcommands[:3] or "--push" in words
    return program == "executor" or _PUSH_TEXT.search(" ".join(words)) is not None


_PUBLISH_ACTIONS = _set(
    "pypa/gh-action-pypi-publish js-devtools/npm-publish goreleaser/goreleaser-action changesets/action "
    "cycjimmy/semantic-release-action rubygems/release-gem softprops/action-gh-release ncipollo/release-action "
    "actions/create-release helm/chart-releaser-action"
)
_PUBLISH = re.compile(
    r"^((npm|pnpm|yarn|bun|lerna|changeset|cargo|poetry|uv|flit|hatch|pdm|gem|dotnet)\b.*\b(publish|push)\b|"
    r"(mvnw?|gradlew?)\b.*(\bdeploy\b|\bpublish|uploadArchives)|twine upload|(semantic-release|release-it)\b|"
    r"goreleaser release|jreleaser .*release|gh release (create|upload)|helm push)"
)


def publishes_package(run: Run) -> bool:
    """Says whether a package or binary is published to a registry or as a release."""
    if run.command is None:
        return run.step.action.lower() in _PUBLISH_ACTIONS
    text = " ".join((run.command.program, *run.command.arguments))
    return "--dry-run" not in text and _PUBLISH.search(text) is not None


_COMMANDS = _any(
    r"kubectl (?!.*--dry-run)(?!.*-o yaml)(apply|set image|rollout restart|replace|patch|create)\b",
    r"helm (?!.*--dry-run)(.* )?(upgrade|install)\b",
    r"helmfile (.* )?(apply|sync)",
    r"oc (apply|rollout|set image|start-build)",
    r"argocd app (sync|set)|flux reconcile",
    r"aws (.* )?(ecs (update-service|deploy)|lambda update-function|s3 sync)",
    r"aws (.* )?cloudformation (deploy|update|create)-?",
    r"aws (.* )?(deploy create-deployment|elasticbeanstalk|apprunner|amplify start-job|ssm send-command)",
    r"(sam|cdk|sst|serverless|sls|chalice|copilot|zappa|eb|amplify|nitric) (deploy|svc deploy|publish|push|update)",
    r"pulumi (.* )?up\b",
    r"(terraform|tofu) (.* )?apply\b|terragrunt (.* )?apply\b",
    r"gcloud (.* )?(app deploy|run deploy|run services (replace|update)|functions deploy|deploy releases create)",
    r"az (webapp|functionapp|containerapp|deployment|aks|container|staticwebapp)\b.*\b(deploy|up|update|create)\b",
    r"(fly|flyctl) deploy|railway up|wrangler (deploy|publish|pages)|firebase deploy|netlify deploy",
    r"vercel\b(?! (env|pull|build|link|login|whoami))",
    r"heroku (container:release|deploy)|cap \w+ deploy|kamal deploy|ansible-playbook\b|nomad (job )?run",
    r"docker (stack deploy|service update)|cf push|ecs-deploy|waypoint up|skaffold (run|deploy)|devspace deploy",
    r"werf converge",
    r"(?!mvn|gradle|git\b|gh\b|npm|yarn|pnpm|bun\b|make|docker|mkdocs|mike|echo|turbo|nx\b|az\b|aws\b)"
    r"[\w-]+ (cloud )?deploy\b",
)
_STEPS = _any(
    r"aws-actions/(amazon-ecs-deploy|aws-cloudformation|aws-lambda-deploy|aws-codedeploy)",
    r"azure/(webapps|k8s-deploy|k8s-bake|functions|aci|container|arm)",
    r"google-github-actions/(deploy|ssh)",
    r"superfly/flyctl|cloudflare/(wrangler|pages)|appleboy/(ssh|scp)-action|akhileshns/heroku|amondnet/vercel|vercel/",
    r"nwtgck/actions-netlify|netlify/|firebaseextended/|digitalocean/app_action|burnett01/rsync|easingthemes/ssh",
    r"samkirkland/ftp|kodermax/kubectl|actions-hub/kubectl|steebchen/kubectl|deliverybot/helm|wahyd4/kubectl",
    r"hashicorp/tfc-workflows|serverless/github-action|einaregilsson/beanstalk|jakejarvis/s3-sync|actions/deploy-pages",
    r"(kubernetesmanifest|azurewebapp|azurefunctionapp|helmdeploy|azurecli|azurermwebapp|azureappservice)\b",
    r"atlassian/(aws|google|azure|kubectl|heroku|ssh|rsync|scp)",
    r"aws-ecs/(deploy|update|run)|aws-eks/|aws-s3/|gcp-cloud-run/|kubernetes/|helm/(?!chart|kind)|deploy/",
    r"plugins/(kube|s3|ansible)|quay.io/ipedrazas/drone-helm|pelotech/drone-helm|kubernetesdeploy\(",
)
_REMOTE = re.compile(
    r"docker[- ]compose\b.*\b(up|pull)|docker (run|stack|pull)|systemctl restart|pm2 (reload|restart)|kubectl|deploy",
    re.IGNORECASE,
)
_INFRASTRUCTURE = re.compile(
    r"^(terraform|tofu|terragrunt|pulumi|aws (.* )?cloudformation|az deployment|cdk|hashicorp/tfc|azure/arm|"
    r"aws-actions/aws-cloudformation)"
)


@dataclass(frozen=True, slots=True)
class Deployment:
    """Something that deploys. ``infrastructure`` where it applies infrastructure code."""

    run: Run
    what: str
    infrastructure: bool


def deployment(run: Run) -> Deployment | None:
    """What a command or ready-made step deploys; None where it deploys nothing."""
    found = _command(run) if run.command else _step(run)
    return Deployment(run, found, _INFRASTRUCTURE.search(found) is not None) if found else None


def _step(run: Run) -> str:
    action = run.step.action.lower()
    if not _STEPS.search(action):
        return ""
    if "ssh-action" in action and not _REMOTE.search(run.step.input("script", "command", "args")):
        return ""
    if action == "azurecli" and not _COMMANDS.search(run.step.input("inlineScript").strip()):
        return ""
    return action


def _command(run: Run) -> str:
    command = run.command
    if command is None:
        return ""
    text = " ".join((command.program, *command.arguments))
    if found := _COMMANDS.search(text):
        return found.group().strip()
    if command.program in ("rsync", "scp"):
        return command.program
    if command.program in ("ssh", "sshpass") and _REMOTE.search(text):
        return "ssh"
    started = re.match(r"docker[- ]compose\b.*\bup\b.*\s(-d|--detach)\b", text)
    return "docker compose up" if started and "self-hosted" in run.job.runner else ""
