"""The command by which a person decides what code and models left open: item by item, by options, or from a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.commands.options import store_options
from gonogo.commands.output import Problem

if TYPE_CHECKING:
    from datetime import date

    from gonogo.agents.review_items import OpenItem
    from gonogo.review.answers import Answer
    from gonogo.review.desk import Desk

_FILE = click.Path(path_type=Path, dir_okay=False)
_KEYS = {"c": "confirm", "r": "reject", "a": "attest", "w": "waive", "s": "skip", "q": "quit"}
SKIP, QUIT = "s", "q"


@click.command()
@click.argument("run")
@click.option("--as", "who", metavar="NAME", help="Who decides. It is recorded, and stands in the report.")
@click.option("--list", "is_list", is_flag=True, help="What waits for a person; nothing is decided.")
@click.option("--json", "as_json", is_flag=True, help="With --list: as JSON.")
@click.option("--confirm", multiple=True, metavar="SLUG", help="What a model proposes for it holds.")
@click.option(
    "--reject", multiple=True, metavar="SUBJECT", help="It does not; or: an earlier decision no longer holds."
)
@click.option("--attest", multiple=True, metavar="SLUG=STATUS", help="Answer what is unverified: pass, fail, ...")
@click.option(
    "--waive", multiple=True, metavar="SUBJECT", help="Accept a failure (a slug, or a finding's id) for a time."
)
@click.option("--approve", is_flag=True, help="The verdict as it is. It changes none.")
@click.option("--reason", default="", help="Why. One for all that is given.")
@click.option("--attach", multiple=True, type=_FILE, help="A file that shows it; its hash and an excerpt are kept.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="The last day of what is waived or attested.")
@click.option("--ticket", default="", help="Where the repair of what is waived is planned.")
@click.option("--seen", type=click.IntRange(min=0), help="How many decisions on the subject you have seen (--list).")
@click.option("--answers", type=_FILE, help="The answers, a YAML file: see the documentation.")
@store_options
def review(
    run: str, who: str | None, is_list: bool, as_json: bool, answers: Path | None, store: str | None, **given: Any
) -> None:
    """Decide what of RUN only a person can: what models propose or contest, what nobody could see, what is accepted.

    On a terminal it asks item by item, and goes on where it was broken off. Every decision is kept with name, time,
    reason and evidence; none is ever changed, a later one on the same subject replaces it.
    """
    from gonogo.review.answers import answers_of, read_answers

    options = {"store": store}
    if is_list:
        _list(run, options, as_json=as_json)
        return
    with review_problems():
        told = (*(read_answers(answers) if answers else ()), *answers_of(given))
    is_asked = not told and sys.stdin.isatty()
    if not told and not is_asked:
        raise Problem("say what you decide (--confirm, --reject, --attest, --waive, --approve, --answers), or --list.")
    if who is None:
        if not is_asked:
            raise Problem("a decision is somebody's: give your name with --as.")
        who = click.prompt("Your name, as it is to stand in the report")
    with _desk(run, who or "", options, keeps_place=is_asked) as desk:
        if is_asked:
            _talk(desk)
        else:
            for answer in told:
                _decide(desk, answer)
        click.echo(_verdict(desk))


@contextmanager
def review_problems() -> Iterator[None]:
    """Tells what a person can mend as such."""
    from gonogo.agents.guard import RefusedReportError
    from gonogo.agents.review_rules import RefusedDecisionError
    from gonogo.graph.sealed import CheckpointError
    from gonogo.state import StateError
    from gonogo.store.errors import StoreError

    try:
        yield
    except (RefusedDecisionError, RefusedReportError, StoreError, StateError, CheckpointError) as error:
        raise Problem(str(error)) from error


@contextmanager
def _desk(run: str, who: str, options: dict[str, Any], *, keeps_place: bool) -> Iterator[Desk]:
    from datetime import UTC, datetime

    from gonogo.keeping import KeepOptions
    from gonogo.review.desk import opened_desk

    keeping = KeepOptions(**options)
    with (
        review_problems(),
        opened_desk(keeping, run, who, lambda: datetime.now(UTC), keeps_place=keeps_place) as desk,
    ):
        yield desk


def _list(run: str, options: dict[str, Any], *, as_json: bool) -> None:
    from datetime import UTC, datetime

    from gonogo.agents.guard import check_report
    from gonogo.agents.review_items import open_items
    from gonogo.keeping import KeepOptions, opened_store
    from gonogo.report.decisions import decisions_as_text, items_as_json, items_as_text
    from gonogo.review.desk import reviewed_report
    from gonogo.store.runs import find_run

    with review_problems(), opened_store(KeepOptions(**options)) as store:
        report = reviewed_report(store, find_run(store, run).run, datetime.now(UTC))
        check_report(report)
    rows = [item.model_dump(mode="json") for item in open_items(report)]
    if as_json:
        click.echo(items_as_json(report, rows), nl=False)
    else:
        click.echo(items_as_text(rows) + decisions_as_text(report), nl=False)


def _decide(desk: Desk, answer: Answer) -> None:
    done = desk.decide(answer)
    status = f" as {done.decision.status.value}" if done.decision.status else ""
    what, subject = done.decision.what.value, done.decision.subject
    click.echo(f"{what} {subject}{status}: recorded as {done.decision.id}; {done.effect}")


def _verdict(desk: Desk) -> str:
    from gonogo.report.outline import counted

    report = desk.report()
    made = counted(len(report.decisions), "decision")
    return f"{report.target.name}: {report.verdict.value.value}, {made} (gonogo runs show {desk.run[:8]})"


def _talk(desk: Desk) -> None:
    """Item by item, until nothing waits or the person has enough."""
    from gonogo.agents.review_items import ACTS
    from gonogo.agents.review_rules import RefusedDecisionError
    from gonogo.report.decisions import item_as_text

    if desk.review.is_resumed:
        click.echo("The review goes on where it was broken off.")
    while waiting := desk.review.waiting():
        item = waiting[0]
        click.echo(f"\n{len(waiting)} to decide\n" + item_as_text(item.model_dump(mode="json")))
        acts = {act.value for act in ACTS[item.kind]}
        keys = {key: word for key, word in _KEYS.items() if word in (*acts, "skip", "quit")}
        key = click.prompt(", ".join(f"[{k}]{word[1:]}" for k, word in keys.items()), type=click.Choice(tuple(keys)))
        if key == QUIT:
            return
        if key == SKIP:
            desk.review.skip(item.subject)
            continue
        try:
            _decide(desk, _answer(item, keys[key]))
        except RefusedDecisionError as error:
            click.echo(f"It was not recorded. {error}", err=True)
    _approve(desk)
    desk.review.end()


def _answer(item: OpenItem, word: str) -> Answer:
    from gonogo.model.criterion import Status
    from gonogo.model.decision import Act
    from gonogo.review.answers import Answer

    status, expires, files = None, None, ""
    if word == "attest":
        status = Status(click.prompt("It is", type=click.Choice(["pass", "fail", "not_applicable"])))
        files = click.prompt("Files that show it (spaces between, none: Enter)", default="", show_default=False)
    if word in ("waive", "attest"):
        default = None if word == "waive" else ""
        ends = "" if word == "waive" else " (Enter: with the verdict)"
        expires = click.prompt(
            f"Until which day, YYYY-MM-DD{ends}", default=default, show_default=False, value_proc=_day
        )
    reason = click.prompt("Why")
    return Answer(
        what=Act(word),
        subject=item.subject,
        reason=reason,
        status=status,
        attach=tuple(Path(name) for name in files.split()),
        expires=expires,
        seen=item.seen,
    )


def _day(said: str) -> date | None:
    """A day, or None for nothing said; click asks again for what is neither."""
    from datetime import date

    try:
        return date.fromisoformat(said.strip()) if said.strip() else None
    except ValueError as error:
        raise click.UsageError(f"{said!r} is no day such as 2027-01-31.") from error


def _approve(desk: Desk) -> None:
    from gonogo.agents.review_rules import RefusedDecisionError
    from gonogo.model.decision import VERDICT, Act
    from gonogo.review.answers import Answer

    report = desk.report()
    click.echo(f"\nNothing else waits. The verdict is {report.verdict.value.value}.")
    if not click.confirm("Do you approve it as it is?"):
        return
    try:
        _decide(desk, Answer(what=Act.APPROVE, subject=VERDICT, reason=click.prompt("Why")))
    except RefusedDecisionError as error:
        click.echo(f"It was not recorded. {error}", err=True)
