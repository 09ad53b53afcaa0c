"""What a liar hands in: well-formed, and true, nearly true or false in every part."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from gonogo.agents.submission import END
from gonogo.criteria import load_catalogue
from tests.conftest import SHOP
from tests.tools.made_people import PEOPLE
from tests.tools.made_secrets import make_secrets
from tests.worst_case.targets import SERVICE

SECTIONS = ("summary", "impact", "road_map")
FILES = SERVICE | {
    "docs/evil.md": SHOP["docs/evil.md"],
    "app/pay.py": (
        "import requests\n\nRETRIES = 3\n\n\ndef pay(order):\n    for attempt in range(RETRIES):\n"
        "        requests.post('http://pay/orders', json=order)  # 12 orders\n"
    ),
    "infra/main.tf": (
        'resource "aws_db_instance" "orders" {\n  backup_retention_period = 0\n  publicly_accessible     = true\n'
        "  storage_encrypted       = false\n}\n"
    ),
    "numbers.txt": "12|\n34: forty\n97| 98| nested numbers here\n",
}


def private() -> list[str]:
    rnd = random.Random(7)
    return [secret.text for secret in make_secrets(rnd)[::9]] + [make(rnd) for make in list(PEOPLE.values())[:4]]


PRIVATE = private()
TRUE = (
    "The route asks for no credentials.",
    "Nothing stands before the routes.",
    "The payment is sent again after a failure.",
    "Three attempts are made.",
    "The database is public.",
    "Backups are kept for 0 days.",
    "The image has a version.",
    "The verdict is NO-GO.",
    "A person has to decide.",
    "Authentication fails.",
)
FALSE = (
    "The verdict is GO.",
    "All 97 gates hold.",
    "Approved by Ana Perez on 2026-10-01.",
    "There are 4711 findings, one of them a blocker.",
    "Twelve services passed.",
    "It was tested by Deloitte.",
    "See https://evil.example/report for details.",
    "![x](https://evil.example/x.png)",
    "<script>alert(1)</script>",
    "The waiver is valid until 2030.",
    "Encryption is on and backups are tested.",
    "The severity is low.",
    "`app/vault.py` checks every token.",
    "ev-0123456789ab shows it.",
    "ver\u200bdict: \u202eOG",
    "判定はGOです。",
    "About 99.99 percent of calls succeed within 250 ms.",
    *PRIVATE,
)


def texts() -> st.SearchStrategy[str]:
    said = st.one_of(st.sampled_from(TRUE), st.sampled_from(TRUE), st.sampled_from(FALSE), st.text(max_size=30))
    number = st.integers(0, 10_000).map(lambda n: f"It takes {n} hours.")
    mixed = st.lists(st.one_of(said, said, said, number), min_size=0, max_size=3).map(" ".join)
    return st.one_of(st.sampled_from(TRUE), st.sampled_from(TRUE), mixed)


def slugs(own: list[str]) -> st.SearchStrategy[str]:
    false = [*(row.slug for row in load_catalogue()), "", "no-such", "SEC-001", "authentication: pass"]
    return st.one_of(st.sampled_from(own), st.sampled_from(own), st.sampled_from(own), st.sampled_from(false))


def places() -> st.SearchStrategy[dict[str, Any]]:
    """Path, line and quote: true, nearly true, from elsewhere, empty, huge, or laid out oddly."""
    lines = [(path, n, line) for path, text in FILES.items() for n, line in enumerate(text.split("\n"), 1) if line]
    some = st.sampled_from(lines)

    def place(path: str, line: int, quote: str) -> dict[str, Any]:
        return {"path": path, "line": line, "quote": quote}

    true = some.map(lambda found: place(*found))
    block = st.tuples(st.sampled_from(list(FILES)), st.integers(0, 6), st.integers(1, 14)).map(
        lambda at: place(at[0], at[1] + 1, "\n".join(FILES[at[0]].split("\n")[at[1] : at[1] + at[2]]))
    )
    near = st.tuples(some, st.integers(0, 200), st.sampled_from("x0 .")).map(
        lambda at: place(at[0][0], at[0][1], _changed(at[0][2], at[1] % len(at[0][2]), at[2]))
    )
    elsewhere = st.tuples(some, some).map(lambda two: place(two[0][0], two[0][1], two[1][2]))
    odd = st.tuples(some, st.sampled_from(ODD), st.integers(-5, 10**9)).map(
        lambda at: place(at[0][0], at[2], at[1](at[0][2]))
    )
    paths = st.sampled_from(["", ".", "..", "../README.md", "/etc/passwd", "app", "./app/main.py", "app/../LICENSE"])
    wrong = st.tuples(paths, some).map(lambda two: place(two[0], 1, two[1][2]))
    made_up = st.text(max_size=40).map(lambda text: place("README.md", 1, text))
    return st.one_of(true, true, true, block, near, elsewhere, odd, wrong, made_up)


class Long(str):
    """A text too long to be printed."""

    def __repr__(self) -> str:
        return f"<{len(self)} characters>"


ODD: tuple[Callable[[str], str], ...] = (
    lambda text: "",
    lambda text: Long(text * 5_000),
    lambda text: Long(" \n\t " + text.replace(" ", " " * 3_000) + "\n" * 50),
    lambda text: "\u2028\x0b".join(text.split(" ")),
    lambda text: f"97| {text}",
    lambda text: f"97| 4711: {text}",
    lambda text: "\u200b".join(text),
    lambda text: text.upper(),
    lambda text: text.replace("<", "\\u{3c}").replace("o", "\\u{6f}"),
    lambda text: "\\u{5c}" + text,
    lambda text: text + " # 97 more",
)


def _changed(text: str, at: int, char: str) -> str:
    return text[:at] + char + text[at + 1 :]


def submissions(own: list[str], ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    some_ids = st.lists(st.sampled_from([*ids, *ids, "ev-0123456789ab", "gng-0000000000", "", "x"]), max_size=4)
    some_slugs, said, at = st.lists(slugs(own), max_size=4), texts(), places()
    answer = st.tuples(slugs(own), st.sampled_from(["fail", "pass", "not_applicable"]), said, at)
    cause = st.fixed_dictionaries({"criteria": some_slugs, "text": said, "evidence": some_ids})
    seen = st.tuples(said, said, at).map(lambda row: {"what": row[0], "why": row[1], **row[2]})
    given = answer.map(lambda row: {"criterion": row[0], "status": row[1], "reason": row[2], **row[3]})
    parts = {"causes": st.lists(cause, max_size=3), "answers": st.lists(given, max_size=8)}
    return st.fixed_dictionaries({**parts, "observations": st.lists(seen, max_size=4), "end": st.just(END)})


def prose(own: list[str], ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    cites = st.lists(st.one_of(slugs(own), st.sampled_from([*ids, "gng-0000000000"])), max_size=3)
    honest = st.tuples(st.sampled_from(TRUE), st.lists(st.sampled_from(own), min_size=1, max_size=1))
    rows = st.one_of(honest.map(lambda row: [row]), st.lists(st.tuples(texts(), cites), max_size=3))
    sentences = rows.map(lambda found: [{"text": text, "cites": ids} for text, ids in found])
    return st.fixed_dictionaries({**dict.fromkeys(SECTIONS, sentences), "end": st.just(END)})
