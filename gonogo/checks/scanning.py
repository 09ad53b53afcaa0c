"""Scanners of dependencies and of images, in pipelines, updaters and registries."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.checks.ci_delivery import builds_image
from gonogo.checks.scanners import EVERY, Cover, plain_text, tolerance
from gonogo.checks.wording import agreed
from gonogo.facts import Facts
from gonogo.facts.dependencies import Component, ComponentKind, Ecosystem
from gonogo.facts.pipelines import Run
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed
from gonogo.model.evidence import Searched

_ECOSYSTEMS = {
    "npm": Ecosystem.NODE,
    "bun": Ecosystem.NODE,
    "pnpm": Ecosystem.NODE,
    "yarn": Ecosystem.NODE,
    "pip": Ecosystem.PYTHON,
    "uv": Ecosystem.PYTHON,
    "conda": Ecosystem.PYTHON,
    "gomod": Ecosystem.GO,
    "maven": Ecosystem.JAVA,
    "gradle": Ecosystem.JAVA,
    "cargo": Ecosystem.RUST,
    "bundler": Ecosystem.RUBY,
    "composer": Ecosystem.PHP,
    "nuget": Ecosystem.DOTNET,
    "terraform": Ecosystem.TERRAFORM,
}
_AUDITS: tuple[tuple[str, frozenset[Ecosystem]], ...] = (
    (
        r"^(npm|pnpm|yarn|bun) (npm )?audit\b(?!.* fix\b)|^(audit-ci|better-npm-audit|npm-audit-resolver|"
        r"check-audit)\b",
        frozenset({Ecosystem.NODE}),
    ),
    (r"^(pip-audit|safety (check|scan)|uv-secure|poetry audit|jake)\b", frozenset({Ecosystem.PYTHON})),
    (r"^(govulncheck|nancy)\b", frozenset({Ecosystem.GO})),
    (
        r"dependency-check-maven|dependency-check:(check|aggregate)|ossindex:audit|dependencyCheck(Analyze|"
        r"Aggregate)",
        frozenset({Ecosystem.JAVA}),
    ),
    (r"^cargo (audit|deny)\b", frozenset({Ecosystem.RUST})),
    (r"^(bundle-audit|bundler-audit|bundle audit)\b", frozenset({Ecosystem.RUBY})),
    (r"^(composer audit|local-php-security-checker|security-checker)\b", frozenset({Ecosystem.PHP})),
    (
        r"^(osv-scanner|snyk (test|monitor)|trivy (\S+ )*(fs|filesystem|repo|rootfs|sbom)\b|grype\b|"
        r"dependency-check(\.sh)?\b|whitesource|mend|"
        r"ws-cli|renovate\b|retire\b|dep-scan|depscan|owasp-dependency-check|semgrep .*supply|jf (ca|audit)|"
        r"xray)",
        EVERY,
    ),
)
_AUDIT_ACTIONS = re.compile(
    r"^(actions/dependency-review-action|google/osv-scanner|snyk/actions(?!/(docker|iac|setup))|"
    r"pypa/gh-action-pip-audit|golang/govulncheck|"
    r"rustsec/audit-check|actions-rs/audit-check|actions-rust-lang/audit|embarkstudios/cargo-deny|"
    r"dependency-check/|oke-py/npm-audit|"
    r"anchore/scan-action|pyupio/safety|renovatebot/|mend|whitesource|debricked|"
    r"snyksecurityscan|"
    r"dependency-check-build-task|dependencycheck\(|snyksecurity\(|govulncheck)"
)
_TEMPLATES = re.compile(r"(dependency|gemnasium|license).?scanning|auto-?devops|dependency-scanning", re.IGNORECASE)


def dependency_scanning(facts: Facts) -> Outcome:
    """Each ecosystem of the shipped components has an updater or an audit that can fail."""
    shipped = _shipped(facts)
    if not shipped and not facts.pipelines.pipelines:
        return not_applicable("there are neither dependency manifests nor pipelines", searched=(_manifests(facts),))
    covers = [*_updaters(facts), *_audits(facts)]
    working = [cover for cover in covers if not cover.excuse]
    covered = {ecosystem for cover in working for ecosystem in cover.ecosystems}
    needed: dict[Ecosystem, Component] = {}
    for component in shipped:
        needed.setdefault(component.ecosystem, component)
    gaps = {ecosystem: c for ecosystem, c in needed.items() if ecosystem not in covered}
    lost = [Problem(f"{cover.name} cannot fail: {cover.excuse}", cover.at) for cover in covers if cover.excuse]
    if not working:
        if lost:
            return failed(f"dependencies are scanned where nothing can fail: {lost[0].what}", *lost)
        return failed("no updater and no audit of dependencies", searched=(_manifests(facts), _scanners(facts)))
    if gaps:
        names = ", ".join(sorted(gaps))
        problems = [
            Problem(f"nothing scans the {e} dependencies of {c.name or c.path or 'the root'}", c.manifest)
            for e, c in gaps.items()
        ]
        return failed(f"{working[0].name} runs, but nothing scans {names} dependencies", *problems, *lost)
    names = ", ".join(dict.fromkeys(cover.name for cover in working))
    return passed(f"dependencies are scanned by {names}", *dict.fromkeys(cover.at for cover in working[:8]))


def _shipped(facts: Facts) -> list[Component]:
    """Components with dependencies that are run or published; tools of the repository only where there is "
    "nothing else."""
    found = [c for c in facts.dependencies.components if c.dependencies and c.ecosystem is not Ecosystem.TERRAFORM]
    applications = [c for c in found if c.kind is ComponentKind.APPLICATION and c.runtime_dependencies]
    return applications or [c for c in found if c.runtime_dependencies] or found


