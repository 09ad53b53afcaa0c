"""Credentials that their own form tells: detect-secrets' plugins, and forms that vendors document and it lacks.

One pass over the bytes looks for the beginnings of all of them; the detectors see the lines that it marks, only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any

import re2  # type: ignore[import-untyped]

from gonogo.tools.secrets.values import entropy, is_fake, is_random

_PLUGINS = (
    ("aws-access-key", "aws.AWSKeyDetector", "(?:AKIA|ASIA|ABIA|ACCA|A3T)[A-Z0-9]{2}"),
    ("artifactory-token", "artifactory.ArtifactoryDetector", "AKC[a-zA-Z0-9]{5}"),
    ("azure-storage-key", "azure_storage_key.AzureStorageKeyDetector", "AccountKey="),
    ("github-token", "github_token.GitHubTokenDetector", "gh[opsur]_[A-Za-z0-9]"),
    ("gitlab-token", "gitlab_token.GitLabTokenDetector", "gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-|GR1348941"),
    ("jwt", "jwt.JwtTokenDetector", "eyJ[A-Za-z0-9_-]"),
    ("mailchimp-key", "mailchimp.MailchimpDetector", "[0-9a-z]-us[0-9]"),
    ("npm-token", "npm.NpmDetector", ":_authToken"),
    ("openai-api-key", "openai.OpenAIDetector", "T3BlbkFJ"),
    ("pypi-token", "pypi_token.PypiTokenDetector", "pypi-AgE"),
    ("sendgrid-key", "sendgrid.SendGridDetector", r"SG\.[a-zA-Z0-9_-]{3}"),
    ("slack-token", "slack.SlackDetector", r"xox[abposre]-|hooks\.slack\.com/services"),
    ("square-token", "square_oauth.SquareOAuthDetector", "sq0csp"),
    ("stripe-key", "stripe.StripeDetector", "[rs]k_live_"),
    ("telegram-token", "telegram_token.TelegramBotTokenDetector", "[0-9]:AA[0-9A-Za-z_-]"),
    ("twilio-key", "twilio.TwilioKeyDetector", "(?:AC|SK)[a-f0-9]{6}"),
)
"""Plugins of detect-secrets: our kind, where it lies, and what each of its matches holds."""
_FORMS = (
    ("anthropic-api-key", r"\bsk-ant-[a-z0-9]{3,12}-[\w-]{40,120}", "sk-ant-"),
    ("openai-api-key", r"\bsk-(?:proj|svcacct|admin)-[\w-]{40,200}", "sk-(?:proj|svcacct|admin)-"),
    ("openrouter-api-key", r"\bsk-or-v1-[0-9a-f]{64}\b", "sk-or-v1-"),
    ("api-key", r"\bsk-[A-Za-z0-9]{32,64}\b", "sk-[A-Za-z0-9]{8}"),
    ("groq-api-key", r"\bgsk_[A-Za-z0-9]{40,60}\b", "gsk_"),
    ("huggingface-token", r"\bhf_[A-Za-z]{30,40}\b", "hf_[A-Za-z]{4}"),
    ("langfuse-key", r"\bsk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "sk-lf-"),
    ("langsmith-key", r"\blsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}\b", "lsv2_"),
    ("google-api-key", r"\bAIza[\w-]{35}(?![\w-])", "AIza"),
    ("google-oauth-secret", r"\bGOCSPX-[\w-]{28}(?![\w-])", "GOCSPX-"),
    ("github-token", r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b", "github_pat_"),
    ("npm-token", r"\bnpm_[A-Za-z0-9]{36}\b", "npm_[A-Za-z0-9]"),
    ("docker-hub-token", r"\bdckr_pat_[\w-]{27}", "dckr_pat_"),
    ("digitalocean-token", r"\bdo[opr]_v1_[0-9a-f]{64}\b", "do[opr]_v1_"),
    ("databricks-token", r"\bdapi[0-9a-f]{32}\b", "dapi[0-9a-f]"),
    ("shopify-token", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b", "shp[acps][ats]_"),
    ("vault-token", r"\bhv[bsr]\.[\w-]{24,300}", r"hv[bsr]\.\w"),
    ("terraform-cloud-token", r"\b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}", r"\.atlasv1\."),
    ("grafana-token", r"\bglsa_[A-Za-z0-9]{32}_[0-9a-f]{8}\b|\bglc_[A-Za-z0-9+/]{32,}={0,2}", "gl(?:sa|c)_"),
    ("new-relic-key", r"\bNRAK-[A-Z0-9]{27}\b", "NRAK-"),
    ("linear-key", r"\blin_api_[A-Za-z0-9]{40}\b", "lin_api_"),
    ("postman-key", r"\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b", "PMAK-"),
    ("atlassian-token", r"\bATATT3[\w-]{100,}=?[0-9A-F]*", "ATATT3"),
    ("supabase-token", r"\bsb(?:p|_secret)_[\w-]{30,}", "sb(?:p|_secret)_"),
    ("stripe-key", r"\b[rs]k_test_[0-9A-Za-z]{24,}", "[rs]k_test_"),
    ("stripe-webhook-secret", r"\bwhsec_[A-Za-z0-9+/]{32,64}=*", "whsec_"),
    ("age-key", r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b", "AGE-SECRET-KEY-1"),
    ("discord-webhook", r"\bcom/api/webhooks/[0-9]{17,20}/(?P<value>[\w-]{60,70})", "/api/webhooks/"),
    ("teams-webhook", r"\.webhook\.office\.com/webhookb2/(?P<value>[\w@-]{60,}/[^\s\"']+)", r"\.webhook\.office\."),
    ("bearer-token", r"(?i:bearer) (?P<value>[A-Za-z0-9._~+/-]{24,}(?:=+(?!\w))?)", "(?i:bearer) [A-Za-z0-9]"),
)
"""Forms that vendors document: kind, expression, and what each match holds."""
_LEAST_ENTROPY = 3.0
LONG, BEFORE, AFTER = 2_000, 200, 1_000
"""Characters: what makes a line long, and how much around a needle is looked at in one."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token in a line; ``start`` and ``end`` are its columns."""

    kind: str
    start: int
    end: int
    value: str
    fake: bool
    """Whether it says itself that it is an example."""


