"""Values of Terraform as text that may leave: what is redacted where it is written is redacted here too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gonogo.agents.reading.reply import REDACTED
from gonogo.facts import Facts
from gonogo.facts.repository import File
from gonogo.facts.resources import Unknown, Value
from gonogo.facts.terraform import Terraform
from gonogo.tools.redaction import Clean, clean, clean_lines

LINE_LENGTH = 500
MOST_ITEMS = 20
MOST_DEPTH = 4
LEAST_SECRET = 5
"""Characters that a string must have to be looked up where it is written."""
MOST_LOOKED_AT = 20
HIDDEN = "[redacted:value]"


@dataclass(frozen=True)
class Values:
    """How values are written out. ``facts`` tell where else they stand."""

    facts: Facts

    def line(self, name: str, value: Value, after: str = "") -> Iterator[Clean]:
        """``name value after``, cleaned and cut, with what the value refers to in a line of its own."""
        found = clean(f"{name} {self._text(value, 0)}", "value.tf")
        text = found.text if len(found.text) <= LINE_LENGTH else found.text[:LINE_LENGTH] + " ... (cut)"
        yield Clean(text + after, text.count(REDACTED), found.hidden)
        if isinstance(value, Unknown) and value.refers:
            yield Clean("  it depends on " + ", ".join(value.refers[:8]))

    def _text(self, value: Value, depth: int) -> str:
        if isinstance(value, Unknown):
            return f"unknown: {self._string(value.text)}"
        if isinstance(value, str):
            return json.dumps(self._string(value), ensure_ascii=False)
        if depth >= MOST_DEPTH and isinstance(value, Mapping | tuple):
            return "..."
        if isinstance(value, Mapping):
            pairs = [f"{key} = {self._text(item, depth + 1)}" for key, item in list(value.items())[:MOST_ITEMS]]
            return "{" + ", ".join([*pairs, *["..."] * (len(value) > MOST_ITEMS)]) + "}"
        if isinstance(value, tuple):
            items = [self._text(item, depth + 1) for item in value[:MOST_ITEMS]]
            return "[" + ", ".join([*items, *["..."] * (len(value) > MOST_ITEMS)]) + "]"
        return json.dumps(value) if value is None or isinstance(value, bool | int | float) else str(value)

    def _string(self, text: str) -> str:
        if self._is_redacted(text):
            return HIDDEN
        for value in self._secrets_in(text):
            text = text.replace(value, HIDDEN)
        return clean(text, "value.sh" if "\n" in text else "").text

    def _secrets_in(self, text: str) -> Iterator[str]:
        """Values of variables in it that are sensitive, or secret by their name, longest first."""
        terraform = self.facts.read.get("terraform")
        roots = terraform.roots if isinstance(terraform, Terraform) else ()
        found = {
            variable.value
            for root in roots
            for variable in root.variables.values()
            if isinstance(variable.value, str)
            and (variable.value == text or (len(variable.value) >= LEAST_SECRET and variable.value in text))
            and variable.value
            and (variable.sensitive or clean(f"{variable.name} = {json.dumps(variable.value)}", "value.tf").secrets)
        }
        yield from sorted(found, key=lambda value: (-len(value), value))

    def _is_redacted(self, text: str) -> bool:
        """Says whether a line that holds the string as a literal is shown without it."""
        literal = f'"{text}"'
        if len(text) < LEAST_SECRET or "\n" in text:
            return False
        files = (file for file in self._files() if literal in self.facts.repository.text(file))
        return any(self._hides(file, literal) for file in files)

    def _hides(self, file: File, literal: str) -> bool:
        lines = self.facts.repository.lines(file)
        numbers = [number for number, line in enumerate(lines, 1) if literal in line]
        shown = (
            clean_lines(lines, number, number, path=file.path, length=len(lines[number - 1])).text
            for number in numbers[:MOST_LOOKED_AT]
        )
        return any(literal not in text for text in shown)

    def _files(self) -> tuple[File, ...]:
        return self.facts.repository.match("*.tf", "*.tofu", "*.tfvars", "*.hcl", "*.tf.json", "*.tfvars.json")
