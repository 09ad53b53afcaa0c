"""Controls of a cloud account, identities and keys."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

AWS = 'provider "aws" {}\nresource "aws_sqs_queue" "q" {}\n'
LIVE = ("root-account", "console-mfa", "quota-headroom", "drift")


@pytest.mark.parametrize("slug", LIVE)
def test_only_the_account_answers(slug: str) -> None:
    assert status(slug, {"main.tf": AWS}) == "unverified"
    assert status(slug, {"app.py": "print(1)"}) == "not_applicable"


def test_the_root_user_is_a_matter_of_aws() -> None:
    google = 'provider "google" {}\nresource "google_pubsub_topic" "t" {}'
    assert status("root-account", {"main.tf": google}) == "not_applicable"
    assert status("console-mfa", {"main.tf": google}) == "unverified"


@pytest.mark.parametrize(
    ("slug", "on", "off"),
    [
        ("audit-trail", 'resource "aws_cloudtrail" "t" {}', 'resource "aws_cloudtrail" "t" { enable_logging = false }'),
        (
            "threat-detection",
            'resource "aws_guardduty_detector" "d" { enable = true }',
            'resource "aws_guardduty_detector" "d" { count = 0 }',
        ),
    ],
)
def test_account_controls_are_unverified_where_absent_and_fail_where_off(slug: str, on: str, off: str) -> None:
    assert status(slug, {"main.tf": AWS + on}) == "pass"
    assert status(slug, {"main.tf": AWS + off}) == "fail"
    assert status(slug, {"main.tf": AWS}) == "unverified"
    assert status(slug, {"app.py": "print(1)"}) == "not_applicable"


def test_a_cluster_without_audit_logs_fails_the_audit_trail() -> None:
    cluster = 'resource "aws_eks_cluster" "c" { enabled_cluster_log_types = ["api"] }'
    trail = 'resource "aws_cloudtrail" "t" {}\n'
    assert status("audit-trail", {"main.tf": trail + cluster}) == "fail"
    assert status("audit-trail", {"main.tf": trail + cluster.replace('"api"', '"audit"')}) == "pass"


def test_logs_of_one_resource_are_no_audit_trail() -> None:
    setting = 'resource "azurerm_monitor_diagnostic_setting" "d" { target_resource_id = %s }'
    assert status("audit-trail", {"main.tf": setting % "azurerm_linux_web_app.a.id"}) == "unverified"
    assert status("audit-trail", {"main.tf": setting % "data.azurerm_subscription.current.id"}) == "pass"


POLICY = """resource "aws_iam_role_policy" "p" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = %s, Resource = %s }] })
}
"""


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ('["s3:GetObject"]', '"${aws_s3_bucket.b.arn}/*"', "pass"),
        ('["ec2:DescribeInstances"]', '"*"', "pass"),
        ('["s3:*"]', '"arn:aws:s3:::acme/*"', "pass"),
        ('"*"', '"*"', "fail"),
        ('["s3:*"]', '["*"]', "fail"),
        ('["dynamodb:Query"]', '"*"', "fail"),
        ('["secretsmanager:Get*"]', '"arn:aws:secretsmanager:*:*:secret:*"', "fail"),
    ],
)
def test_wildcards_in_policies(action: str, resource: str, expected: str) -> None:
    assert status("least-privilege-iam", {"main.tf": POLICY % (action, resource)}) == expected


def test_policy_documents_are_followed_and_only_those_of_identities_count() -> None:
    document = """data "aws_iam_policy_document" "d" {
      statement {
        actions   = ["kms:*"]
        resources = ["*"]
      }
    }
    """
    key = 'resource "aws_kms_key" "k" { policy = data.aws_iam_policy_document.d.json }\nresource "aws_iam_role" "r" {}'
    assert status("least-privilege-iam", {"main.tf": document + key}) == "pass"
    identity = 'resource "aws_iam_policy" "p" { policy = data.aws_iam_policy_document.d.json }'
    found = ask("least-privilege-iam", {"main.tf": document + identity})
    assert found.assessment.status.value == "fail" and found.findings[0].locator.line == 2


def test_unseen_policies_are_not_taken_for_scoped() -> None:
    unseen = 'variable "p" {}\nresource "aws_iam_policy" "p" { policy = var.p }'
    assert status("least-privilege-iam", {"main.tf": unseen}) == "unverified"


def test_administrators_and_cluster_admins() -> None:
    attached = 'resource "aws_iam_role_policy_attachment" "a" { policy_arn = "arn:aws:iam::aws:policy/%s" }'
    assert status("least-privilege-iam", {"main.tf": attached % "AdministratorAccess"}) == "fail"
    assert status("least-privilege-iam", {"main.tf": attached % "AmazonEKSWorkerNodePolicy"}) == "pass"
    google = 'resource "google_project_iam_member" "m" {\n role = "roles/editor"\n member = "serviceAccount:x"\n}'
    assert status("least-privilege-iam", {"main.tf": google}) == "fail"
    binding = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: app}
roleRef: {kind: ClusterRole, name: %s, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: ServiceAccount, name: app, namespace: x}]
"""
    assert status("least-privilege-iam", {"k8s/rbac.yaml": binding % "cluster-admin"}) == "fail"
    assert status("least-privilege-iam", {"k8s/rbac.yaml": binding % "view"}) == "pass"
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules:\n"
    role += "- {apiGroups: [''], resources: [pods], verbs: ['*']}\n"
    assert status("least-privilege-iam", {"k8s/role.yaml": role}) == "fail"
    assert status("least-privilege-iam", {"app.py": "print(1)"}) == "not_applicable"


