"""What databases say when checkpoints can't be kept, as sentences: without a word of what was to be stored."""

from __future__ import annotations

import errno

from gonogo.graph.sealed import CheckpointError


def told(where: str, error: BaseException) -> CheckpointError:
    """The error of a driver, of a file or of a client, as one of ours."""
    said = _said(error)
    for words, why, advice in _FAULTS:
        if any(word in said for word in words):
            return CheckpointError(f"{where}: checkpoints can't be kept there ({why}): {advice}.")
    return CheckpointError(f"{where}: checkpoints can't be kept there ({_kind(error)}): check it, or give another.")


_FAULTS = (
    (
        ("readonly", "read-only", "erofs"),
        "it is read-only",
        "check the rights of the file and its folder, or give one that takes writes",
    ),
    (("disk is full", "diskfull", "no space left", "enospc", "edquot"), "it has no room left", "free some"),
    (
        ("too many clients", "connection slots", "throttling", "throughputexceeded", "requestlimitexceeded"),
        "it takes no more at the moment",
        "wait, or raise its limits",
    ),
    (
        ("database is locked", "table is locked", "locknotavailable", "deadlockdetected"),
        "another process holds it",
        "wait for it",
    ),
    (("not a database", "malformed"), "it is no database, or a damaged one", "move it away"),
    (
        ("no such table", "no such column", "undefinedtable", "undefinedcolumn", "resourcenotfound"),
        "there is no such table",
        "make it, or check its name and region",
    ),
    (
        ("insufficientprivilege", "accessdenied", "permission denied", "eacces", "eperm"),
        "access is denied",
        "it takes the rights to make, read and write tables or files there",
    ),
    (
        ("password", "authentication", 'role "', "credential", "signature", "securitytoken", "unrecognizedclient"),
        "the login is refused",
        "check user, password and credentials",
    ),
    (("expiredtoken",), "the login has expired", "log in again"),
    (("invalidcatalogname", 'database "'), "there is no such database", "make it, or check its name"),
    (("unable to open", "enoent", "enotdir", "eisdir", "eexist"), "it can't be opened", "check its folder"),
    (("disk i/o", "eio"), "it can't be read or written", "check the disk"),
    (("noregion",), "its region is not known", "add ?region=NAME"),
    (("validationexception",), "its keys are others", "it takes a table whose keys are the strings PK and SK"),
    (
        ("connect", "timeout", "timed out", "resolve", "refused", "closed", "endpoint", "operationalerror"),
        "it can't be reached",
        "check that it runs and the address is right",
    ),
)
"""What is said in small letters, why, and what to do about it; the first that fits."""


def _said(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno:
        return errno.errorcode.get(error.errno, "").lower()  # the rest is a path, which may hold any word
    return f"{_kind(error)} {type(error).__name__} {error}".lower()


def _kind(error: BaseException) -> str:
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return str(code or type(error).__name__)
