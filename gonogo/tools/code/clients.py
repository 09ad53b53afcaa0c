"""Calls over a network: which library makes them, and whether a timeout and retries are set, or documented defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts.code import Argument, Call, Client, CodeFile, Language
from gonogo.tools.code.application import Application
from gonogo.tools.code.java_clients import find_java_clients
from gonogo.tools.code.libraries import CLIENTS, RETRIES, ClientLibrary

_LATER = re.compile(
    r"SetTimeout|setConnectTimeout|setReadTimeout|\.timeout\(|connectTimeout\(|responseTimeout|context\.WithTimeout|"
    r"WithDeadline|requestTimeout|asyncio\.timeout|wait_for\(|AbortSignal\.timeout|\.setTimeout\(|TimeLimiter"
)
_ANY = {
    language: re.compile("|".join(f"(?:{row.pattern.pattern})" for row in rows)) for language, rows in CLIENTS.items()
}
"""All rows of a language at once: most calls fit none."""
_TIMEOUT_WORDS = re.compile(r"(?i)time_?out|deadline|abort")


def find_clients(application: Application, browser: set[str]) -> Iterator[Client]:
    """Every network call or client. Those in files that only a browser loads are of kind ``browser``."""
    yield from find_java_clients(application)
    defaults = _global_defaults(application)
    for file in application.files:
        retried: bool | None = None
        text = ""
        for call in (*file.calls, *_derived(file)):
            row = _row(file, call)
            if row is None:
                continue
            if retried is None:
                retried = bool(file.imports_of(*RETRIES))
            timeout = _timeout(row, call)
            if timeout == "none" and row.library in defaults:
                timeout = "set"
            if timeout == "none" and file.language in (Language.GO, Language.JAVA):
                text = text or application.repository.text(file.path)
                timeout = "set" if _LATER.search(text) else timeout
            elif timeout == "none" and _guarded(file, call, application):
                timeout = "set"
            library = "sqlite" if row.kind == "database" and _embedded(call) else row.library
            kind = "browser" if file.path in browser and row.kind == "http" else row.kind
            yield Client(kind, library, call, timeout, "set" if retried else row.retries, _service(row, call))


def _embedded(call: Call) -> bool:
    """A client that is told to open SQLite."""
    return any("sqlite" in (argument.text + argument.refers).lower() for argument in call.arguments)


def _derived(file: CodeFile) -> Iterator[Call]:
    """Clients that are made by deriving: ``class PrismaService extends PrismaClient``."""
    for definition in file.definitions:
        for base in definition.bases:
            if any(row.kind != "http" and row.pattern.match(base) for row in CLIENTS[file.language]):
                yield Call(base, definition.name, (), definition.at)


def _row(file: CodeFile, call: Call) -> ClientLibrary | None:
    if not _ANY[file.language].match(call.name):
        return None
    for row in CLIENTS[file.language]:
        if row.pattern.match(call.name):
            return (
                row
                if call.arguments or row.kind != "http" or call.name[-1:].isupper() or "lient" in call.name
                else None
            )
    return None


def _timeout(row: ClientLibrary, call: Call) -> str:
    given = call.argument(*row.options) if row.options else None
    if given is not None:
        if given.literal and given.value in (None, 0, False):
            return "none"
        if row.library in ("boto3", "sqlalchemy", "aws-sdk", "psycopg", "aioboto3") and not _TIMEOUT_WORDS.search(
            given.text
        ):
            return row.timeout
        return "set"
    if any(_spread(argument) for argument in call.arguments):
        return "unknown" if row.timeout == "none" else row.timeout
    if (
        row.timeout == "none"
        and row.library in ("fetch", "axios", "http", "got", "superagent")
        and _options_elsewhere(call)
    ):
        return "unknown"
    if row.timeout == "none" and any(_TIMEOUT_WORDS.search(argument.text) for argument in call.arguments):
        return "set"
    return row.timeout


def _spread(argument: Argument) -> bool:
    return argument.name in ("**", "...") or any(entry.name == "..." for entry in argument.entries)


def _options_elsewhere(call: Call) -> bool:
    """Whether options come in a variable: ``fetch(url, options)``."""
    rest = [a for a in call.arguments[1:] if not a.name]
    last = rest[-1] if rest else None
    return (
        last is not None
        and not last.entries
        and not last.literal
        and bool(re.match(r"^[\w.]*(opt|config|init|param|setting)\w*$", last.text, re.I))
    )


def _guarded(file: CodeFile, call: Call, application: Application) -> bool:
    """Whether the statement itself waits with a limit: ``asyncio.wait_for(...)``, ``Promise.race`` and the like."""
    lines = application.repository.lines(file.path)
    near = "\n".join(lines[max(call.at.line - 4, 0) : call.at.line])
    return bool(
        re.search(
            r"wait_for\(|asyncio\.timeout\(|async_timeout|fail_after\(|move_on_after\(|Promise\.race\(|[wW]ithTimeout\(|pTimeout\(",
            near,
        )
    )


def _global_defaults(application: Application) -> set[str]:
    """Libraries whose default timeout the application sets for all calls."""
    found: set[str] = set()
    for file in application.files:
        for item in file.assignments:
            if item.name.endswith("axios.defaults.timeout"):
                found.add("axios")
        for call in file.calls:
            if call.name in ("socket.setdefaulttimeout",):
                found.update({"urllib", "http.client", "smtplib"})
            elif call.name.endswith("setGlobalDispatcher") and any(
                _TIMEOUT_WORDS.search(a.text) for a in call.arguments
            ):
                found.add("fetch")
    return found


def _service(row: ClientLibrary, call: Call) -> str:
    if row.kind != "cloud":
        return ""
    first = call.argument("service_name") or call.positional(0)
    if row.library in ("boto3", "aioboto3") and first is not None and isinstance(first.value, str):
        return first.value
    return re.sub(r"^@aws-sdk/client-", "", call.name.partition(".")[0]) if call.name.startswith("@aws-sdk") else ""
