"""Reads a shell script: its simple commands, in the order of running, and which of them can fail the script.

What decides is the shell's own rule: under ``set -e`` a failing command stops the script unless it stands in a
condition, in front of ``&&`` or ``||``, is negated, or is not last in a pipe without ``pipefail``; without ``set -e``
only the status of the last command counts. Nothing is executed: functions are followed where they are called.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from gonogo.tools.shell.decisive import has_failing_exit, is_checked, passes_on, sets_decisive, swallowed
from gonogo.tools.shell.effects import count_up, nested_script, take_effect
from gonogo.tools.shell.folders import join_folders
from gonogo.tools.shell.nodes import substitutions_below, text_of, unquoted, word
from gonogo.tools.shell.state import Context, ShellCommand, State

MOST_COMMANDS = 3_000
_DEEPEST = 60
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_NAMED = re.compile(r"GNGX(\d+)X")


@lru_cache(maxsize=1)
def _language() -> Language:
    return Language(tree_sitter_bash.language())


def read_script(
    text: str, *, errexit: bool = False, pipefail: bool = False, opaque: re.Pattern[str] | None = None
) -> tuple[ShellCommand, ...]:
    """The commands of a script that starts with these options. ``opaque`` matches what a CI service expands before the
    shell sees it; ``${{ }}`` always is."""
    names: list[str] = []

    def hide(match: re.Match[str]) -> str:
        names.append(match.group())
        return f"GNGX{len(names) - 1}X" + "\n" * match.group().count("\n")

    hidden = _EXPRESSION.sub(hide, text)
    if opaque is not None:
        hidden = opaque.sub(hide, hidden)
    tree = Parser(_language()).parse(hidden.encode("utf-8", "replace"))
    state = State(hidden, tuple(names), errexit, pipefail)
    _define(tree.root_node, state)
    _sequence(_statements(tree.root_node), state, Context())
    return tuple(state.found)


def _define(root: Node, state: State) -> None:
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type == "function_definition":
            name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
            if name is not None and body is not None:
                state.functions.setdefault(text_of(name), body)
        if node.type in ("program", "function_definition", "compound_statement", "if_statement", "list", "ERROR"):
            stack.extend(node.named_children)


def _statements(node: Node) -> list[tuple[Node, bool]]:
    """The statements of a block, each with whether it runs in the background."""
    found: list[tuple[Node, bool]] = []
    for child in node.children:
        if child.is_named and child.type != "comment":
            found.append((child, False))
        elif child.type == "&" and found:
            found[-1] = (found[-1][0], True)
    return found


def _sequence(statements: list[tuple[Node, bool]], state: State, context: Context) -> None:
    last = len(statements) - 1
    for index, (node, background) in enumerate(statements):
        here = context
        after = [later for later, _ in statements[index + 1 :]]
        if background:
            here = replace(here, lost=here.lost or "it runs in the background", tail=False)
        elif index != last:
            here = replace(here, tail=is_checked(node, after, state) or (context.tail and passes_on(after)))
        _walk(node, state, here)


def _walk(node: Node, state: State, context: Context) -> None:
    if len(state.found) >= MOST_COMMANDS or context.depth > _DEEPEST:
        return
    context = replace(context, depth=context.depth + 1)
    match node.type:
        case "command":
            _command(node, state, context)
        case "list":
            _list(node, state, context)
        case "pipeline":
            _pipeline(node, state, context)
        case "if_statement":
            _if(node, state, context)
        case "for_statement" | "c_style_for_statement" | "while_statement" | "until_statement":
            _loop(node, state, context)
        case "case_statement":
            _case(node, state, context)
        case "subshell":
            _subshell(node, state, context)
        case "compound_statement" | "do_group":
            _block(node, state, context)
        case "negated_command":
            _negated(node, state, context)
        case "redirected_statement":
            _redirected(node, state, context)
        case "variable_assignment" | "variable_assignments":
            _assignment(node, state, context)
        case "declaration_command":
            lost = replace(context, lost=context.lost or "export, local and declare hide its status")
            for child in node.named_children:
                _assignment(child, state, lost)
        case "test_command":
            _substitutions(node, state, context)
        case "function_definition" | "comment" | "heredoc_body":
            pass
        case "ERROR" | "program" | "else_clause" | "elif_clause":
            _sequence(_statements(node), state, context)
        case _:
            _substitutions(node, state, replace(context, lost=context.lost or "only its output is used"))


def _command(node: Node, state: State, context: Context) -> None:
    words: list[str] = []
    env: list[tuple[str, str]] = []
    for child in node.named_children:
        if child.type == "variable_assignment":
            name, _, value = text_of(child).partition("=")
            env.append((name, _restore(unquoted(value), state)))
        elif not child.type.endswith(("redirect", "comment")):
            words.append(_restore(word(child), state))
    if not words:
        return
    line = node.start_point[0] + 1
    name = words[0]
    _substitutions(node, state, replace(context, lost=_substitution_excuse(name, context)))
    if name in state.functions and context.calls < 4:
        outer = state.stopped
        _walk(state.functions[name], state, replace(context, calls=context.calls + 1))
        if state.stopped.startswith("return "):
            state.stopped = outer
        return
    excuse = _excuse(state, context)
    words_now = tuple(words)
    nested = nested_script(words_now)
    if nested is None:
        state.found.append(
            ShellCommand(words_now, line, tuple(env), state.folder, excuse, state.stopped, context.conditional)
        )
    else:
        _inner(nested, line, env, excuse, state, context)
    take_effect(words_now, line, state, context)


def _substitution_excuse(name: str, context: Context) -> str:
    return context.lost or ("" if name in ("[", "test", "[[") else "only its output is used")


def _excuse(state: State, context: Context) -> str:
    if context.lost:
        return context.lost
    if context.tail or (state.errexit and not context.ignored):
        return ""
    return context.ignored or "the script goes on after it (no set -e)"


def _inner(
    nested: tuple[str, str],
    line: int,
    env: list[tuple[str, str]],
    excuse: str,
    state: State,
    context: Context,
) -> None:
    options, text = nested
    if context.calls >= 4 or len(text) > 20_000:
        return
    errexit = re.search(r"(^|\s)-[a-z]*e", options) is not None
    for command in read_script(text, errexit=errexit, pipefail="pipefail" in options):
        state.found.append(
            replace(
                command,
                line=line + command.line - 1,
                env=(*env, *command.env),
                folder=join_folders(state.folder, command.folder),
                excuse=excuse or command.excuse,
                stopped=state.stopped or command.stopped,
                conditional=context.conditional or command.conditional,
            )
        )


def _list(node: Node, state: State, context: Context) -> None:
    parts = node.named_children
    operator = next((child.type for child in node.children if child.type in ("&&", "||")), "&&")
    if len(parts) < 2:
        for part in parts:
            _walk(part, state, context)
        return
    left, right = parts[0], parts[-1]
    if operator == "&&":
        here = replace(context, ignored=context.ignored or "set -e has no effect in front of &&")
        gate = left.type == "test_command" and has_failing_exit(right)
        _walk(left, state, replace(here, tail=True) if gate else here)
        _walk(right, state, replace(context, conditional=True))
        return
    if has_failing_exit(right) or sets_decisive(right, state):
        here = replace(context, tail=True)
    elif context.lost:
        here = context
    else:
        here = replace(context, lost=swallowed(right), ignored="||", tail=False)
    _walk(left, state, replace(here, ignored=here.ignored or "||"))
    _walk(right, state, replace(context, conditional=True))


def _pipeline(node: Node, state: State, context: Context) -> None:
    parts = [child for child in node.named_children if child.type != "comment"]
    for index, part in enumerate(parts):
        here = context
        if index < len(parts) - 1 and not state.pipefail:
            name = text_of(parts[index + 1]).split()[0] if text_of(parts[index + 1]).split() else "another command"
            if name not in ("xargs", "parallel"):
                here = replace(context, lost=context.lost or f"it is piped into {name} without pipefail")
            else:
                here = replace(context, lost=context.lost or f"it only feeds {name}")
        _walk(part, state, here)


def _if(node: Node, state: State, context: Context) -> None:
    condition = [child for child in node.children_by_field_name("condition") if child.is_named]
    rest = [child for child in node.named_children if child not in condition and child.type != "comment"]
    branches = [child for child in rest if child.type in ("elif_clause", "else_clause")]
    then = [(child, False) for child in rest if child not in branches]
    then_fails = any(has_failing_exit(child) for child, _ in then)
    else_fails = any(has_failing_exit(branch) for branch in branches)
    for part in condition:
        _walk(part, state, _in_condition(part, context, then_fails, else_fails))
    before, inner = state.stopped, replace(context, conditional=True)
    _sequence(then, state, inner)
    stops = [state.stopped]
    for branch in branches:
        state.stopped = before
        _branch(branch, state, inner)
        stops.append(state.stopped)
    has_else = any(branch.type == "else_clause" for branch in branches)
    state.stopped = before or (stops[0] if has_else and all(stops) else "")


def _branch(branch: Node, state: State, context: Context) -> None:
    if branch.type == "else_clause":
        _sequence(_statements(branch), state, context)
        return
    children = [child for child in branch.named_children if child.type != "comment"]
    body_fails = any(has_failing_exit(child) for child in children[1:])
    for child in children[:1]:
        _walk(child, state, _in_condition(child, context, body_fails, body_fails))
    _sequence([(child, False) for child in children[1:]], state, context)


def _in_condition(part: Node, context: Context, then_fails: bool, else_fails: bool) -> Context:
    """A command in a condition counts where the branch taken on its failure exits (or, for a test, any branch)."""
    negated = part.type == "negated_command"
    is_test = part.type == "test_command" or text_of(part).startswith(("[", "test "))
    searches = re.match(r"(!\s*)?(\w+\s*\|\s*)?(e?grep|rg|git|find)\b", text_of(part)) is not None
    counts = then_fails if negated else else_fails
    if counts or ((is_test or searches or "|" in text_of(part)) and (then_fails or else_fails)):
        return replace(context, ignored="an if", tail=True)
    lost = context.lost or "it is only the condition of an if"
    return replace(context, lost=lost, ignored="an if", tail=False)


def _loop(node: Node, state: State, context: Context) -> None:
    body = node.child_by_field_name("body")
    for child in node.named_children:
        if child == body or child.type == "comment":
            continue
        if node.type in ("while_statement", "until_statement"):
            _walk(child, state, replace(context, lost=context.lost or "it is only the condition of a loop", tail=False))
        else:
            _substitutions(child, state, replace(context, lost=context.lost or "only its output is used"))
    if body is not None:
        _walk(body, state, replace(context, tail=context.tail and not state.errexit, conditional=context.conditional))


def _case(node: Node, state: State, context: Context) -> None:
    before = state.stopped
    for item in node.named_children:
        if item.type == "case_item":
            state.stopped = before
            values = item.children_by_field_name("value")
            body = [(c, False) for c in item.named_children if c not in values and c.type != "comment"]
            _sequence(body, state, replace(context, conditional=True))
    state.stopped = before


def _subshell(node: Node, state: State, context: Context) -> None:
    kept = (state.folder, state.errexit, state.pipefail, state.stopped)
    _sequence(_statements(node), state, context)
    state.folder, state.errexit, state.pipefail, state.stopped = kept


def _block(node: Node, state: State, context: Context) -> None:
    if node.children and node.children[0].type == "((":
        counted = re.fullmatch(r"\(\(\s*(\w+)\+\+\s*\)\)", text_of(node))
        if counted:
            count_up(counted.group(1), node.start_point[0] + 1, state, context)
        return
    _sequence(_statements(node), state, context)


def _negated(node: Node, state: State, context: Context) -> None:
    for child in node.named_children:
        _walk(child, state, replace(context, ignored=context.ignored or "set -e has no effect on a negated command"))


def _redirected(node: Node, state: State, context: Context) -> None:
    for child in node.named_children:
        if child.type.endswith("redirect"):
            if child.type == "heredoc_redirect":
                _heredoc_rest(child, state, context)
            else:
                _substitutions(child, state, replace(context, lost=context.lost or "only its output is used"))
        else:
            _walk(child, state, context)


def _heredoc_rest(node: Node, state: State, context: Context) -> None:
    """What stands behind ``<<EOF`` on its line belongs to the redirect in the tree: ``cat <<EOF | sh``."""
    for child in node.named_children:
        if child.type in ("command", "pipeline", "list"):
            _walk(child, state, context)


def _assignment(node: Node, state: State, context: Context) -> None:
    name, _, value = text_of(node).partition("=")
    if re.fullmatch(r"\w+", name):
        if re.fullmatch(r"[\"']?\d+[\"']?", value):
            state.values[name] = int(value.strip("\"'"))
        else:
            state.values.pop(name, None)
            state.texts[name] = _restore(_entered_text(value), state)
    _substitutions(node, state, context)


def _entered_text(value: str) -> str:
    """What a variable was given, where a later ``cd`` could need it."""
    return unquoted(value)[:400]


def _substitutions(node: Node, state: State, context: Context) -> None:
    """Walks the command substitutions below a node that is no statement itself."""
    for found in substitutions_below(node):
        kept = (state.folder, state.stopped)
        inner = replace(context, depth=context.depth + 1)
        _sequence(_statements(found), state, inner)
        state.folder, state.stopped = kept


def _restore(text: str, state: State) -> str:
    return _NAMED.sub(lambda m: state.names[int(m[1])] if int(m[1]) < len(state.names) else m[0], text)
