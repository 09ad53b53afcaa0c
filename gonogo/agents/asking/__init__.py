"""Asking a language model: who answers, within which bounds, and what of an answer may be taken."""
