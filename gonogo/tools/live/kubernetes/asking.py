"""Asks a cluster for lists, page after page: each comes whole, or with a reason why it does not."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass, field
from typing import Any

from gonogo.tools.errors import ToolError
from gonogo.tools.live.kubernetes.guard import PAGE, GuardedCluster, is_token
from gonogo.tools.live.kubernetes.table import VERSION, Row
from gonogo.tools.live.transport import NoRouteError, UnreachableError
from gonogo.tools.live.web import Answer

MOST_SECONDS = 180.0
"""For all questions to one cluster together."""
MOST_ITEMS = 20_000
"""Of one kind, in one namespace or in all."""
SMALL_PAGE = 50
"""Where a page of the usual length is larger than any answer may be."""
ATTEMPTS, PAUSE = 3, 0.2
_AGAIN = frozenset({500})
"""The client itself tries again what says of itself that it may pass: 429, 502, 503 and 504."""
_REASONS = {
    401: "the cluster does not accept the login any more (401)",
    403: "the cluster forbids this (403)",
    404: "the cluster has no such list, or not in this version of its API (404)",
    410: "the list changed too often while it was read (410)",
    429: "the cluster asks for more patience than there is (429)",
}


@dataclass
class Listed:
    """What a list came to. ``why`` says why it is not whole; ``permission`` what would show the rest."""

    items: list[dict[str, Any]] = field(default_factory=list)
    why: str = ""
    permission: str = ""


@dataclass
class Asker:
    """Questions to one cluster, one after the other, within a bound of time."""

    cluster: GuardedCluster
    context: str
    _started: float = field(default_factory=time.monotonic)

    def version(self) -> dict[str, Any] | str:
        """What the cluster says of its version, or why it does not. Raises ToolError where it can't be asked at all."""
        try:
            answer = self._answer(VERSION, {})
        except ToolError as error:
            raise self._unreachable(error) from error
        told = f"Kubernetes context {self.context}:"
        if answer.status == 401:
            advice = "it may have expired, log in again or give a kubeconfig with a new one"
            raise ToolError(f"{told} the cluster does not accept its login (401): {advice}.")
        if answer.status == 404 or 300 <= answer.status < 400:
            raise ToolError(
                f"{told} its server answers {answer.status} to {VERSION}: give the address of the API itself."
            )
        if answer.status != 200:
            return _reason(answer)
        found = _object(answer)
        if found is None or "gitVersion" not in found:
            what = _instead(answer)
            raise ToolError(
                f"{told} its server answers with {what}, and not as Kubernetes: give the address of the API itself."
            )
        return found

    def list(self, row: Row, namespace: str = "") -> Listed:
        """All objects of a row, in one namespace or in all."""
        listed, token, limit = Listed(), "", PAGE
        while True:
            if time.monotonic() - self._started > MOST_SECONDS:
                return self._broken(listed, f"the answers of this cluster took more than {MOST_SECONDS:.0f} s together")
            parameters = {**row.query, "limit": str(limit), **({"continue": token} if token else {})}
            try:
                answer = self._answer(row.path(namespace), parameters)
            except (UnreachableError, NoRouteError) as error:
                return self._broken(listed, str(error).rstrip("."))
            except ToolError as error:
                if limit == SMALL_PAGE:
                    return self._broken(listed, str(error).rstrip("."))
                limit = SMALL_PAGE
                continue
            if answer.status != 200:
                return self._refused(listed, row, answer)
            token = self._add(listed, answer)
            if listed.why or not token:
                return listed

    def _add(self, listed: Listed, answer: Answer) -> str:
        """Takes the items of a page; gives where the list goes on, empty at its end."""
        found = _object(answer)
        if found is None or "items" not in found or not str(found.get("kind", "")).endswith("List"):
            listed.why = f"the cluster answers with {_instead(answer)} instead of a list"
            return ""
        items = found["items"] if isinstance(found["items"], list) else []  # an empty list may come as null
        good = [item for item in items if _name(item)]
        listed.items += good[: MOST_ITEMS - len(listed.items)]
        token = (found.get("metadata") or {}).get("continue") or ""
        if len(good) != len(items):
            listed.why = "some of what the cluster lists has no name"
        elif token and (not isinstance(token, str) or not is_token(token) or not good):
            listed.why = "the list has a next page that can't be asked for"
        elif len(listed.items) >= MOST_ITEMS:
            listed.why = f"there are more, and only the first {MOST_ITEMS} were looked at" if token else ""
        return token if isinstance(token, str) else ""

    def _refused(self, listed: Listed, row: Row, answer: Answer) -> Listed:
        if answer.status in (403, 404) and row.discovery and self._lacks(row):
            return listed
        return self._broken(listed, _reason(answer), row.permission if answer.status in (401, 403) else "")

    def _lacks(self, row: Row) -> bool:
        """Whether the cluster says that it does not know the group at all."""
        try:
            return self._answer(row.discovery, {}).status == 404
        except ToolError:
            return False

    def _answer(self, path: str, parameters: dict[str, str]) -> Answer:
        for attempt in range(1, ATTEMPTS + 1):
            answer = self.cluster.ask("GET", path, parameters)
            if answer.status not in _AGAIN or attempt == ATTEMPTS:
                break
            time.sleep(PAUSE * attempt)
        return answer

    def _broken(self, listed: Listed, why: str, permission: str = "") -> Listed:
        listed.why, listed.permission = why, permission
        return listed

    def _unreachable(self, error: ToolError) -> ToolError:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
            cause = cause.__cause__
        told = f"Kubernetes context {self.context}:"
        if cause is not None:
            advice = "set certificate-authority-data in the kubeconfig to the authority's certificate"
            return ToolError(f"{told} the certificate of its server is not trusted ({cause.verify_message}): {advice}.")
        return ToolError(f"{told} {str(error).rstrip('.')}: check that the cluster runs and can be reached from here.")


def _object(answer: Answer) -> dict[str, Any] | None:
    try:
        found = answer.json()
    except ToolError:
        return None
    return found if isinstance(found, dict) else None


def _name(item: Any) -> str:
    metadata = item.get("metadata") if isinstance(item, dict) else None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else ""


def _instead(answer: Answer) -> str:
    return "an HTML page" if b"<" in answer.body[:200] else "something else"


def _reason(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return f"the cluster leads elsewhere ({answer.status}), where gonogo does not follow"
    return _REASONS.get(answer.status, f"the cluster answers with HTTP status {answer.status}")
