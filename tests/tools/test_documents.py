"""What the documents tool reads: structure, links, commands, claims, deployment."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from gonogo.facts.documents import ClaimKind, Document, DocumentKind, Documents
from gonogo.tools.documents.kinds import kind_of
from gonogo.tools.documents.markdown import read_markdown
from tests.asking import read

GUIDE = """\
---
title: Guide
---
# Guide to *things*

Some text with a [link](docs/other.md) and `infra/main.tf`.
Second line.

## Steps

1. First
   - [x] nested and ticked
   - [ ] nested and open
2. Second

| Name | Status |
|------|--------|
| a \\| b | done |

```bash
$ cd svc
$ make up  # start
started
```

Setext
------

> quoted

    indented code
"""


def documents(files: dict[str, str], folder: Path) -> Documents:
    return read(files, folder).documents


def one(text: str, folder: Path, name: str = "README.md", **others: str) -> Document:
    found = documents({name: text, **others}, folder).find(name)
    assert found is not None
    return found


def test_structure_has_lines(tmp_path: Path) -> None:
    document = one(GUIDE, tmp_path)
    assert [(h.level, h.text, h.at.line) for h in document.headings] == [
        (1, "Guide to things", 4),
        (2, "Steps", 9),
        (2, "Setext", 26),
    ]
    assert [(i.text, i.checked, i.at.line) for i in document.items] == [
        ("First", None, 11),
        ("nested and ticked", True, 12),
        ("nested and open", False, 13),
        ("Second", None, 14),
    ]
    assert document.rows[0].cells == ("a | b", "done")
    assert document.rows[0].header == ("Name", "Status")
    assert document.items[0].section == ("Guide to things", "Steps")


def test_same_parts_as_a_commonmark_parser() -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse("\n" * 3 + GUIDE.split("---\n", 2)[2])
    outline = read_markdown("x.md", GUIDE)
    headings = [t.map[0] + 1 for t in tokens if t.type == "heading_open" and t.map]
    items = sum(t.type == "list_item_open" for t in tokens)
    assert [h.at.line for h in outline.headings] == headings
    assert len(outline.items) == items
    assert len(outline.blocks) == sum(t.type in ("fence", "code_block") for t in tokens)


def test_session_output_is_no_command(tmp_path: Path) -> None:
    document = one(GUIDE, tmp_path, **{"svc/Makefile": "up:\n\tdocker compose up\n"})
    assert [(c.text, c.folder, c.at.line) for c in document.commands] == [("make up", "svc", 22)]


def test_links_resolve(tmp_path: Path) -> None:
    text = (
        "[a](docs/there.md) [b](docs/gone.md) [c](https://x.org/y.md) [d](#part) [e](../../issues) [f](wrong/there.md)"
    )
    links = {link.text: link for link in one(text, tmp_path, **{"docs/there.md": "# T\n"}).links}
    assert links["a"].exists and links["a"].local == "docs/there.md"
    assert not links["b"].exists and not links["b"].elsewhere
    assert all(not links[name].local and links[name].exists for name in "cde")
    assert not links["f"].exists


def test_sites_have_routes_of_their_own(tmp_path: Path) -> None:
    files = {"mkdocs.yml": "site_name: x\n", "docs/index.md": "[a](guide/missing.md)\n"}
    found = documents(files, tmp_path).find("docs/index.md")
    assert found is not None and all(link.exists for link in found.links)


@pytest.mark.parametrize(
    ("local", "title", "kind"),
    [
        ("README.md", "", DocumentKind.README),
        ("docs/runbooks/db.md", "Database", DocumentKind.RUNBOOK),
        ("docs/production-readiness.md", "", DocumentKind.STATUS),
        ("docs/adr/0001-use-x.md", "", DocumentKind.DECISION),
        (".github/PULL_REQUEST_TEMPLATE.md", "", DocumentKind.INSTRUCTION),
        (".claude/skills/x/SKILL.md", "", DocumentKind.INSTRUCTION),
        ("SECURITY.md", "", DocumentKind.SECURITY),
        ("LICENSE-MIT", "", DocumentKind.LICENSE),
        ("docs/slo.md", "", DocumentKind.SLO),
        ("docs/guide.md", "How to use it", DocumentKind.OTHER),
    ],
)
def test_kinds(local: str, title: str, kind: DocumentKind) -> None:
    assert kind_of(local, title) is kind


def test_claims(tmp_path: Path) -> None:
    text = """\
