"""Secrets of nobody, made from a seed in the forms that vendors document. No value stands in a file."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

ALNUM = string.ascii_letters + string.digits
BASE32 = string.ascii_uppercase + "234567"
HEX = "0123456789abcdef"


@dataclass(frozen=True)
class Secret:
    """``text`` is the secret with what its form takes, ``core`` what must not be seen. With a name, a setting."""

    kind: str
    text: str
    core: str
    name: str = ""


def some(rnd: random.Random, alphabet: str, count: int) -> str:
    """Characters with digits and letters among them, and no two alike in a row."""
    while True:
        text = "".join(rnd.choice(alphabet) for _ in range(count))
        varied = all(a != b for a, b in pairwise(text)) or count > 60
        if varied and sum(c.isdigit() for c in text) >= 2 and sum(c.isalpha() for c in text) >= 2:
            return text


def form(prefix: str, alphabet: str, count: int, tail: str = "") -> Callable[[random.Random], str]:
    return lambda rnd: prefix + some(rnd, alphabet, count) + tail


def slack(rnd: random.Random) -> str:
    return f"xoxb-{rnd.randint(10**11, 10**12 - 1)}-{rnd.randint(10**11, 10**12 - 1)}-{some(rnd, ALNUM, 24)}"


def sendgrid(rnd: random.Random) -> str:
    return f"SG.{some(rnd, ALNUM, 22)}.{some(rnd, ALNUM, 43)}"


def jwt(rnd: random.Random) -> str:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    body = f'{{"sub":"{rnd.randint(10**5, 10**6)}","iat":{rnd.randint(10**9, 2 * 10**9)}}}'
    head = '{"alg":"HS256","typ":"JWT"}'
    return f"{part(head)}.{part(body)}.{some(rnd, ALNUM, 43)}"


def old_openai(rnd: random.Random) -> str:
    return f"sk-{some(rnd, ALNUM, 20)}T3Blb" + f"kFJ{some(rnd, ALNUM, 20)}"


TOKENS: dict[str, Callable[[random.Random], str]] = {
    "aws-access-key": form("AK" + "IA", BASE32, 16),
    "aws-session-key": form("AS" + "IA", BASE32, 16),
    "github-token": form("gh" + "p_", ALNUM, 36),
    "github-app-token": form("gh" + "s_", ALNUM, 36),
    "github-fine-token": lambda rnd: "github_" + f"pat_{some(rnd, ALNUM, 22)}_{some(rnd, ALNUM, 59)}",
    "gitlab-token": form("glp" + "at-", ALNUM, 20),
    "slack-token": slack,
    "stripe-key": form("sk_" + "live_", ALNUM, 24),
    "stripe-test-key": form("rk_" + "test_", ALNUM, 24),
    "google-api-key": form("AI" + "za", ALNUM, 35),
    "google-oauth-secret": form("GOC" + "SPX-", ALNUM, 28),
    "openai-api-key": form("sk-" + "proj-", ALNUM, 64),
    "old-openai-key": old_openai,
    "anthropic-api-key": form("sk-" + "ant-api03-", ALNUM, 95),
    "twilio-key": form("S" + "K", HEX, 32),
    "sendgrid-key": sendgrid,
    "npm-token": form("np" + "m_", ALNUM, 36),
    "pypi-token": form("pypi-AgEIcHl" + "waS5vcmc", ALNUM, 80),
    "jwt": jwt,
    "vault-token": form("hv" + "s.", ALNUM, 40),
    "databricks-token": form("dap" + "i", HEX, 32),
    "digitalocean-token": form("dop" + "_v1_", HEX, 64),
    "langsmith-key": lambda rnd: "lsv2" + f"_pt_{some(rnd, HEX, 32)}_{some(rnd, HEX, 10)}",
    "grafana-token": lambda rnd: "gls" + f"a_{some(rnd, ALNUM, 32)}_{some(rnd, HEX, 8)}",
    "shopify-token": form("shp" + "at_", HEX, 32),
    "groq-api-key": form("gs" + "k_", ALNUM, 52),
}


def password(rnd: random.Random) -> str:
    return some(rnd, ALNUM, 12) + rnd.choice("!#-_.") + some(rnd, ALNUM, 7)


def address(rnd: random.Random, scheme: str, user: str, rest: str) -> Secret:
    core = some(rnd, ALNUM, 18)
    return Secret("connection-string", f"{scheme}://{user}:{core}@{rest}", core)


def bearer(rnd: random.Random) -> Secret:
    core = some(rnd, ALNUM, 40)
    return Secret("bearer-token", f"Bearer {core}", core)


def private_key(rnd: random.Random) -> Secret:
    lines = [some(rnd, ALNUM + "+/", 64) for _ in range(6)]
    kind = rnd.choice(["RSA ", "EC ", ""])
    text = "\n".join((f"-----BEGIN {kind}PRIV" + "ATE KEY-----", *lines, f"-----END {kind}PRIV" + "ATE KEY-----"))
    return Secret("private-key", text, lines[2])


def setting(rnd: random.Random, name: str, core: str) -> Secret:
    return Secret("setting", f"{name}={core}", core, name)


def make_secrets(rnd: random.Random) -> list[Secret]:
    """Tokens twice each, addresses with passwords, bearer tokens, private keys, settings that a name makes secret."""
    secrets = [Secret(kind, text := make(rnd), text) for kind, make in TOKENS.items() for _ in range(2)]
    secrets += [
        address(rnd, scheme, user, rest)
        for scheme, user, rest in (
            ("postgresql", "orders", "db.internal:5432/orders"),
            ("mysql", "shop", "10.1.2.3:3306/shop"),
            ("mongodb+srv", "svc", "cluster0.mongo.net/prod"),
            ("redis", "", "cache.internal:6379/0"),
            ("amqp", "worker", "mq.internal:5672/main"),
            ("https", "deploy", "git.corp.net/team/repo.git"),
            ("https", "collector", "logs.corp.net/ingest"),
        )
    ]
    secrets += [bearer(rnd) for _ in range(3)]
    secrets += [private_key(rnd) for _ in range(3)]
    names = ("DB_PASSWORD", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "SMTP_PASSWORD", "ADMIN_PASSWD", "JWT_SECRET")
    secrets += [setting(rnd, name, password(rnd)) for name in names]
    names = ("API_KEY", "CLIENT_SECRET", "AUTH_TOKEN", "AWS_SECRET_ACCESS_KEY", "WEBHOOK_SECRET", "SESSION_SECRET")
    return secrets + [setting(rnd, name, some(rnd, ALNUM, 40)) for name in names]
