"""Reads a shell script: its simple commands, in the order of running, and which of them can fail the script.

What decides is the shell's own rule: under ``set -e`` a failing command stops the script unless it stands in a
condition, in front of ``&&`` or ``||``, is negated, or is not last in a pipe without ``pipefail``; without ``set -e``
only the status of the last command counts. Nothing is executed: functions are followed where they are called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from gonogo.tools.shell.words import core_words

MOST_COMMANDS = 3_000
_DEEPEST = 60
_HARMLESS = frozenset({"true", ":", "echo", "printf", "cat", "warn", "logger", "continue", "break", "sleep"})
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_NAMED = re.compile(r"\bGNGX(\d+)X")


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """One simple command. ``line`` counts from 1 within the text. ``excuse`` says why its failure is lost."""

    words: tuple[str, ...]
    line: int
    env: tuple[tuple[str, str], ...] = ()
    folder: str = ""
    """Where ``cd`` has led, relative to where the script starts; ``?`` where that is not literal; ``@here`` is the
    folder of the script itself, ``@top`` the repository's."""
    excuse: str = ""
    stopped: str = ""
    """Why it is never reached."""
    conditional: bool = False
    """Whether it runs only under a condition of the script."""


@dataclass(frozen=True, slots=True)
class _Context:
    lost: str = ""
    """Why a failure here is lost whatever the shell's options."""
    ignored: str = ""
    """Why ``set -e`` has no effect here."""
    tail: bool = True
    """Whether the status here becomes the status of the script."""
    conditional: bool = False
    depth: int = 0
    calls: int = 0


@dataclass
class _State:
    text: str
    names: tuple[str, ...]
    errexit: bool
    pipefail: bool
    folder: str = ""
    stopped: str = ""
    values: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    functions: dict[str, Node] = field(default_factory=dict)
    found: list[ShellCommand] = field(default_factory=list)


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
    state = _State(hidden, tuple(names), errexit, pipefail)
    _define(tree.root_node, state)
    _sequence(_statements(tree.root_node), state, _Context())
    return tuple(state.found)


def _define(root: Node, state: _State) -> None:
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type == "function_definition":
            name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
            if name is not None and body is not None:
                state.functions.setdefault(_text(name), body)
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


def _sequence(statements: list[tuple[Node, bool]], state: _State, context: _Context) -> None:
    last = len(statements) - 1
    for index, (node, background) in enumerate(statements):
        here = context
        after = [later for later, _ in statements[index + 1 :]]
        if background:
            here = replace(here, lost=here.lost or "it runs in the background", tail=False)
        elif index != last:
            here = replace(here, tail=_is_checked(node, after, state) or (context.tail and _passes_on(after)))
        _walk(node, state, here)


def _passes_on(after: list[Node]) -> bool:
    """Says whether what follows hands the status on: nothing but ``exit`` or ``exit $?``."""
    return len(after) == 1 and re.fullmatch(r"(exit|return)(\s+\"?\$\??\"?)?", _text(after[0]).strip()) is not None


def _is_checked(node: Node, after: list[Node], state: _State) -> bool:
    """Says whether the script looks at ``$?`` right after the command and exits on it, or keeps it and exits later."""
    if not after:
        return False
    following = _text(after[0])
    if kept := re.search(r"\b(\w+)=\$(\?|\{\?\}|\{PIPESTATUS)", following):
        return _is_decisive_variable(kept.group(1), after[1:])
    if "$?" in following and after[0].type in ("if_statement", "list", "case_statement"):
        return _has_failing_exit(after[0])
    return False


def _is_decisive_variable(name: str, after: list[Node]) -> bool:
    text = "\n".join(_text(node) for node in after)
    if re.search(rf"\b(exit|return)\s+[\"(]*\$\(*\{{?{name}\b", text):
        return True
    used = re.search(rf"\$\(*\{{?{name}\b|\(\(\s*!?\s*{name}\b|\b{name}\s*[><!=]=?\s*\d", text)
    return used is not None and any(
        name in _text(node) and _has_failing_exit(node) for node in after if node.type in ("if_statement", "list")
    )


def _walk(node: Node, state: _State, context: _Context) -> None:
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


