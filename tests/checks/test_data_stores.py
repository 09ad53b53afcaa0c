"""Encryption, public storage, backups and deletion protection of data stores."""

from __future__ import annotations

import pytest

from tests.asking import ask, status

COMPOSE = "services:\n  db:\n    image: postgres:17\n    volumes: ['data:/var/lib/postgresql']\nvolumes: {data: {}}\n"
SQLITE = "import sqlite3\ndb = sqlite3.connect('shop.db')\n"
PRISMA = {"src/index.ts": "import { PrismaClient } from '@prisma/client';\nexport const db = new PrismaClient();\n"}


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ('resource "aws_db_instance" "d" { storage_encrypted = true }', "pass"),
        ('resource "aws_db_instance" "d" {}', "fail"),
        ('variable "e" {}\nresource "aws_db_instance" "d" { storage_encrypted = var.e }', "unverified"),
        ('resource "aws_dynamodb_table" "t" {}\nresource "aws_s3_bucket" "b" {}', "pass"),
        ('resource "aws_efs_file_system" "f" {}', "fail"),
        ('resource "aws_sqs_queue" "q" { sqs_managed_sse_enabled = false }', "fail"),
        ('resource "google_sql_database_instance" "g" {}', "pass"),
        ('resource "aws_instance" "i" {\n  root_block_device { volume_size = 9 }\n}', "fail"),
        ('module "db" { source = "git::https://example.com/tf-rds.git" }', "unverified"),
    ],
)
def test_encryption_of_cloud_stores(block: str, expected: str) -> None:
    assert status("encryption-at-rest", {"main.tf": block}) == expected


def test_encryption_of_other_stores() -> None:
    assert status("encryption-at-rest", {"compose.yml": COMPOSE}) == "fail"
    assert status("encryption-at-rest", {"app.py": SQLITE + "if __name__ == '__main__':\n    db.commit()\n"}) == "fail"
    assert status("encryption-at-rest", {"app.py": "print(1)"}) == "not_applicable"


def test_a_cache_in_memory_stores_nothing() -> None:
    cache = "services:\n  cache: {image: 'redis:8'%s}\n"
    assert status("encryption-at-rest", {"compose.yml": cache % ""}) == "not_applicable"
    assert status("encryption-at-rest", {"compose.yml": cache % ", volumes: ['./data:/data']"}) == "fail"


BUCKET = 'resource "aws_s3_bucket" "b" {}\n'


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", "pass"),
        ('resource "aws_s3_bucket_acl" "a" {\n bucket = aws_s3_bucket.b.id\n acl = "public-read"\n}', "fail"),
        (
            'resource "aws_s3_bucket_public_access_block" "p" {\n bucket = aws_s3_bucket.b.id\n'
            " block_public_acls = true\n block_public_policy = true\n ignore_public_acls = true\n"
            " restrict_public_buckets = true\n}",
            "pass",
        ),
        (
            'resource "aws_s3_bucket_public_access_block" "p" {\n bucket = aws_s3_bucket.b.id\n'
            " block_public_acls = false\n}",
            "fail",
        ),
        (
            'resource "aws_s3_bucket_policy" "p" {\n bucket = aws_s3_bucket.b.id\n policy = jsonencode({Statement = ['
            '{Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "x"}]})\n}',
            "fail",
        ),
        (
            'resource "aws_s3_bucket_policy" "p" {\n bucket = aws_s3_bucket.b.id\n policy = jsonencode({Statement = ['
            '{Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "x"}]})\n}',
            "pass",
        ),
        ('variable "p" {}\nresource "aws_s3_bucket_policy" "p" { policy = var.p }', "unverified"),
    ],
)
def test_public_buckets(more: str, expected: str) -> None:
    assert status("public-storage", {"main.tf": BUCKET + more}) == expected


def test_no_object_storage() -> None:
    assert status("public-storage", {"main.tf": 'resource "aws_sqs_queue" "q" {}'}) == "not_applicable"


@pytest.mark.parametrize(
    ("block", "backed_up", "protected"),
    [
        ('resource "aws_db_instance" "d" {}', "fail", "fail"),
        (
            'resource "aws_db_instance" "d" {\n backup_retention_period = 7\n deletion_protection = true\n}',
            "pass",
            "pass",
        ),
        ('resource "aws_rds_cluster" "d" {\n lifecycle { prevent_destroy = true }\n}', "pass", "pass"),
        ('resource "aws_dynamodb_table" "t" {\n point_in_time_recovery { enabled = true }\n}', "pass", "fail"),
        ('variable "n" {}\nresource "aws_db_instance" "d" { backup_retention_period = var.n }', "unverified", "fail"),
        (
            BUCKET + 'resource "aws_s3_bucket_versioning" "v" {\n bucket = aws_s3_bucket.b.id\n'
            ' versioning_configuration { status = "Enabled" }\n}',
            "pass",
            "pass",
        ),
        ('resource "aws_s3_bucket" "access_logs" {}', "not_applicable", "not_applicable"),
        ('resource "google_sql_database_instance" "g" {}', "fail", "pass"),
        (
            'resource "aws_dynamodb_table" "t" { deletion_protection_enabled = true }\n'
            'resource "aws_backup_selection" "s" { resources = [aws_dynamodb_table.t.arn] }',
            "pass",
            "pass",
        ),
    ],
)
def test_backups_and_protection_of_cloud_stores(block: str, backed_up: str, protected: str) -> None:
    assert status("backups", {"main.tf": block}) == backed_up
    assert status("deletion-protection", {"main.tf": block}) == protected


def test_an_opt_in_database_decides_only_where_there_is_no_other() -> None:
    off = 'resource "aws_db_instance" "d" { count = 0 }\n'
    assert status("backups", {"main.tf": off}) == "fail"
    assert status("backups", {"main.tf": off + 'resource "aws_rds_cluster" "c" {}'}) == "pass"


def test_a_container_needs_a_dump_that_something_schedules() -> None:
    script = {"compose.yml": COMPOSE, "scripts/backup.sh": "pg_dump shop > shop.sql\n"}
    found = ask("backups", script)
    assert found.assessment.status.value == "fail" and "scripts/backup.sh" in found.assessment.reason
    sidecar = COMPOSE.replace(
        "volumes: {data", "  dump: {image: 'prodrigestivill/postgres-backup-local:17'}\nvolumes: {data"
    )
    assert status("backups", {"compose.yml": sidecar}) == "pass"
    workflow = "on: {schedule: [{cron: '0 1 * * *'}]}\njobs:\n  dump:\n    runs-on: ubuntu-latest\n    steps: [{run: ./scripts/backup.sh}]\n"  # noqa: E501
    assert status("backups", script | {".github/workflows/backup.yml": workflow}) == "pass"


def test_containers_and_their_volumes() -> None:
    assert status("deletion-protection", {"compose.yml": COMPOSE}) == "fail"
    kept = COMPOSE.replace("{data: {}}", "{data: {external: true}}")
    assert status("deletion-protection", {"compose.yml": kept}) == "pass"


def test_a_database_that_no_file_defines_is_unverified() -> None:
    package = {"package.json": '{"main": "src/index.ts", "dependencies": {"@prisma/client": "6"}}'}
    for slug in ("backups", "deletion-protection", "encryption-at-rest"):
        assert status(slug, PRISMA | package) == "unverified"
        assert status(slug, {"app.py": "print(1)"}) == "not_applicable"
