"""The options that several commands share, as decorators. Imports click alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click

RECORD_MODES = ("none", "once", "new")
ON_BUDGET = ("stop", "warn")
Command = TypeVar("Command", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)

_MODEL = (
    click.option(
        "--model",
        metavar="PROVIDER:NAME",
        help="The model to ask, such as bedrock:us.anthropic.claude-sonnet-5-5; after a comma the next to fall back "
        "on. none (the default) asks no model.",
    ),
    click.option("--region", help="The AWS region of the model (default: that of your AWS configuration)."),
    click.option("--endpoint-url", metavar="URL", help="Another address than the provider's own."),
    click.option("--guardrail", metavar="ID:VERSION", help="A guardrail of Amazon Bedrock to ask under."),
)
_ASKING = (
    click.option(
        "--budget-usd", type=click.FloatRange(min=0, min_open=True), help="The most to spend on models, in USD."
    ),
    click.option(
        "--budget-tokens", type=click.IntRange(min=1), help="The most tokens, in and out (default: 1,000,000)."
    ),
    click.option("--budget-calls", type=click.IntRange(min=1), help="The most calls of one specialist (default: 16)."),
    click.option("--budget-seconds", type=click.FloatRange(min=0, min_open=True), help="The longest of one (1,800)."),
    click.option(
        "--on-budget",
        type=click.Choice(ON_BUDGET),
        help="When tokens or money are used up: stop (the default) leaves the rest unverified; warn goes on and says "
        "so. Calls, look-ups and seconds always stop.",
    ),
    click.option(
        "--prices", type=_FILE, help="Your own prices, a YAML file (as_of, source, models); they win over listed ones."
    ),
    click.option("--streaming", is_flag=True, help="Take answers as streams (long answers on slow lines)."),
    click.option("--prompts", type=_FOLDER, help="A folder of your own prompts, one Markdown file a role."),
    click.option("--cassette", type=_FILE, help="Recorded HTTP interactions to replay, or to record into."),
    click.option(
        "--record",
        type=click.Choice(RECORD_MODES),
        default="none",
        show_default=True,
        help="none: replay strictly, no live call; once: record if the file is missing; new: record what is not there.",
    ),
    click.option("--note", help="What a cassette is recorded against, in words, for those who read it."),
)
_STORE = (
    click.option(
        "--store",
        metavar="URL",
        help="Where runs are kept: sqlite:///FILE, postgresql://..., or none (default: $GONOGO_STORE, or a file in "
        "your state folder).",
    ),
)
_SOURCES = (
    click.option(
        "--source",
        "sources",
        multiple=True,
        metavar="KIND=VALUE",
        help="A live source, read only: aws=PROFILE@REGION,... kubernetes=CONTEXT prometheus=URL alertmanager=URL "
        "grafana=URL endpoint=URL postgres=VARIABLE docker=FILE inventory=FILE (gonogo.yaml says more).",
    ),
)
_SNAPSHOT = (
    click.option("--snapshot", type=_FILE, help="What live sources showed earlier: a file of gonogo observe."),
    click.option(
        "--import",
        "imports",
        multiple=True,
        type=_FILE,
        help="Results of other tools as evidence: SARIF, OCSF, JUnit, coverage, CycloneDX, SPDX. May be given again.",
    ),
)
_KEEPING = (
    *_STORE,
    click.option(
        "--checkpoints",
        metavar="URL",
        help="Where a run's checkpoints are kept: sqlite:///FILE, postgresql://..., dynamodb://TABLE (default: with "
        "the store).",
    ),
    click.option("--otlp", metavar="URL", help="A collector for traces and metrics, such as http://localhost:4318."),
    click.option(
        "--trace-content", "content", is_flag=True, help="Put what models are asked and say, redacted, into the traces."
    ),
)


def store_options(command: Command) -> Command:
    """Which store."""
    return _with(command, _STORE)


def keeping_options(command: Command) -> Command:
    """Where a run is kept, and where its traces go."""
    return _with(command, _KEEPING)


def source_options(command: Command) -> Command:
    """Which live sources."""
    return _with(command, _SOURCES)


def snapshot_options(command: Command) -> Command:
    """Which live sources, or what they showed earlier, and what other tools say."""
    return _with(command, (*_SOURCES, *_SNAPSHOT))


def model_options(command: Command) -> Command:
    """Which model: the options that audit and doctor share."""
    return _with(command, _MODEL)


def asking_options(command: Command) -> Command:
    """Which model, within which bounds, live or replayed."""
    return _with(command, (*_MODEL, *_ASKING))


def _with(command: Command, options: tuple[Callable[[Any], Any], ...]) -> Command:
    return reduce(lambda found, option: option(found), reversed(options), command)
