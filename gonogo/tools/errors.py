"""The errors of a tool that a person or a model may read and act on."""

from __future__ import annotations


class ToolError(Exception):
    """A source that a tool can't read. The message names the thing and says what to do."""
