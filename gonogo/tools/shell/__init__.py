"""Shell scripts by syntax tree: which commands they run, and which of them can fail the script."""

from gonogo.tools.shell.script import read_script
from gonogo.tools.shell.state import ShellCommand
from gonogo.tools.shell.words import core_words

__all__ = ["ShellCommand", "core_words", "read_script"]
