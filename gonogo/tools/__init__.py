"""Read-only tools, one file a source: each turns what is there into facts."""
