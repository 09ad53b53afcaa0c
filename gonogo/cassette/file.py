"""The file of a cassette: YAML with a header that says what was recorded, and the interactions in a fixed order."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gonogo.cassette.bodies import Body, Form
from gonogo.cassette.errors import CassetteError
from gonogo.cassette.interaction import Interaction, Request, Response, sort_key
from gonogo.cassette.yaml_text import to_yaml

FORMAT = 1
HEADER = "gonogo_cassette"
END = "..."
"""The last line, YAML's end of a document: a file that was cut lacks it."""
_OPENING = "# Recorded by gonogo, never written by hand. `gonogo cassette show FILE` lists it.\n"


@dataclass(frozen=True, slots=True)
class Cassette:
    """What a file holds. ``about``: free, see session.open_cassette."""

    about: Mapping[str, Any]
    interactions: tuple[Interaction, ...]


def read_cassette(path: Path) -> Cassette:
    """The cassette in a file. Raises CassetteError where it can't be read, is foreign, newer or cut."""
    text = _read(path)
    document = _parse(path, text)
    about = _about(path, document)
    rows = document.get("interactions")
    if not isinstance(rows, list) or not text.rstrip().endswith(f"\n{END}"):
        raise CassetteError(f"{path}: the file is cut: restore it, or record it again.")
    if len(rows) != document.get("count"):
        said = document.get("count")
        raise CassetteError(
            f"{path}: the file says {said} interactions and holds {len(rows)}: restore it, or record it again."
        )
    return Cassette(about, tuple(_interaction(path, number, row) for number, row in enumerate(rows, 1)))


def read_about(path: Path) -> dict[str, Any]:
    """What the header of a cassette says, without reading its interactions. Raises CassetteError like read_cassette."""
    head, _, _ = _read(path).partition("\ninteractions:")
    return _about(path, _parse(path, head))


def write_cassette(path: Path, cassette: Cassette) -> None:
    """Writes the file, sorted, in one step: a reader sees the old one or the new one. Raises CassetteError."""
    rows = sorted(cassette.interactions, key=sort_key)  # stable: repeats stay in the order in which they came
    document = {
        HEADER: FORMAT,
        "about": dict(cassette.about),
        "count": len(rows),
        "interactions": [_row(interaction) for interaction in rows],
    }
    data = f"{_OPENING}{to_yaml(document)}{END}\n".encode()
    waiting = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with waiting.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(path)
    except OSError as error:
        waiting.unlink(missing_ok=True)
        raise CassetteError(
            f"{path}: can't be written ({error.strerror}): give another place for the cassette."
        ) from error


def _read(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise CassetteError(f"{path}: there is no such cassette: record one with --record once.") from None
    except OSError as error:
        raise CassetteError(f"{path}: can't be read ({error.strerror}): check the path and its permissions.") from error
    except UnicodeDecodeError:
        raise CassetteError(f"{path}: is not text, so it is no cassette: restore it, or record it again.") from None
    if not text.strip():
        raise CassetteError(f"{path}: is empty: delete it, and record it with --record once.")
    return text


def _parse(path: Path, text: str) -> dict[str, Any]:
    import yaml

    from gonogo.cassette.yaml_read import read_yaml

    try:
        document = read_yaml(text)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise CassetteError(f"{path}: is cut or no YAML{line}: restore it, or record it again.") from error
    return document if isinstance(document, dict) else {}


def _about(path: Path, document: dict[str, Any]) -> dict[str, Any]:
    version = document.get(HEADER)
    if version is None and "interactions" in document:
        raise CassetteError(f"{path}: is a cassette of vcrpy or of another tool: record it again with gonogo.")
    if not isinstance(version, int):
        raise CassetteError(f"{path}: is no cassette of gonogo (it has no {HEADER} header): give another file.")
    if version > FORMAT:
        says = f"is of format {version} and this gonogo reads {FORMAT}"
        raise CassetteError(f"{path}: {says}: update gonogo, or record it again.")
    about = document.get("about")
    return about if isinstance(about, dict) else {}


def _row(interaction: Interaction) -> dict[str, Any]:
    request, response = interaction.request, interaction.response
    return {
        "request": {
            "method": request.method,
            "uri": request.uri,
            **({"headers": dict(request.headers)} if request.headers else {}),
            **_written(request.body, in_order=True),
        },
        "response": {
            "status": response.status,
            "reason": response.reason,
            **({"headers": dict(response.headers)} if response.headers else {}),
            **_written(response.body, in_order=False),
        },
    }


def _written(body: Body | None, *, in_order: bool) -> dict[str, Any]:
    if body is None:
        return {}
    if body.form is Form.BINARY:
        text = base64.b64encode(body.value).decode()
        return {Form.BINARY.value: "".join(f"{text[at : at + 76]}\n" for at in range(0, len(text), 76))}
    return {body.form.value: _sorted(body.value) if in_order else body.value}


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(inner) for key, inner in sorted(value.items())}
    return [_sorted(inner) for inner in value] if isinstance(value, list) else value


def _interaction(path: Path, number: int, row: Any) -> Interaction:
    try:
        request, response = row["request"], row["response"]
        return Interaction(
            Request(str(request["method"]), str(request["uri"]), _headers(request), _body(request)),
            Response(int(response["status"]), str(response["reason"]), _headers(response), _body(response)),
        )
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise CassetteError(
            f"{path}: interaction {number} is not whole: restore the file, or record it again."
        ) from error


def _headers(part: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in part.get("headers", {}).items()}


def _body(part: Mapping[str, Any]) -> Body | None:
    for form in Form:
        if form.value in part:
            value = part[form.value]
            return Body(form, base64.b64decode(value) if form is Form.BINARY else value)
    return None
