"""Reads all tracked text files for credentials, default passwords and environment files."""

from __future__ import annotations

import hashlib
import hmac
import re

from gonogo.facts.repository import File, Repository, Role
from gonogo.facts.secret_names import secret_name
from gonogo.facts.secrets import Credential, DefaultPassword, EnvFile, Secrets
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.model.target import Target
from gonogo.tools.secrets.detect import Hit, find_hits
from gonogo.tools.secrets.judge import Level
from gonogo.tools.secrets.places import about, is_local, leave_out, setting_of, shape_of
from gonogo.tools.secrets.values import is_reference

_UNREAD_ROLES = (Role.VENDORED, Role.GENERATED)
_ENV_NAME = re.compile(r"(?:^|/)(?:\.env(?:\.[\w-]+)*|[\w.-]+\.env|\.envrc)$")
_ENV_LINE = re.compile(r"^\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*[\"']?(?P<value>[^\"'\s#]+)")
_NAME = re.compile(r"[^\w.-]+")


def read_secrets(repository: Repository, target: Target) -> Secrets:
    """Reads secrets from the files of a repository. Values become keyed hashes here and go no further."""
    found: list[tuple[File, Hit, str]] = []
    env_files: list[EnvFile] = []
    key = hashlib.sha256()
    count = 0
    for file in repository.files:
        if file.binary or file.role in _UNREAD_ROLES or leave_out(file.local):
            continue
        count += 1
        data = repository.read(file.path).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if _ENV_NAME.search(file.local) and file.role in (Role.PRODUCT, Role.DOCUMENT):
            env_files.append(_env_file(file, data))
        words = about(file, target.name)
        hits = find_hits(data, shape_of(file.local), words, tokens_only=file.role is Role.TEST)
        if hits:
            key.update(hashlib.sha256(data).digest())
            setting = setting_of(file, data)
            found += [(file, hit, setting) for hit in hits]
    secret = key.digest()
    return Secrets(
        credentials=tuple(
            _credential(file, hit, setting, secret) for file, hit, setting in found if hit.level is Level.CREDENTIAL
        ),
        defaults=tuple(_default(file, hit, setting) for file, hit, setting in found if hit.level is Level.GUESSABLE),
        env_files=tuple(env_files),
        files=count,
        unread=_unread(repository),
    )


def _credential(file: File, hit: Hit, setting: str, key: bytes) -> Credential:
    """The key is made of the files themselves: who holds the report alone can't try values against its hashes."""
    digest = hmac.new(key, hit.value.encode(), "sha256").hexdigest()[:12]
    name = _NAME.sub("", hit.name)[:80]
    return Credential(
        kind=hit.kind,
        name=name,
        digest=digest,
        at=Place(file.path, hit.line + 1, symbol=f"{hit.kind} {name}".strip()),
        role=file.role,
        tracked=file.tracked,
        setting=setting,
        local=is_local(file.local),
    )


def _default(file: File, hit: Hit, setting: str) -> DefaultPassword:
    name = _NAME.sub("", hit.name)[:80]
    return DefaultPassword(
        name=name,
        why=hit.why,
        fallback=hit.fallback,
        at=Place(file.path, hit.line + 1, symbol=name),
        role=file.role,
        setting=setting,
        local=is_local(file.local),
    )


def _env_file(file: File, data: bytes) -> EnvFile:
    names: list[str] = []
    for line in data.decode("utf-8", "replace").split("\n"):
        match = _ENV_LINE.match(line)
        if match and secret_name(match["name"]) and not is_reference(match["value"]):
            names.append(match["name"])
    return EnvFile(file.path, file.tracked, file.role, tuple(names))


def _unread(repository: Repository) -> tuple[Unread, ...]:
    """Files that were too big to read: a secret may lie in one that configures something."""
    by_path = repository.by_path
    return tuple(
        item
        for item in repository.unread
        if (file := by_path.get(item.path)) is None or setting_of(file, b"") != "other"
    )
