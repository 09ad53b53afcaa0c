"""Whether a newcomer can run, deploy and understand it from the documents."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts import Facts
from gonogo.facts.documents import DocCommand, Document, DocumentKind, Heading
from gonogo.model.assessment import Outcome, Problem, failed, passed, unverified
from gonogo.model.evidence import Place, Searched

_RUN = re.compile(
    r"^(docker[- ]compose( \S+)* (up|start|run)|docker (run|build)|make( |$)|(npm|pnpm|yarn|bun)( run)? (start|dev"
    r"|serve|run|develop|watch|preview|nx)\b"
    r"|(npm|pnpm|yarn|bun) run \S+|npx (nx|turbo|cdk|sls|serverless|next|vite|ng|ts-node|tsx) |nx (serve|run)|(uv"
    r"|poetry|pipenv|pdm|rye) run "
    r"|python3? (-m )?\S+|(uvicorn|gunicorn|flask|fastapi|streamlit|hypercorn|celery|django-admin|langgraph) "
    r"|node \S+|go run |deno |(\./)?(mvnw|gradlew)|mvn |gradle "
    r"|java (-\S+ )*-jar|cargo run|dotnet run|rails (s|server)|bundle exec|php artisan|(terraform"
    r"|tofu)( \S+)* (apply|init)|kubectl (apply|create)|helm (install|upgrade)"
    r"|sam (deploy|local|build)|cdk deploy|serverless |sls |skaffold |tilt |pulumi up|vagrant up|ansible-playbook "
    r"|just |task |\./\S+|(ba)?sh \S+\.sh|copilot |flyctl |air$)"
)
_GUIDES = re.compile(
    r"getting[-_ ]?started|quick[-_ ]?start|install|set[-_ ]?up|local|develop|running|usage"
    r"|run\b",
    re.IGNORECASE,
)
_DEPLOY = re.compile(
    r"\bdeploy|\bproduction\b|self[- ]?host|hosting|roll[- ]?out|release (process|procedure)"
    r"|provision|go[- ]live",
    re.IGNORECASE,
)
_NO_DEPLOY = re.compile(r"deploy(ed|ment)? (status|history|diagram|frequency)|badge|troubleshoot", re.IGNORECASE)
_ARCHITECTURE = re.compile(
    r"architect|system (design|overview)|high[- ]level (design|overview)|how it works"
    r"|\bdesign\b|overview of the (system|services)|components?\b|topology"
    r"|data ?flow|services overview|service (catalog|map|list)"
    r"|infrastructure overview",
    re.IGNORECASE,
)
_DIAGRAM = re.compile(r"\.(svg|png|drawio|puml|webp|jpe?g|excalidraw)\b", re.IGNORECASE)
_DEPLOYING = frozenset(
    {"kubectl", "kustomize", "helm", "terraform", "cdk", "sam", "serverless", "pulumi", "stack", "skaffold"}
)
_SPAN = re.compile(r"`([^`\n]+)`")
_CHART = re.compile(
    r"^\s*(?:%%.*\n\s*)*(graph|flowchart|C4|architecture|block|sequenceDiagram|@startuml"
    r"|digraph)",
    re.MULTILINE,
)
_LEFT_OUT = (DocumentKind.CHANGELOG, DocumentKind.STATUS)


def documentation(facts: Facts) -> Outcome:
    """A README with set-up and run, a deployment guide, and a description of the architecture."""
    top = _top_readmes(facts)
    if not top:
        searched = Searched(("README at the root",), "documents", len(facts.documents.documents))
        return failed("there is no README at the root", searched=(searched,))
    run = next(_running(facts, top), None)
    deploy = next(_deploying(facts), None)
    architecture = next(_architecture(facts), None)
    parts = {"set-up and run": run, "a deployment guide": deploy, "the architecture": architecture}
    missing = [name for name, place in parts.items() if place is None]
    there = [place for place in parts.values() if place is not None]
    if not missing:
        return passed("the documents tell how to run and deploy it, and how it is built", *there)
    names = _own_names(facts, top)
    outside = [link for document in top for link in document.links if _tells_elsewhere(link.target, link.text, names)]
    gone = [
        link
        for d in facts.documents.prose
        for link in d.links
        if not link.exists and _DEPLOY.search(f"{link.local} {link.text}")
    ]
    wrong = _private_installs(facts, top)
    if outside and not gone and not wrong:
        return unverified(
            f"{' and '.join(missing)} may stand at {outside[0].target}, which lies outside", outside[0].at
        )
    problems = [Problem(f"{link.text or link.local} is linked and is not there", link.at) for link in gone[:3]]
    problems += [
        Problem(f"the README installs {command.words[-1]}, which is private and not published", command.at)
        for command in wrong[:1]
    ]
    return failed(
        f"the documents lack {', '.join(missing)}",
        *(problems or [Problem(f"it lacks {', '.join(missing)}", top[0].at)]),
        places=tuple(there),
    )


def _top_readmes(facts: Facts) -> list[Document]:
    repository = facts.repository
    found = [d for d in facts.documents.of(DocumentKind.README) if "/" not in repository.by_path[d.path].local]
    return found or [
        d
        for d in facts.documents.of(DocumentKind.README)
        if repository.by_path[d.path].local.startswith(("docs/README", ".github/README"))
    ]


def _running(facts: Facts, top: list[Document]) -> Iterator[Place]:
    """Commands of the README that start it, or of a guide that the README links to."""
    if _private_installs(facts, top):
        return  # the set-up that it tells can't work
    linked = {link.local for document in top for link in document.links if link.exists and link.local}
    guides = [
        d for d in facts.documents.prose if d.path in linked and (_GUIDES.search(d.path) or _GUIDES.search(d.title))
    ]
    guides += [d for d in facts.documents.of(DocumentKind.README) if d.path in linked and d not in top]
    guides += [
        d for d in facts.documents.prose if d.path.startswith("docs/") and _GUIDES.search(d.path.rpartition("/")[2])
    ]
    for document in (*top, *guides):
        yield from (command.at for command in document.commands if _starts(command))
        for number, line in enumerate(facts.repository.lines(document.path), 1):
            if any(_RUN.match(span) and " " in span for span in _SPAN.findall(line)):
                yield Place(document.path, number)


def _starts(command: DocCommand) -> bool:
    return bool(_RUN.match(command.text)) and not command.missing


def _deploying(facts: Facts) -> Iterator[Place]:
    """Steps of deployment tools, and sections or documents on deployment that say something."""
    for step in facts.documents.deployment:
        if (step.tool in _DEPLOYING or step.production) and not step.command.missing:
            yield step.at
    for document in facts.documents.prose:
        if document.kind in _LEFT_OUT:
            continue
        if _DEPLOY.search(document.title) and not _NO_DEPLOY.search(document.title) and _weight(document, None) >= 5:
            yield document.at
        for heading in document.headings:
            if _DEPLOY.search(heading.text) and not _NO_DEPLOY.search(heading.text) and _weight(document, heading) >= 3:
                yield heading.at


def _architecture(facts: Facts) -> Iterator[Place]:
    for document in facts.documents.prose:
        if document.kind in _LEFT_OUT:
            continue
        named = _ARCHITECTURE.search(document.title) or re.search(
            r"architect|(^|/)(system[-_]?)?design"
            r"|c4",
            document.path,
            re.IGNORECASE,
        )
        if named and _weight(document, None) >= 5:
            yield document.at
        for block in document.blocks:
            drawn = block.language in ("mermaid", "plantuml", "puml", "d2", "dot") and _CHART.search(block.text)
            if drawn and not document.path.startswith(".github/"):
                yield block.at
        for heading in document.headings:
            if _ARCHITECTURE.search(heading.text) and (
                _weight(document, heading) >= 3 or _drawn(facts, document, heading)
            ):
                yield heading.at


def _drawn(facts: Facts, document: Document, heading: Heading) -> bool:
    lines = facts.repository.lines(document.path)[heading.at.line : heading.at.end_line]
    return any(_DIAGRAM.search(line) for line in lines)


def _weight(document: Document, heading: Heading | None) -> int:
    """How many paragraphs, items, rows and blocks a section (or a document) has; a command counts twice."""
    lines = range(heading.at.line + 1, heading.at.end_line + 1) if heading else range(1, 10**7)
    found = [part.at for part in document.paragraphs] + [part.at for part in document.items]
    found += [part.at for part in document.rows]
    return sum(at.line in lines for at in found) + 2 * sum(block.at.line in lines for block in document.blocks)


def _tells_elsewhere(target: str, text: str, names: set[str]) -> bool:
    """Says whether a link out of the repository leads to documentation of the target: its address has its name."""
    if not target.startswith(("http://", "https://")) or re.search(
        r"shields\.io|badge|\.(svg|png|gif)$|youtube"
        r"|twitter",
        target,
    ):
        return False
    told = re.search(
        r"\b(docs?|documentation|handbook|wiki|guide|getting started|deploy\w*|self[- ]?host\w*"
        r"|instructions)\b",
        f"{text} {target}",
        re.I,
    )
    address = target.partition("://")[2].lower()
    return bool(told) and any(name in address for name in names)


def _own_names(facts: Facts, top: list[Document]) -> set[str]:
    """Words that name the target: of its title, its folder and its packages."""
    words = [*(d.title for d in top), *(source.name for source in facts.repository.sources)]
    words += [component.name for component in facts.dependencies.components]
    found = {word for text in words for word in re.findall(r"[a-z][a-z0-9]{4,}", text.lower())}
    found |= {source.name.lower() for source in facts.repository.sources if len(source.name) > 3}
    return found - {
        "readme",
        "service",
        "project",
        "microservices",
        "example",
        "sample",
        "application",
        "terraform",
        "template",
        "server",
        "backend",
        "frontend",
        "github",
        "python",
        "fastapi",
        "express",
        "django",
        "welcome",
        "spring",
        "api",
        "docker",
        "kubernetes",
        "serverless",
    }


def _private_installs(facts: Facts, top: list[Document]) -> list[DocCommand]:
    """Commands that install a package of the target that is marked private."""
    private = {component.name for component in facts.dependencies.components if component.private and component.name}
    return [
        command
        for document in top
        for command in document.commands
        if command.program in ("npm", "pnpm", "yarn", "bun")
        and {"install", "i", "add"} & set(command.words)
        and set(command.words) & private
    ]
