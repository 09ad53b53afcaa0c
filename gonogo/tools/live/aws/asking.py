"""Calls of AWS with what they come to: a response, nothing there, or a gap that says what would have shown it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jmespath

from gonogo.tools.live.aws.guard import GuardedSession
from gonogo.tools.live.aws.table import Call, Row

DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "Forbidden", "403")
THROTTLED = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown")
NOT_HERE = ("OptInRequired", "UnrecognizedClientException", "InvalidClientTokenId", "SubscriptionRequiredException")
MOST_PAGES = 2_000
MOST_TOLD = 120


class UnseenError(Exception):
    """A call that showed nothing. ``why`` completes "could not be seen: ..."."""

    def __init__(self, why: str, *, denied: bool = False) -> None:
        self.why, self.denied = why, denied
        super().__init__(why)


@dataclass(frozen=True)
class Asker:
    """Asks one account."""

    session: GuardedSession
    account: str

    def pages(self, row: Row, call: Call, region: str, context: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """All pages of the response; none where AWS says that there is none of it. Raises UnseenError."""
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError

        client = self.session.client(row.service, region)
        method, parameters = xform_name(call.operation), self._parameters(call, context) | more
        try:
            if not client.can_paginate(method):
                return [getattr(client, method)(**parameters)]
            found: list[dict[str, Any]] = []
            for page in client.get_paginator(method).paginate(**parameters):
                found.append(page)
                if len(found) >= MOST_PAGES:
                    raise UnseenError(f"more than {MOST_PAGES} pages")
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in call.none:
                return []
            raise UnseenError(*_told(error, code), denied=code in DENIED) from error
        except BotoCoreError as error:
            raise UnseenError(f"no answer: {type(error).__name__}") from error
        return found

    def _parameters(self, call: Call, context: dict[str, Any]) -> dict[str, Any]:
        around = {"account": self.account, **context}
        return {
            name: value if isinstance(value, list) else jmespath.search(value, around)
            for name, value in call.parameters.items()
        }


def _told(error: Any, code: str) -> tuple[str]:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in DENIED:
        return ("access denied",)
    if code in THROTTLED:
        return ("throttled to the end of our patience",)
    if code in NOT_HERE:
        return (f"not available to this account in this region: {code}",)
    if code.startswith("Expired"):
        return ("the credentials have expired: log in again",)
    named = "" if not code or code.isdigit() else f"{code}, "
    return (f"{named}HTTP {status}"[:MOST_TOLD],)
