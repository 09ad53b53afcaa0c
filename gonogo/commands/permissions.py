"""``gonogo permissions``: the least access that a live source takes, printed from the tables that are enforced."""

from __future__ import annotations

from importlib import import_module

import click

PRINTERS = {
    "aws": "gonogo.tools.live.aws.permissions.policy",
    "kubernetes": "gonogo.tools.live.kubernetes.permissions.role",
    "postgres": "gonogo.tools.live.postgres.permissions.grants",
}


@click.command()
@click.argument("source", type=click.Choice(sorted(PRINTERS)))
def permissions(source: str) -> None:
    """Print the least access that a source takes: an IAM policy, a ClusterRole, or grants of a database."""
    module, _, function = PRINTERS[source].rpartition(".")
    click.echo(getattr(import_module(module), function)().rstrip("\n"))
