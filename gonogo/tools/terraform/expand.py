"""Expands a root module: what it makes, with local and well-known registry modules in place of their calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from posixpath import join, normpath

from tree_sitter import Node

from gonogo.facts.resources import ModuleCall, Resource, Unknown, Value, truth
from gonogo.facts.terraform import Provider
from gonogo.tools.terraform.evaluate import Fuel, Scope, evaluate
from gonogo.tools.terraform.functions import SPREAD
from gonogo.tools.terraform.parse import Attribute, Block, Expression, Literal, text_of
from gonogo.tools.terraform.registry import normalize, registry_resources

MOST_RESOURCES = 6_000
MOST_INSTANCES = 20
MOST_DEPTH = 8
_CALL = frozenset({"source", "version", "providers", "count", "for_each", "depends_on"})


@dataclass
class Folder:
    """The blocks of one folder of ``.tf`` files."""

    path: str
    blocks: list[Block] = field(default_factory=list)

    def of(self, *types: str) -> Iterator[Block]:
        """Its blocks of these types."""
        return (block for block in self.blocks if block.type in types)


@dataclass
class Found:
    """What one root makes."""

    resources: list[Resource] = field(default_factory=list)
    modules: list[ModuleCall] = field(default_factory=list)
    providers: list[Provider] = field(default_factory=list)


@dataclass(frozen=True)
class Context:
    """What stays the same within a root."""

    root: str
    folders: Mapping[str, Folder]
    audited: bool
    read: Callable[[str], str | None]
    fuel: Fuel
    found: Found


def expand_root(
    folder: Folder,
    folders: Mapping[str, Folder],
    variables: dict[str, Value],
    *,
    root: str,
    audited: bool,
    workspace: Value,
    read: Callable[[str], str | None],
) -> Found:
    """What a root module makes with these values of its variables."""
    context = Context(root, folders, audited, read, Fuel(), Found())
    scope = module_scope(folder, variables, context, workspace=workspace)
    _expand(folder, scope, context, True, 0)
    for block in folder.of("provider"):
        values = attributes_of(block, scope)
        alias = values.get("alias")
        place = block.place(f"provider.{block.name}")
        context.found.providers.append(Provider(block.name, str(alias or ""), values, place, root))
    return context.found


def module_scope(
    folder: Folder, variables: dict[str, Value], context: Context, *, prefix: str = "", workspace: Value = None
) -> Scope:
    """The names that expressions of a module see. Outputs of its module calls are evaluated when they are asked for."""
    scope = Scope(
        folder=folder.path or ".",
        root=context.root or ".",
        prefix=prefix,
        variables=variables,
        workspace=workspace,
        read=context.read,
        fuel=context.fuel,
    )
    for block in folder.of("locals"):
        scope.locals.update({name: attribute.expression for name, attribute in block.attributes.items()})
    calls = {block.name: block for block in folder.of("module")}
    known: dict[str, Value] = {}

    def output(name: str) -> Value:
        if name not in known:
            known[name] = Unknown(f"module.{name}", (f"{prefix}module.{name}",))
            if name in calls:
                known[name] = _outputs(calls[name], scope, context)
        return known[name]

    scope.output = output
    return scope


def _outputs(call: Block, scope: Scope, context: Context) -> Value:
    address = f"{scope.prefix}module.{call.name}"
    opaque = Unknown(f"module.{call.name}", (address,))
    child = _local_folder(call, context)
    if child is None or address.count("module.") > MOST_DEPTH:
        return opaque
    bare = scope.inner()
    bare.names = {}
    inner = module_scope(child, _inputs(call, child, bare), context, prefix=address + ".", workspace=scope.workspace)
    values = {block.name: evaluate(block.expression("value"), inner) for block in child.of("output")}
    if "for_each" in call.attributes:
        return opaque
    return (values,) if "count" in call.attributes else values


def _local_folder(call: Block, context: Context) -> Folder | None:
    path = local_path(call.path.rpartition("/")[0], _plain(call.expression("source")), context.folders)
    return None if path is None else context.folders.get(path)


def local_path(here: str, source: str, folders: Mapping[str, Folder]) -> str | None:
    """The folder that a local module source means; None for another source.

    Where that folder holds no module and exactly one of the repository ends in the path that is written, that one is
    meant: the call is broken, but a reader knows what it would make.
    """
    if not source.startswith(("./", "../")):
        return None
    path = normpath(join(here, source.replace("//", "/")))
    path = "" if path == "." else path
    if path in folders:
        return path
    tail = re.sub(r"^(?:\.\.?/)+", "", normpath(source.replace("//", "/")))
    ends = [folder for folder in folders if folder == tail or folder.endswith("/" + tail)]
    return ends[0] if len(ends) == 1 and tail.strip("./") and ends[0] != here else path


def _plain(expression: Expression | None) -> str:
    if isinstance(expression, Literal):
        return str(expression.value)
    return text_of(expression).strip().strip('"') if isinstance(expression, Node) else ""


def _inputs(call: Block, child: Folder, scope: Scope) -> dict[str, Value]:
    given = {n: evaluate(a.expression, scope) for n, a in call.attributes.items() if n not in _CALL}
    return fill_defaults(child, given, scope)


def fill_defaults(folder: Folder, given: Mapping[str, Value], scope: Scope) -> dict[str, Value]:
    """Values of a module's variables: what is given, else defaults (also for null, where that is refused)."""
    values: dict[str, Value] = {}
    for block in folder.of("variable"):
        value = given.get(block.name)
        nullable = evaluate(block.expression("nullable"), scope)
        if value is None and (block.name not in given or nullable is False):
            if "default" not in block.attributes:
                continue
            value = evaluate(block.expression("default"), scope)
        values[block.name] = _typed(block.expression("type"), value, scope)
    return values


