"""Support lives."""

from __future__ import annotations

from datetime import date

import pytest

from gonogo.facts.support import support
from tests.asking import ask, status


def docker(image: str) -> dict[str, str]:
    return {"Dockerfile": f"FROM {image}\nCMD x\n"}


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("python:3.7-slim", "fail"),
        ("python:3.13-slim", "pass"),
        ("python:3.13-slim-buster", "fail"),
        ("node:22-alpine3.15", "fail"),
        ("openjdk:17-jre", "fail"),
        ("eclipse-temurin:21-jre", "pass"),
        ("registry.acme.io/base/python:3.7", "fail"),
        ("gcr.io/distroless/nodejs18-debian12", "fail"),
        ("mcr.microsoft.com/dotnet/aspnet:6.0", "fail"),
        ("public.ecr.aws/lambda/python:3.8", "fail"),
        ("node:lts", "unverified"),
        ("acme/own:1.0", "unverified"),
    ],
)
def test_images(image: str, said: str) -> None:
    assert status("supported-runtimes", docker(image)) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('resource "aws_eks_cluster" "a" {\n  version = "1.27"\n}\n', "fail"),
        ('resource "aws_eks_cluster" "a" {\n  version = "1.34"\n}\n', "pass"),
        ('resource "aws_eks_cluster" "a" {\n  version = "1.33"\n}\n', "unverified"),
        ('resource "aws_lambda_function" "a" {\n  runtime = "nodejs16.x"\n}\n', "fail"),
        ('resource "aws_db_instance" "a" {\n  engine = "postgres"\n  engine_version = "9.6"\n}\n', "fail"),
    ],
)
def test_cloud(text: str, said: str) -> None:
    assert status("supported-runtimes", {"main.tf": text}) == said


def test_pipelines_decide_where_nothing_shipped_does() -> None:
    workflow = """on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/setup-node@v4
        with:
          node-version: '18'
"""
    files = {".github/workflows/ci.yml": workflow, "package.json": '{"name": "x"}'}
    (finding,) = ask("supported-runtimes", files).findings
    assert (finding.locator.path, finding.locator.line) == (".github/workflows/ci.yml", 8)
    assert status("supported-runtimes", files | docker("node:24")) == "pass"


def test_the_table_knows_when() -> None:
    life = support().life("python", "3.9.1")
    assert life is not None and life.cycle == "3.9"
    assert not life.ended(date(2025, 1, 1)) and life.ended(date(2026, 1, 1))
    eks = support().life("eks", "1.29")
    assert eks is not None and eks.only_extended(date(2025, 6, 1)) and eks.ended(date(2026, 6, 1))
