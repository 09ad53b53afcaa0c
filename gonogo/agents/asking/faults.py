"""What went wrong when a model was called: whether to try again, and what to tell a person.

Errors are told apart by the codes of Bedrock's API and by HTTP status, which other providers' packages carry as
``status_code``: no package of a provider is imported for it.
"""

from __future__ import annotations

from gonogo.agents.asking.errors import (
    ContextOverflowError,
    CutAnswerError,
    ModelAccessError,
    ModelError,
    ModelUnavailableError,
)
from gonogo.tools.redaction import clean

MOST_TOLD = 200
"""Characters of an unforeseen error's own text that stand in a report."""
_PASSING = frozenset(
    {
        "throttlingexception",
        "toomanyrequestsexception",
        "requestlimitexceeded",
        "serviceunavailableexception",
        "internalserverexception",
        "internalfailure",
        "modeltimeoutexception",
        "modelnotreadyexception",
        "modelerrorexception",
        "modelstreamerrorexception",
        "requesttimeout",
        "requesttimeoutexception",
    }
)
"""Codes that botocore does not retry, or not inside an event stream, and that can pass."""
_PASSING_STATUS = frozenset({408, 409, 424, 425, 429})
_BROKEN_LINE = frozenset(
    {
        "ConnectTimeoutError",
        "ReadTimeoutError",
        "EndpointConnectionError",
        "ConnectionClosedError",
        "HTTPClientError",
        "ProxyConnectionError",
        "SSLError",
        "APIConnectionError",
        "APITimeoutError",
    }
)
"""Names of errors of botocore and the providers' packages for a line on which nothing came."""
_BROKEN_OFF = frozenset(
    {
        "IncompleteReadError",
        "ResponseStreamingError",
        "ResponseParserError",
        "InvalidHeadersLength",
        "InvalidPayloadLength",
        "ChecksumMismatch",
        "ProtocolError",
        "ConnectionError",
        "EventStreamError",
    }
)
"""Names of errors for an answer that broke off; botocore has no code for faults in a stream that it does not know,
langchain-aws tells of a body that is no JSON by ValueError, and the JSON parser of one that is nested too deeply by
RecursionError."""
_NO_CREDENTIALS = frozenset(
    {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "TokenRetrievalError"}
)
_BAD_CREDENTIALS = frozenset(
    {
        "unrecognizedclientexception",
        "invalidsignatureexception",
        "expiredtokenexception",
        "expiredtoken",
        "invalidclienttokenid",
        "missingauthenticationtokenexception",
        "unauthorizedssotokenerror",
    }
)
_REFUSED = frozenset({"validationexception", "resourcenotfoundexception", "accessdeniedexception"})
_TOO_LONG = ("too long", "context length", "context window", "maximum context", "too many input tokens")
_LAPSED = frozenset({"SSOTokenLoadError", "UnauthorizedSSOTokenError", "LoginRefreshRequired"})


def is_passing(error: BaseException) -> bool:
    """Says whether the same call may succeed in a moment."""
    code, status = _code(error), _status(error)
    if code in _PASSING or (status is not None and (status >= 500 or status in _PASSING_STATUS)):
        return True
    if code or status is not None:
        return False
    return is_broken_off(error) or isinstance(error, OSError) or type(error).__name__ in _BROKEN_LINE


def is_broken_off(error: BaseException) -> bool:
    """Says whether an answer began and did not arrive whole: something was said, and is lost."""
    known = type(error).__name__ in _BROKEN_OFF or isinstance(error, (ValueError, RecursionError))
    return known and not _code(error) and _status(error) is None


def translate(error: Exception, model: str, region: str) -> ModelError | None:
    """What a person can do about it; None for what is no fault of a call, but a bug."""
    code, status, text = _code(error), _status(error), _message(error)
    where = f"{model} in {region}" if region else model
    if code == "validationexception" and any(words in text.lower() for words in _TOO_LONG):
        return ContextOverflowError(f"{model} takes no input of this length")
    if _names(error) & _NO_CREDENTIALS:
        return ModelAccessError("no AWS credentials were found: set AWS_PROFILE, or leave --model out")
    if code in _BAD_CREDENTIALS or _names(error) & _LAPSED or (status == 401 and not code):
        return ModelAccessError(f"the credentials for {where} are not valid or have expired: sign in again")
    if "guardrail" in f"{model} {text}".lower() and code in _REFUSED:
        grant = "allow bedrock:ApplyGuardrail on it, or " if code == "accessdeniedexception" else ""
        return ModelAccessError(f"the guardrail can't be used with {where}: {grant}check --guardrail and --region")
    if code == "accessdeniedexception" or (status == 403 and not is_passing(error)):
        return ModelAccessError(
            f"no access to {where}: allow bedrock:InvokeModel on it, and enable the model for this account"
        )
    if code == "resourcenotfoundexception" or "model identifier is invalid" in text or (status == 404 and not code):
        return ModelAccessError(f"there is no {where}: check --model and --region")
    if is_broken_off(error):
        return CutAnswerError("the answer broke off on its way")
    if is_passing(error):
        return ModelUnavailableError(f"{where} could not be reached: {code or type(error).__name__}")
    if code or status is not None:
        return ModelAccessError(f"{where} refuses the request: {code or status}")
    return None


def tell_bug(error: BaseException) -> str:
    """What a report says of a part that broke. The error's text may hold what was asked or answered: it is cut short
    and redacted."""
    text = " ".join(clean(str(error)[:MOST_TOLD]).text.split())
    return f"it broke ({type(error).__name__}: {text})"


def _code(error: BaseException) -> str:
    """The API's error code in lower case (inside event streams it begins with a small letter); empty without one."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        return str(response.get("Error", {}).get("Code", "")).lower()
    return ""


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        found = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return found if isinstance(found, int) and found >= 400 else None
    found = getattr(error, "status_code", None)
    return found if isinstance(found, int) else None


def _message(error: BaseException) -> str:
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        return str(response.get("Error", {}).get("Message", ""))
    return str(error)


def _names(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}
