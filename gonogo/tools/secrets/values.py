"""What a value looks like: a reference to elsewhere, a placeholder, guessable, or as random as a real secret."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache

_REFERENCE = re.compile(
    r"\$\{|\$\(|\$[A-Za-z_{(]|\{\{|\}\}|<%|%\(|#\{|%[A-Z_]{3,}%|\[redacted|^[!&]|^@[A-Za-z_]|^%[sdvq]$|\{[a-zA-Z_.]*\}"
    r"|^(?:var|local|data|module|random_password|each|self|secrets|env|vault|ssm|arn|gcpsm|awssm|op|sm|ref|file|kms|enc)"
    r"[.:(/]|^(?:ENC|Ag[A-Z])[\[(]|^\{cipher\}|process\.env|os\.environ|getenv|secretsmanager|valueFrom|resolve:"
)
_MARKUP = re.compile(r"^<[^>]*>$|^\[[^\]]*\]$|\.{3,}|^[*x•_-]+$|^x{3,}|x{6,}|\*{3,}|…", re.IGNORECASE)
_FAKE = re.compile(
    r"example|placeholder|dummy|fake|sample|redacted|mock|your[-_ ]|[-_ ]here\b|<[a-z-]+>|insert|replace|todo|fixme"
    r"|notreal|not[-_]a[-_]real|0123456789|1234567890|123456789|abcdefgh|deadbeef|x{4,}|0{8,}|a{8,}|foobar|lorem|\bn/?a\b",
    re.IGNORECASE,
)
_CHANGE_IT = re.compile(
    r"change[-_ ]?(?:me|this|it|in|before|on|for|the|your|please)|changed?me|replace[-_ ]?(?:me|this|with)|your[-_ ]"
    r"|please[-_ ]?change|set[-_ ]?me|update[-_ ]?me|insecure|not[-_ ]?secure|unsafe|default|placeholder|dummy|example",
    re.IGNORECASE,
)
_EMPTY = frozenset(
    "null none nil undefined true false yes no on off string text secret? required optional todo tbd - ~ \\ n/a".split()
)
_CORE = frozenset(
    """
    admin administrator root toor password passwd passw0rd p@ssw0rd p@ssword pass secret changeme changeit changethis
    change_me letmein welcome guest test tester testing demo default user postgres postgresql mysql mariadb mongo
    mongodb redis rabbit rabbitmq kafka elastic elasticsearch kibana grafana minio minioadmin oracle sa neo4j
    cassandra couchdb influx influxdb keycloak jenkins nexus sonar vagrant docker django flask laravel wordpress
    drupal tomcat manager supersecret topsecret mysecret qwerty qwerty123 abc123 iloveyou 123 1234 12345 123456
    1234567 12345678 123456789 1234567890 111111 000000 master dev development local localhost app api db database
    temp temporal superset airflow zabbix dbpass dbpassword mypassword mysecretpassword hunter2 s3cr3t secret123
    """.split()
)
_WORDS = frozenset(
    """
    a an the my our your super very top ultra not so secret secrets secure security insecure password passwd passw pass
    passphrase pwd admin administrator root toor user username test tests testing tester demo dev development develop
    local localhost prod production staging stage default change changed changes me this that it in for use using only
    please replace set update with and or of to at on by is here value values string long random strong safe key keys
    token tokens api jwt auth access refresh session cookie signing sign signature signed encryption encrypt crypto
    hash hmac salt private public client server service services app application web site backend frontend db database
    data postgres postgresql psql pg mysql maria mariadb sql mongo mongodb redis rabbit rabbitmq mq kafka elastic
    elasticsearch kibana grafana prometheus minio oracle neo cassandra influx keycloak jenkins django flask laravel
    rails node express next fast nest spring boot java python go wordpress docker compose kube kubernetes k8s guest
    welcome hello world foo bar baz qux example sample placeholder dummy fake mock temp tmp internal master main
    company corp project name id min char chars characters character least must be bits bit byte bytes must some any
    one two three four first abc qwerty letmein open sesame iloveyou dragon monkey football sunshine shadow
    """.split()
)
_LEET = str.maketrans({"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s", "7": "t", "!": "i"})


def is_reference(value: str) -> bool:
    """Says whether a value points elsewhere: a variable, a template expression, a secret store."""
    return bool(_REFERENCE.search(value))


def is_empty(value: str) -> bool:
    """Says whether a value is no secret at all: nothing, a null, a switch."""
    return len(value) < 3 or value.lower() in _EMPTY or bool(_MARKUP.search(value))


def is_fake(value: str) -> bool:
    """Says whether a token says itself that it is none: an example, a sequence, a row of x."""
    return bool(_FAKE.search(value)) or bool(_MARKUP.search(value)) or len(set(value[-16:])) < 5


def guessable(value: str, about: frozenset[str] = frozenset()) -> str:
    """Why somebody could guess a password, in words; empty where nobody could. ``about``: words of its surroundings."""
    low = value.lower()
    if low in _CORE or low.strip("!.#@$123456789") in _CORE:
        return "a well-known default"
    if _CHANGE_IT.search(value):
        return "a placeholder that takes effect as it is"
    if len(set(low)) <= 2 or low in "abcdefghijklmnopqrstuvwxyz" or low in "01234567890123456789":
        return "a sequence"
    if low in about:
        return "a name that stands beside it"
    if _made_of_words(low, about):
        return "made of common words"
    if len(value) < 6 or (value.isalpha() and (value.islower() or value.istitle()) and len(value) < 12):
        return "short or a plain word"
    return ""


def is_random(value: str, least: int = 16) -> bool:
    """Says whether a value is as mixed as a generated secret, and no name, path, address or identifier."""
    if len(value) < least or len(value) > 512 or not _SECRET_CHARACTERS.fullmatch(value):
        return False
    if _UUID.fullmatch(value) or _ADDRESS.search(value) or is_fake(value):
        return False
    digits = sum(char.isdigit() for char in value)
    letters = sum(char.isalpha() for char in value)
    if digits < 2 or letters < 2 or entropy(value) < (3.0 if len(value) < 24 else 3.2):
        return False
    worded = sum(
        len(part) for part in re.split(r"[-_./:+=]", value) if re.fullmatch(r"[A-Za-z]{3,}|[a-z]+\d{1,2}", part)
    )
    return worded < len(value) * 0.5


_SECRET_CHARACTERS = re.compile(r"[A-Za-z0-9+/=_\-.!@#$%^&*~?:;,|()\[\]]+")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_ADDRESS = re.compile(
    r"://|^/[\w.-]+/|^\./|^[\w-]+(?:\.[\w-]+){2,}$|\.(?:com|org|io|net|json|pem|key|crt|ya?ml|txt)$|^sha\d{3}[-:]"
)


def entropy(value: str) -> float:
    """Shannon entropy in bits a character."""
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)


@lru_cache(maxsize=4096)
def _made_of_words(low: str, about: frozenset[str]) -> bool:
    known = _WORDS | about
    for text in (low, low.translate(_LEET)):
        letters = re.sub(r"[^a-z]", "", text)
        if len(letters) >= 3 and len(letters) >= len(low) * 0.5 and _splits(letters, known):
            return True
    return False


def _splits(letters: str, known: frozenset[str]) -> bool:
    if len(letters) > 80:
        return False
    reached = [True] + [False] * len(letters)
    for end in range(1, len(letters) + 1):
        reached[end] = any(reached[start] and letters[start:end] in known for start in range(max(0, end - 16), end))
    return reached[-1]