def find_tokens(line: str) -> Iterator[Token]:
    """The tokens of one line; of a long one, around what the needles find (detectors go back and forth)."""
    if len(line) <= LONG:
        if _any_needle().search(line):
            yield from _detect(line)
        return
    seen: set[tuple[int, int]] = set()
    for match in _any_needle().finditer(line):
        first = max(0, match.start() - BEFORE)
        for token in _detect(line[first : match.start() + AFTER]):
            moved = replace(token, start=token.start + first, end=token.end + first)
            if (moved.start, moved.end) not in seen:
                seen.add((moved.start, moved.end))
                yield moved


def _detect(line: str) -> Iterator[Token]:
    likely = _needle_set().Match(line.encode("utf-8", "replace")) or ()
    forms = _forms()
    for index in sorted(index - len(_PLUGINS) for index in likely if index >= len(_PLUGINS)):
        kind, regex = forms[index]
        for match in regex.finditer(line):
            yield from _token(line, kind, match, "value" if "value" in regex.groupindex else 0)
    for index in sorted(index for index in likely if index < len(_PLUGINS)):
        kind, path, _ = _PLUGINS[index]
        plugin = _plugin(path)
        valid = getattr(plugin, "is_formally_valid", None)
        for regex in plugin.denylist:
            for match in regex.finditer(line):
                if valid is None or valid(match[0]):
                    # Some plugins group the prefix of the token, others the token behind its name.
                    group = regex.groups if regex.groups and len(match[regex.groups] or "") >= 16 else 0
                    yield from _token(line, kind, match, group)


def _token(line: str, kind: str, match: re.Match[str], group: int | str) -> Iterator[Token]:
    value, start = match[group], match.start(group)
    if kind in ("api-key", "bearer-token") and not is_random(value, 24):
        return
    inside = (start > 0 and line[start - 1].isalnum()) or line[match.end(group) : match.end(group) + 1].isalnum()
    if not inside and entropy(value) >= _LEAST_ENTROPY:
        yield Token(kind, start, start + len(value), value, is_fake(value))


def needles() -> str:
    """An RE2 expression that finds a part of each token."""
    return "|".join(sorted({needle for _, _, needle in (*_PLUGINS, *_FORMS)}))


def compiled(regex: str) -> Any:
    """A quiet RE2 expression with bounded memory."""
    options = re2.Options()
    options.max_mem = 1 << 26
    options.log_errors = False
    return re2.compile(regex, options)


@cache
def _any_needle() -> Any:
    return compiled(needles())


@cache
def _needle_set() -> Any:
    """Tells in one pass which needles a line holds: first those of the plugins, then those of the forms."""
    found = re2.Set.SearchSet()
    for _, _, needle in (*_PLUGINS, *_FORMS):
        found.Add(needle)
    found.Compile()
    return found


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(regex)) for kind, regex, _ in _FORMS)


@cache
def _plugin(path: str) -> Any:
    """Imported when a line needs it: all of them import an HTTP client, to verify what they find. Nothing here does."""
    module, _, name = path.partition(".")
    return getattr(import_module(f"detect_secrets.plugins.{module}"), name)()
