"""The model's part of a chat: what it may look up, what it hands in, and what of that may be shown. No terminal."""
