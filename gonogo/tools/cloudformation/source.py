"""CDK programs: which calls stand in which class, under which conditions, and what their names mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import tree_sitter_javascript
import tree_sitter_python
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

from gonogo.tools.cloudformation.expressions import (
    Call,
    Choice,
    Expression,
    Name,
    Other,
    expression_of,
    source_of,
)

_UNCERTAIN = frozenset({"switch_case", "catch_clause", "except_clause"})
_CLASSES = frozenset({"class_declaration", "class_definition", "class", "abstract_class_declaration"})
_FUNCTIONS = frozenset(
    "function_declaration function_expression arrow_function method_definition function_definition lambda".split()
)
_ASSIGNMENTS = ("variable_declarator", "assignment", "assignment_expression", "public_field_definition")
_NAMES = frozenset({"identifier", "shorthand_property_identifier_pattern"})

Conditions = tuple[tuple[Expression, bool], ...]
"""What must be true, or with False must not, for a statement to run."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a statement stands."""

    owner: str = ""
    """The class around it."""
    conditions: Conditions = ()
    parameters: frozenset[str] = frozenset()
    """Names that functions around it take: the constructor's are those of the class, and none of these."""


@dataclass(frozen=True, slots=True)
class Site:
    """A call where it stands, and what gets its result."""

    call: Call
    scope: Scope
    target: str

    @property
    def owner(self) -> str:
        return self.scope.owner


