"""Personal data: retention, documents, classes."""

from __future__ import annotations

import pytest

from tests.asking import status

USERS = {"schema.sql": "CREATE TABLE users (\n  id int,\n  email varchar(200)\n);\n"}
POLICY = """\
# Privacy
We collect e-mail addresses for the purpose of login, on the legal basis of consent. Each data subject has the right
to access and erasure. Processors are AWS and Stripe. Data is deleted after 30 days of inactivity, and retention is
reviewed each year. Transfers to third parties do not take place. This text is long enough to say something about it,
since a sentence that only names a regulation would not document how data is handled at all, would it.
"""
TABLE = 'resource "aws_dynamodb_table" "orders" {\n  hash_key = "id"\n  tags = { TAG = "confidential" }\n}\n'


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (USERS, "fail"),
        (USERS | {"docs/privacy.md": "# Privacy\nUser data is deleted after 30 days.\n"}, "fail"),
        (USERS | {"purge.sql": "SELECT delete_old_users(retention_days);\n"}, "unverified"),
        ({"api.py": "x = 1\n"}, "not_applicable"),
    ],
)
def test_data_retention(files: dict[str, str], said: str) -> None:
    assert status("data-retention", files) == said


def test_a_stated_rule_that_code_carries_out() -> None:
    files = {
        "docs/privacy.md": "# Privacy\nUser data is deleted after 30 days.\n",
        "purge.sql": "SELECT delete_old_users(retention_days);\n",
    }
    assert status("data-retention", USERS | files) == "pass"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (USERS | {"docs/privacy.md": POLICY}, "pass"),
        (USERS | {"README.md": "# x\n- **GDPR:** we comply\n"}, "fail"),
        ({"api.py": "x = 1\n"}, "not_applicable"),
        ({"alertmanager.yml": "receivers:\n- email: ops@acme.io\n"}, "not_applicable"),
    ],
)
def test_privacy_documentation(files: dict[str, str], said: str) -> None:
    assert status("privacy-documentation", files) == said


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"main.tf": TABLE.replace("TAG", "DataClassification")}, "pass"),
        ({"main.tf": TABLE.replace("TAG", "Owner")}, "fail"),
        ({"README.md": "# x\n"}, "not_applicable"),
    ],
)
def test_data_classification(files: dict[str, str], said: str) -> None:
    assert status("data-classification", files) == said
