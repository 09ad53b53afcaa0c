"""The commands that seal a reviewed report under its signer's key, and that check a sealed one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from gonogo.commands.options import store_options
from gonogo.commands.output import Problem
from gonogo.commands.review import review_problems

_FILE = click.Path(path_type=Path, dir_okay=False)
SHORT = 8
PAST = 3


@click.command()
@click.argument("run")
@click.option("--as", "who", required=True, metavar="NAME", help="Who signs, and answers for it.")
@click.option("--reason", default="", help="Why you approve the verdict, where you have not done so in the review.")
@click.option("--key", "key_file", type=_FILE, help="Your private key of Ed25519 (PEM or 32 bytes; default: gonogo's).")
@click.option("-o", "--output", type=_FILE, help="The file to write (default: RUN.sealed.json in this folder).")
@store_options
def sign(run: str, who: str, reason: str, key_file: Path | None, output: Path | None, store: str | None) -> None:
    """Seal the report of RUN, with its decisions, as one file that shows every change.

    Who signs approves the verdict as it is: where the review has no approval by that name that still holds, --reason
    makes one. A NO-GO can be signed too: it says what was found.
    """
    from gonogo.agents.review_items import open_items
    from gonogo.model.sealed_report import fingerprint_of
    from gonogo.review.seal import SealError, public_key_of, read_private_key, seal
    from gonogo.state import signing_key

    try:
        with review_problems():
            key = read_private_key(key_file) if key_file else signing_key()
            name, signer, report, now = _approved(run, who, reason, store)
            data = seal(report, run=name, signer=signer, key=key, at=now)
    except SealError as error:
        raise Problem(str(error)) from error
    path = output or Path(f"{name[:SHORT]}.sealed.json")
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Problem(f"{path}: can't be written ({error.strerror}): give another file with -o.") from error
    if waiting := sum(item.proposes is not None for item in open_items(report)):
        click.echo(f"{waiting} words of models still wait for a person; they count as if nobody had spoken.", err=True)
    click.echo(f"{report.verdict.value.value}, sealed in {path} ({len(data):,} bytes)")
    click.echo(
        f"key sha256:{fingerprint_of(public_key_of(key))}: tell it to who verifies, by another way than the file"
    )


@click.command()
@click.argument("file", type=_FILE)
@click.option(
    "--key", metavar="FINGERPRINT|FILE", help="The key that it must be signed with: fingerprint or public key."
)
@click.option(
    "--target",
    "paths",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Read its quotes again from the repository here.",
)
def verify(file: Path, key: str | None, paths: tuple[Path, ...]) -> None:
    """Check a sealed report: every byte, the signature, that its claims and its verdict hold, and its last day.

    Exit codes: 0 it holds, 1 it does not, 2 usage, 3 it holds and its last day is over.
    """
    from datetime import UTC, datetime

    from gonogo.review.seal import SealError, open_seal, read_fingerprint, read_sealed
    from gonogo.tools.errors import ToolError

    try:
        fingerprint = read_fingerprint(key) if key else None
        opened = open_seal(read_sealed(file), today=datetime.now(UTC).date().isoformat(), key=fingerprint, paths=paths)
    except (SealError, ToolError) as error:
        raise Problem(str(error)) from error
    for check in opened.checks:
        mark = {True: "ok ", False: "NO ", None: "-- "}[check.good]
        click.echo(f"{mark} {check.what:11} {check.says}")
    if not opened.holds or opened.sealed is None:
        click.echo(f"{file}: does not hold", err=True)
        sys.exit(1)
    click.echo(f"{opened.sealed.verdict}: signed by {opened.sealed.signer}, valid until {opened.sealed.valid_until}")
    sys.exit(PAST if opened.is_past else 0)


def _approved(run: str, who: str, reason: str, store: str | None) -> tuple[str, str, Any, Any]:
    """The run's id, who signs, its report with an approval by that person, and the time of it."""
    from datetime import UTC, datetime

    from gonogo.agents.review_rules import RefusedDecisionError
    from gonogo.keeping import KeepOptions
    from gonogo.model.decision import VERDICT, Act
    from gonogo.review.answers import Answer
    from gonogo.review.desk import opened_desk

    now = datetime.now(UTC)
    with opened_desk(KeepOptions(store=store), run, who, lambda: now, keeps_place=False) as desk:
        made = desk.report().decisions
        if not any(d.what is Act.APPROVE and d.is_standing and d.who == desk.who for d in made):
            if not reason:
                raise RefusedDecisionError(
                    f"{desk.who} has not approved the verdict as it is, and who signs does: give --reason."
                )
            done = desk.decide(Answer(what=Act.APPROVE, subject=VERDICT, reason=reason))
            click.echo(f"approve verdict: recorded as {done.decision.id}")
        return desk.run, desk.who, desk.report(), now
