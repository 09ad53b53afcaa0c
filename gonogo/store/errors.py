"""How a store can fail. Each message names the store, without its password, and says what to do."""

from __future__ import annotations


class StoreError(Exception):
    """A store that can't be used."""


class UnreachableStoreError(StoreError):
    """A store that can't be opened or reached."""


class NewerStoreError(StoreError):
    """A store that a newer gonogo has changed."""


class UnknownRunError(StoreError):
    """A run that the store does not have, or that its digits do not tell apart."""


class ChangedRunError(StoreError):
    """Something that is stored is not what was stored."""
