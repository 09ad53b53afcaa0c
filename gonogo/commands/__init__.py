"""The commands, one file a group: parse, call, print. Each imports click alone at its top, the rest when it runs."""
