"""Which part a file plays, by its path: tests, examples, vendored and generated files never decide alone."""

from __future__ import annotations

import re

from gonogo.facts.repository import Role

_FOLDERS = {
    Role.VENDORED: "node_modules vendor vendored third_party third-party thirdparty bower_components site-packages "
    ".terraform .venv venv .yarn Pods external_libs",
    Role.TEST: "test tests __tests__ spec specs e2e cypress testing integration-tests integration_tests testdata "
    "fixtures fixture __fixtures__ __mocks__ mocks __snapshots__ test-data test_data testutil testutils .storybook",
    Role.EXAMPLE: "example examples sample samples demos tutorial tutorials playground cookbook quickstarts "
    ".devcontainer",
    Role.ARCHIVE: "archive archived archives attic deprecated obsolete .archive _archive _old old backup_old",
    Role.GENERATED: "dist cdk.out .next .nuxt __pycache__ .serverless .aws-sam .gradle generated __generated__ gen "
    "storybook-static htmlcov",
}
_FOLDER_ROLE = {name: role for role, names in _FOLDERS.items() for name in names.split()}
_JVM = re.compile(r"(?:^|.*/)src/main/(?:java|kotlin|scala|groovy)/")
_SPECIFICATION = re.compile(r"\.(ya?ml|json|md|proto|graphql|txt|toml|tf|png|svg)$")
_NAMES = (
    (
        Role.VENDORED,
        r"(^|/)(gradlew(\.bat)?|mvnw(\.cmd)?|(jquery|bootstrap)(\.slim|\.bundle)?\.js"
        r"|(jquery|bootstrap|angular|react|vue|d3|lodash|swagger-ui)[-.]v?\d[-.\w]*\.js)$",
    ),
    (
        Role.TEST,
        r"(^|/)(test_[^/]*\.py|[^/]*_test\.(py|go|rb|dart)|conftest\.py|[^/]*\.(\w*test|spec|e2e|cy|stories)\.[cm]?[jt]sx?"
        r"|[^/]*\.(test|spec)\.(sh|bats|py|rb|php|exs?)"
        r"|[^/]*[a-z](Test|Tests|IT|Spec)\.(java|kt|scala|cs)|[^/]*\.tftest\.hcl)$",
    ),
    (
        Role.EXAMPLE,
        r"(^|/)([^/]*[._-](example|sample|dist|tmpl|tpl)(\.[^/]*)?|(example|sample)[._-][^/]*)$",
    ),
    (
        Role.GENERATED,
        r"(^|/)([^/]*\.(min\.(js|css)|pb\.go|map|snap)|[^/]*_pb2(_grpc)?\.pyi?|[^/]*\.pb\.gw\.go|[^/]*\.bundle\.js)$",
    ),
    (Role.ARCHIVE, r"(^|/)[^/]*\.(bak|old|orig|disabled|backup)$"),
    (Role.DOCUMENT, r"\.(md|markdown|rst|adoc|asciidoc|mdx)$"),
)
_NAME_ROLES = tuple((role, re.compile(pattern)) for role, pattern in _NAMES)
_TEMPLATES = re.compile(r"\.(tpl|tmpl)$")


def folders_of(local: str) -> list[str]:
    """The folders of a path that say something: com.example.samples is a package, not a folder of examples."""
    package = _JVM.match(local)
    return (package.group() if package else local).split("/")[:-1]


def role_of(local: str) -> Role:
    """The role of a file by its path relative to its root."""
    folders = folders_of(local)
    if any(_FOLDER_ROLE.get(folder) is Role.VENDORED for folder in folders):
        return Role.VENDORED
    for folder in folders:
        role = _FOLDER_ROLE.get(folder)
        if role and not (folder in ("spec", "specs") and _SPECIFICATION.search(local)):
            return role
    if "templates" in folders and _TEMPLATES.search(local):
        return Role.PRODUCT
    for role, pattern in _NAME_ROLES:
        if pattern.search(local):
            return role
    return Role.PRODUCT
