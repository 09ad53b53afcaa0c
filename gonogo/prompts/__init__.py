"""Words only: one Markdown file a role, and the rules that all specialists share."""
