"""The least-privilege policy for the AWS source, printed from the table that the guard enforces."""

from __future__ import annotations

import json

from gonogo.tools.live.aws.table import actions, options


def policy() -> str:
    """An IAM policy document, as JSON: exactly the actions that an audit calls, on all resources. What only an option
    of the source asks for is a statement of its own, that may be left out with the option."""
    statements = [_statement("GonogoReadsOnly", "")]
    statements += [_statement(f"OnlyFor{option.title().replace('_', '')}", option) for option in options()]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _statement(sid: str, option: str) -> dict[str, object]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions(option)), "Resource": "*"}
