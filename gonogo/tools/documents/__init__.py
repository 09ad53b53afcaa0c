"""The documents tool: Markdown, reStructuredText and AsciiDoc as headings, lists, tables, code and links."""

from __future__ import annotations

import re

from gonogo.facts.documents import Claim, Document, DocumentKind, Documents
from gonogo.facts.repository import File, Repository
from gonogo.model.target import Target
from gonogo.tools.documents.claims import find_claims
from gonogo.tools.documents.commands import Known, check_commands
from gonogo.tools.documents.deployment import find_deployment
from gonogo.tools.documents.kinds import kind_of
from gonogo.tools.documents.markdown import read_markdown
from gonogo.tools.documents.markup import read_markup
from gonogo.tools.documents.outline import Outline
from gonogo.tools.documents.paths import Paths
from gonogo.tools.documents.shell import with_commands

MARKDOWN = ("*.md", "*.markdown", "*.mdx")
MARKUP = ("*.rst", "*.adoc", "*.asciidoc")
PLAIN = re.compile(
    r"(readme|changelog|changes|history|security|maintainers)(\.txt)?$|(codeowners|owners|unlicense)$"
    r"|licen[sc]e([-_.](mit|apache|bsd|gpl|lgpl|agpl|mpl|isc|cc|txt)[-_.\w]*)?$|copying([-._][\w.]+)?$",
    re.IGNORECASE,
)
NOTICES = re.compile(r"(attributions?|notices?|third[-_]?party.*|dependency[-_]?licen[sc]es)\.", re.IGNORECASE)
"""Licence texts of others, often megabytes."""
MOST_CHARACTERS = 400_000
"""Of a document, what is parsed; a longer one is a data dump or a changelog, whose beginning tells its kind."""


def read_documents(repository: Repository, target: Target) -> Documents:
    """Reads the documents that decide. What can't be decoded reads with replacement characters."""
    paths = Paths(repository)
    known = Known(paths)
    marked = set(repository.match(*MARKDOWN, *MARKUP))
    wanted = [
        file
        for file in repository.files
        if (file in marked and not NOTICES.match(file.name)) or (file.decides and PLAIN.match(file.name))
    ]
    documents = [_read(repository, paths, known, file) for file in wanted]
    claims: list[Claim] = [claim for document in documents for claim in find_claims(document)]
    return Documents(
        documents=tuple(documents),
        claims=tuple(claims),
        deployment=tuple(find_deployment(repository, documents)),
    )


def _read(repository: Repository, paths: Paths, known: Known, file: File) -> Document:
    text = repository.text(file)[:MOST_CHARACTERS]
    suffix = file.name.rpartition(".")[2].lower()
    kind = kind_of(file.local, "")
    if kind in (DocumentKind.LICENSE, DocumentKind.OWNERS):
        return Document(file.path, kind, "")
    if suffix in ("md", "markdown", "mdx"):
        outline = read_markdown(file.path, text)
    elif suffix in ("rst", "adoc", "asciidoc"):
        outline = read_markup(file.path, text, suffix)
    else:
        outline = Outline(file.path)
        for number, line in enumerate(text.splitlines()[:2000], 1):
            if line.strip():
                outline.paragraph(line.strip(), number, number)
    return Document(
        path=file.path,
        kind=kind_of(file.local, outline.title),
        title=outline.title,
        headings=outline.closed_headings(len(text.splitlines())),
        paragraphs=tuple(outline.paragraphs),
        items=tuple(outline.items),
        rows=tuple(outline.rows),
        blocks=check_commands(file, with_commands(file, outline.blocks, paths), known, text),
        links=tuple(paths.link(file, link) for link in outline.links),
        names=tuple(paths.name(file, name) for name in outline.names if paths.names_file(name.target)),
    )