def _typed(type_: Expression | None, value: Value, scope: Scope) -> Value:
    """Fills in what ``optional(...)`` says of absent attributes."""
    if not isinstance(type_, Node) or b"optional" not in (type_.text or b"") or isinstance(value, Unknown):
        return value
    call = type_.children[0] if type_.children else None
    if call is None or call.type != "function_call" or value is None:
        return value
    arguments = next((c for c in call.children if c.type == "function_arguments"), None)
    inner = [c for c in arguments.children if c.type == "expression"] if arguments else []
    kind = text_of(call.children[0])
    if not inner:
        return value
    if kind == "optional":
        return _typed(inner[0], value, scope)
    if kind in ("list", "set") and isinstance(value, tuple):
        return tuple(_typed(inner[0], item, scope) for item in value)
    if kind == "map" and isinstance(value, Mapping):
        return {key: _typed(inner[0], item, scope) for key, item in value.items()}
    if kind == "object" and isinstance(value, Mapping):
        return _typed_object(inner[0], value, scope)
    return value


def _typed_object(type_: Node, value: Mapping[str, Value], scope: Scope) -> Value:
    found = dict(value)
    elements = [e for c in type_.children for o in c.children for e in o.children if e.type == "object_elem"]
    for element in elements:
        pair = [child for child in element.children if child.type == "expression"]
        if len(pair) != 2:
            continue
        name = text_of(pair[0]).strip('"')
        if found.get(name) is None:
            found[name] = _optional_default(pair[1], scope)
        found[name] = _typed(pair[1], found[name], scope)
    return found


def _optional_default(type_: Node, scope: Scope) -> Value:
    call = type_.children[0]
    if call.type != "function_call" or text_of(call.children[0]) != "optional":
        return None
    arguments = next((c for c in call.children if c.type == "function_arguments"), None)
    inner = [c for c in arguments.children if c.type == "expression"] if arguments else []
    return evaluate(inner[1], scope) if len(inner) > 1 else None


