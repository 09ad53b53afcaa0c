"""Answers one call of a reading tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gonogo.agents.reading.arguments import BadCallError, one_number, one_path, one_text
from gonogo.agents.reading.files import list_files, read_file
from gonogo.agents.reading.references import find_references
from gonogo.agents.reading.reply import Reply, compose
from gonogo.agents.reading.search import search
from gonogo.agents.reading.terraform import resolve_terraform
from gonogo.agents.reading.tools import reading_tools
from gonogo.facts import Facts
from gonogo.model.evidence import Evidence
from gonogo.tools.redaction import clean

FindEvidence = Callable[[str], Evidence | None]


def answer_call(name: str, arguments: Any, facts: Facts, evidence: FindEvidence) -> Reply:
    """The answer to a call, whatever its arguments are. ``evidence`` gives stored evidence by its id.

    A call that can't be answered gets a reply that is an error and says in one sentence what to do.
    """
    try:
        if not isinstance(arguments, Mapping):
            raise BadCallError("The arguments must be an object with the tool's properties: call the tool again.")
        return _answer(name, arguments, facts, evidence)
    except BadCallError as error:
        return Reply(str(error), is_error=True)


def _answer(name: str, arguments: Mapping[str, Any], facts: Facts, evidence: FindEvidence) -> Reply:
    repository = facts.repository
    match name:
        case "list_files":
            return list_files(repository, one_path(arguments, "glob"))
        case "read_file":
            first, last = one_number(arguments, "first_line"), one_number(arguments, "last_line")
            return read_file(repository, one_path(arguments, "path"), first, last)
        case "search":
            return search(repository, one_text(arguments, "text"), one_path(arguments, "glob"))
        case "resolve_terraform":
            return resolve_terraform(facts, one_text(arguments, "reference"))
        case "find_references":
            return find_references(facts, one_text(arguments, "name"))
        case "show_evidence":
            return _show_evidence(one_text(arguments, "id"), evidence)
        case _:
            names = ", ".join(tool.name for tool in reading_tools())
            raise BadCallError(f"There is no such tool: call one of {names}, or submit.")


def _show_evidence(wanted: str, evidence: FindEvidence) -> Reply:
    item = evidence(wanted)
    if item is None or not item.is_intact():
        raise BadCallError("No evidence has that id: use an id that you were given.")
    lines = [clean(line) for line in item.excerpt.split("\n")]
    head = f"Stored evidence, read by {item.tool}, strength {item.strength}:"
    return compose(head, lines, f"{item.id} {item.locator}", lambda shown: "" if shown == len(lines) else "[cut]")
