"""What holds boto3 to reading: a handler below every client that lets only the table's operations pass.

It stands at ``before-call``, after parameters are checked, before anything is signed or a socket opens. Credentials are
resolved before, by a session that calls nothing else, and handed over frozen: providers that ask STS or SSO for them do
not run under the guard, and the guarded session has none of them.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from gonogo.model.sources import AwsSource
from gonogo.tools.errors import ToolError
from gonogo.tools.live.aws.table import allowed

CONNECT_SECONDS, READ_SECONDS, ATTEMPTS, CONNECTIONS = 5, 20, 4, 16


class NotAllowedError(Exception):
    """An operation that is not in the table: a bug of ours, or somebody's attempt. Nothing was sent."""


class GuardedSession:
    """Clients that can only read. Safe to share between threads; a client is made once a service and region."""

    def __init__(self, session: Any, endpoint_url: str | None) -> None:
        self._session, self._endpoint_url = session, endpoint_url
        self._clients: dict[tuple[str, str], Any] = {}
        self._making = Lock()
        """Sessions can't make clients in two threads at once."""

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a region."""
        key = (service, region)
        with self._making:
            if key not in self._clients:
                self._clients[key] = self._session.create_client(
                    service,
                    region_name=region,
                    endpoint_url=self._endpoint_url,
                    config=_config(is_own=self._endpoint_url is None),
                )
            return self._clients[key]


def open_session(source: AwsSource) -> tuple[GuardedSession, str | None]:
    """A guarded session with the profile's credentials, and the profile's own region. Raises ToolError."""
    import botocore.session
    from botocore.credentials import Credentials
    from botocore.exceptions import BotoCoreError

    try:
        resolving = botocore.session.Session(profile=source.profile)
        found = resolving.get_credentials()
        frozen = found.get_frozen_credentials() if found else None
        region = resolving.get_config_variable("region")
    except BotoCoreError as error:
        raise ToolError(
            f"AWS: no credentials for {_named(source)} ({error}): check the profile, or log in again."
        ) from error
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise ToolError(f"AWS: no credentials for {_named(source)}: give a profile that has some, or log in.")
    session = guarded(botocore.session.Session())
    session._credentials = Credentials(frozen.access_key, frozen.secret_key, frozen.token)
    return GuardedSession(session, source.endpoint_url), region


def guarded(session: Any) -> Any:
    """The botocore session, under the guard."""
    session.get_component("event_emitter").register_first("before-call", refuse_what_is_not_allowed)
    return session


def refuse_what_is_not_allowed(model: Any, **_: Any) -> None:
    """Raises NotAllowedError for each operation that is not in the table. ``model`` is botocore's of the operation."""
    called = (model.service_model.service_name, model.name)
    if called not in allowed():
        raise NotAllowedError(f"{called[0]}:{called[1]} is none of the operations that an audit may call")


def _config(*, is_own: bool) -> Any:
    """``is_own`` says that AWS itself answers: another address has no names for accounts."""
    from botocore.config import Config

    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS},
        max_pool_connections=CONNECTIONS,
        ignore_configured_endpoint_urls=True,  # a variable must not lead signed calls elsewhere
        user_agent_extra="gonogo",
        inject_host_prefix=is_own,
    )


def _named(source: AwsSource) -> str:
    return f"the profile {source.profile}" if source.profile else "the default profile"
