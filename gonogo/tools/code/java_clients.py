"""Spring's and Java's HTTP clients, mail senders and Feign interfaces: made in one class and used in another.

A configuration class often builds the client, with its timeouts, and others get it injected: the call counts where it
is used, with the timeout of what is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gonogo.facts.code import Call, Client, CodeFile, Language
from gonogo.tools.code.application import Application

_VERB = r"(?:get|post|put|patch|delete|head|options|method)"
_USES = (
    ("RestTemplate", re.compile(r".*\bRestTemplate\.(?:(?:get|post|patch)For\w+|exchange|execute|put|delete)\Z")),
    ("RestClient", re.compile(rf".*\bRestClient\.(?:[\w.]+\.)?{_VERB}\.uri\Z")),
    ("WebClient", re.compile(rf".*\bWebClient\.(?:[\w.]+\.)?{_VERB}\.uri\Z")),
    ("java.net.http", re.compile(r"java\.net\.http\.HttpClient\.(?:[\w.]+\.)?send(?:Async)?\Z")),
)
_MADE = (
    ("RestTemplate", re.compile(r".*\bRestTemplate\Z|.*\bRestTemplateBuilder\.(?:[\w.]+\.)?build\Z")),
    ("RestClient", re.compile(r".*\bRestClient\.(?:create|(?:builder|Builder)\.(?:[\w.]+\.)?build)\Z")),
    ("WebClient", re.compile(r".*\bWebClient\.(?:create|(?:builder|Builder)\.(?:[\w.]+\.)?build)\Z")),
    ("java.net.http", re.compile(r"java\.net\.http\.HttpClient\.(?:newHttpClient|newBuilder\.(?:[\w.]+\.)?build)\Z")),
)
LIBRARIES = frozenset(library for library, _ in _USES)
_MAIL = re.compile(
    r"org\.springframework\.mail\.(?:[\w.]*\.)?\w*MailSender(?:Impl)?\.send\Z|(?:jakarta|javax)\.mail\.Transport\.send\Z"
)
_FEIGN = re.compile(r".*\bFeignClient\Z")
_LIMITS = re.compile(
    r"(?:set)?(?:[cC]onnect|[rR]ead|[rR]esponse)Timeout\(|\.timeout\(|ReadTimeoutHandler|CONNECT_TIMEOUT_MILLIS|\.withTimeouts?\("
)
_ELSEWHERE = re.compile(r"requestFactory\(|clientConnector\(|ClientHttpRequestFactory|HttpComponents")
_RETRYING = ("io.github.resilience4j.retry", "org.springframework.retry", "dev.failsafe", "reactor.util.retry")
_SETTINGS = ("application*.y*ml", "application*.properties", "bootstrap*.y*ml")
_HTTP_SETTING = (
    re.compile(r"^spring\.http\.clients?\.[\w.-]*timeout|^[ ]+clients?:", re.M),
    re.compile(r"(?:connect|read)-?[tT]imeout"),
)
_MAIL_SETTING = (
    re.compile(r"mail\.smtps?\.|^[ ]+smtps?:", re.M),
    re.compile(r"smtps?\.(?:connection)?timeout|^[ ]+\"?(?:connection)?timeout\"?:", re.M),
)
"""What a settings file says all of, where it limits the waiting."""
_WORST = ("none", "unknown", "default", "set")


def find_java_clients(application: Application) -> Iterator[Client]:
    """Each HTTP call that Java makes, each mail that it sends, each Feign interface."""
    files = [file for file in application.files if file.language is Language.JAVA]
    uses = {file.path: list(_matching(file, _USES)) for file in files}
    made = {file.path: list(_matching(file, _MADE)) for file in files}
    limits = {path: _limit(application, path) for path, found in made.items() if found}
    for file in files:
        retries = "set" if file.imports_of(*_RETRYING) else "none"
        for library, call in uses[file.path]:
            makers = _makers(file.path, library, made)
            timeout = min((limits[path] for path in makers), key=_WORST.index, default="none")
            if timeout == "none" and _LIMITS.search(application.repository.text(file.path)):
                timeout = "set"
            yield Client("http", library, call, timeout, retries)
        if not uses[file.path]:
            yield from _unused(file, made[file.path], uses, limits, retries)
        for call in file.calls:
            if _MAIL.match(call.name):
                timeout = "set" if _configured(application, file.path, _MAIL_SETTING) else "none"
                yield Client("mail", "JavaMail", call, timeout, retries)
        for definition in file.definitions:
            for mark in definition.decorators:
                if _FEIGN.match(mark.name):
                    yield Client("http", "OpenFeign", mark, "default", retries)


def _matching(file: CodeFile, rows: Iterable[tuple[str, re.Pattern[str]]]) -> Iterator[tuple[str, Call]]:
    for call in file.calls:
        if "RestTemplate" not in call.name and "Client" not in call.name:
            continue
        for library, pattern in rows:
            if pattern.match(call.name):
                yield library, call


def _module(path: str) -> str:
    return path.partition("src/main/")[0]


def _makers(path: str, library: str, made: dict[str, list[tuple[str, Call]]]) -> list[str]:
    """The files that build what this one uses: itself, its module's configuration, any other."""
    makers = [other for other, found in made.items() if any(name == library for name, _ in found)]
    if path in makers:
        return [path]
    return [other for other in makers if _module(other) == _module(path)] or makers


def _unused(
    file: CodeFile,
    made: list[tuple[str, Call]],
    uses: dict[str, list[tuple[str, Call]]],
    limits: dict[str, str],
    retries: str,
) -> Iterator[Client]:
    """Clients that are built where nothing in the module is seen to use one."""
    module = _module(file.path)
    if made and not any(found for path, found in uses.items() if _module(path) == module):
        for library, call in made:
            yield Client("http", library, call, limits[file.path], retries)


def _limit(application: Application, path: str) -> str:
    text = application.repository.text(path)
    if _LIMITS.search(text) or _configured(application, path, _HTTP_SETTING):
        return "set"
    return "unknown" if _ELSEWHERE.search(text) else "none"


def _configured(application: Application, path: str, patterns: tuple[re.Pattern[str], ...]) -> bool:
    """Whether a settings file of its module says so."""
    module = _module(path)
    return any(
        all(pattern.search(application.repository.text(file)) for pattern in patterns)
        for file in application.repository.match(*_SETTINGS)
        if file.path.startswith(module)
    )
