"""gonogo's own state: its folder, its store and the key that seals what is stored. Reads the environment, as
``config.py`` does; nothing else does."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

KEY_BYTES = 32
LEAST_KEY = 16
"""Characters of a key from the environment, at least."""


class StateError(Exception):
    """The state folder or what the environment says of it can't be used. The message says what to do."""


def state_folder() -> Path:
    """Where gonogo keeps its own state: ``$GONOGO_STATE``, or else ``gonogo`` in the user's state folder."""
    if set_to := os.environ.get("GONOGO_STATE"):
        return Path(set_to)
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "gonogo"


def store_url() -> str:
    """The store that runs are kept in: ``$GONOGO_STORE``, or else a file in the state folder."""
    return os.environ.get("GONOGO_STORE") or f"sqlite:///{state_folder() / 'runs.sqlite'}"


def store_key() -> bytes:
    """The key that seals what is stored: 32 bytes.

    From ``$GONOGO_STORE_KEY``, which a team shares, or from a file in the state folder that is made at first use. Not
    in the store: who can write there can't forge what is sealed. Raises StateError.
    """
    if given := os.environ.get("GONOGO_STORE_KEY"):
        if len(given) < LEAST_KEY:
            raise StateError(f"GONOGO_STORE_KEY is shorter than {LEAST_KEY} characters: give a long random one.")
        return hashlib.sha256(given.encode()).digest()
    path = state_folder() / "store.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _read_key(path) or _make_key(path)
    except OSError as error:
        raise StateError(f"{path}: can't be used ({error.strerror}): check the folder, or set GONOGO_STATE.") from error


def signing_key() -> bytes:
    """The private key of Ed25519 that signs sealed reports: 32 bytes.

    From ``$GONOGO_SIGNING_KEY`` (64 hex digits), or from a file in the state folder that is made at first use and that
    the user alone can read. Raises StateError.
    """
    if given := os.environ.get("GONOGO_SIGNING_KEY"):
        if len(given) != 2 * KEY_BYTES or not set(given) <= set("0123456789abcdefABCDEF"):
            raise StateError(f"GONOGO_SIGNING_KEY is no key of {2 * KEY_BYTES} hex digits: give one, or leave it out.")
        return bytes.fromhex(given)
    path = state_folder() / "signing.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _read_key(path) or _make_key(path)
    except OSError as error:
        raise StateError(f"{path}: can't be used ({error.strerror}): check the folder, or set GONOGO_STATE.") from error


def base_reference() -> str | None:
    """The commit or branch that a pipeline's change goes into, as GitHub and GitLab say it; None where neither does."""
    if branch := os.environ.get("GITHUB_BASE_REF"):
        return f"refs/remotes/origin/{branch}"
    if target := os.environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA"):
        return target  # only merged-results pipelines have it
    # Not the commit that a branch began at (CI_MERGE_REQUEST_DIFF_BASE_SHA): its author chooses how old that is.
    branch = os.environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    return f"refs/remotes/origin/{branch}" if branch else None


def is_on_github() -> bool:
    """Says whether this runs in a workflow of GitHub, which reads annotations from the output."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def job_summary_file() -> Path | None:
    """The file that GitHub shows on a job's page; None elsewhere."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    return Path(path) if path else None


def mcp_token() -> str | None:
    """The token that clients of ``gonogo mcp`` send over HTTP: ``$GONOGO_MCP_TOKEN``; None where none is given.

    Raises StateError for one that can be guessed.
    """
    given = os.environ.get("GONOGO_MCP_TOKEN")
    if given and (len(given) < LEAST_KEY or not given.isascii() or not given.isprintable() or " " in given):
        raise StateError(f"GONOGO_MCP_TOKEN is no token of {LEAST_KEY} printable characters: give a long random one.")
    return given or None


def own_environment() -> dict[str, str]:
    """The environment, for a process of gonogo's own."""
    return dict(os.environ)


def otlp_headers() -> Mapping[str, str]:
    """The headers for a collector: ``$OTEL_EXPORTER_OTLP_HEADERS``, ``name=value`` by commas, percent-encoded."""
    pairs = (part.partition("=") for part in os.environ.get("OTEL_EXPORTER_OTLP_HEADERS", "").split(","))
    return {name.strip().lower(): unquote(value.strip()) for name, equals, value in pairs if equals and name.strip()}


def _read_key(path: Path) -> bytes | None:
    if not path.exists():
        return None
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise StateError(f"{path}: is no key of {KEY_BYTES} bytes: put the old file back, or move it away.")
    return key


def _make_key(path: Path) -> bytes:
    """Makes the key beside its place and links it there: of several processes at once, one key wins, and is whole."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123  a descriptor, which Path can't open
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(beside, path)
    except FileExistsError:
        pass  # another process was first: its key is the key
    finally:
        beside.unlink()
    key = _read_key(path)
    if key is None:
        raise StateError(f"{path}: was removed while it was made: try again.")
    return key
