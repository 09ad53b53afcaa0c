"""Facts of application code: what product files import, call, define, serve and write, resolved by syntax tree.

Names are dotted and resolved through imports, aliases, constructors and type annotations, within a file and through
local imports: ``from boto3 import client as c; s3 = c("s3"); s3.put_object()`` calls ``boto3.client`` and
``boto3.client.put_object``; ``const app = Fastify(); app.post()`` calls ``fastify`` and ``fastify.post``; a method on
a constructed or annotated object is the class's name plus the method (``requests.Session.get``). Modules of JavaScript
keep their specifier (``@aws-sdk/client-s3.S3Client``), Go packages their path (``net/http.ListenAndServe``), Java
classes their full name. What resolves to nothing keeps the text as written, without ``self.`` or ``this.``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place

Scalar = str | int | float | bool | None


class Language(StrEnum):
    """The languages that are parsed."""

    PYTHON = "python"
    JAVASCRIPT = "javascript"
    TYPESCRIPT = "typescript"
    GO = "go"
    JAVA = "java"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call, or an entry of an object literal, dictionary or struct literal that is one."""

    name: str
    """The keyword or key; empty for a positional one."""
    text: str
    """Its source, cut at 400 characters."""
    literal: bool = False
    """Whether ``value`` is what the source says."""
    value: Scalar = None
    entries: tuple[Argument, ...] = ()
    """The entries of an object, dictionary, struct or list literal (elements have no name); the arguments of a call."""
    refers: str = ""
    """The resolved name, where it is a name or a call (then of what it calls)."""

    def entry(self, *names: str) -> Argument | None:
        """Its entry of one of these names."""
        return next((entry for entry in self.entries if entry.name in names), None)


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name. ``local`` is the path of the file it resolves to, empty for a library."""

    module: str
    name: str
    """What is imported from it; empty for the module itself, ``*`` for all."""
    alias: str
    """The name that it has in the file."""
    at: Place
    local: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A call (or construction) with a resolved name. Calls of nothing but local helpers are left out."""

    name: str
    raw: str
    """As written: ``this.client.get``."""
    arguments: tuple[Argument, ...]
    at: Place
    function: str = ""
    """The enclosing function, qualified by class; empty at module level."""
    target: str = ""
    """The variable or attribute that gets its result."""
    in_loop: bool = False

    @property
    def method(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]

    def argument(self, *names: str) -> Argument | None:
        """The keyword argument of one of these names, or the entry of that name in an object literal argument."""
        for argument in self.arguments:
            if argument.name in names:
                return argument
        for argument in self.arguments:
            if not argument.name and not argument.refers and (entry := argument.entry(*names)):
                return entry
        return None

    def positional(self, index: int) -> Argument | None:
        """The positional argument at that index."""
        plain = [argument for argument in self.arguments if not argument.name]
        return plain[index] if index < len(plain) else None


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, method or class."""

    name: str
    """Qualified by its class: ``Handler.do_GET``."""
    kind: str
    """``function``, ``method`` or ``class``."""
    at: Place
    bases: tuple[str, ...] = ()
    """Resolved names of base classes and interfaces."""
    decorators: tuple[Call, ...] = ()
    """Decorators and annotations, as calls (without arguments where they have none)."""
    parameters: tuple[Argument, ...] = ()
    """Parameters: name, and type plus default as text; ``refers`` is the resolved type."""


@dataclass(frozen=True, slots=True)
class EnvRead:
    """A read of an environment variable. ``fallback`` is its default, where that is a literal."""

    name: str
    fallback: Scalar
    at: Place
    has_fallback: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """A variable, attribute, constant or class field that gets a literal, at module or class level."""

    name: str
    value: Argument
    at: Place


@dataclass(frozen=True)
class CodeFile:
    """One product file. ``parsed`` is false where a quick look found nothing that any check could use: then only
    imports, of local files and libraries, are known."""

    path: str
    language: Language
    reached: bool
    """Whether an entry point reaches it over local imports. See :meth:`Code.is_reached`."""
    entry: str = ""
    """Why it is an entry point (``Dockerfile CMD``, ``package.json main``, ``__main__``); empty for any other file."""
    parsed: bool = True
    imports: tuple[Import, ...] = ()
    calls: tuple[Call, ...] = ()
    definitions: tuple[Definition, ...] = ()
    env: tuple[EnvRead, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    called: frozenset[str] = frozenset()
    """Last parts of all names that it calls or mentions as an argument, local ones too."""
    service: bool = False
    """Whether a server, consumer or function handler starts from here or reaches it (scripts are not)."""

    def imports_of(self, *modules: str) -> tuple[Import, ...]:
        """Imports of these libraries or of parts of them (``aws_xray_sdk`` matches ``aws_xray_sdk.core``)."""
        return tuple(i for i in self.imports if any(_is_of(i.module, module) for module in modules))


@dataclass(frozen=True, slots=True)
class Guard:
    """Something that a request passes before the handler: middleware, dependency, filter, decorator, annotation."""

    name: str
    """Resolved name; the source text, where it is an expression."""
    level: str
    """``app``, ``router``, ``route``."""
    at: Place


@dataclass(frozen=True, slots=True)
class Route:
    """A route that a reached file registers."""

    framework: str
    method: str
    """``GET`` ...; ``ANY`` where all or an unknown one."""
    path: str
    """With the prefixes of routers where these could be followed."""
    handler: str
    """Name of the handler as defined in ``at.path`` or resolved; empty for an anonymous one."""
    guards: tuple[Guard, ...]
    at: Place
    validated: bool = False
    """Whether a schema is applied to its input (typed body model, schema option, validator, bound struct)."""
    takes_input: bool = True
    """Whether it reads a body or a query, as far as that can be seen; path parameters alone do not count."""
    body: tuple[str, int, int] = ("", 0, 0)
    """Path, first and last line of the handler, where it was found."""

    @property
    def mutates(self) -> bool:
        return self.method in {"POST", "PUT", "PATCH", "DELETE", "ANY"}


@dataclass(frozen=True, slots=True)
class Listener:
    """A server that is started. ``port`` is 0 and ``host`` empty where they are not literal."""

    framework: str
    host: str
    port: int
    at: Place
    application: bool = False
    """Whether it is only an application object (``FastAPI()``), which a server loads that is started elsewhere."""


@dataclass(frozen=True, slots=True)
class Client:
    """A call over a network, or the construction of a client that makes them."""

    kind: str
    """``http``, ``database``, ``cache``, ``llm``, ``cloud``, ``mail``, ``rpc``; ``browser``: from a front end."""
    library: str
    """``requests``, ``httpx``, ``fetch``, ``boto3``, ``psycopg2``, ``sqlalchemy``, ``openai``, ``net/http`` ..."""
    call: Call
    timeout: str
    """``set``; ``default`` where the library documents a finite one; ``none`` where there is none or it is off;
    ``unknown`` where options come from elsewhere."""
    retries: str
    """``set``, ``default`` (documented retries with backoff of the SDK), ``none``, ``unknown``."""
    service: str = ""
    """For cloud clients, the service: ``s3``, ``bedrock-runtime``."""

    @property
    def at(self) -> Place:
        return self.call.at


@dataclass(frozen=True, slots=True)
class Write:
    """A file that code writes. ``mode`` is ``replace``, ``append``, ``exclusive`` or ``atomic`` (rename after it)."""

    call: Call
    mode: str
    locked: bool = False
    target: str = ""
    """Source text of the path that it writes."""

    @property
    def at(self) -> Place:
        return self.call.at


@dataclass(frozen=True, slots=True)
class SignalHandler:
    """A handler of SIGTERM or SIGINT, or a framework's shutdown hook. ``signals`` has their names."""

    signals: tuple[str, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Foreign:
    """Product code in a language that is not parsed."""

    language: str
    files: int
    at: Place


@dataclass(frozen=True)
class Code:
    """All product code. Tests, examples, generated and vendored files are not in it."""

    files: tuple[CodeFile, ...] = ()
    routes: tuple[Route, ...] = ()
    listeners: tuple[Listener, ...] = ()
    consumers: tuple[Call, ...] = ()
    """Started consumers of queues, topics and schedules: Celery, Kafka, SQS loops, BullMQ, cron libraries."""
    handlers: tuple[Definition, ...] = ()
    """Handlers of serverless functions."""
    clients: tuple[Client, ...] = ()
    writes: tuple[Write, ...] = ()
    signals: tuple[SignalHandler, ...] = ()
    middleware: tuple[Call, ...] = ()
    """Calls that register middleware, plugins or filters for a whole application or router."""
    browser: frozenset[str] = frozenset()
    """Reached files that only a browser runs: views, front ends, static scripts."""
    foreign: tuple[Foreign, ...] = ()
    unread: tuple[Unread, ...] = ()

    @cached_property
    def by_path(self) -> dict[str, CodeFile]:
        return {file.path: file for file in self.files}

    @cached_property
    def _calls(self) -> tuple[tuple[CodeFile, Call], ...]:
        return tuple((file, call) for file in self.files for call in file.calls)

    @cached_property
    def _by_head(self) -> dict[str, list[tuple[CodeFile, Call]]]:
        found: dict[str, list[tuple[CodeFile, Call]]] = {}
        for file, call in self._calls:
            found.setdefault(_head(call.name), []).append((file, call))
        return found

    def file(self, path: str) -> CodeFile | None:
        """The code file of that path."""
        return self.by_path.get(path)

    def is_reached(self, path: str) -> bool:
        """Says whether an entry point reaches the file over local imports; true for anything that is not code."""
        file = self.by_path.get(path)
        return file is None or file.reached

    def calls(self, *patterns: str, reached: bool = True) -> tuple[Call, ...]:
        """Calls whose resolved name fits a pattern: ``boto3.client``, ``openai.*`` (any depth below), ``*.create_all``
        (any prefix). ``reached=False`` includes files that no entry point reaches."""
        test = _name_pattern(patterns)
        heads = {_head(pattern) for pattern in patterns}
        everywhere = any("*" in head for head in heads)
        source = self._calls if everywhere else [p for h in sorted(heads) for p in self._by_head.get(h, ())]
        return tuple(call for file, call in source if (file.reached or not reached) and test.match(call.name))

    def imports(self, *modules: str, reached: bool = True) -> tuple[Import, ...]:
        """Imports of these libraries (or parts of them) in product code."""
        return tuple(i for file in self.files if file.reached or not reached for i in file.imports_of(*modules))

    def decorated(self, *patterns: str, reached: bool = True) -> tuple[tuple[Definition, Call], ...]:
        """Definitions with a decorator or annotation that fits a pattern, and that decorator."""
        test = _name_pattern(patterns)
        return tuple(
            (definition, decorator)
            for file in self.files
            if file.reached or not reached
            for definition in file.definitions
            for decorator in definition.decorators
            if test.match(decorator.name)
        )

    def definitions(self, *, reached: bool = True) -> Iterator[tuple[CodeFile, Definition]]:
        """All definitions, with their files."""
        return ((file, d) for file in self.files if file.reached or not reached for d in file.definitions)

    def env(self, *names: str, reached: bool = True) -> tuple[EnvRead, ...]:
        """Reads of environment variables; of these names, if any are given."""
        return tuple(e for f in self.files if f.reached or not reached for e in f.env if not names or e.name in names)

    def is_called(self, name: str) -> bool:
        """Says whether any product file calls a name that ends in this, or passes it on."""
        return any(name in file.called for file in self.files)


@lru_cache(maxsize=2048)
def _name_pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    parts = [re.escape(pattern).replace(r"\*", ".*") for pattern in patterns]
    return re.compile("(?:" + "|".join(parts) + r")\Z")


def _head(name: str) -> str:
    return name.partition(".")[0]


def _is_of(module: str, wanted: str) -> bool:
    return module == wanted or (module.startswith(wanted) and module[len(wanted)] in "./")
