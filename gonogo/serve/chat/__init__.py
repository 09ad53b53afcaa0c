"""The chat in a terminal: commands and questions about one target's newest report."""
