"""Facts of documents: what they say, where, and what they point at. A document only states; it never shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place


class DocumentKind(StrEnum):
    """What a document is for, by its name, its folder and its title."""

    README = "readme"
    RUNBOOK = "runbook"
    DECISION = "decision"
    """An architecture decision record."""
    SLO = "slo"
    STATUS = "status"
    """A readiness, audit, status or compliance document: it says what holds."""
    CHANGELOG = "changelog"
    LICENSE = "license"
    SECURITY = "security"
    """A security policy."""
    OWNERS = "owners"
    """CODEOWNERS, OWNERS, MAINTAINERS."""
    CONTRIBUTING = "contributing"
    INSTRUCTION = "instruction"
    """Prompts, rules and skills for coding agents: they say what to do, not what is."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading. ``level`` counts from 1; ``end_line`` of its place is the last line of its section."""

    level: int
    text: str
    at: Place


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, quote or definition as plain text: no markup, links by their text, one space for a line break."""

    text: str
    at: Place
    section: tuple[str, ...] = ()
    """Headings above it, outermost first."""


@dataclass(frozen=True, slots=True)
class Item:
    """A list item without its nested items. ``checked`` is None where it has no box."""

    text: str
    at: Place
    checked: bool | None = None
    section: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table under its header."""

    cells: tuple[str, ...]
    header: tuple[str, ...]
    at: Place
    section: tuple[str, ...] = ()

    def cell(self, pattern: str) -> str:
        """The cell below the first header that the pattern matches; empty where there is none."""
        for name, text in zip(self.header, self.cells, strict=False):
            if re.search(pattern, name, re.IGNORECASE):
                return text
        return ""

    @property
    def text(self) -> str:
        return " | ".join(self.cells)


@dataclass(frozen=True, slots=True)
class DocCommand:
    """One shell command of a code block, without its prompt. ``folder`` is where a ``cd`` in the block has led."""

    words: tuple[str, ...]
    at: Place
    folder: str = ""
    """Relative to the target's root as far as it can be told; ``?`` where it can't."""
    missing: str = ""
    """What it names and is nowhere in the target, as a sentence: a package script, a make target, a file."""

    @property
    def program(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def text(self) -> str:
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A fenced or indented block. ``commands`` are there for shell blocks only."""

    language: str
    text: str
    at: Place
    section: tuple[str, ...] = ()
    commands: tuple[DocCommand, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A link or image. ``local`` is the path in the target that it names, empty for an outside or in-page address."""

    text: str
    target: str
    at: Place
    local: str = ""
    exists: bool = True
    """Whether that path is there; true for what is not local."""
    elsewhere: str = ""
    """A path of the target that ends alike, where it is not there."""
    section: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """One document. Text of ``lines`` it does not keep: ask the repository."""

    path: str
    kind: DocumentKind
    title: str
    headings: tuple[Heading, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    items: tuple[Item, ...] = ()
    rows: tuple[Row, ...] = ()
    blocks: tuple[CodeBlock, ...] = ()
    links: tuple[Link, ...] = ()
    names: tuple[Link, ...] = ()
    """Paths of the target that it names in code spans (``infra/main.tf``), as far as they look like its own files."""

    @property
    def at(self) -> Place:
        return Place(self.path)

    @property
    def commands(self) -> tuple[DocCommand, ...]:
        return tuple(command for block in self.blocks for command in block.commands)

    def sections(self, pattern: str) -> tuple[Heading, ...]:
        """Headings that the pattern matches, whatever their case."""
        regex = re.compile(pattern, re.IGNORECASE)
        return tuple(heading for heading in self.headings if regex.search(heading.text))

    def texts(self) -> Iterator[tuple[str, Place]]:
        """Everything that it says outside of code: headings, paragraphs, items and rows."""
        parts: tuple[Heading | Paragraph | Item | Row, ...] = (
            *self.headings,
            *self.paragraphs,
            *self.items,
            *self.rows,
        )
        for part in parts:
            yield part.text, part.at

    def says(self, pattern: str) -> tuple[Place, ...]:
        """Places whose text (outside of code) the pattern matches, whatever its case."""
        regex = re.compile(pattern, re.IGNORECASE)
        return tuple(at for text, at in self.texts() if regex.search(text))

    def within(self, heading: Heading) -> Iterator[tuple[str, Place]]:
        """What stands in the section of a heading, code included."""
        for text, at in (*self.texts(), *((block.text, block.at) for block in self.blocks)):
            if heading.at.line < at.line <= heading.at.end_line:
                yield text, at


class ClaimKind(StrEnum):
    """How a document claims something."""

    TICKED = "ticked"
    """A ticked box, or an item or row with a tick mark or a status such as done or enabled."""
    OPEN = "open"
    """An unticked box, or a status such as missing, planned or TODO: it claims nothing, and admits the gap."""
    READY = "ready"
    """A sentence that calls the whole production ready."""
    STATED = "stated"
    """A sentence of a README or status document that something is enabled, configured, enforced or the like."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a document says of the state of the service."""

    text: str
    kind: ClaimKind
    at: Place
    document: DocumentKind
    section: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeployStep:
    """A command by which the documents tell the reader to start or deploy the target."""

    tool: str
    """``compose``, ``kubectl``, ``kustomize``, ``helm``, ``terraform``, ``cdk``, ``sam``, ``serverless``, ``pulumi``,
    ``skaffold``, ``docker``, ``stack`` (Swarm), ``make``, ``script``, ``package`` (npm and the like)."""
    command: DocCommand
    files: tuple[str, ...] = ()
    """Paths that it names and that exist: compose files, manifests and their folders, a chart, a root module, a script.
    For compose without ``-f`` those that compose picks up by itself."""
    targets: tuple[str, ...] = ()
    """Make targets, package scripts, compose services."""
    profiles: tuple[str, ...] = ()
    """Compose profiles that it switches on."""
    through: tuple[str, ...] = ()
    """Make targets, package scripts or shell scripts that it was followed through, outermost first: ``make up``."""
    production: bool = False
    """Whether it stands under a heading, or in a document, of production."""
    optional: bool = False
    """Whether it stands under a heading of development, tests, alternatives or options, or not in the top README."""

    @property
    def at(self) -> Place:
        return self.command.at


@dataclass(frozen=True)
class Documents:
    """All documents of the target that decide: no tests, examples or archives."""

    documents: tuple[Document, ...] = ()
    claims: tuple[Claim, ...] = ()
    """Claims of readiness and status documents, and of READMEs where they have such a section."""
    deployment: tuple[DeployStep, ...] = ()
    """How the documents say that it is started or deployed, the top README first, in order of appearance."""
    unread: tuple[Unread, ...] = ()

    def of(self, *kinds: DocumentKind) -> tuple[Document, ...]:
        """Documents of these kinds."""
        return tuple(document for document in self.documents if document.kind in kinds)

    @property
    def prose(self) -> tuple[Document, ...]:
        """What people read: all but instructions for coding agents, licences and owners."""
        left_out = (DocumentKind.INSTRUCTION, DocumentKind.LICENSE, DocumentKind.OWNERS)
        return tuple(document for document in self.documents if document.kind not in left_out)

    @property
    def default_deployment(self) -> tuple[DeployStep, ...]:
        """The steps that decide what is deployed by default: those not optional, else all of them."""
        return tuple(step for step in self.deployment if not step.optional) or self.deployment

    def find(self, path: str) -> Document | None:
        """The document of that path."""
        return next((document for document in self.documents if document.path == path), None)
