"""HCL and its JSON form as blocks and attributes. Broken files keep what could be read, and say where they broke."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import tree_sitter_hcl
from tree_sitter import Language, Node, Parser

from gonogo.facts.marked import Map, Seq
from gonogo.facts.repository import File, Repository
from gonogo.facts.terraform import Commented
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place
from gonogo.tools.yaml_marks import load_json

SIZE_LIMIT = 1_000_000
_HEADER = re.compile(
    r"^\s*(?:#|//)+\s*((?:backend|resource|module|data|provider|terraform|cloud|lifecycle|metadata_options)"
    r'(?:\s+"[^"]*")*)\s*\{'
)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that needs no evaluation (from JSON, or synthesized)."""

    value: object


Expression = Node | Literal


@dataclass(frozen=True, slots=True)
class Attribute:
    """``name = expression``."""

    name: str
    expression: Expression
    line: int


@dataclass(slots=True)
class Block:
    """A block with its labels; a whole file is one without a type."""

    type: str
    labels: tuple[str, ...]
    path: str
    line: int = 0
    end_line: int = 0
    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def of(self, *types: str) -> Iterator[Block]:
        """Nested blocks of these types."""
        return (block for block in self.blocks if block.type in types)

    def expression(self, name: str) -> Expression | None:
        """The expression of an attribute."""
        found = self.attributes.get(name)
        return found.expression if found else None

    @property
    def name(self) -> str:
        return self.labels[-1] if self.labels else ""

    def place(self, symbol: str = "") -> Place:
        """Where it stands."""
        return Place(self.path, self.line, self.end_line, symbol)


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_hcl.language()))


def parse_file(repository: Repository, file: File) -> tuple[Block, Unread | None]:
    """A ``.tf``, ``.tofu``, ``.hcl``, ``.tfvars`` or ``.json`` file as one block."""
    if file.size > SIZE_LIMIT:
        return Block("", (), file.path), Unread(file.path, f"it has {file.size:,} bytes, more than {SIZE_LIMIT:,}")
    text = repository.text(file)
    try:
        return _parse_json(file.path, text) if file.name.endswith(".json") else parse_text(file.path, text)
    except RecursionError:
        return Block("", (), file.path), Unread(file.path, "its blocks are nested too deep")


def parse_text(path: str, text: str, after: int = 0) -> tuple[Block, Unread | None]:
    """HCL text as one block. ``after`` is the line of the file before its first."""
    tree = _parser().parse(text.encode("utf-8", "surrogatepass"))
    top = Block("", (), path)
    for child in tree.root_node.children:
        if child.type == "body":
            _fill(top, child, after)
    problem = None
    if tree.root_node.has_error:
        line = _first_error(tree.root_node)
        problem = Unread(path, f"its HCL is not valid near line {line}", line, broken=True)
    return top, problem


def _fill(block: Block, body: Node, after: int) -> None:
    for child in body.children:
        if child.type == "attribute":
            name, expression = child.children[0], child.children[-1]
            if expression.type == "expression":
                key = text_of(name)
                block.attributes[key] = Attribute(key, expression, child.start_point[0] + 1 + after)
        elif child.type == "block":
            block.blocks.append(_block(block.path, child, after))


def _block(path: str, node: Node, after: int) -> Block:
    type_, labels, body = "", [], None
    for child in node.children:
        if child.type == "identifier" and not type_:
            type_ = text_of(child)
        elif child.type in ("string_lit", "identifier"):
            labels.append(text_of(child).strip('"'))
        elif child.type == "body":
            body = child
    first, last = node.start_point[0] + 1 + after, node.end_point[0] + 1 + after
    found = Block(type_, tuple(labels), path, first, last)
    if body is not None:
        _fill(found, body, after)
    return found


def _first_error(node: Node) -> int:
    while True:
        broken = next((child for child in node.children if child.has_error or child.is_missing), None)
        if broken is None or node.type == "ERROR":
            return int(node.start_point[0]) + 1
        node = broken


def text_of(node: Node) -> str:
    """The source text of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def parse_template(text: str) -> Expression:
    """A JSON string as the template that Terraform takes it for."""
    if "${" not in text and "%{" not in text:
        return Literal(text)
    if (whole := re.fullmatch(r"\s*\$\{((?:[^{}\"]|\"[^\"]*\")*)\}\s*", text)) is not None:
        source = whole.group(1)
    else:
        source = '"' + text.replace("\\", "\\\\").replace("\n", "\\n") + '"'
    body = next(iter(_parser().parse(f"x = {source}\n".encode()).root_node.children), None)
    if body is not None and not body.has_error and body.children and body.children[0].type == "attribute":
        return body.children[0].children[-1]
    return Literal(text)


# The JSON form: nested objects whose levels are given by what stands at the top.
_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "module": 1, "provider": 1, "variable": 1, "output": 1, "check": 1}
_NESTED = {"backend": 1, "provisioner": 1, "cloud": 0, "required_providers": 0, "lifecycle": 0}


def _parse_json(path: str, text: str) -> tuple[Block, Unread | None]:
    top = Block("", (), path)
    loaded = load_json(text, path=path)
    if loaded.fault:
        return top, Unread(path, f"its JSON is not valid: {loaded.fault.reason}", loaded.fault.line)
    found = loaded.first
    for key, value in found.items():
        if key in _LABELS or key in ("locals", "terraform"):
            top.blocks += _json_blocks(path, key, (), value, _LABELS.get(key, 0))
        elif key != "//":
            top.attributes[key] = Attribute(key, _json_expression(value), found.line_of(key))
    return top, None


def _json_blocks(path: str, kind: str, labels: tuple[str, ...], value: object, levels: int) -> list[Block]:
    if isinstance(value, Seq):
        return [block for item in value for block in _json_blocks(path, kind, labels, item, levels)]
    if not isinstance(value, Map):
        return []
    if levels:
        return [
            block
            for key, item in value.items()
            if key != "//"
            for block in _json_blocks(path, kind, (*labels, key), item, levels - 1)
        ]
    block = Block(kind, labels, path, value.line, value.end_line)
    for key, item in value.items():
        if key in _NESTED and kind in ("terraform", "resource", "data"):
            block.blocks += _json_blocks(path, key, (), item, _NESTED[key])
        elif key != "//":
            block.attributes[key] = Attribute(key, _json_expression(item), value.line_of(key))
    return [block]


def _json_expression(value: object) -> Expression:
    return parse_template(value) if isinstance(value, str) else Literal(_json_value(value))


def _json_value(value: object) -> object:
    """Plain values; strings with interpolations stay expressions inside."""
    if isinstance(value, Map):
        return {key: _json_value(item) for key, item in value.items()}
    if isinstance(value, Seq):
        return tuple(_json_value(item) for item in value)
    if isinstance(value, str):
        found = parse_template(value)
        return found.value if isinstance(found, Literal) else found
    return value


def commented_blocks(repository: Repository, file: File) -> list[Commented]:
    """Headers of blocks that are commented out, line by line or in ``/* */``."""
    found: list[Commented] = []
    if "{" not in repository.text(file):
        return found
    inside = False
    for number, line in enumerate(repository.lines(file), 1):
        code = "# " + line if inside else line
        if (match := _HEADER.match(code)) is not None:
            what = " ".join(match.group(1).split())
            found.append(Commented(what, Place(file.path, number, number, f"commented {what}")))
        if not inside and line.lstrip().startswith("/*"):
            inside = "*/" not in line
        elif inside and "*/" in line:
            inside = False
    return found