def _expand(folder: Folder, scope: Scope, context: Context, exists: bool | None, depth: int) -> None:
    for block in folder.of("resource", "data"):
        if len(context.found.resources) >= MOST_RESOURCES:
            return
        if len(block.labels) == 2:
            context.found.resources += _instances(block, scope, context, exists)
    for block in folder.of("module"):
        _expand_call(block, scope, context, exists, depth)


def _instances(block: Block, scope: Scope, context: Context, exists: bool | None) -> Iterator[Resource]:
    base = scope.prefix + ("data." if block.type == "data" else "") + ".".join(block.labels)
    for key, here, own in repeat(block, scope):
        address = base + key
        attributes = attributes_of(block, here)
        yield Resource(
            type=block.labels[0],
            name=block.labels[1],
            address=address,
            attributes=attributes,
            at=block.place(address),
            exists=both(exists, own),
            audited=context.audited,
            data=block.type == "data",
            root=context.root,
            lines=lines_of(block),
            guard=_plain(block.expression("count") or block.expression("for_each")),
        )


def repeat(block: Block, scope: Scope) -> Iterator[tuple[str, Scope, bool | None]]:
    """The instances of a block with count or for_each: address suffix, scope, and whether it exists."""
    if "for_each" in block.attributes:
        yield from _each(evaluate(block.expression("for_each"), scope), scope)
    elif "count" in block.attributes:
        count = evaluate(block.expression("count"), scope)
        if isinstance(count, Unknown):
            yield "", scope.inner(count={"index": Unknown("count.index")}), None
        else:
            number = count if isinstance(count, int | float) else bool(truth(count))
            yield "", scope.inner(count={"index": Unknown("count.index") if number > 1 else 0}), number > 0
    else:
        yield "", scope, True


def _each(items: Value, scope: Scope) -> Iterator[tuple[str, Scope, bool | None]]:
    unknown = {"key": Unknown("each.key"), "value": Unknown("each.value")}
    if isinstance(items, Unknown) or not isinstance(items, Mapping | tuple):
        refers = getattr(items, "refers", ())
        value = {"key": Unknown("each.key", refers), "value": Unknown("each.value", refers)}
        yield "", scope.inner(each=value), None
        return
    pairs = list(items.items()) if isinstance(items, Mapping) else [(item, item) for item in items]
    if not pairs:
        yield "", scope.inner(each=unknown), False
    for key, value in pairs[:MOST_INSTANCES]:
        if key == SPREAD or isinstance(key, Unknown):
            refers = getattr(value, "refers", ())
            rest = Unknown("each.key", refers) if key == SPREAD else key
            yield "", scope.inner(each={"key": rest, "value": Unknown("each.value", refers)}), None
        else:
            yield f'["{key}"]', scope.inner(each={"key": key, "value": value}), True


def both(first: bool | None, second: bool | None) -> bool | None:
    """Whether something exists that takes both."""
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def attributes_of(block: Block, scope: Scope) -> dict[str, Value]:
    """The evaluated attributes of a block, with nested blocks as tuples of mappings."""
    values: dict[str, Value] = {
        name: evaluate(attribute.expression, scope) for name, attribute in block.attributes.items()
    }
    nested: dict[str, list[Value]] = {}
    for inner in block.blocks:
        if inner.type == "dynamic" and inner.labels:
            nested.setdefault(inner.name, []).extend(_dynamic(inner, scope))
        else:
            found = attributes_of(inner, scope)
            if inner.labels:
                found.setdefault("label", inner.name)
            nested.setdefault(inner.type, []).append(found)
    return values | {name: tuple(found) for name, found in nested.items()}


