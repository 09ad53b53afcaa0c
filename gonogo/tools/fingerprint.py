"""What a target is at one moment, as one hash: a run that goes on later must find what it began with."""

from __future__ import annotations

import hashlib

from gonogo.facts.repository import Repository
from gonogo.model.target import Target


def fingerprint(repository: Repository, target: Target) -> str:
    """SHA-256, in hex, over target, sources, what live sources showed, and the files' paths, roles, sizes and contents
    (as far as tools read)."""
    whole = hashlib.sha256()
    for text in (target.model_dump_json(), *(source.model_dump_json() for source in repository.sources)):
        whole.update(f"{len(text)}\0{text}".encode())
    for file in repository.files:
        told = f"{file.path}\0{file.role}\0{file.size}\0{file.binary}"
        whole.update(f"{len(told)}\0{told}".encode("utf-8", "surrogatepass"))
        if not file.binary:
            whole.update(hashlib.sha256(repository.read(file.path)).digest())
    if repository.snapshot:
        whole.update(hashlib.sha256(repository.snapshot.model_dump_json().encode()).digest())
    return whole.hexdigest()