@dataclass
class Program:
    """One source file."""

    path: str
    imports: dict[str, str] = field(default_factory=dict)
    """Local names and what they mean in the CDK: ``aws-s3``, ``aws-s3.Bucket``, ``aws-cdk-lib``."""
    local: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Other imported names: from where, and the name there; ``*`` for all of it, empty for what is the default."""
    modules: list[str] = field(default_factory=list)
    """All that is imported from elsewhere than the CDK."""
    sites: list[Site] = field(default_factory=list)
    constants: dict[tuple[str, str], Expression] = field(default_factory=dict)
    """By class and name."""
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Classes, and what they extend."""
    parameters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What the constructor of a class takes."""


@cache
def _parser(kind: str) -> Parser:
    languages = {
        "ts": tree_sitter_typescript.language_typescript,
        "js": tree_sitter_javascript.language,
        "py": tree_sitter_python.language,
    }
    return Parser(Language(languages[kind]()))


def parse_program(path: str, text: str) -> Program:
    """Reads one file. Raises RecursionError for one that is nested too deep."""
    kind = "py" if path.endswith(".py") else "ts" if path.endswith("ts") else "js"
    root = _parser(kind).parse(text.encode("utf-8", "surrogatepass")).root_node
    program = Program(path)
    _visit(root, program, Scope())
    return program


def _visit(node: Node, program: Program, scope: Scope) -> None:
    for child in node.children:
        kind = child.type
        if kind in ("import_statement", "import_from_statement", "export_statement") and _imported(child, program):
            continue
        if kind in ("if_statement", "ternary_expression", "conditional_expression"):
            scope = _branches(child, program, scope)
            continue
        inside = scope
        if kind in _UNCERTAIN:
            inside = _under(scope, Other(kind), True)
        elif kind in _CLASSES:
            inside = Scope(_class(child, program, scope.owner))
        elif kind in _FUNCTIONS:
            inside = _function(child, program, scope)
        elif kind in _ASSIGNMENTS:
            _assignment(child, program, scope)
        elif kind in ("new_expression", "call_expression", "call"):
            call = expression_of(child)
            if isinstance(call, Call):
                program.sites.append(Site(call, scope, _target(child)))
        _visit(child, program, inside)


def _under(scope: Scope, test: Expression, holds: bool) -> Scope:
    return Scope(scope.owner, (*scope.conditions, (test, holds)), scope.parameters)


def _branches(node: Node, program: Program, scope: Scope) -> Scope:
    """Visits the branches of a condition; the scope of what follows it, which an early return may leave out."""
    condition = node.child_by_field_name("condition")
    if condition is None:
        parts = [child for child in node.children if child.type not in ("if", "else", "comment")]
        if len(parts) != 3:
            _visit(node, program, _under(scope, Other(node.type), True))
            return scope
        yes, condition, no = parts
        branches = [(yes, True), (no, False)]
    else:
        consequence = node.child_by_field_name("consequence")
        others = node.children_by_field_name("alternative")
        branches = [(part, part is consequence) for part in (consequence, *others) if part is not None]
    test = expression_of(condition)
    _visit_one(condition, program, scope)
    rest = scope
    for part, holds in branches:
        _visit_one(part, program, _under(rest, test, holds))
        if part.type == "elif_clause" and (own := part.child_by_field_name("condition")) is not None:
            rest = _under(rest, expression_of(own), False)
    if len(branches) == 1 and _returns(branches[0][0]):
        return _under(scope, test, False)
    return scope


def _visit_one(node: Node, program: Program, scope: Scope) -> None:
    """Visits a node itself, and not only what is in it."""
    if node.type == "elif_clause" and (own := node.child_by_field_name("condition")) is not None:
        scope = _under(scope, expression_of(own), True)
    if node.type in ("new_expression", "call_expression", "call"):
        call = expression_of(node)
        if isinstance(call, Call):
            program.sites.append(Site(call, scope, _target(node)))
    _visit(node, program, scope)


def _returns(node: Node) -> bool:
    if node.type == "return_statement":
        return True
    inside = [child for child in node.children if child.is_named and child.type != "comment"]
    return bool(inside) and inside[-1].type == "return_statement"


def _class(node: Node, program: Program, outer: str) -> str:
    name = node.child_by_field_name("name")
    own = source_of(name) if name else outer
    bases = node.child_by_field_name("superclasses")
    if bases is not None:
        found = tuple(source_of(child) for child in bases.children if child.type in ("identifier", "attribute"))
    else:
        head = source_of(node).partition("{")[0]
        found = tuple(re.findall(r"\bextends\s+([\w$.]+)", head)[:1])
    if own:
        program.classes.setdefault(own, found)
    return own


def _function(node: Node, program: Program, scope: Scope) -> Scope:
    name = node.child_by_field_name("name")
    taken = tuple(_parameters(node))
    if name is not None and source_of(name) in ("constructor", "__init__") and scope.owner:
        program.parameters.setdefault(scope.owner, taken[1:] if node.type == "function_definition" else taken)
        return scope
    return Scope(scope.owner, scope.conditions, scope.parameters | set(taken))


def _parameters(node: Node) -> Iterator[str]:
    given = node.child_by_field_name("parameters") or node.child_by_field_name("parameter")
    if given is None:
        return
    for child in (given,) if given.type == "identifier" else given.children:
        inner = child.child_by_field_name("pattern") or child.child_by_field_name("name")
        inner = inner or child.child_by_field_name("left") or child
        if inner.type == "identifier":
            yield source_of(inner)
        elif inner.type == "typed_parameter" and inner.children and inner.children[0].type == "identifier":
            yield source_of(inner.children[0])


def _assignment(node: Node, program: Program, scope: Scope) -> None:
    name = node.child_by_field_name("name") or node.child_by_field_name("left")
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    if name is None or value is None:
        return
    found = expression_of(value)
    if name.type == "object_pattern" and isinstance(found, Name):
        for key, expression in _destructured(name, found.text):
            _keep(program, scope, key, expression)
    elif not isinstance(found, Call):
        if name.type in ("identifier", "property_identifier"):
            _keep(program, scope, source_of(name), found)
        elif name.type in ("member_expression", "attribute") and source_of(name).count(".") == 1:
            head, _, tail = source_of(name).partition(".")
            if head in ("this", "self") and found != Name(tail):
                _keep(program, scope, tail, found)


def _keep(program: Program, scope: Scope, name: str, value: Expression) -> None:
    """What is given two values has none that is known."""
    known = program.constants.setdefault((scope.owner, name), value)
    if known != value:
        program.constants[(scope.owner, name)] = Other(f"one of several values of {name}")


def _destructured(pattern: Node, value: str) -> Iterator[tuple[str, Expression]]:
    """``const { a, b: c, d = 1 } = props``"""
    for child in pattern.children:
        if child.type in _NAMES:
            yield source_of(child), Name(f"{value}.{source_of(child)}")
        elif child.type == "pair_pattern":
            key, own = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key is not None and own is not None and own.type == "identifier":
                yield source_of(own), Name(f"{value}.{source_of(key)}")
        elif child.type == "object_assignment_pattern":
            left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
            if left is not None and right is not None:
                name = Name(f"{value}.{source_of(left)}")
                yield source_of(left), Choice(name, name, expression_of(right))


def _target(node: Node) -> str:
    """The variable or attribute that gets the value of a call, without ``this.`` or ``self.``."""
    parent = node.parent
    while parent is not None and parent.type in ("as_expression", "await_expression", "parenthesized_expression"):
        parent = parent.parent
    if parent is None or parent.type not in _ASSIGNMENTS:
        return ""
    name = parent.child_by_field_name("name") or parent.child_by_field_name("left")
    return re.sub(r"^(this|self)\.", "", source_of(name)) if name is not None else ""


def _imported(node: Node, program: Program) -> bool:
    """Takes in an import or a re-export; says whether the node is no more than that."""
    text = " ".join(source_of(node).split())
    if node.type == "export_statement" and " from " not in text[:2000]:
        return False
    if node.type == "export_statement" and node.child_by_field_name("source") is None:
        return False
    found = dict(_imports(node))
    program.imports.update(found)
    if not found:
        program.local.update(_local(node, text, program.modules))
    return True


def _local(node: Node, text: str, modules: list[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Names that come from the program's own modules or from other libraries."""
    if node.type == "import_from_statement":
        if found := re.match(r"from ([\w.]+) import \(?(.*?)\)?$", text):
            modules.append(found[1])
            for part in found[2].split(","):
                name, _, alias = part.strip().partition(" as ")
                if name:
                    yield alias or name, (found[1], name)
        return
    if found := re.match(r"import ([\w.]+)(?: as (\w+))?$", text):
        modules.append(found[1])
        yield found[2] or found[1], (found[1], "*")
        return
    source = re.search(r"""from ["']([^"']+)["']""", text) or re.match(r"""import ["']([^"']+)["']""", text)
    if source is None:
        return
    modules.append(source[1])
    if star := re.search(r"\* as (\w+)", text):
        yield star[1], (source[1], "*")
    if plain := re.match(r"import (\w+)\b(?! from [^\"'])", text):
        yield plain[1], (source[1], "")
    if braces := re.search(r"\{(.*?)\}", text):
        for part in braces[1].split(","):
            name, _, alias = part.strip().removeprefix("type ").partition(" as ")
            if name:
                yield alias.strip() or name.strip(), (source[1], name.strip())


