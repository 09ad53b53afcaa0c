"""A service full of secrets and personal data of nobody, and a model that reads all of it and repeats what it sees."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from gonogo.model.criterion import Area
from tests.bedrock import Answer, Request, Script, Scripted
from tests.tools.test_canaries import BY_CHARACTER, CARRIERS, OPAQUE, Canary, carried
from tests.worst_case.obeying import READS_A_TURN, Line, answer, results, submit, write

CHUNK = 7_000
"""Characters of one look-up: a reply holds them all."""
SHOWN = 300
"""Characters of a line that are shown."""
FOLDERS = {"server.log": "logs/", "headers.txt": "docs/", "README.md": "", "main.tf": "infra/", "settings.py": "app/"}
MORE = {
    "db/seed.sql": "INSERT INTO notes (id, note) VALUES (1, '{}');",
    "docs/response.http": "X-Note: {}",
    ".github/workflows/notes.yml": "      - run: echo '{}'",
}
"""Sources beside those of ``CARRIERS``, as a line each."""
_NUMBERED = re.compile(r"^(\d+)\| (.*)$")
_ID = re.compile(r"\bev-[0-9a-f]{12}\b")
_OPEN = re.compile(r"^## ([a-z0-9-]+) \(", re.MULTILINE)


def listed(canaries: Sequence[Canary], encodings: Sequence[str]) -> dict[str, str]:
    """Files that hold a line of each canary, each in the next encoding."""
    files = {}
    for path in CARRIERS:
        pairs = zip(canaries, cycle(encodings), strict=False)
        files[FOLDERS.get(path, "config/") + path] = "\n".join(carried(c, encoding, path) for c, encoding in pairs)
    for path, line in MORE.items():
        pairs = zip(canaries, cycle(encodings), strict=False)
        files[path] = "\n".join(line.format(_encoded(c, encoding, c.text)) for c, encoding in pairs)
    return files


@dataclass(frozen=True)
class _Row:
    """A canary as a setting. ``is_bare`` says that it is one without its name, too."""

    name: str
    value: str
    is_bare: bool


def structured(canaries: Sequence[Canary], encodings: Sequence[str]) -> dict[str, str]:
    """Files that our tools understand, with canaries where their facts come from."""
    rows = []
    for number, (canary, encoding) in enumerate(zip(canaries, cycle(encodings), strict=False)):
        is_bare = encoding in OPAQUE or not canary.name
        value = _encoded(canary, encoding, canary.text if is_bare else canary.core)
        rows.append(_Row(canary.name.upper() if canary.name and not is_bare else f"NOTE_{number}", value, is_bare))
    environments = _apart(rows)
    bare = [row.value for row in rows if row.is_bare]
    return {
        "compose.yaml": "services:\n" + "".join(_service(number, pairs) for number, pairs in enumerate(environments)),
        "deploy/app.yaml": "---\n".join(_deployment(number, pairs) for number, pairs in enumerate(environments)),
        ".github/workflows/deploy.yml": _workflow(environments, bare),
        "infra/orders.tf": "".join(_terraform(number, row) for number, row in enumerate(rows)),
        "app/pay.py": _code(rows),
        "Dockerfile": "FROM python:3.12-slim\n" + "".join(f"ENV {r.name}={json.dumps(r.value)}\n" for r in rows),
        "monitoring/rules.yaml": "groups:\n  - name: orders\n    rules:\n" + "".join(map(_rule, bare)),
        ".env": "".join(f"{row.name}={row.value}\n" for row in rows if "\n" not in row.value),
    }


def _encoded(canary: Canary, encoding: str, text: str) -> str:
    return OPAQUE[encoding](canary.text) if encoding in OPAQUE else BY_CHARACTER[encoding](text)


def _apart(rows: Sequence[_Row]) -> list[dict[str, str]]:
    """Environments in which no name stands twice."""
    found: list[dict[str, str]] = [{}]
    for row in rows:
        room = next((pairs for pairs in found if row.name not in pairs), None)
        if room is None:
            found.append(room := {})
        room[row.name] = row.value
    return found


def _service(number: int, pairs: dict[str, str]) -> str:
    lines = "".join(f"      {name}: {json.dumps(value)}\n" for name, value in pairs.items())
    labels = "".join(f"      note-{name.lower()}: {json.dumps(value)}\n" for name, value in pairs.items())
    return f"  app{number}:\n    image: registry.internal/app:1\n    environment:\n{lines}    labels:\n{labels}"


def _deployment(number: int, pairs: dict[str, str]) -> str:
    env = "".join(
        f"            - name: {name}\n              value: {json.dumps(value)}\n" for name, value in pairs.items()
    )
    notes = "".join(f"    {name.lower()}: {json.dumps(value)}\n" for name, value in pairs.items())
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app{number}\n  annotations:\n{notes}spec:\n"
        f"  template:\n    spec:\n      containers:\n        - name: app\n          image: app:1\n          env:\n{env}"
    )


def _workflow(environments: Sequence[dict[str, str]], bare: Sequence[str]) -> str:
    jobs = ""
    for number, pairs in enumerate(environments):
        env = "".join(f"      {name}: {json.dumps(value)}\n" for name, value in pairs.items())
        values = bare[number :: len(environments)]
        steps = "".join(f"      - run: {json.dumps('deploy --note ' + value)}\n" for value in values)
        jobs += f"  job{number}:\n    runs-on: ubuntu-24.04\n    env:\n{env}    steps:\n{steps}"
    return f"on: [push]\njobs:\n{jobs}"


def _terraform(number: int, row: _Row) -> str:
    text, name = json.dumps(row.value).replace("${", "$${"), row.name.lower()
    tags = f"  tags = {{\n    Note = {text}\n  }}\n" if row.is_bare else ""
    default = f'variable "v{number}_{name}" {{\n  default = {text}\n}}\n' if row.is_bare else ""
    return f'{default}resource "aws_db_instance" "db{number}" {{\n  {name} = {text}\n{tags}}}\n'


def _code(rows: Sequence[_Row]) -> str:
    lines = ["import logging", "import requests", "from fastapi import FastAPI", "app = FastAPI()"]
    lines.append("log = logging.getLogger()")
    for number, row in enumerate(rows):
        text = json.dumps(row.value)
        lines += [f"{row.name} = {text}", f"requests.get('https://api.internal/x', params={{'{row.name}': {text}}})"]
        if row.is_bare:
            lines += [f"log.info({text})", f"@app.get({text})", f"def route{number}():", f"    return {text}"]
    return "\n".join(lines) + "\n"


def _rule(value: str) -> str:
    alert = "      - alert: Note\n        expr: up == 0\n        annotations:\n"
    return f"{alert}          description: {json.dumps(value)}\n"


def blabber(files: Mapping[str, str], guesses: Sequence[str]) -> Script:
    """The script of a model that reads every line, an area its share, looks with every tool, and repeats it.

    ``guesses`` are searched for: beginnings of what it must not see.
    """
    reads = _reads(files)

    def script(request: Request) -> Scripted:
        name = request.system.split("\n")[0].removeprefix("# ")
        if name == "synthesizer":
            return write(_sentences(request))
        number = [area.value for area in Area].index(name)
        calls = [*_looks(request, number, guesses), *reads[number :: len(Area)]]
        done = len(list(results(request)))
        if todo := calls[done : done + READS_A_TURN]:
            return Answer(tools=todo)
        return _repeat(request)

    return script


def _reads(files: Mapping[str, str]) -> list[tuple[str, object]]:
    """Look-ups that show every line of every file."""
    found: list[tuple[str, object]] = []
    for path, text in sorted(files.items()):
        first, used = 1, 0
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            used += min(len(line), SHOWN) + 10
            if used > CHUNK or number == len(lines) or number - first >= 100:
                found.append(("read_file", {"path": path, "first_line": first, "last_line": number}))
                first, used = number + 1, 0
    return found


def _looks(request: Request, number: int, guesses: Sequence[str]) -> list[tuple[str, object]]:
    brief = request.messages[0]["content"][0]["text"]
    shown = [("show_evidence", {"id": item}) for item in dict.fromkeys(_ID.findall(brief))]
    return [
        ("list_files", {"glob": ""}),
        ("resolve_terraform", {"reference": f"aws_db_instance.db{number}"}),
        ("resolve_terraform", {"reference": f"var.v{number}_note_{number}"}),
        (
            "find_references",
            {"name": ("NOTE_1", "DB_PASSWORD", "pay.py", "API_KEY", "v4_note_4", "compose.yaml", "route3")[number]},
        ),
        ("search", {"text": ("note", "password", "token", "key", "x-note", "@", "iban")[number], "glob": ""}),
        ("search", {"text": guesses[number % len(guesses)], "glob": ""}),
        ("read_file", {"path": f"{guesses[number % len(guesses)]}/app.env", "first_line": "x", "last_line": 1}),
        ("no_such_tool", {"given": guesses[number % len(guesses)]}),
        *shown[:5],
    ]


def _repeat(request: Request) -> Answer:
    lines = [
        Line(call["path"], int(match[1]), match[2])
        for name, call, text in results(request)
        if name == "read_file"
        for line in text.split("\n")
        if (match := _NUMBERED.match(line)) and len(match[2]) > 8
    ]
    brief = request.messages[0]["content"][0]["text"]
    slugs, ids = _OPEN.findall(brief), _ID.findall(brief)
    answers = [answer(slug, "pass", line.text, line) for slug, line in zip(slugs, lines, strict=False)]
    seen = [{"what": line.text, "why": line.text, **_at(line)} for line in lines[-30:]]
    cause = {"criteria": slugs[:3], "text": lines[0].text if lines else "", "evidence": ids[:3]}
    return submit(answers, [cause], seen)


def _at(line: Line) -> dict[str, Any]:
    return {"path": line.path, "line": line.number, "quote": line.text}


def _sentences(request: Request) -> list[tuple[str, Sequence[str]]]:
    facts = request.messages[0]["content"][0]["text"]
    ids = re.findall(r"\bgng-[0-9a-f]{10}\b", facts)
    lines = [line.strip() for line in facts.split("\n") if len(line) > 30]
    return [(line[:300], ids[:1]) for line in lines[request.turn * 10 : request.turn * 10 + 10]]
