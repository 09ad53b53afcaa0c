"""Words only: one Markdown file a role."""
