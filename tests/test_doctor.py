"""``gonogo doctor`` says which of model, region, guardrail and permissions are there."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from gonogo.cli import cli
from tests.bedrock import Answer, Control, Fault, Guardrail, Request, Scripted, serve

PROFILE = "us.anthropic.claude-sonnet-5-5"
ALL = Control(models=("amazon.nova-pro-v1:0",), profiles=(PROFILE,), guardrails=("gr1:2",))


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def yes(request: Request) -> Scripted:
    return Guardrail() if request.path_kind == "apply" else Answer("Y", stop="max_tokens")


def doctor(*args: str, script=yes, control: Control = ALL) -> Result:  # type: ignore[no-untyped-def]
    with serve(script, control=control) as server:
        return CliRunner().invoke(cli, ["doctor", *args, "--endpoint-url", server.url, "--region", "us-east-1"])


def rows(result: Result) -> dict[str, tuple[str, str]]:
    lines = [line for line in result.output.splitlines() if line[:3] in ("ok ", "no ")]
    return {line[3:26].strip(): (line[:2], line[26:].strip()) for line in lines}


def test_everything_is_there() -> None:
    found = doctor("--model", f"bedrock:{PROFILE}", "--guardrail", "gr1:2")
    assert found.exit_code == 0, found.output
    assert {state for state, _ in rows(found).values()} == {"ok"}
    for says in ("us-east-1", "bedrock:InvokeModel is allowed", "bedrock:ApplyGuardrail is allowed", "valid: "):
        assert says in found.output


def test_a_foundation_model_is_looked_up_as_one() -> None:
    found = doctor("--model", "bedrock:amazon.nova-pro-v1:0")
    assert found.exit_code == 0, found.output


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--model", "bedrock:us.anthropic.claude-nobody"), "check --model and --region"),
        (("--model", f"bedrock:{PROFILE}", "--guardrail", "gr9:1"), "check --guardrail"),
        (("--model", f"bedrock:{PROFILE}", "--guardrail", "gr1"), "ID:VERSION"),
        (("--model", "nonsense"), "PROVIDER:NAME"),
    ],
)
def test_what_is_not_there_is_said(args: tuple[str, ...], says: str) -> None:
    found = doctor(*args)
    assert found.exit_code == 2
    assert says in found.output
    assert "Traceback" not in found.output


def test_a_missing_permission_is_said() -> None:
    found = doctor("--model", f"bedrock:{PROFILE}", script=lambda request: Fault(403, "AccessDeniedException", "no"))
    assert found.exit_code == 2
    assert "bedrock:InvokeModel" in found.output


def test_without_a_model_it_says_how_to_ask() -> None:
    found = CliRunner().invoke(cli, ["doctor"])
    assert found.exit_code == 0
    assert "--model PROVIDER:NAME" in found.output
