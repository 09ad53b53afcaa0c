"""The nouns of an audit and the one decision about them. Imports nothing of ours."""
