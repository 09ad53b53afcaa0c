"""Criteria of language models: where they apply, and what fails, stays open or passes."""

from __future__ import annotations

import pytest

from gonogo.criteria import load_catalogue
from gonogo.model.criterion import Area
from tests.asking import ask, status

SLUGS = tuple(row.slug for row in load_catalogue() if row.area is Area.AI)
SERVER = """from fastapi import FastAPI
import uvicorn
{imports}
app = FastAPI()
@app.post('/ask')
def ask(q: str):
{body}
uvicorn.run(app)
"""
CHAT = SERVER.format(
    imports="from openai import OpenAI\nclient = OpenAI()",
    body="    system = 'You are a helpful clerk'\n"
    "    return client.chat.completions.create(model='gpt-4o', messages=[system, q])",
)
PINNED = CHAT.replace("gpt-4o", "gpt-4o-2024-08-06")
AGENT = SERVER.format(
    imports="from langchain.agents import create_agent\nfrom langchain_core.tools import tool\n"
    "@tool\ndef delete_order(number: str) -> str:\n    'Deletes.'\n    return number\n",
    body="    return create_agent('gpt-4o', tools=[delete_order]).invoke(q)",
)
PERSONA = "---\nname: {name}\n---\nYou are **{name}**, who deploys things.\n"
PERSONAS = {
    "README.md": "# Agents\nThe Infra Bot and the Kube Master run our platform.\n",
    ".crew/personas/infra-bot.md": PERSONA.format(name="Infra Bot"),
    ".crew/personas/kube-master.md": PERSONA.format(name="Kube Master"),
}
CLOUD_AGENT = """
resource "aws_bedrockagent_agent" "a" {
  agent_name       = "a"
  foundation_model = "anthropic.claude-3-sonnet-20240229-v1:0"
  %s
}
"""
GUARDRAIL = """
resource "aws_bedrock_guardrail" "g" {
  name = "g"
  content_policy_config {
    filters_config { type = "PROMPT_ATTACK" }
  }
  sensitive_information_policy_config {
    pii_entities_config { type = "EMAIL" }
  }
}
"""
ATTACHED = "guardrail_configuration {\n    guardrail_identifier = aws_bedrock_guardrail.g.guardrail_id\n  }"


@pytest.mark.parametrize("slug", SLUGS)
def test_without_a_model_nothing_applies(slug: str) -> None:
    helpers = {
        "app.py": "print('hello')",
        "CLAUDE.md": "You are a careful engineer.",
        ".cursorrules": "Use tabs.",
        ".claude/agents/code-reviewer.md": PERSONA.format(name="Code Reviewer"),
        ".claude/agents/test-writer.md": PERSONA.format(name="Test Writer"),
        "README.md": "# Shop\nA shop.\n",
    }
    assert status(slug, helpers) == "not_applicable"


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("llm-guardrails", "fail"),
        ("llm-pii-protection", "fail"),
        ("llm-output-validation", "fail"),
        ("llm-fail-closed", "unverified"),
        ("llm-deterministic-replay", "fail"),
        ("llm-tracing", "fail"),
        ("llm-token-budget", "fail"),
        ("llm-evals", "fail"),
        ("llm-tool-least-privilege", "not_applicable"),
        ("llm-prompt-injection", "fail"),
        ("llm-human-approval", "not_applicable"),
        ("prompt-versioning", "pass"),
        ("knowledge-base-health", "not_applicable"),
        ("model-resilience", "fail"),
        ("llm-loop-bounds", "not_applicable"),
        ("llm-model-pinned", "fail"),
        ("llm-invocation-logging", "not_applicable"),
    ],
)
def test_a_plain_chat_service(slug: str, expected: str) -> None:
    assert status(slug, {"main.py": CHAT}) == expected


def test_a_failure_names_the_model_path() -> None:
    found = ask("llm-guardrails", {"main.py": CHAT})
    assert "1 of 1 path" in found.assessment.reason
    assert str(found.findings[0].locator).startswith("main.py:")


