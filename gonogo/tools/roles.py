"""Which part a file plays, by its path: tests, examples, vendored and generated files never decide alone."""

from __future__ import annotations

import re

from gonogo.facts.repository import Role

_FOLDERS = {
    Role.VENDORED: "node_modules vendor vendored third_party third-party thirdparty bower_components site-packages "
    ".terraform .venv venv .yarn Pods external_libs",
    Role.TEST: "test tests __tests__ spec specs e2e cypress testing integration-tests integration_tests testdata "
    "fixtures fixture __fixtures__ __mocks__ mocks __snapshots__ test-data test_data testutil testutils",
    Role.EXAMPLE: "example examples sample samples demos tutorial tutorials playground cookbook quickstarts",
    Role.ARCHIVE: "archive archived archives attic deprecated obsolete .archive _archive _old old backup_old",
    Role.GENERATED: "dist cdk.out .next .nuxt __pycache__ .serverless .aws-sam .gradle generated __generated__ gen "
    "storybook-static htmlcov",
}
_FOLDER_ROLE = {name: role for role, names in _FOLDERS.items() for name in names.split()}
_NAMES = (
    (
        Role.TEST,
        r"(^|/)(test_[^/]*\.py|[^/]*_test\.(py|go|rb|dart)|conftest\.py|[^/]*\.(test|spec|e2e|cy)\.[cm]?[jt]sx?"
        r"|[^/]*(Test|Tests|IT|Spec)\.(java|kt|scala|cs)|[^/]*\.tftest\.hcl)$",
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


def role_of(local: str) -> Role:
    """The role of a file by its path relative to its root."""
    folders = local.split("/")[:-1]
    for folder in folders:
        if role := _FOLDER_ROLE.get(folder):
            return role
    if "templates" in folders and _TEMPLATES.search(local):
        return Role.PRODUCT
    for role, pattern in _NAME_ROLES:
        if pattern.search(local):
            return role
    return Role.PRODUCT