def _command(node: Node, state: _State, context: _Context) -> None:
    words: list[str] = []
    env: list[tuple[str, str]] = []
    for child in node.named_children:
        if child.type == "variable_assignment":
            name, _, value = _text(child).partition("=")
            env.append((name, _restore(_unquoted_text(value), state)))
        elif not child.type.endswith(("redirect", "comment")):
            words.append(_restore(_word(child), state))
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
    nested = _nested(words_now)
    if nested is None:
        state.found.append(
            ShellCommand(words_now, line, tuple(env), state.folder, excuse, state.stopped, context.conditional)
        )
    else:
        _inner(nested, line, env, excuse, state, context)
    _effect(words_now, line, state, context)


def _substitution_excuse(name: str, context: _Context) -> str:
    return context.lost or ("" if name in ("[", "test", "[[") else "only its output is used")


def _excuse(state: _State, context: _Context) -> str:
    if context.lost:
        return context.lost
    if context.tail or (state.errexit and not context.ignored):
        return ""
    return context.ignored or "the script goes on after it (no set -e)"


def _nested(words: tuple[str, ...]) -> tuple[str, str] | None:
    """Options and text of ``bash -c TEXT``."""
    core = core_words(words)
    if core[0].rpartition("/")[2] in ("bash", "sh", "dash", "ash", "zsh"):
        for index, word in enumerate(core[1:], 1):
            if re.fullmatch(r"-[a-z]*c", word) and index + 1 < len(core):
                return " ".join(core[1 : index + 1]), core[index + 1]
            if not word.startswith("-") and word != "pipefail":
                return None
    if core[0] == "eval" and len(core) > 1:
        return "", " ".join(core[1:])
    return None


def _inner(
    nested: tuple[str, str],
    line: int,
    env: list[tuple[str, str]],
    excuse: str,
    state: _State,
    context: _Context,
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
                folder=_join(state.folder, command.folder),
                excuse=excuse or command.excuse,
                stopped=state.stopped or command.stopped,
                conditional=context.conditional or command.conditional,
            )
        )


def _effect(words: tuple[str, ...], line: int, state: _State, context: _Context) -> None:
    """What a builtin changes for the commands after it."""
    name, rest = words[0], words[1:]
    if name == "set":
        _set_options(rest, state)
    elif name in ("cd", "pushd") and rest:
        state.folder = _entered(rest[-1], state)
    elif name == "popd":
        state.folder = ""
    elif name in ("exit", "return", "exec") and not context.ignored and not context.conditional and not state.stopped:
        if name != "exec" or len(words) > 1:
            state.stopped = f"{'return' if name == 'return' else 'line ' + str(line)} {_STOPS[name]}"
    elif name == "let" and len(rest) == 1 and (counted := re.fullmatch(r"(\w+)\+\+", rest[0])):
        _count(counted.group(1), line, state, context)


def _entered(folder: str, state: _State) -> str:
    """The folder that ``cd`` leads to: its own, by ``dirname "$0"``, the repository's top, or one below the last."""
    if variable := re.match(r"\$\{?(\w+)\}?", folder):
        folder = state.texts.get(variable[1], variable[0]) + folder[variable.end() :]
    for pattern, start in _STARTS:
        if found := pattern.search(folder):
            rest = re.sub(r"\d?>+\s*\S+|[\"')&;\s]|\bpwd\b|-P\b", "", folder[found.end() :])
            return _join(start, rest) if not re.search(r"[$`*~]|GNGX", rest) else "?"
    return "?" if re.search(r"[$`*~]|^-$|^/|GNGX", folder) else _join(state.folder, folder)


_STARTS = (
    (re.compile(r"\bdirname\b[^)]*\)|\$\{(0|BASH_SOURCE(\[0\])?)%/\*\}"), "@here"),
    (re.compile(r"\bgit rev-parse --show-toplevel\b|\$\{?(GITHUB_WORKSPACE|CI_PROJECT_DIR|WORKSPACE)\b\}?"), "@top"),
)
_STOPS = {"exit": "leaves the script", "return": "leaves the function", "exec": "replaces the script"}


def _set_options(words: tuple[str, ...], state: _State) -> None:
    sign = ""
    for word in words:
        if word in ("errexit", "pipefail") and sign:
            setattr(state, word, sign == "-")
        elif re.fullmatch(r"[-+][a-zA-Z]+", word):
            sign = word[0]
            if "e" in word[1:]:
                state.errexit = sign == "-"


def _count(name: str, line: int, state: _State, context: _Context) -> None:
    """``((x++))`` has the old value as its status: at 0 that is a failure, and ``set -e`` stops the script."""
    value = state.values.get(name)
    if value == 0 and state.errexit and not context.ignored and not context.lost and not state.stopped:
        state.stopped = f"line {line} stops the script: (({name}++)) is a failure while {name} is 0, and set -e is on"
    if value is not None:
        state.values[name] = value + 1