# Readiness
- [x] State locking configured
- [ ] Chaos test
- ✅ Backups
- ❌ Alerts

| Item | Status |
|---|---|
| TLS | Enabled |
| WAF | Not enabled |

The service is production-ready. It is not yet ready for production.
"""
    claims = {c.text: c.kind for c in documents({"docs/readiness.md": text}, tmp_path).claims}
    assert claims["State locking configured"] is ClaimKind.TICKED
    assert claims["Chaos test"] is ClaimKind.OPEN
    assert claims["✅ Backups"] is ClaimKind.TICKED
    assert claims["❌ Alerts"] is ClaimKind.OPEN
    assert claims["TLS | Enabled"] is ClaimKind.TICKED
    assert claims["WAF | Not enabled"] is ClaimKind.OPEN
    assert claims["The service is production-ready."] is ClaimKind.READY
    assert "It is not yet ready for production." not in claims


def test_deployment_follows_make(tmp_path: Path) -> None:
    files = {
        "README.md": "# X\n## Start\n```sh\nmake up\n```\n## Development\n```sh\ndocker compose -f dev.yml up\n```\n",
        "Makefile": "F = prod.yml\nup: build\n\tdocker compose -f $(F) --profile full up -d web\nbuild:\n\techo\n",
        "prod.yml": "services: {}\n",
        "dev.yml": "services: {}\n",
    }
    found = documents(files, tmp_path)
    compose = [step for step in found.default_deployment if step.tool == "compose"]
    assert [(s.files, s.profiles, s.targets, s.through) for s in compose] == [
        (("prod.yml",), ("full",), ("web",), ("make up",))
    ]
    assert any(step.optional and step.files == ("dev.yml",) for step in found.deployment)


def test_commands_that_can_not_work(tmp_path: Path) -> None:
    text = """\
```bash
npm run build
npm run gone
make there
make nowhere
./scripts/there.sh
./scripts/gone.sh
curl -o made.sh https://x.org/made.sh && bash made.sh
kubectl apply -f your-manifest.yaml
```
"""
    files = {
        "README.md": text,
        "package.json": '{"name": "x", "scripts": {"build": "tsc"}}',
        "Makefile": "there:\n\techo\n",
        "scripts/there.sh": "echo\n",
    }
    found = documents(files, tmp_path).find("README.md")
    assert found is not None
    assert [(c.text, c.missing) for c in found.commands if c.missing] == [
        ("npm run gone", "no package.json has a script gone"),
        ("make nowhere", "no Makefile has a target nowhere"),
        ("./scripts/gone.sh", "scripts/gone.sh is nowhere in the repository"),
    ]


def test_other_markup(tmp_path: Path) -> None:
    rst = "Title\n=====\n\nUse::\n\n    make x\n\n* item `here <docs/gone.md>`_\n"
    adoc = "= Title\n\n[source,bash]\n----\nmake y\n----\n"
    found = documents({"README.rst": rst, "guide.adoc": adoc}, tmp_path)
    first, second = found.find("README.rst"), found.find("guide.adoc")
    assert first is not None and second is not None
    assert first.title == second.title == "Title"
    assert not first.links[0].exists
    assert second.commands[0].text == "make y"


@pytest.mark.parametrize(
    "text", ["", "```", "- [x]\n" * 3, "[" * 5000, "|" * 5000 + "\n|-|\n", "> " * 3000, "\x00\ufffd"]
)
def test_odd_text_is_read(text: str, tmp_path: Path) -> None:
    facts = documents({"README.md": text, "docs/x.rst": text, "x.adoc": text}, tmp_path)
    assert "README.md" in {document.path for document in facts.documents}
