"""What happens when the same thing is done twice, or by two at once: idempotency, and writes of shared files."""

from __future__ import annotations

import re

from gonogo.checks.infrastructure import state_locking
from gonogo.checks.managed import ManagedRoute, event_sources, managed_routes
from gonogo.checks.routes import is_health, is_public_by_design, names_of, served
from gonogo.checks.workloads import code_elsewhere, unseen_code
from gonogo.facts import Facts
from gonogo.facts.code import CodeFile, Language, Route, Write
from gonogo.facts.terraform import Root
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.criterion import Status, Strength
from gonogo.model.evidence import Place, Searched

_IDEMPOTENT = re.compile(
    r"idempoten|dedup(?:lication)?_?(?:id|key)|already_?processed|MessageDeduplicationId|processed_?(?:events|messages|ids)",
    re.I,
)


def idempotency(facts: Facts) -> Outcome:
    """A repeated POST or message has the effect of one: keys, deduplication, or operations that are so by nature."""
    routes = [
        r
        for r in served(facts)
        if not is_health(r) and r.method in ("POST", "PATCH", "ANY", "RPC") and not _reads_only(facts, r.body, r.method)
    ]
    writing = [r for r in routes if not is_public_by_design(r)] or routes
    consumers = [
        call
        for call in facts.code.consumers
        if not call.name.startswith(("celery.Celery",)) or facts.code.decorated("*.task", "*shared_task")
    ]
    managed = [route for route in managed_routes(facts) if route.method in ("POST", "PATCH", "ANY")]
    sources = event_sources(facts)
    if managed or sources:
        return _functions(facts, managed, sources)
    if not writing and not consumers:
        others = [r for r in served(facts) if r.method in ("PUT", "DELETE")]
        if others:
            return passed(
                "only PUT and DELETE change anything: both are idempotent by definition", *(r.at for r in others)
            )
        if not served(facts) and facts.code.foreign:
            return unverified(
                "code in a language that is not parsed may serve or consume", *(f.at for f in facts.code.foreign)
            )
        if running := code_elsewhere(facts):
            return unseen_code(running, "whether it recognises repetition")
        return not_applicable("no mutating route and no consumer was found", *(r.at for r in served(facts)[:3]))
    if outcome := _recognised(facts, writing, bool(consumers)):
        return outcome
    files = [file for file in facts.code.files if file.reached and file.service]
    searched = Searched(
        ("idempotency key", "Idempotency-Key", "deduplication id", "processed messages"), "code of services", len(files)
    )
    problems = [Problem(f"{r.method} {r.path} repeated has its effect twice", r.at) for r in writing]
    problems += [Problem(f"{call.raw} may process a message twice", call.at) for call in consumers]
    what = names_of(writing) if writing else ", ".join(dict.fromkeys(call.name for call in consumers))
    return failed(f"nothing recognises a repeated request or message: {what}", *problems, searched=(searched,))


def _functions(facts: Facts, routes: list[ManagedRoute], sources: tuple[tuple[str, Place], ...]) -> Outcome:
    """Functions behind an API or an event source: Powertools' idempotency, or a key of their own, in their code."""
    handlers = sorted({definition.at.path for definition in facts.code.handlers})
    marked = facts.code.decorated("*idempotent*", "*idempotent_function")
    files = [facts.repository.by_path[path] for path in handlers]
    hits = [p for p in facts.repository.grep(_IDEMPOTENT, files, most=40) if not _is_comment(facts, p)]
    covered = {place.path for place in hits} | {definition.at.path for definition, _ in marked}
    names = [str(route) for route in routes] + [name for name, _ in sources]
    if not handlers:
        return unverified("functions change things, but their code could not be read here", *(at for _, at in sources))
    if covered and len(covered) * 2 >= len(handlers):
        return passed(
            f"handlers recognise repetition, as at {hits[0]}" if hits else "handlers are idempotent", *hits[:6]
        )
    if covered:
        return unverified(f"{len(covered)} of {len(handlers)} handlers recognise repetition", *hits[:6])
    searched = Searched(("idempotent", "idempotency key", "deduplication"), "handlers of functions", len(handlers))
    problems = [Problem(f"{route} of {route.function} repeated has its effect twice", route.at) for route in routes]
    problems += [Problem(f"{name} may process an event twice", at) for name, at in sources]
    what = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return failed(f"nothing recognises a repeated request or event: {what}", *problems, searched=(searched,))


