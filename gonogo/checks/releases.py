"""How it is released, and what is made rather than written but lies in version control."""

from __future__ import annotations

import re

from gonogo.facts import Facts
from gonogo.facts.documents import DocumentKind
from gonogo.facts.repository import File, Role
from gonogo.model.assessment import Outcome, Problem, failed, passed
from gonogo.model.evidence import Place, Searched

_VERSION = re.compile(
    r"^\W*(version|release|v)?\W*v?\d+\.\d+(\.\d+)?|^\W*\d{4}[-.]\d{1,2}([-.]\d{1,2})?", re.IGNORECASE
)
_RELEASERS = re.compile(
    r"semantic-release|release-please|changesets/action|release-drafter|goreleaser|git-cliff|auto release"
    r"|standard-version|release-it|conventional-changelog"
    r"|python-semantic-release|cz bump|commitizen|nx release|lerna version|create-release|gh release create"
    r"|action-gh-release|ncipollo/release-action",
    re.IGNORECASE,
)
_NOTES = re.compile(
    r"generate[_-]release[_-]notes|--generate-notes|semantic-release|release-please|changesets|release-drafter"
    r"|goreleaser"
    r"|git-cliff|standard-version|conventional-changelog|release-it|cz bump|commitizen|nx release|lerna version",
    re.IGNORECASE,
)


def release_versioning(facts: Facts) -> Outcome:
    """Versions with a changelog: a file with version headings, or a pipeline that writes release notes."""
    logs = facts.documents.of(DocumentKind.CHANGELOG)
    top = [d for d in logs if facts.repository.by_path[d.path].local.count("/") == 0 or d.path.startswith("docs/")]
    for document in top:
        versions = [h for h in document.headings if _VERSION.match(h.text)]
        if versions:
            return passed(
                f"{document.path} lists {len(versions)} versions, the newest {versions[0].text}", versions[0].at
            )
    runs = [run for run in facts.pipelines.runs() if _RELEASERS.search(_told(run.text, run.step.inputs))]
    for run in runs:
        if _NOTES.search(_told(run.text, run.step.inputs)):
            return passed(f"{run.pipeline.name} versions releases and writes their notes ({run.text[:60]})", run.at)
    if top:
        problems = [Problem(f"{d.path} lists no version", Place(d.path, 1)) for d in top]
        return failed("the changelog lists no released version", *problems)
    searched = _searched(
        facts,
        "CHANGELOG",
        "HISTORY",
        "RELEASES",
        "release-please, semantic-release, changesets and the like in pipelines",
    )
    places = tuple(run.at for run in runs[:3])
    more = "; a pipeline makes releases without notes" if runs else ""
    return failed(f"there is no changelog{more}", places=places, searched=(searched,))


def _told(text: str, inputs: tuple[tuple[str, str], ...]) -> str:
    return " ".join((text, *(f"{key}: {value}" for key, value in inputs if value.lower() not in ("false", ""))))


_OUTPUT_FOLDERS = {
    "node_modules": "installed packages",
    "__pycache__": "compiled Python",
    ".terraform": "downloaded providers",
    ".venv": "a virtual environment",
    "venv": "a virtual environment",
    "site-packages": "installed packages",
    ".next": "build output",
    ".nuxt": "build output",
    "cdk.out": "synthesized templates",
    ".serverless": "packaged functions",
    ".aws-sam": "build output",
    ".pytest_cache": "a cache",
    ".mypy_cache": "a cache",
    ".ruff_cache": "a cache",
    "htmlcov": "a coverage report",
    "lcov-report": "a coverage report",
    "bower_components": "installed packages",
    ".gradle": "a cache",
    ".vite": "a cache",
    ".turbo": "a cache",
    ".jest-cache": "a cache",
    ".parcel-cache": "a cache",
    ".svelte-kit": "build output",
    ".nyc_output": "a coverage report",
    ".eggs": "build output",
}
_OUTPUT_NAMES = re.compile(
    r"\.(pyc|pyo|class|o|so|dylib|dll|exe|jar|war|ear|whl|egg|tfstate|tfstate\.backup|tfplan|zip|tgz|tar\.gz|nupkg"
    r"|apk|deb|rpm|db|sqlite3?|pid|swp"
    r"|tsbuildinfo|hprof|dump|rdb)$|(^|/)[^/]+\.egg-info/|(^|/)(\.coverage|core\.\d+)$",
    re.IGNORECASE,
)
_ALLOWED = re.compile(
    r"(gradle-wrapper|maven-wrapper)\.jar$|(^|/)\.yarn/|(^|/)Thumbs\.db$|(^|/)(\.mvn|vendor/cache)/|(^|/)(assets?"
    r"|static|public|docs?|images?|datasets?|seeds?|db/seeds?)/[^.]*\.(zip|tgz|tar\.gz)$",
    re.IGNORECASE,
)


