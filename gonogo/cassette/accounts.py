"""AWS account ids: numbered in a cassette by the order in which an interaction names them, and put back on replay.

Put back, because a model's answer quotes what the request held: with another number in it, the quote would not be
found. Only ids that the request itself holds can be put back; others stay a number of zeros to the run as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gonogo.cassette.interaction import Interaction, Request, Response
from gonogo.cassette.redaction import redact_request, redact_response

_SEPARATOR = "(?::|%3A)"
_IN_TEXT = re.compile(
    rf"(?P<arn>arn{_SEPARATOR}aws[a-z-]*{_SEPARATOR}[a-z0-9-]*{_SEPARATOR}[a-z0-9-]*{_SEPARATOR})(?P<a>\d{{12}})(?!\d)"
    r"|(?P<tag><\w*(?:[Aa]ccount|[Oo]wner)\w*>)(?P<b>\d{12})(?=<)"
    r"|(?P<queue>\.amazonaws\.com(?:\.cn)?/)(?P<c>\d{12})(?=/)"
    r"|(?<![\w.-])(?P<d>\d{12})(?=\.[a-z0-9.-]*amazonaws\.com)"
    r"|(?<=-)(?P<e>\d{12})(?=-[a-z]{2}(?:-[a-z]+){1,2}-\d)"
)
"""In an ARN, an XML element, the URL of a queue, the host of a registry, a bucket named after account and region."""
_NAME = re.compile(r"account|owner", re.IGNORECASE)
_ID = re.compile(r"\d{12}")
_NUMBERED = re.compile(r"(?<!\d)0{9}\d{3}(?!\d)")


@dataclass(slots=True)
class Accounts:
    """The ids that an interaction named so far, with their numbers: 000000000000, 000000000001, ..."""

    numbers: dict[str, str] = field(default_factory=dict)

    def hide(self, text: str, name: str = "") -> str:
        """The text with ids numbered; a text that is one, where it stands under the name of an account or owner."""
        if _ID.fullmatch(text) and _NAME.search(name):
            return self._number(text)
        return _IN_TEXT.sub(self._hidden, text)

    def put_back(self, text: str, name: str = "") -> str:
        """The text with the ids that stand behind the numbers."""
        real = {number: account for account, number in self.numbers.items()}
        return _NUMBERED.sub(lambda match: real.get(match[0], match[0]), text)

    def _hidden(self, match: re.Match[str]) -> str:
        before = match["arn"] or match["tag"] or match["queue"] or ""
        account = match[0][len(before) :]
        return f"{before}{self._number(account)}"

    def _number(self, account: str) -> str:
        return self.numbers.setdefault(account, f"{len(self.numbers):012}")


def hide_accounts(request: Request) -> tuple[Request, Accounts]:
    """The request with its account ids numbered, and the numbers. Numbering twice changes nothing more."""
    accounts = Accounts()
    return redact_request(request, accounts.hide), accounts


def hide_in_response(response: Response, accounts: Accounts) -> Response:
    """The response with its account ids numbered on from those of its request."""
    return redact_response(response, accounts.hide)


def put_back(interaction: Interaction, accounts: Accounts) -> Interaction:
    """The interaction with the account ids of the request that is asked now in its response."""
    if all(account == number for account, number in accounts.numbers.items()):
        return interaction
    return Interaction(interaction.request, redact_response(interaction.response, accounts.put_back))
