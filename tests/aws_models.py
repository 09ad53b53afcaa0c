"""boto3's models, read once a process: each of its sessions reads them again, which takes a tenth of a second."""

from __future__ import annotations

from typing import Any

from botocore.loaders import JSONFileLoader

SHARED = ("/endpoints", "/partitions", "/bedrock-runtime/", "/dynamodb/", "/sts/")
"""What most sessions read. All that there is would fill the memory."""


def share_models() -> None:
    """From now on, for all sessions."""
    read, kept = JSONFileLoader.load_file, dict[str, Any]()

    def load_file(loader: JSONFileLoader, path: str) -> Any:
        if not any(part in path for part in SHARED):
            return read(loader, path)
        if path not in kept:
            kept[path] = read(loader, path)
        return kept[path]

    setattr(JSONFileLoader, "load_file", load_file)  # noqa: B010
