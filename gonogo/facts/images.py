"""Names of container images."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERSION = re.compile(r"\d")
_OPEN = re.compile(r"[$\ufffd]|\{\{|%[({]|<[A-Za-z]")
_CAPITAL = re.compile(r"[A-Z]")
"""Names of images have no capitals: a placeholder has."""
_SYSTEM = re.compile(
    r"(?:alpine|debian|ubuntu|el|ubi|rhel|centos|rocky|noble|jammy|focal|bookworm|bullseye|trixie|buster)-?[\d.]+"
)
_COMMIT = re.compile(r"(?:^|-)[0-9a-f]{7,40}$")


@dataclass(frozen=True, slots=True)
class Image:
    """An image reference: ``registry/name:tag@digest``. Empty parts are not given."""

    name: str
    tag: str = ""
    digest: str = ""

    @property
    def filled(self) -> bool:
        """Whether its version is decided here, not by a variable, a template or a placeholder that is put in later."""
        if self.tag or self.digest:
            return not _OPEN.search(self.tag + self.digest)
        return not _OPEN.search(self.name) and not _CAPITAL.search(self.name)

    @property
    def moving(self) -> str:
        """Why it does not name a version; empty where it does (a digest, or a tag with a version number)."""
        if self.digest:
            return ""
        if not self.tag:
            return "has no tag"
        if not _VERSION.search(_SYSTEM.sub("", self.tag)) and not _COMMIT.search(self.tag):
            return f"has the tag {self.tag}, which names no version"
        return ""

    def __str__(self) -> str:
        return self.name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


def parse_image(text: str) -> Image:
    """Reads an image reference; a colon in the registry is its port."""
    name, _, digest = text.strip().partition("@")
    folder, slash, last = name.rpartition("/")
    base, _, tag = last.partition(":")
    return Image(folder + slash + base, tag, digest)