def artifacts_not_committed(facts: Facts) -> Outcome:
    """No build output, cache or installed package is tracked."""
    action = {f.folder for f in facts.repository.match("action.yml", "action.yaml")}
    groups: dict[str, list[str]] = {}
    for file in facts.repository.files:
        if file.tracked and (what := _output(file, action)):
            groups.setdefault(what, []).append(file.path)
    if groups:
        problems = [
            Problem(f"{what} ({len(paths)} tracked file{'s' if len(paths) > 1 else ''})", Place(paths[0]))
            for what, paths in groups.items()
        ]
        names = ", ".join(list(groups)[:4])
        return failed(f"{sum(map(len, groups.values()))} tracked files are made, not written: {names}", *problems)
    ignored = [Place(f.path, 1) for f in facts.repository.match(".gitignore") if not f.local.count("/")]
    terms = (
        "node_modules",
        "__pycache__",
        "dist",
        "build",
        "target",
        ".terraform",
        "*.tfstate",
        "*.jar",
        "*.zip",
        "*.db",
        "binaries",
    )
    searched = _searched(facts, *terms)
    return passed(
        f"none of {len(facts.repository.files)} tracked files is a build output, cache or vendored binary",
        *ignored,
        searched=(searched,),
    )


def _output(file: File, actions: set[str]) -> str:
    """What a tracked file is, if it is made and not written: the folder that it belongs to, or its own path."""
    parts = file.local.split("/")
    for depth, part in enumerate(parts[:-1]):
        if what := _OUTPUT_FOLDERS.get(part):
            return f"{'/'.join(parts[: depth + 1])}: {what}"
        if part == "coverage" and re.search(r"\.(html|info|css)$|coverage-final\.json$", file.local):
            return f"{'/'.join(parts[: depth + 1])}: a coverage report"
        if part in ("dist", "build", "target", "obj") and _is_built(file, part):
            folder = file.root + "/".join(parts[:depth])
            return "" if folder in actions else f"{'/'.join(parts[: depth + 1])}: build output"
    if file.role in (Role.TEST, Role.EXAMPLE) or _ALLOWED.search(file.local) or not _OUTPUT_NAMES.search(file.local):
        return ""
    is_data = re.search(r"tfstate|[.](db|sqlite3?|rdb|dump)$", file.local)
    return f"{file.local}: {'state or data' if is_data else 'a binary or archive'}"


def _is_built(file: File, folder: str) -> bool:
    """Says whether a file below dist, build, target or obj looks generated rather than written there."""
    if folder in ("target", "obj"):
        return bool(
            re.search(
                r"\.(class|jar|dll|pdb|d|rlib|rmeta|cache|lst)$|(^|/)(classes|debug|release|maven-status)/", file.local
            )
        )
    return (
        bool(re.search(r"\.(js|css|map|html|d\.ts|class|whl|tar\.gz|woff2?|chunk\.\w+)$", file.local))
        and file.role is Role.GENERATED
    ) or (
        folder == "build"
        and bool(re.search(r"build/(static/(js|css)|asset-manifest\.json|classes/|libs/|lib/|index\.html)", file.local))
    )


def _searched(facts: Facts, *terms: str) -> Searched:
    return Searched(terms, "all files", len(facts.repository.files))
