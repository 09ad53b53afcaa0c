"""Specialists and the synthesizer: who asks which criteria, with which tools."""
