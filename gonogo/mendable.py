"""The errors that a user of an audit can mend: each message says what to do. Everything else is a bug."""

from __future__ import annotations

from gonogo.agents.asking.errors import ModelAccessError
from gonogo.agents.guard import RefusedReportError
from gonogo.agents.words import WordsError
from gonogo.alone import RunningElsewhereError
from gonogo.cassette.errors import CassetteError
from gonogo.config import ConfigurationError
from gonogo.keeping import FinishedRunError
from gonogo.run import CannotResumeError
from gonogo.state import StateError
from gonogo.store.errors import StoreError
from gonogo.tools.errors import ToolError

BEFORE_IT_BEGINS = (
    ConfigurationError,
    ToolError,
    ModelAccessError,
    WordsError,
    CassetteError,
    StoreError,
    StateError,
    RunningElsewhereError,
    FinishedRunError,
    CannotResumeError,
)
"""What an audit, or going on with one, raises."""
MENDABLE = (*BEFORE_IT_BEGINS, RefusedReportError)
"""With a stored report that does not hold. In an audit of one's own that is a bug."""
