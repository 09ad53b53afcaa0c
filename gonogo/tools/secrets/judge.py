"""What a named literal is: a credential, a guessable default, or nothing to speak of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from gonogo.facts.secret_names import Noun, words_of
from gonogo.tools.secrets.named import Named
from gonogo.tools.secrets.values import guessable, is_empty, is_fake, is_random, is_reference


class Format(StrEnum):
    """How a file writes literals."""

    YAML = "yaml"
    CONFIG = "config"
    """Environment files, properties, ini, shell, Dockerfiles: values need no quotes."""
    DATA = "data"
    """JSON, TOML, HCL, XML: strings are quoted, and a setting takes effect as it stands."""
    CODE = "code"
    DOCUMENT = "document"

    @property
    def bare(self) -> bool:
        return self in (Format.YAML, Format.CONFIG)


class Level(StrEnum):
    """How sure it is. What is not PLACEHOLDER is redacted; only CREDENTIAL and GUESSABLE are told."""

    CREDENTIAL = "credential"
    CONTINUED = "continued"
    """A further line of a credential that was told at its first."""
    GUESSABLE = "guessable"
    DOUBTFUL = "doubtful"
    PLACEHOLDER = "placeholder"

    @property
    def rank(self) -> int:
        return len(Level) - list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a literal is, and why it can be guessed."""

    level: Level
    why: str = ""


_LABELS = frozenset(
    "password passwd pass pwd secret token key user username default test string text hidden new-password "
    "current-password off on basic bearer none credentials oauth2".split()
)
"""What forms, schemas and constants call a field; in code these are no passwords."""
_OURS = frozenset("admin internal auth master root service worker access app jwt hmac encryption webhook".split())
"""Words in the name of a token that the target itself checks."""
_CONSTANT = re.compile(r"^[A-Z][A-Z0-9_]+$")
HARD_CODED = "a hard-coded fallback"


def judge(named: Named, shape: Format, about: frozenset[str]) -> Verdict | None:
    """The verdict over a named literal in a file of this format; None where it is no secret."""
    value = named.value.strip()
    if is_reference(value) or is_empty(value) or not value.isprintable():
        return None
    if " " in value and not value.startswith(("Bearer ", "Basic ")):
        return None
    if shape is Format.DOCUMENT or named.call:
        return Verdict(Level.DOUBTFUL)
    if named.noun is Noun.THIRD_PARTY:
        return _third_party(named, value, about)
    if shape is Format.CODE:
        return _in_code(named, value, about)
    if named.noun is Noun.PASSWORD:
        return _password(named, value, about)
    return _keyish(named, value, about)


def judge_bare(named: Named, about: frozenset[str]) -> Verdict | None:
    """The verdict over an entry of a secret manifest: whatever its name, it is meant to be secret."""
    value = named.value
    if is_reference(value) or is_empty(value) or not value.isprintable():
        return None
    if named.noun is Noun.PASSWORD:
        return _password(named, value, about)
    if is_random(value, 12):
        return Verdict(Level.CREDENTIAL)
    return _keyish(named, value, about) if named.noun is Noun.KEY else Verdict(Level.DOUBTFUL)


def _third_party(named: Named, value: str, about: frozenset[str]) -> Verdict:
    if is_random(value):
        return Verdict(Level.GUESSABLE, HARD_CODED) if named.fallback else Verdict(Level.CREDENTIAL)
    if is_fake(value):
        return Verdict(Level.PLACEHOLDER)
    if words_of(named.name) & _OURS and (why := guessable(value, about)) and named.fallback:
        return Verdict(Level.GUESSABLE, why)
    return Verdict(Level.DOUBTFUL)


def _password(named: Named, value: str, about: frozenset[str]) -> Verdict | None:
    if re.match(r"^(?:/|\./|https?://)|^[A-Z_]{4,}$", value) and not guessable(value, about):
        return None  # a path, an address, or the name of a variable
    why = guessable(value, about | words_of(named.name))
    if why or named.fallback:
        return Verdict(Level.GUESSABLE, why or HARD_CODED)
    if is_fake(value):
        return Verdict(Level.PLACEHOLDER)
    if re.fullmatch(r"[a-zA-Z]+(?:[-_.][a-zA-Z]+)+", value):
        return Verdict(Level.DOUBTFUL)  # as likely the name of something that holds the password
    return Verdict(Level.CREDENTIAL)


def _keyish(named: Named, value: str, about: frozenset[str]) -> Verdict:
    why = guessable(value, about | words_of(named.name))
    if is_random(value, 12) and not why:
        return Verdict(Level.GUESSABLE, HARD_CODED) if named.fallback else Verdict(Level.CREDENTIAL)
    refers = not _CONSTANT.match(named.name) and re.fullmatch(r"[a-z0-9]+(?:[-./][a-z0-9]+)*", value)
    if why and not (refers and why not in ("a well-known default", "a placeholder that takes effect as it is")):
        return Verdict(Level.GUESSABLE, why)
    if named.fallback and not refers:
        return Verdict(Level.GUESSABLE, HARD_CODED)
    return Verdict(Level.DOUBTFUL)


def _in_code(named: Named, value: str, about: frozenset[str]) -> Verdict | None:
    low = value.lower()
    if low in _LABELS or low.replace("_", "").replace("-", "") == named.name.lower().replace("_", "").replace("-", ""):
        return None
    if re.fullmatch(r"[A-Za-z_$][\w$]*(?:[._-][A-Za-z]\w*)+", value) and not named.fallback:
        return None  # an identifier, a key of a translation, the name of a header or setting
    why = guessable(value, about)
    if named.fallback:
        return Verdict(Level.GUESSABLE, why or HARD_CODED)
    mixed = any(char.isdigit() for char in value) and any(char.isalpha() for char in value)
    if why:
        told = why in ("a well-known default", "a placeholder that takes effect as it is") or mixed
        constant = bool(_CONSTANT.match(named.name.rpartition(".")[2]))
        return Verdict(Level.GUESSABLE, why) if told or constant else Verdict(Level.DOUBTFUL)
    if is_fake(value):
        return Verdict(Level.PLACEHOLDER)
    least = 8 if named.noun is Noun.PASSWORD else 12
    sure = mixed and len(value) >= least and (named.noun is Noun.PASSWORD or is_random(value, 12))
    return Verdict(Level.CREDENTIAL if sure else Level.DOUBTFUL)