def _imports(node: Node) -> Iterator[tuple[str, str]]:
    text = " ".join(source_of(node).split())
    if node.type == "import_from_statement" or text.startswith("from "):
        found = re.match(r"from ([\w.]+) import \(?(.*?)\)?$", text)
        if found and found.group(1).split(".")[0] in ("aws_cdk", "constructs"):
            module = _python_module(found.group(1))
            for part in found.group(2).split(","):
                name, _, alias = part.strip().partition(" as ")
                if name:
                    yield alias or name, _joined(module, name)
        return
    if found := re.match(r"import ([\w.]+)(?: as (\w+))?$", text):
        yield found.group(2) or found.group(1), _python_module(found.group(1))
        return
    source = re.search(r"""from ["']([^"']+)["']""", text)
    if source is None or not re.match(r"aws-cdk-lib|@aws-cdk/|constructs", source.group(1)):
        return
    module = re.sub(r"^(aws-cdk-lib/|@aws-cdk/)", "", source.group(1)).removesuffix("-alpha")
    module = "aws-cdk-lib" if module == "core" else module
    if star := re.search(r"\* as (\w+)", text):
        yield star.group(1), module
    if braces := re.search(r"\{(.*?)\}", text):
        for part in braces.group(1).split(","):
            name, _, alias = part.strip().removeprefix("type ").partition(" as ")
            if name:
                yield alias.strip() or name.strip(), _joined(module, name.strip())


def _joined(module: str, name: str) -> str:
    """``aws_s3`` of the whole library is the module ``aws-s3``; anything else is a name in its module."""
    if module == "aws-cdk-lib" and name.startswith("aws_"):
        return name.replace("_", "-")
    return f"{module}.{name}"


def _python_module(text: str) -> str:
    tail = text.removeprefix("aws_cdk").lstrip(".")
    return tail.replace("_", "-").removesuffix("-alpha") if tail else "aws-cdk-lib"