def test_unused_code_is_no_use_of_a_model() -> None:
    files = {
        "main.py": SERVER.format(imports="", body="    return q"),
        "unused.py": "from openai import OpenAI\ndef f(q):\n    return OpenAI().responses.create(input=q)\n",
    }
    assert status("llm-guardrails", files) == "not_applicable"


def test_a_text_message_is_no_model_call() -> None:
    sms = SERVER.format(
        imports="from twilio.rest import Client\nclient = Client()", body="    return client.messages.create(body=q)"
    )
    assert status("llm-guardrails", {"main.py": sms}) == "not_applicable"


def test_a_model_behind_plain_http_counts() -> None:
    code = SERVER.format(
        imports="import requests", body="    return requests.post('https://api.openai.com/v1/chat/completions', json=q)"
    )
    assert status("llm-guardrails", {"main.py": code}) == "fail"


def test_pinned_models_pass_and_settings_stay_open() -> None:
    assert status("llm-model-pinned", {"main.py": PINNED}) == "pass"
    assert status("llm-model-pinned", {"main.py": CHAT.replace("'gpt-4o'", "q.model")}) == "unverified"


@pytest.mark.parametrize(
    ("infrastructure", "expected"),
    [
        (CLOUD_AGENT % "", "fail"),
        (GUARDRAIL + CLOUD_AGENT % "", "fail"),
        (GUARDRAIL + CLOUD_AGENT % ATTACHED, "pass"),
        (GUARDRAIL.replace("sensitive_information", "word") + CLOUD_AGENT % ATTACHED, "fail"),
    ],
)
def test_guardrails_of_cloud_agents(infrastructure: str, expected: str) -> None:
    assert status("llm-guardrails", {"main.tf": infrastructure}) == expected


def test_invocation_logging_is_a_setting_of_the_account() -> None:
    logging = (
        'resource "aws_bedrock_model_invocation_logging_configuration" "l" {\n  logging_config {\n    s3_config {\n'
    )
    logging += '      bucket_name = "logs"\n    }\n  }\n}\nresource "aws_kms_key" "k" {}\n'
    assert status("llm-invocation-logging", {"main.tf": CLOUD_AGENT % ""}) == "unverified"
    assert status("llm-invocation-logging", {"main.tf": logging + CLOUD_AGENT % ""}) == "pass"


def test_tools_that_change_things_need_approval() -> None:
    for slug in ("llm-tool-least-privilege", "llm-human-approval"):
        found = ask(slug, {"main.py": AGENT})
        assert found.assessment.status == "fail"
        assert "delete_order" in found.assessment.reason
    approved = AGENT.replace("tools=[delete_order]", "tools=[delete_order], interrupt_on={'delete_order': True}")
    assert status("llm-human-approval", {"main.py": approved}) == "unverified"


def test_personas_that_the_readme_presents_are_the_target() -> None:
    assert status("llm-guardrails", PERSONAS) == "fail"
    assert status("llm-loop-bounds", PERSONAS) == "fail"
    assert status("prompt-versioning", PERSONAS) == "pass"
    assert status("llm-invocation-logging", PERSONAS) == "not_applicable"


def test_a_swallowed_error_fails_open() -> None:
    body = (
        "    try:\n        return client.chat.completions.create(model='gpt-4o')\n    except Exception:\n        pass"
    )
    code = SERVER.format(imports="from openai import OpenAI\nclient = OpenAI()", body=body)
    assert status("llm-fail-closed", {"main.py": code}) == "fail"


def test_a_pipeline_that_only_mentions_evaluation_evaluates_nothing() -> None:
    ci = "on: push\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {}\n"
    assert status("llm-evals", {"main.py": CHAT, ".github/workflows/ci.yml": ci.format("echo no eval here")}) == "fail"
    evaluated = {"main.py": CHAT, ".github/workflows/ci.yml": ci.format("promptfoo eval -c prompts.yaml")}
    assert status("llm-evals", evaluated) == "unverified"