def _recognised(facts: Facts, writing: list[Route], consumes: bool) -> Outcome | None:
    """Where repeated requests are recognised; None where nothing in services' code does."""
    services = [f for f in facts.code.files if f.reached and f.service and f.path not in facts.code.browser]
    files = [facts.repository.by_path[file.path] for file in services]
    hits = [p for p in facts.repository.grep(_IDEMPOTENT, files, most=40) if not _is_comment(facts, p)]
    if not hits:
        return None
    inside = [
        r for r in writing if any(_IDEMPOTENT.search(g.name) for g in r.guards) or any(_holds(r.body, p) for p in hits)
    ]
    if len(inside) * 2 >= len(writing) and (inside or consumes):
        return passed(f"repeated requests are recognised, as at {hits[0]}", *hits[:6], strength=Strength.WIRED)
    return unverified(
        f"{hits[0]} recognises repetition; that this covers all {len(writing)} mutating routes was not seen", *hits[:6]
    )


def _holds(body: tuple[str, int, int], place: Place) -> bool:
    return body[0] == place.path and body[1] <= place.line <= body[2]


def _reads_only(facts: Facts, body: tuple[str, int, int], method: str) -> bool:
    """Whether an ``ANY`` route only answers GET, as far as its handler says."""
    if method != "ANY":
        return False
    path, first, last = body
    text = "\n".join(facts.repository.lines(path)[first - 1 : last]) if path else ""
    return not re.search(r"POST|PUT|PATCH|req\.body|request\.(json|form|data)|r\.Body|rfile", text)


def _is_comment(facts: Facts, place: Place) -> bool:
    return facts.repository.lines(place.path)[place.line - 1].lstrip().startswith(("#", "//", "*", "/*", '"""'))


_OUTPUT = re.compile(
    r"(?i)\b(out|output|report|dist|build|tmp|temp|export|dest|target|generated|artifact|log|readme|changelog|release|html|csv|pdf|png|svg|"
    r"dockerfile|schema|openapi|template|stdout|devnull|args\.|argv|snapshot|sitemap|download|screenshot|upload|fixture|init|scaffold)"
)
_DEVELOPERS = re.compile(
    r"/(?:scripts?|tools?|hack|bin|codemods?)/(?:[^/]+/)*"
    r"(?:fix|update|migrat|refactor|rename|codemod|patch|convert|bump|add|replace|generat|clean)[^/]*$"
)
"""Scripts that somebody runs once by hand to change the sources."""
_STATE = re.compile(
    r"(?i)state|store|cache|memory|db|data|session|queue|index|history|registry|config|settings|cassette|trace|record|"
    r"lock|checkpoint|users?|tokens?|\.json"
)
_READS = re.compile(
    r"read_text|read_bytes|json\.load|readFile|os\.ReadFile|ioutil\.ReadFile|\bopen$|Files\.read|yaml\.(?:safe_)?load|pickle\.load|readJson|readJSON"
)


def concurrency_safety(facts: Facts) -> Outcome:
    """Files that several runs or requests write are written by rename or under a lock; stores, in transactions."""
    writes = [write for write in facts.code.writes if write.at.path not in facts.code.browser]
    shared = [write for write in writes if write.mode in ("replace", "atomic") and _is_shared(facts, write)]
    unsafe = [write for write in shared if write.mode == "replace" and not write.locked]
    if unsafe:
        problems = [
            Problem(f"{write.target or write.call.raw} is rewritten in place, without a lock or a rename", write.at)
            for write in unsafe
        ]
        safe = len(shared) - len(unsafe)
        beside = f"; {safe} others are written safely" if safe else ""
        return failed(
            f"{len(unsafe)} shared files are rewritten in place: "
            + ", ".join(dict.fromkeys(str(w.at) for w in unsafe[:4]))
            + beside,
            *problems,
        )
    transactions = _transactions(facts)
    if shared or transactions:
        places = [write.at for write in shared] + transactions
        how = "files by rename or under a lock" if shared else "stores in transactions"
        return passed(f"shared state is written safely: {how}", *places, strength=Strength.WIRED)
    stores = [client.at for client in facts.code.clients if client.kind in ("database", "cache")]
    stores += [item.at for item in facts.code.imports("jakarta.persistence", "org.springframework.data")]
    searched = Searched(
        ("open for writing", "writeFile", "os.WriteFile", "rename", "lock", "transaction"),
        "reached code",
        len(facts.code.files),
    )
    if stores:
        return unverified(
            "a store is written, but no transaction or lock was found in code", *stores[:4], searched=(searched,)
        )
    if not facts.code.files and facts.code.foreign:
        return unverified("code in a language that is not parsed may write", *(f.at for f in facts.code.foreign))
    if (roots := facts.terraform.roots) and (outcome := _applied_twice(facts, roots)):
        return outcome
    return not_applicable(
        "nothing is written that several could share: no state file and no store", searched=(searched,)
    )