def _dynamic(block: Block, scope: Scope) -> Iterator[Value]:
    content = next(block.of("content"), None)
    if content is None:
        return
    iterator = _plain(block.expression("iterator")) or block.name
    items = evaluate(block.expression("for_each"), scope)
    if isinstance(items, Unknown) or not isinstance(items, Mapping | tuple):
        refers = getattr(items, "refers", ())
        value = {"key": Unknown(f"{iterator}.key", refers), "value": Unknown(f"{iterator}.value", refers)}
        yield attributes_of(content, scope.inner(**{iterator: value}))
        return
    pairs = items.items() if isinstance(items, Mapping) else enumerate(items)
    for key, item in list(pairs)[:MOST_INSTANCES]:
        yield attributes_of(content, scope.inner(**{iterator: {"key": key, "value": item}}))


def lines_of(block: Block, prefix: str = "") -> dict[str, int]:
    """Lines of attributes, of nested blocks, and of the elements of literals that take several lines."""
    lines: dict[str, int] = {}
    for name, attribute in block.attributes.items():
        lines[prefix + name] = attribute.line
        _literal_lines(attribute, prefix + name, lines)
    counts: dict[str, int] = {}
    for inner in block.blocks:
        name = inner.name if inner.type == "dynamic" else inner.type
        index = counts[name] = counts.get(name, -1) + 1
        path = f"{prefix}{name}.{index}"
        lines[path] = inner.line
        lines.setdefault(prefix + name, inner.line)
        body = next(inner.of("content"), inner) if inner.type == "dynamic" else inner
        lines |= lines_of(body, path + ".")
    return lines


def _literal_lines(attribute: Attribute, path: str, lines: dict[str, int]) -> None:
    node = attribute.expression
    if not isinstance(node, Node) or node.start_point[0] == node.end_point[0]:
        return
    stack: list[tuple[Node, str]] = [(node, path)]
    while stack and len(lines) < 2_000:
        current, here = stack.pop()
        if current.type == "object_elem":
            pair = [child for child in current.children if child.type == "expression"]
            here = f"{here}.{text_of(pair[0]).strip(chr(34))}" if pair else here
            lines[here] = current.start_point[0] + 1
            stack += [(pair[1], here)] if len(pair) == 2 else []
        elif current.type == "tuple":
            items = [child for child in current.children if child.type == "expression"]
            for index, item in enumerate(items):
                lines[f"{here}.{index}"] = item.start_point[0] + 1
                stack.append((item, f"{here}.{index}"))
        elif current.type in ("expression", "collection_value", "object", "function_call", "function_arguments"):
            stack += [(child, here) for child in reversed(current.children)]


def _expand_call(call: Block, scope: Scope, context: Context, exists: bool | None, depth: int) -> None:
    address = f"{scope.prefix}module.{call.name}"
    child = _local_folder(call, context)
    for key, here, own in repeat(call, scope):
        alive = both(exists, own)
        source = child.path if child else normalize(_plain(call.expression("source")))
        module = ModuleCall(
            name=call.name,
            address=address + key,
            source=source,
            version=_plain(call.expression("version")),
            inputs={n: evaluate(a.expression, here) for n, a in call.attributes.items() if n not in _CALL},
            at=call.place(address + key),
            exists=alive,
            audited=context.audited,
            opaque=child is None,
            root=context.root,
            lines=lines_of(call),
        )
        if child is not None:
            context.found.modules.append(module)
            if depth < MOST_DEPTH and len(context.found.resources) < MOST_RESOURCES:
                inputs = _inputs(call, child, here)
                prefix = f"{address}{key}."
                inner = module_scope(child, inputs, context, prefix=prefix, workspace=scope.workspace)
                _expand(child, inner, context, alive, depth + 1)
            continue
        made = registry_resources(module)
        context.found.resources += made or ()
        context.found.modules.append(module if made is None else _known(module))


def _known(module: ModuleCall) -> ModuleCall:
    return ModuleCall(
        module.name, module.address, module.source, module.version, module.inputs, module.at,
        module.exists, module.audited, opaque=False, root=module.root, lines=module.lines,
    )  # fmt: skip