def _updaters(facts: Facts) -> Iterable[Cover]:
    for updater in facts.pipelines.updaters:
        every = updater.ecosystem == "all"
        ecosystem = _ECOSYSTEMS.get(updater.ecosystem)
        if every or ecosystem:
            found = EVERY if every else frozenset({ecosystem} if ecosystem else ())
            yield Cover(updater.tool, updater.at, updater.why, found)


def _audits(facts: Facts) -> Iterable[Cover]:
    for run in facts.pipelines.all_runs:
        if not run.executes and not run.excuse:
            continue
        ecosystems = _audited(run)
        if ecosystems:
            excuse = run.excuse if not run.can_fail else tolerance(run)
            yield Cover(run.text[:60], run.origin, excuse, ecosystems)
    for place in (place for pipeline in facts.pipelines.loaded for place in pipeline.remote):
        if _TEMPLATES.search(place.symbol):
            yield Cover(f"GitLab's {place.symbol}", place)


def _audited(run: Run) -> frozenset[Ecosystem]:
    if run.command is None:
        action = run.step.action.lower()
        if action == "aquasecurity/trivy-action":
            return EVERY if run.step.input("scan-type") in ("fs", "repo", "rootfs") else frozenset()
        return EVERY if _AUDIT_ACTIONS.search(action) else frozenset()
    text = plain_text(run.command)
    return next((ecosystems for pattern, ecosystems in _AUDITS if re.search(pattern, text)), frozenset())


def _manifests(facts: Facts) -> Searched:
    places = tuple(component.manifest for component in facts.dependencies.components)
    return Searched(("dependency manifests",), "all files by name", len(facts.repository.files), places[:10])


def _scanners(facts: Facts) -> Searched:
    terms = (
        "dependabot.yml",
        "renovate.json",
        "npm audit",
        "pip-audit",
        "osv-scanner",
        "snyk",
        "trivy fs",
        "grype",
        "dependency-check",
        "govulncheck",
        "cargo audit",
    )
    return Searched(terms, "pipelines and their scripts", len(facts.pipelines.pipelines))


