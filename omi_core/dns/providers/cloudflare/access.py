"""Why the service lets a token do nothing: told by its words, since one code has three meanings."""

import re

from omi_core.dns.errors import ServerRefusedError
from omi_core.dns.providers.cloudflare.answer import NO_REASON, ApiAnswer
from omi_core.text import Text

SERVICE = "Cloudflare"
_SAID = Text('it says "{words}"')
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_AUTHENTICATION = 10000  # with 401 the token is unknown, with 403 it lacks a right
_NO_ACCESS = 9109
_TOKEN_FAULTS = frozenset({6003, 6111, _AUTHENTICATION, 10001, 9106, 1000, 1001})
_FROM_HERE = re.compile(r"\blocation\b|\bip address\b|\bclient ip\b", re.IGNORECASE)
_BAD_TOKEN = re.compile(
    r"\b(invalid|expired|revoked|disabled|malformed|inactive|not valid|not active)\b.*\btoken\b"
    r"|\btoken\b.*\b(invalid|expired|revoked|disabled|malformed|inactive|not valid|not active)\b"
    r"|\bauthentication not found\b",
    re.IGNORECASE,
)


def refused_access(answer: ApiAnswer, what: Text) -> ServerRefusedError | None:
    """Return the error of an answer that denies the token `what`; None for any other answer."""
    if _is_from_elsewhere(answer):
        return ServerRefusedError(
            "{service} does not take the API token from this machine's address ({codes}): "
            "{why}; add the address to Client IP Address Filtering of the token, or run where"
            " it is allowed",
            **_told(answer),
        )
    if _is_bad_token(answer):
        return ServerRefusedError(
            "{service} does not accept the API token ({codes}): {why}; make a new one "
            "as docs/dns.md says",
            **_told(answer),
        )
    if answer.status in {_FORBIDDEN, _NOT_FOUND} or _NO_ACCESS in answer.codes:
        return ServerRefusedError(
            "{service} does not let the API token have {what} ({codes}): {why}; give it "
            "Zone Read and DNS Edit on that zone",
            what=what,
            **_told(answer),
        )
    return None


def _is_from_elsewhere(answer: ApiAnswer) -> bool:
    return _denies(answer) and any(_FROM_HERE.search(fault.words) for fault in answer.faults)


def _is_bad_token(answer: ApiAnswer) -> bool:
    if answer.status == _UNAUTHORIZED:
        return True
    if _denies(answer) and any(_BAD_TOKEN.search(fault.words) for fault in answer.faults):
        return True
    codes = answer.codes - ({_AUTHENTICATION} if answer.status == _FORBIDDEN else set())
    return bool(codes & _TOKEN_FAULTS)


def _denies(answer: ApiAnswer) -> bool:
    is_by_status = answer.status in {_UNAUTHORIZED, _FORBIDDEN}
    return is_by_status or bool(answer.codes & (_TOKEN_FAULTS | {_NO_ACCESS}))


def _told(answer: ApiAnswer) -> dict[str, object]:
    words = "; ".join(fault.words for fault in answer.faults)
    codes = ", ".join(str(fault.code) for fault in answer.faults)
    return {
        "service": SERVICE,
        "codes": codes or f"HTTP {answer.status}",
        "why": _SAID.format(words=words) if words else NO_REASON,
    }
