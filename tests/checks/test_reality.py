"""Documents: whether they are enough, and whether the files agree with them."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

BUCKET = 'resource "aws_s3_bucket" "a" {}\n'
README = """\
# Shop

## Run
```bash
make up
```

## Deployment
```bash
kubectl apply -f k8s/
```

## Architecture
- the web server takes orders
- the worker ships them
- the database keeps both
"""
WHOLE = {"README.md": README, "Makefile": "up:\n\techo\n", "k8s/a.yaml": "kind: ConfigMap\n"}


def test_documentation() -> None:
    assert status("documentation", WHOLE) == "pass"
    assert status("documentation", WHOLE | {"README.md": README.partition("## Architecture")[0]}) == "fail"
    assert status("documentation", {"a.py": "x = 1\n"}) == "fail"
    outside = "# Shoplifter\n```bash\nmake up\n```\nSee the [documentation](https://docs.shoplifter.io/).\n"
    assert status("documentation", WHOLE | {"README.md": outside}) == "unverified"


def test_a_private_package_is_no_set_up() -> None:
    files = WHOLE | {
        "README.md": README.replace("make up", "npm install shop"),
        "package.json": '{"name": "shop", "private": true}',
    }
    assert status("documentation", files) == "fail"
    assert status("docs-match-reality", files) == "fail"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# x\nSee [it](docs/there.md).\n", "pass"),
        ("# x\nSee [it](docs/gone.md).\n", "fail"),
        ("# x\n```bash\nmake nowhere\n```\n", "fail"),
        ("# x\nHello.\n", "unverified"),
        ("# x\nThis service is production-ready. See [it](docs/there.md).\n", "unverified"),
    ],
)
def test_links_and_commands(text: str, said: str) -> None:
    files = {"README.md": text, "docs/there.md": "# There\n", "Makefile": "up:\n\techo\n"}
    assert status("docs-match-reality", files) == said


@pytest.mark.parametrize(
    ("claim", "terraform", "contradicted"),
    [
        ("State locking configured", BUCKET, True),
        ("State locking configured", BUCKET + 'terraform {\n  backend "s3" {\n    bucket = "x"\n  }\n}\n', False),
        ("CloudTrail enabled", 'resource "aws_cloudtrail" "a" {\n  count = 0\n}\n', True),
        ("CloudTrail enabled", 'resource "aws_cloudtrail" "a" {\n  name = "x"\n}\n', False),
        ("Database Multi-AZ", 'resource "aws_db_instance" "a" {\n  multi_az = false\n}\n', True),
        ("Database Multi-AZ", 'resource "aws_db_instance" "a" {\n  multi_az = true\n}\n', False),
        ("Images scanned by Trivy", BUCKET, True),
        ("Trivy removed in favour of another scanner", BUCKET, False),
        ("Dashboards in `grafana/orders.json`", BUCKET + "# grafana\n", True),
        ("Network policies in place", BUCKET, False),
    ],
)
def test_claims(claim: str, terraform: str, contradicted: bool) -> None:
    files = {"docs/readiness.md": f"# Production readiness\n\n- [x] {claim}\n", "main.tf": terraform}
    answer = ask("docs-match-reality", files)
    found = [f for f in answer.findings if f.locator.path == "docs/readiness.md" and f.locator.line == 3]
    assert bool(found) is contradicted, answer.assessment.reason


@pytest.mark.parametrize("line", ["- [ ] State locking configured", "- State locking should be configured"])
def test_what_is_open_claims_nothing(line: str) -> None:
    files = {"docs/readiness.md": f"# Production readiness\n\n{line}\n", "main.tf": BUCKET}
    assert status("docs-match-reality", files) == "unverified"
