"""The words that models are given: read from the prompts' folder, each version known by its hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from gonogo.model.criterion import Area
from gonogo.model.evidence import hash_text

RULES = "rules"
SYNTHESIZER = "synthesizer"
CHAT = "chat"
FILE_LIMIT = 64 * 1024


class WordsError(Exception):
    """A folder of prompts that can't be used. The message names the file and says what to do."""


@dataclass(frozen=True, slots=True)
class Words:
    """The prompts by name, without ``.md``."""

    texts: Mapping[str, str]

    def of_specialist(self, prompt: str) -> str:
        """A specialist's system prompt: its role, then the rules."""
        return f"{self.texts[prompt]}\n{self.texts[RULES]}"

    def of_synthesizer(self) -> str:
        return self.texts[SYNTHESIZER]

    @property
    def hashes(self) -> dict[str, str]:
        """The first 12 hex digits of each file's SHA-256."""
        return {name: hash_text(text)[:12] for name, text in sorted(self.texts.items())}


def load_words(folder: Path | None = None) -> Words:
    """Reads all prompts, from the package or from an operator's folder. Raises WordsError."""
    names = (*(area.value for area in Area), RULES, SYNTHESIZER)
    return Words({name: _read(folder, name) for name in names})


def load_chat_words(folder: Path | None = None) -> str:
    """The chat's words: an operator's folder may have its own, and need not. Raises WordsError."""
    is_own = folder is not None and (folder / f"{CHAT}.md").exists()
    return _read(folder if is_own else None, CHAT)


def _read(folder: Path | None, name: str) -> str:
    source = resources.files("gonogo.prompts") if folder is None else folder
    shown = f"{folder or 'the installed prompts'}/{name}.md"
    try:
        data = source.joinpath(f"{name}.md").read_bytes()
    except OSError as error:
        advice = "install gonogo again" if folder is None else "a prompts folder needs one file for each role"
        raise WordsError(f"{shown}: can't be read ({error.strerror}): {advice}.") from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WordsError(f"{shown}: is not UTF-8 text.") from error
    if not text.strip() or len(data) > FILE_LIMIT:
        raise WordsError(f"{shown}: is empty or larger than {FILE_LIMIT} bytes: write the role's words there.")
    return text
