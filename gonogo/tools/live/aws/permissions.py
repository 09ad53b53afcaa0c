"""The least-privilege policy for the AWS source, printed from the table that the guard enforces."""

from __future__ import annotations

import json

from gonogo.tools.live.aws.table import actions


def policy() -> str:
    """An IAM policy document, as JSON: exactly the actions that an audit calls, on all resources."""
    statement = {"Sid": "GonogoReadsOnly", "Effect": "Allow", "Action": sorted(set(actions())), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
