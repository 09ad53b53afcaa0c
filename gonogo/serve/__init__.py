"""The doors that are not commands: what a chat and an MCP client ask of a report."""