def test_an_application_that_is_its_databases_superuser() -> None:
    compose = "services:\n  app: {build: ., environment: {DB_USER: %s}}\n  db: {image: 'postgres:17'}\n"
    assert status("least-privilege-iam", {"compose.yml": compose % "postgres"}) == "fail"
    assert status("least-privilege-iam", {"compose.yml": compose % "shop"}) == "not_applicable"


WORKFLOW = """on: push
permissions: {id-token: write}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with: {%s, aws-region: eu-west-1}
      - run: aws s3 sync . s3://x
"""


def test_stored_keys_and_roles_in_pipelines() -> None:
    path = ".github/workflows/deploy.yml"
    role = WORKFLOW % "role-to-assume: 'arn:aws:iam::1:role/x'"
    key = WORKFLOW % "aws-access-key-id: '${{ secrets.AWS_ACCESS_KEY_ID }}'"
    assert status("no-long-lived-keys", {path: role}) == "pass"
    assert status("no-long-lived-keys", {path: key}) == "fail"
    assert status("no-long-lived-keys", {"Jenkinsfile": "pipeline { agent any\n stages { stage('d') { steps { sh 'aws s3 ls s3://x && aws s3 cp a s3://x' } } } }"}) == "unverified"  # fmt: skip  # noqa: E501
    assert status("no-long-lived-keys", {"app.py": "print(1)"}) == "not_applicable"


def test_keys_that_are_made_or_handed_to_workloads() -> None:
    made = 'resource "aws_iam_access_key" "k" { user = "x" }'
    assert status("no-long-lived-keys", {"main.tf": made}) == "fail"
    compose = "services:\n  app:\n    build: .\n    environment: {AWS_SECRET_ACCESS_KEY: '${KEY}'}\n"
    assert status("no-long-lived-keys", {"compose.yml": compose}) == "fail"
    emulated = compose + "  aws: {image: 'localstack/localstack:3'}\n"
    assert status("no-long-lived-keys", {"compose.yml": emulated}) == "not_applicable"


@pytest.mark.parametrize(("user", "expected"), [("shop", "fail"), ("reader", "not_applicable")])
def test_the_first_user_of_a_database_image_is_its_superuser(user: str, expected: str) -> None:
    compose = f"""services:
  db:
    image: postgres:16
    environment: {{POSTGRES_USER: shop, POSTGRES_PASSWORD: x}}
  web:
    image: acme/web
    environment: {{DATABASE_URL: "postgresql://{user}:x@db/shop"}}
"""
    assert status("least-privilege-iam", {"docker-compose.yml": compose}) == expected
