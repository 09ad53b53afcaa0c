"""What lies below is audited, never collected."""

collect_ignore_glob = ["*"]
