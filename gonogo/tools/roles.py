"""Which part a file plays, by its path: tests, examples, vendored and generated files never decide alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from gonogo.facts.repository import Role

_FOLDERS = {
    Role.VENDORED: "node_modules vendor vendored third_party third-party thirdparty bower_components site-packages "
    ".terraform .venv venv .yarn Pods external_libs",
    Role.TEST: "test tests __tests__ spec specs e2e cypress testing integration-tests integration_tests testdata "
    "fixtures fixture __fixtures__ __mocks__ mocks __snapshots__ test-data test_data testutil testutils .storybook "
    "cassettes vcr_cassettes recordings __recordings__",
    Role.EXAMPLE: "example examples sample samples demos tutorial tutorials playground cookbook quickstarts "
    ".devcontainer",
    Role.ARCHIVE: "archive archived archives attic deprecated obsolete .archive _archive _old old backup_old",
    Role.GENERATED: "dist cdk.out .next .vite .nuxt __pycache__ .serverless .aws-sam .gradle generated __generated__ "
    "gen storybook-static htmlcov .turbo .nyc_output .svelte-kit .angular .output .vercel .docusaurus .expo "
    "lcov-report playwright-report",
}
_FOLDER_ROLE = {name: role for role, names in _FOLDERS.items() for name in names.split()}
_CACHE = re.compile(r"^\.(?:[\w-]+[-_])?cache$")
"""``.cache``, ``.jest-cache``, ``.pytest_cache``: what a tool keeps for itself, often more than all sources."""
_JVM = re.compile(r"(?:^|.*/)src/main/(?:java|kotlin|scala|groovy)/")
_SPECIFICATION = re.compile(r"\.(ya?ml|json|md|proto|graphql|txt|toml|tf|png|svg)$")
_NAMES = (
    (
        Role.VENDORED,
        r"^(gradlew(\.bat)?|mvnw(\.cmd)?|(jquery|bootstrap)(\.slim|\.bundle)?\.js"
        r"|(jquery|bootstrap|angular|react|vue|d3|lodash|swagger-ui)[-.]v?\d[-.\w]*\.js)$",
    ),
    (
        Role.TEST,
        r"^(test_[^/]*\.py|[^/]*_test\.(py|go|rb|dart)|conftest\.py|[^/]*\.(\w*test|spec|e2e|cy|stories)\.[cm]?[jt]sx?"
        r"|[^/]*\.(test|spec)\.(sh|bats|py|rb|php|exs?)"
        r"|[^/]*[a-z](Test|Tests|IT|Spec)\.(java|kt|scala|cs)|[^/]*\.tftest\.hcl)$",
    ),
    (
        Role.EXAMPLE,
        r"^([^/]*[._-](example|sample|dist|tmpl|tpl)(\.[^/]*)?|(example|sample)[._-][^/]*)$",
    ),
    (
        Role.GENERATED,
        r"^([^/]*\.(min\.(js|css)|pb\.go|map|snap)|[^/]*_pb2(_grpc)?\.pyi?|[^/]*\.pb\.gw\.go|[^/]*\.bundle\.js)$",
    ),
    (Role.ARCHIVE, r"^[^/]*\.(bak|old|orig|disabled|backup)$"),
    (Role.DOCUMENT, r"\.(md|markdown|rst|adoc|asciidoc|mdx)$"),
)
_NAME_ROLE = re.compile("|".join(f"(?P<{role.name}>{pattern})" for role, pattern in _NAMES))
_TEMPLATES = re.compile(r"\.(tpl|tmpl)$")
_BASELINE = re.compile(r"(?:^|/)\.gonogo/baseline\.json$")
"""What an earlier audit said is no evidence for this one: its sentences name whatever they found missing."""


def folders_of(local: str) -> list[str]:
    """The folders of a path that say something: com.example.samples is a package, not a folder of examples."""
    package = _JVM.match(local)
    return (package.group() if package else local).split("/")[:-1]


def role_of(local: str) -> Role:
    """The role of a file by its path relative to its root."""
    if _BASELINE.search(local):
        return Role.GENERATED
    folder, _, name = local.rpartition("/")
    role, exact = _folder_role(folder)
    if role is not None and (exact or not _SPECIFICATION.search(name)):
        return role
    if _TEMPLATES.search(name) and "templates" in folder.split("/"):
        return Role.PRODUCT
    found = _NAME_ROLE.search(name)
    return Role[found.lastgroup] if found and found.lastgroup else Role.PRODUCT


def sample_projects(tests: Iterable[str]) -> tuple[str, ...]:
    """Folders below test folders that are services of their own, with an image and tests: what tests are run on. Their
    suites, pipelines and load scenarios are not the target's, as those of a vendored project are not."""
    paths = sorted(tests)
    built = {path.rpartition("/")[0] for path in paths if path.endswith("/Dockerfile")}
    inner = [folder for folder in built if any(_FOLDER_ROLE.get(name) is Role.TEST for name in folder.split("/")[:-1])]
    return tuple(
        sorted(
            folder
            for folder in inner
            if any(
                path.startswith(folder + "/") and _FOLDER_ROLE.get(path[len(folder) + 1 :].split("/")[0]) is Role.TEST
                for path in paths
            )
        )
    )


@lru_cache(maxsize=65536)
def _folder_role(folder: str) -> tuple[Role | None, bool]:
    """The role that a folder gives, and whether it does so to specifications too."""
    folders = folders_of(folder + "/")
    if any(_FOLDER_ROLE.get(name) is Role.VENDORED for name in folders):
        return Role.VENDORED, True
    if any(_CACHE.match(name) for name in folders):
        return Role.GENERATED, True
    roles = [(role, name not in ("spec", "specs")) for name in folders if (role := _FOLDER_ROLE.get(name))]
    exact = next((found for found in roles if found[1]), None)
    return exact or (roles[0] if roles else (None, True))
