"""The names of spans' attributes: OpenTelemetry's GenAI semantic conventions, and ours.

The conventions' own package calls all its GenAI constants deprecated, since they moved: they are written out here.
"""

from __future__ import annotations

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
AGENT = "gen_ai.agent.name"
WORKFLOW = "gen_ai.workflow.name"
CONVERSATION = "gen_ai.conversation.id"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHE_READ = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITTEN = "gen_ai.usage.cache_creation.input_tokens"
TOKEN_TYPE = "gen_ai.token.type"
TOOL = "gen_ai.tool.name"
TOOL_CALL = "gen_ai.tool.call.id"
TOOL_TYPE = "gen_ai.tool.type"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
CONTENT = frozenset({INPUT_MESSAGES, OUTPUT_MESSAGES})
"""What was asked and said: left out unless the operator asks for it."""
ERROR = "error.type"
SERVICE = "service.name"
VERSION = "service.version"

RUN = "gonogo.run.id"
VERDICT = "gonogo.verdict"
COST = "gonogo.cost.usd"
"""In USD; absent where no price is known."""
EVIDENCE = "gonogo.evidence.ids"
FINDINGS = "gonogo.finding.ids"
CRITERIA = "gonogo.criteria"
HIT = "gonogo.ledger.hit"
"""Whether the ledger answered, and nothing was paid."""
STEP = "gonogo.step"
STATE = "gonogo.state"

KIND = "openinference.span.kind"
PROJECT = "openinference.project.name"
"""Beside the conventions, so that Phoenix knows steps from models and tools."""
PROVIDERS = {"bedrock": "aws.bedrock", "google_genai": "gcp.gemini", "azure_openai": "azure.ai.openai"}
"""LangChain's names of providers in the conventions' words, where they differ."""
