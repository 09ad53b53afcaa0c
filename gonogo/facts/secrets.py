"""Facts of secrets: credentials and default passwords that files hold. The values themselves are nowhere in here."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts.repository import Role
from gonogo.facts.unread import Unread
from gonogo.model.evidence import Place


@dataclass(frozen=True, slots=True)
class Credential:
    """A usable-looking credential in a file."""

    kind: str
    """``aws-access-key``, ``github-token``, ``private-key``, ``password``, ``connection-string`` ..."""
    name: str
    """The variable or key that holds it; empty for a bare token."""
    digest: str
    """A keyed hash, which tells whether two are equal within one audit and nothing else."""
    at: Place
    role: Role
    tracked: bool
    setting: str = ""
    """Where it stands, as for a default password."""
    local: bool = False
    """Whether its file says that it is for local development or for tests only."""

    @property
    def decides(self) -> bool:
        """Whether it lies in a file that can decide a criterion, under version control."""
        return self.tracked and self.role in (Role.PRODUCT, Role.DOCUMENT)


@dataclass(frozen=True, slots=True)
class DefaultPassword:
    """A secret with a default or guessable value: what the file says is what runs, unless somebody changes it."""

    name: str
    """The variable or key that holds it: ``POSTGRES_PASSWORD``; the scheme, for one in a connection string."""
    why: str
    """What makes it guessable, in words, without the value: "a well-known default", "the same as the user name"."""
    fallback: bool
    """Whether it counts only while something else is unset (``${X:-value}``, ``os.getenv("X", "value")``)."""
    at: Place
    role: Role
    setting: str
    """Where it stands: ``compose``, ``kubernetes``, ``helm``, ``terraform``, ``cloudformation``, ``env``, ``code``,
    ``dockerfile``, ``pipeline``, ``document``, ``script``, ``settings`` or ``other``."""
    local: bool = False
    """Whether its file says that it is for local development or for tests only."""


@dataclass(frozen=True, slots=True)
class EnvFile:
    """A file of environment variables that is no template (``.env``, ``prod.env``, ``.env.production``)."""

    path: str
    tracked: bool
    role: Role
    secrets: tuple[str, ...]
    """Names of variables in it that sound secret and have a value."""


@dataclass(frozen=True)
class Secrets:
    """What reading all text files for secrets gave."""

    credentials: tuple[Credential, ...] = ()
    defaults: tuple[DefaultPassword, ...] = ()
    env_files: tuple[EnvFile, ...] = ()
    files: int = 0
    """How many files were read."""
    unread: tuple[Unread, ...] = ()