_APART = re.compile(r"^\s*(?:concurrency|resource_group|lock|disableConcurrentBuilds)\b", re.MULTILINE)
"""What GitHub, GitLab and Jenkins keep runs apart with."""


def _applied_twice(facts: Facts, roots: tuple[Root, ...]) -> Outcome | None:
    """Pipelines that write the same state on the same change, with nothing that keeps them apart."""
    if state_locking(facts).status is Status.PASS:
        return None
    writers: dict[str, Place] = {}
    for run in facts.pipelines.runs("terraform", "tofu", "terragrunt"):
        apart = bool(_APART.search(facts.repository.text(run.pipeline.at.path)))
        applies = run.command is not None and "apply" in run.command.subcommands
        if applies and run.executes and run.pipeline.on_change and not apart:
            writers.setdefault(run.pipeline.name, run.at)
    if len(writers) < 2:
        return None
    names = ", ".join(writers)
    return failed(
        f"{names} apply Terraform on the same changes, with no lock on the state and no concurrency group",
        *(Problem(f"{name} writes the state while another does", at) for name, at in writers.items()),
    )


def _is_shared(facts: Facts, write: Write) -> bool:
    """State that is read again, or that a service writes at a path which is no single output."""
    target = write.target
    named_output = bool(_OUTPUT.search(target)) and write.mode != "atomic"
    file = facts.code.file(write.at.path)
    if file is None or named_output or (not file.service and _DEVELOPERS.search("/" + write.at.path)):
        return False
    if write.mode == "atomic":
        return True
    reads = any(_READS.search(call.name) and not _opens_for_writing(call.name, call.arguments) for call in file.calls)
    return (file.service and bool(_STATE.search(target) or reads)) or (reads and _reads_same(file, write))


def _opens_for_writing(name: str, arguments: tuple[object, ...]) -> bool:
    return name == "open" and len(arguments) > 1 and bool(re.search(r"""['"][wax]""", str(arguments[1:])))


def _reads_same(file: CodeFile, write: Write) -> bool:
    """A script that reads a file and writes it back: the same path, or a pair of load and save functions."""
    head = re.split(r"[.(\[/ ]", write.target)[0]
    for call in file.calls:
        if not _READS.search(call.name) or _opens_for_writing(call.name, call.arguments):
            continue
        first = call.arguments[0].text if call.arguments else call.raw.rpartition(".")[0]
        if (
            head
            and first
            and (first == write.target or (first.split(".")[0] == head and re.search(r"path|file", head, re.I) is None))
        ):
            return True
        if first == write.target or (
            re.search(r"(?i)^(load|read|get)", call.function.rpartition(".")[2])
            and re.search(r"(?i)^(save|write|store|dump|update|persist)", write.call.function.rpartition(".")[2])
        ):
            return True
    return False


_TRANSACTION = re.compile(
    r"\.(?:commit|begin|begin_nested|atomic|transaction|\$transaction|BeginTx|Begin|RunInTransaction|Transaction|select_for_update|with_for_update|startTransaction|withTransaction|rollback)$"
)


def _transactions(facts: Facts) -> list[Place]:
    found = [
        call.at
        for file in facts.code.files
        if file.reached and file.service
        for call in file.calls
        if _TRANSACTION.search("." + call.name)
    ]
    found += [d.at for _, d in facts.code.decorated("*Transactional", "*transaction.atomic")]
    if any(file.language is Language.PYTHON and file.imports_of("django.db") for file in facts.code.files):
        found += [d.at for _, d in facts.code.decorated("django.db.transaction.*")]
    return found[:8]