def _list(node: Node, state: _State, context: _Context) -> None:
    parts = node.named_children
    operator = next((child.type for child in node.children if child.type in ("&&", "||")), "&&")
    if len(parts) < 2:
        for part in parts:
            _walk(part, state, context)
        return
    left, right = parts[0], parts[-1]
    if operator == "&&":
        here = replace(context, ignored=context.ignored or "set -e has no effect in front of &&")
        gate = left.type == "test_command" and _has_failing_exit(right)
        _walk(left, state, replace(here, tail=True) if gate else here)
        _walk(right, state, replace(context, conditional=True))
        return
    if _has_failing_exit(right) or _sets_decisive(right, state):
        here = replace(context, tail=True)
    elif context.lost:
        here = context
    else:
        here = replace(context, lost=_swallowed(right), ignored="||", tail=False)
    _walk(left, state, replace(here, ignored=here.ignored or "||"))
    _walk(right, state, replace(context, conditional=True))


def _swallowed(right: Node) -> str:
    text = " ".join(_text(right).split())
    return f"|| {text if len(text) <= 40 else text[:37] + '...'} follows it"


def _sets_decisive(right: Node, state: _State) -> bool:
    """``|| failed=1`` counts where the script exits on ``$failed`` later."""
    text = _text(right)
    assigned = re.search(r"\b(\w+)=(1|\$\?|true|\"?\$\{?\?)", text) or re.search(r"\(\(\s*(\w+)\+\+", text)
    if assigned is None:
        return False
    later = state.text.encode("utf-8", "replace")[right.end_byte :].decode("utf-8", "replace")
    name = assigned.group(1)
    exits = rf"\b(exit|return)\s+[\"(]*\$\(*\{{?{name}\b"
    tested = rf"\b{name}\b[\s\S]{{0,400}}?\bexit\s+[1-9$]"
    return re.search(f"{exits}|{tested}", later) is not None


def _has_failing_exit(node: Node) -> bool:
    """Says whether one of its commands always fails: ``exit 1``, ``return 1``, ``false``, ``exit $?``."""
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type == "command":
            words = _text(current).split()
            if words[0] in ("exit", "return"):
                if words[1:] != ["0"]:
                    return True
            elif words[0] in ("false", "die", "fail", "abort", "error_exit", "fatal"):
                return True
        elif current.type != "function_definition":
            stack.extend(current.named_children)
    return False


def _pipeline(node: Node, state: _State, context: _Context) -> None:
    parts = [child for child in node.named_children if child.type != "comment"]
    for index, part in enumerate(parts):
        here = context
        if index < len(parts) - 1 and not state.pipefail:
            name = _text(parts[index + 1]).split()[0] if _text(parts[index + 1]).split() else "another command"
            if name not in ("xargs", "parallel"):
                here = replace(context, lost=context.lost or f"it is piped into {name} without pipefail")
            else:
                here = replace(context, lost=context.lost or f"it only feeds {name}")
        _walk(part, state, here)


def _if(node: Node, state: _State, context: _Context) -> None:
    condition = [child for child in node.children_by_field_name("condition") if child.is_named]
    rest = [child for child in node.named_children if child not in condition and child.type != "comment"]
    branches = [child for child in rest if child.type in ("elif_clause", "else_clause")]
    then = [(child, False) for child in rest if child not in branches]
    then_fails = any(_has_failing_exit(child) for child, _ in then)
    else_fails = any(_has_failing_exit(branch) for branch in branches)
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


def _branch(branch: Node, state: _State, context: _Context) -> None:
    if branch.type == "else_clause":
        _sequence(_statements(branch), state, context)
        return
    children = [child for child in branch.named_children if child.type != "comment"]
    body_fails = any(_has_failing_exit(child) for child in children[1:])
    for child in children[:1]:
        _walk(child, state, _in_condition(child, context, body_fails, body_fails))
    _sequence([(child, False) for child in children[1:]], state, context)


def _in_condition(part: Node, context: _Context, then_fails: bool, else_fails: bool) -> _Context:
    """A command in a condition counts where the branch taken on its failure exits (or, for a test, any branch)."""
    negated = part.type == "negated_command"
    is_test = part.type == "test_command" or _text(part).startswith(("[", "test "))
    searches = re.match(r"(!\s*)?(\w+\s*\|\s*)?(e?grep|rg|git|find)\b", _text(part)) is not None
    counts = then_fails if negated else else_fails
    if counts or ((is_test or searches or "|" in _text(part)) and (then_fails or else_fails)):
        return replace(context, ignored="an if", tail=True)
    lost = context.lost or "it is only the condition of an if"
    return replace(context, lost=lost, ignored="an if", tail=False)


