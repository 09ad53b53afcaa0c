"""The tools as a model is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_GLOB = (
    "Which files, by a glob over their paths: `*` stays within a folder, `**/` is any number of folders, `{a,b}` is "
    "one of several, a glob without a slash fits in any folder. Empty for all files."
)


@dataclass(frozen=True)
class ReadingTool:
    """One tool. ``parameters`` is a JSON schema: every property required, no bounds, as some models refuse them."""

    name: str
    description: str
    parameters: dict[str, Any]


def reading_tools() -> tuple[ReadingTool, ...]:
    """The tools, always in the same order."""
    return (
        _tool(
            "list_files",
            "Lists paths of the target with the role and size of each, at most 200. Start here when you do not know "
            "where something is.",
            glob=("string", _GLOB),
        ),
        _tool(
            "read_file",
            "Reads lines of one file with their numbers, at most 120 at a time. Secrets are replaced, long lines "
            "are cut.",
            path=("string", "The path exactly as list_files shows it."),
            first_line=("integer", "The first line, from 1."),
            last_line=("integer", "The last line; the file's end if there are fewer."),
        ),
        _tool(
            "search",
            "Finds a text in product files, documents and tests, whatever its case, within a line: no regular "
            "expression. Shows at most 40 lines. That nothing is found shows that the text is not there, not that the "
            "thing is missing: try its other names.",
            text=("string", "The text to look for, 2 to 200 characters of one line."),
            glob=("string", _GLOB),
        ),
        _tool(
            "resolve_terraform",
            "Says what a Terraform reference comes to in the audited environment, as far as the code alone tells, with "
            "the line where it is set. What is unknown is called unknown: do not guess it.",
            reference=(
                "string",
                "`aws_db_instance.main.multi_az`, `aws_db_instance.main` for all it sets, `module.db.endpoint`, "
                "`var.name`, `local.name`.",
            ),
        ),
        _tool(
            "find_references",
            "Finds who uses something: who imports, includes, mounts, builds, runs, links or mentions a file, and "
            "where a resource, a variable or a function is defined and used. At most 40 places.",
            name=("string", "A path, a file name, a resource address or a name in code."),
        ),
        _tool(
            "show_evidence",
            "Shows a stored piece of evidence again.",
            id=("string", "Its id: `ev-` and 12 characters."),
        ),
    )


def _tool(name: str, description: str, /, **properties: tuple[str, str]) -> ReadingTool:
    shapes = {key: {"type": kind, "description": said} for key, (kind, said) in properties.items()}
    return ReadingTool(name, description, {"type": "object", "properties": shapes, "required": list(properties)})
