"""What a specialist's model may look at: the files and facts that were collected, and nothing else.

Pure functions over facts: they read what was indexed, run nothing, and write nothing. What a model asks for is never
trusted: whatever it sends, it gets text of at most 8,000 characters in which everything from the target is fenced.
"""

from __future__ import annotations

from gonogo.agents.reading.answer import answer_call
from gonogo.agents.reading.reply import MOST_CHARACTERS, Reply
from gonogo.agents.reading.tools import ReadingTool, reading_tools

__all__ = ["MOST_CHARACTERS", "ReadingTool", "Reply", "answer_call", "reading_tools"]
