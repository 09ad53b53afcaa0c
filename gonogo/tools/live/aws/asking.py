"""Calls of AWS with what they come to: a response, nothing there, or a gap that says what would have shown it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jmespath

from gonogo.tools.live.aws.guard import GuardedSession
from gonogo.tools.live.aws.table import Call, Row

DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "Forbidden", "403")
THROTTLED = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown")
NOT_HERE = ("OptInRequired", "UnrecognizedClientException", "InvalidClientTokenId", "SubscriptionRequiredException")
MOST_PAGES = 2_000
TOKENS = ("NextToken", "NextMarker", "NextPageToken")
"""What pages are asked for by where botocore does not know it, under one name in question and answer."""
MOST_TOLD = 120


class UnseenError(Exception):
    """A call that showed nothing. ``why`` completes "could not be seen: ..."."""

    def __init__(self, why: str, *, denied: bool = False) -> None:
        self.why, self.denied = why, denied
        super().__init__(why)


class CutError(UnseenError):
    """Pages that ended before the last; ``found`` are those that came."""

    def __init__(self, why: str, found: list[dict[str, Any]], *, denied: bool = False) -> None:
        self.found = found
        super().__init__(why, denied=denied)


@dataclass(frozen=True)
class Asker:
    """Asks one account."""

    session: GuardedSession
    account: str

    def pages(self, row: Row, call: Call, region: str, context: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """All pages of the response; none where AWS says that there is none of it. Raises UnseenError, and its CutError
        where some came and not all."""
        from botocore.exceptions import BotoCoreError, ClientError

        client = self.session.client(row.service, region)
        most, found = call.pages or MOST_PAGES, list[dict[str, Any]]()
        try:
            for page, is_last in _pages(client, call, self._parameters(call, context) | more):
                found.append(page)
                if len(found) >= most and not is_last:
                    raise CutError(f"there are more than {most} pages of it", found)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in call.none:
                return []
            raise _unseen(_told(error, code), found, denied=code in DENIED) from error
        except BotoCoreError as error:
            raise _unseen(f"no answer: {type(error).__name__}", found) from error
        return found

    def _parameters(self, call: Call, context: dict[str, Any]) -> dict[str, Any]:
        around = {"account": self.account, **context}
        return {
            name: value if isinstance(value, list) else jmespath.search(value, around)
            for name, value in call.parameters.items()
        }


def _unseen(why: str, found: list[dict[str, Any]], *, denied: bool = False) -> UnseenError:
    return CutError(why, found, denied=denied) if found else UnseenError(why, denied=denied)


def _pages(client: Any, call: Call, parameters: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """The responses, each with whether it is known to be the last: by their token where botocore has no pages of the
    operation, and where few are asked for."""
    from botocore import xform_name

    method = xform_name(call.operation)
    if client.can_paginate(method) and not call.pages:
        for page in client.get_paginator(method).paginate(**parameters):
            yield page, False
        return
    model = client.meta.service_model.operation_model(call.operation)
    members = [set(shape.members) if shape else set() for shape in (model.input_shape, model.output_shape)]
    token = next((name for name in TOKENS if name in members[0] & members[1]), "")
    after = None
    while True:
        page = getattr(client, method)(**parameters)
        before, after = after, page.get(token) if token else None
        yield page, not after
        if not after or after == before:  # some give the last marker for ever
            return
        parameters = parameters | {token: after}


def _told(error: Any, code: str) -> str:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in DENIED:
        return "access denied"
    if code in THROTTLED:
        return "throttled to the end of our patience"
    if code in NOT_HERE:
        return f"not available to this account in this region: {code}"
    if code.startswith("Expired"):
        return "the credentials have expired: log in again"
    named = "" if not code or code.isdigit() else f"{code}, "
    return f"{named}HTTP {status}"[:MOST_TOLD]
