"""What can go wrong with a cassette. Imports nothing, so that it can be named where nothing is replayed."""

from __future__ import annotations


class CassetteError(Exception):
    """A cassette that can't be read, written or replayed. The message names the file and says what to do."""


class CassetteMissError(CassetteError):
    """A request that strict replay can't answer: it is not recorded, and no live call is made."""


def find_miss(error: BaseException) -> CassetteMissError | None:
    """The miss behind an error that an HTTP library or a provider made of it; None where there is none.

    botocore keeps the cause in ``kwargs["error"]``, others chain it.
    """
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        found = waiting.pop()
        if isinstance(found, CassetteMissError):
            return found
        if id(found) in seen:
            continue
        seen.add(id(found))
        kwargs = getattr(found, "kwargs", None)
        kept = kwargs.get("error") if isinstance(kwargs, dict) else None
        inner = found.exceptions if isinstance(found, BaseExceptionGroup) else ()
        links = (found.__context__, found.__cause__, kept, *inner)
        waiting += [link for link in links if isinstance(link, BaseException)]
    return None