_IMAGE_SCANS = re.compile(
    r"^(trivy (?:\S+ )*(image|i)\b|trivy (?!(?:\S+ )*(fs|filesystem|repo|rootfs|config|conf|k8s|sbom|"
    r"server)\b)(--\S+( (?!-)\S+)? )*[\w$./{}-]+:\S+|"
    r"grype (?!dir:|sbom:|file:)|snyk container (test|monitor)|docker (scout (cves|quickview)|scan)|clair|"
    r"clairctl|clair-scanner|"
    r"anchore-cli|inline_scan|twistcli images scan|jf docker scan|gcloud artifacts docker images scan|"
    r"aws ecr (start-image-scan|"
    r"describe-image-scan-findings)|wizcli docker scan|lacework|osv-scanner scan image|dockle)\b"
)
_IMAGE_SCAN_ACTIONS = re.compile(
    r"^(anchore/scan-action|snyk/actions/docker|docker/scout-action|azure/container-scan|"
    r"crazy-max/ghaction-container-scan|"
    r"arminc/clair|erzz/dockle|goodwithtech/dockle|alexjurkiewicz/ecr-scan|sysdiglabs/|palo|prisma|phonito/|"
    r"aquasecurity/trivy|"
    r"jfrog/|lacework/|wiz-|kevincobain2000/action-ecr|neuvector/)"
)


def image_scanning(facts: Facts) -> Outcome:
    """What is built as an image is scanned in a pipeline or by its registry."""
    runs = [run for run in facts.pipelines.runs() if builds_image(run)]
    images = [file.at for file in facts.docker.shipped] or [run.origin for run in runs]
    if not images:
        return not_applicable("no image is built: there is no shipped Dockerfile and no pipeline builds one")
    covers = [*_image_scans(facts), *_registries(facts)]
    working = [cover for cover in covers if not cover.excuse]
    if working:
        names = ", ".join(dict.fromkeys(cover.name for cover in working))
        return passed(f"images are scanned by {names}", *dict.fromkeys(cover.at for cover in working[:8]))
    terms = ("trivy image", "grype", "snyk container", "docker scout", "clair", "anchore", "scan_on_push")
    searched = Searched(terms, "pipelines, their scripts and infrastructure code", len(facts.pipelines.pipelines))
    lost = [Problem(f"{cover.name}: {cover.excuse}", cover.at) for cover in covers]
    if lost:
        return failed(f"images are scanned where nothing can fail: {lost[0].what}", *lost)
    return failed(
        f"{agreed(len(images), 'image is', 'images are')} built and nothing scans them",
        places=tuple(images[:6]),
        searched=(searched,),
    )


def _image_scans(facts: Facts) -> Iterable[Cover]:
    for run in facts.pipelines.all_runs:
        if run.command is None:
            action = run.step.action.lower()
            if not _IMAGE_SCAN_ACTIONS.search(action):
                continue
            if "trivy-action" in action and run.step.input("scan-type") not in ("", "image"):
                continue
        elif not _IMAGE_SCANS.search(plain_text(run.command)):
            continue
        if run.executes or run.excuse:
            yield Cover(run.text[:60], run.origin, run.excuse if not run.can_fail else tolerance(run))
    for place in (place for pipeline in facts.pipelines.loaded for place in pipeline.remote):
        if re.search(r"container.?scanning|auto-?devops", place.symbol, re.IGNORECASE):
            yield Cover(f"GitLab's {place.symbol}", place)


def _registries(facts: Facts) -> Iterable[Cover]:
    """Registries that scan what is pushed."""
    for source in (facts.terraform, facts.cloudformation):
        for resource in source.resources("aws_ecr_repository"):
            on = resource.truth("image_scanning_configuration.scan_on_push")
            if on is not False:
                yield Cover("ECR, on push", resource.place("image_scanning_configuration"))
            elif resource.get("image_scanning_configuration") is not None:
                at = resource.place("image_scanning_configuration")
                yield Cover("ECR", at, "scan_on_push is off")
        for resource in source.resources("aws_ecr_registry_scanning_configuration", "aws_inspector2_enabler"):
            yield Cover(resource.type, resource.at)
