"""Names that sound secret: what a variable or key of such a name holds."""

from __future__ import annotations

import re
from enum import StrEnum

PASSWORD = r"passwords?|passwd|passphrase|pwd|requirepass"
KEYISH = (
    r"secret(?:[_.-]?key(?:[_.-]?base)?)?|(?:encryption|encrypt|signing|signature|session|cookie|master|jwt|hmac|app|crypto|salt)"
    r"[_.-]?(?:key|secret)"
)
THIRD = (
    r"api[_.-]?(?:key|token|secret)|access[_.-]?(?:key|token)|secret[_.-]?access[_.-]?key|auth[_.-]?(?:token|key)|authtoken"
    r"|(?:client|consumer|webhook)[_.-]?secret|(?:account|private|subscription|service)[_.-]?key|token|credentials?"
)
_TAIL = (
    r"(?:[_.-]?(?:prod|production|dev|staging|default|value|fallback|b64|base64|hex|plain|string|override|\d{1,2}))?"
)
NAME = re.compile(
    rf"(?P<name>(?<![\w.-])[A-Za-z][\w.-]{{0,99}}?(?:[_.-]|(?<=[a-z0-9])(?=[A-Z]))|(?<![\w-])|(?<=[_.-]))"
    rf"(?P<noun>(?P<third>(?i:{THIRD}))|(?P<password>(?i:{PASSWORD})|(?<![A-Za-z])(?:pass|PASS|Pass)|(?<=[a-z0-9])Pass)"
    rf"|(?P<keyish>(?i:{KEYISH})))(?i:{_TAIL})(?![\w-])"
)
NOT_SECRET = frozenset(
    """
    public pub existing csrf xsrf pagination page next continuation reset forgot no is has use require required show
    hide toggle confirm confirmation new old min max num total count prompt completion input output pull bos eos pad
    design enable enabled disable disabled allow verify repeat per remaining used cached sync cancel cancellation syntax
    html xml lexer parser change update hashed hash encrypted masked display invalid missing wrong valid validate check
    compare
    """.split()
)
"""Words that make a name something else: ``csrf_token``, ``max_token``, ``imagePullSecret``, ``confirmPassword``."""


class Noun(StrEnum):
    """What the name says that the value is."""

    PASSWORD = "password"
    KEY = "secret"
    THIRD_PARTY = "api-key"


def noun_of(match: re.Match[str]) -> Noun:
    """What a match of NAME says that the value is."""
    if match["password"]:
        return Noun.PASSWORD
    return Noun.KEY if match["keyish"] else Noun.THIRD_PARTY


def secret_name(name: str) -> Noun | None:
    """What a variable of this name holds; None where the name does not sound secret."""
    if name.upper().endswith("APPLICATION_CREDENTIALS"):
        return None  # the path of a file
    match = None
    for found in NAME.finditer(name):
        match = found
    if match is None or match.end() != len(name) or words_of(name[: match.start("noun")]) & NOT_SECRET:
        return None
    return noun_of(match)


def words_of(text: str) -> frozenset[str]:
    """The lower-case words of a name or path."""
    spread = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    return frozenset(word.lower() for word in re.split(r"[^A-Za-z]+", spread) if len(word) > 1)