def _loop(node: Node, state: _State, context: _Context) -> None:
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


def _case(node: Node, state: _State, context: _Context) -> None:
    before = state.stopped
    for item in node.named_children:
        if item.type == "case_item":
            state.stopped = before
            values = item.children_by_field_name("value")
            body = [(c, False) for c in item.named_children if c not in values and c.type != "comment"]
            _sequence(body, state, replace(context, conditional=True))
    state.stopped = before


def _subshell(node: Node, state: _State, context: _Context) -> None:
    kept = (state.folder, state.errexit, state.pipefail, state.stopped)
    _sequence(_statements(node), state, context)
    state.folder, state.errexit, state.pipefail, state.stopped = kept


def _block(node: Node, state: _State, context: _Context) -> None:
    if node.children and node.children[0].type == "((":
        counted = re.fullmatch(r"\(\(\s*(\w+)\+\+\s*\)\)", _text(node))
        if counted:
            _count(counted.group(1), node.start_point[0] + 1, state, context)
        return
    _sequence(_statements(node), state, context)


def _negated(node: Node, state: _State, context: _Context) -> None:
    for child in node.named_children:
        _walk(child, state, replace(context, ignored=context.ignored or "set -e has no effect on a negated command"))


def _redirected(node: Node, state: _State, context: _Context) -> None:
    for child in node.named_children:
        if child.type.endswith("redirect"):
            if child.type == "heredoc_redirect":
                _heredoc_rest(child, state, context)
            else:
                _substitutions(child, state, replace(context, lost=context.lost or "only its output is used"))
        else:
            _walk(child, state, context)


def _heredoc_rest(node: Node, state: _State, context: _Context) -> None:
    """What stands behind ``<<EOF`` on its line belongs to the redirect in the tree: ``cat <<EOF | sh``."""
    for child in node.named_children:
        if child.type in ("command", "pipeline", "list"):
            _walk(child, state, context)


def _assignment(node: Node, state: _State, context: _Context) -> None:
    name, _, value = _text(node).partition("=")
    if re.fullmatch(r"\w+", name):
        if re.fullmatch(r"[\"']?\d+[\"']?", value):
            state.values[name] = int(value.strip("\"'"))
        else:
            state.values.pop(name, None)
            state.texts[name] = _restore(_entered_text(value), state)
    _substitutions(node, state, context)


def _entered_text(value: str) -> str:
    """What a variable was given, where a later ``cd`` could need it."""
    return _unquoted_text(value)[:400]


def _substitutions(node: Node, state: _State, context: _Context) -> None:
    """Walks the command substitutions below a node that is no statement itself."""
    for found in _below(node):
        kept = (state.folder, state.stopped)
        inner = replace(context, depth=context.depth + 1)
        _sequence(_statements(found), state, inner)
        state.folder, state.stopped = kept


def _below(node: Node) -> Iterator[Node]:
    stack = list(reversed(node.named_children))
    while stack:
        child = stack.pop()
        if child.type in ("command_substitution", "process_substitution"):
            yield child
        elif child.type != "heredoc_body":
            stack.extend(reversed(child.named_children))


def _word(node: Node) -> str:
    """The text of a word without its quotes."""
    if node.type == "command_name" and node.named_children:
        return "".join(_word(child) for child in node.children)
    if node.type == "raw_string":
        return _text(node)[1:-1]
    if node.type == "string":
        return re.sub(r'\\(["\\$`])', r"\1", _text(node)[1:-1])
    if node.type == "ansi_c_string":
        return _text(node)[2:-1]
    if node.type == "concatenation":
        return "".join(_word(child) for child in node.children)
    if node.type == "word":
        return re.sub(r"\\(.)", r"\1", _text(node).replace("\\\n", ""))
    return _text(node)


def _unquoted_text(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _restore(text: str, state: _State) -> str:
    return _NAMED.sub(lambda m: state.names[int(m[1])] if int(m[1]) < len(state.names) else m[0], text)


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _join(folder: str, more: str) -> str:
    """A folder below a folder; ``?`` stays unknown."""
    if "?" in (folder, more):
        return "?"
    parts: list[str] = [part for part in folder.split("/") if part]
    for part in more.split("/"):
        if part == ".." and parts and parts[-1] not in ("..", "@here", "@top"):
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
