"""The command that serves MCP clients. Imports click alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.commands.options import asking_options, keeping_options, snapshot_options
from gonogo.commands.output import AREAS, Problem

if TYPE_CHECKING:
    from gonogo.run import Options
    from gonogo.serve.mcp.server import Door, Opened

NEEDED = "gonogo mcp needs the package mcp: install gonogo with its extra, pip install 'gonogo[mcp]'."
WAITING = (
    "gonogo mcp waits for a client: one starts this command by itself and speaks to it on standard input and output. "
    "To be reached by its address, give --http. Ctrl-C ends this."
)
PORT = 8765


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--http", "is_http", is_flag=True, help="Serve streamable HTTP on this machine, instead of stdio.")
@click.option("--host", type=click.Choice(["127.0.0.1", "::1"]), default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: one that is free.")
@click.option("--most-audits", type=click.IntRange(1, 16), default=2, show_default=True, help="At once, at most.")
@click.option("--tier", type=click.Choice(["A", "B", "C"]), help="A mission-critical, B normal (default), C internal.")
@click.option("--environment", help="The environment to decide for (default: production).")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="The operator's gonogo.yaml.")
@click.option("--trust-repository-config", is_flag=True, help="Let the repository's gonogo.yaml loosen the audit.")
@click.option("--waivers", type=click.Path(path_type=Path, dir_okay=False), help="The waivers that count, a file.")
@snapshot_options
@asking_options
@keeping_options
def mcp(paths: tuple[Path, ...], is_http: bool, host: str, port: int, most_audits: int, **given: Any) -> None:
    """Serve clients of the Model Context Protocol: audits of the services in PATH (default: this folder) and below,
    and what gonogo knows of them.

    Clients choose the folder and the areas of an audit; models, sources and all else are what you give here. Over HTTP
    clients need a token: $GONOGO_MCP_TOKEN, or one that is made and printed as the server begins.
    """
    try:
        from gonogo.serve.mcp.server import open_server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("mcp", "mcp_types", "anyio", "uvicorn", "starlette"):
            raise Problem(NEEDED) from error
        raise
    from gonogo.state import StateError
    from gonogo.store.errors import StoreError

    try:
        opened = open_server(_door(paths or (Path(),), most_audits, given))
    except (StoreError, StateError) as error:
        raise Problem(str(error)) from error
    if is_http:
        _serve_http(opened, host, port)
    else:
        _serve_stdio(opened)


def _serve_stdio(opened: Opened) -> None:
    """Until the client closes its end. A thread waits for what it says, and Ctrl-C could not end that: the signal ends
    the process as it is. Audits that run are processes of their own, and go on."""
    import signal
    import sys

    import anyio

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.stdin.isatty():
        click.echo(WAITING, err=True)
    anyio.run(opened.server.run_stdio_async)


def _serve_http(opened: Opened, host: str, port: int) -> None:
    import secrets

    import anyio

    from gonogo.serve.mcp.http import AddressError, address_of, listen, serve_http
    from gonogo.state import StateError, mcp_token

    try:
        given = mcp_token()
        listener = listen(host, port)
    except (StateError, AddressError) as error:
        raise Problem(str(error)) from error
    token = given or secrets.token_urlsafe(32)

    def ready() -> None:
        click.echo(f"gonogo mcp listens on {address_of(listener)}", err=True)
        if given is None:
            click.echo(f"token for this time: {token}", err=True)

    with listener:
        anyio.run(serve_http, opened, listener, token, ready)


def _door(paths: tuple[Path, ...], most_audits: int, given: dict[str, Any]) -> Door:
    """What the server is made of. Raises Problem."""
    from datetime import UTC, datetime
    from uuid import uuid4

    from gonogo.config import ConfigurationError
    from gonogo.keeping import NO_STORE
    from gonogo.serve.mcp.roots import NoRootError, check_roots
    from gonogo.serve.mcp.server import Door
    from gonogo.state import own_environment, state_folder

    if given["store"] == NO_STORE:
        raise Problem("gonogo mcp keeps its runs in a store: leave --store none out.")
    try:
        roots = check_roots(paths)
        options = _options(given)
    except (NoRootError, ConfigurationError) as error:
        raise Problem(str(error)) from error
    is_live = bool(options.sources) or (bool(options.asking.model) and not options.asking.is_replay)
    return Door(
        options=options,
        roots=roots,
        state=state_folder().resolve(),
        new_run=lambda: uuid4().hex,
        clock=lambda: datetime.now(UTC),
        environment=own_environment,
        is_connecting=is_live or bool(options.keeping.otlp),
        most_audits=most_audits,
    )


def _options(given: dict[str, Any]) -> Options:
    """The operator's options of every audit; which folder and areas, the client says."""
    from gonogo.asking import ModelOptions
    from gonogo.keeping import KeepOptions
    from gonogo.run import Options
    from gonogo.waivers import read_waivers

    waivers = given["waivers"]
    return Options(
        paths=(),
        tier=given["tier"],
        environment=given["environment"],
        areas=AREAS,
        config=given["config"],
        trust_repository_config=given["trust_repository_config"],
        asking=ModelOptions(**{name: value for name, value in given.items() if name in ModelOptions.__slots__}),
        keeping=KeepOptions(**{name: value for name, value in given.items() if name in KeepOptions.__slots__}),
        sources=given["sources"],
        snapshot=given["snapshot"],
        waivers=read_waivers(waivers) if waivers else None,
        imports=given["imports"],
    )
