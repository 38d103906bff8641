"""Reads a mail that arrived: what the receiver said of it, and whether it is what was sent."""

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage

_RESULT = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")
METHODS = ("spf", "dkim", "dmarc")
_KEPT = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One Authentication-Results header (RFC 8601): its text, and each method's results."""

    text: str
    by_method: dict[str, tuple[str, ...]]

    def failed(self) -> tuple[str, ...]:
        """Return `spf=fail` and so on for every result that is not a pass, `=none` if missing."""
        pairs = ((name, self.by_method.get(name) or ("none",)) for name in METHODS)
        return tuple(f"{name}={one}" for name, each in pairs for one in each if one != "pass")


def parse(octets: bytes) -> EmailMessage:
    """Return the mail; whatever is wrong with it stays inside."""
    return email.message_from_bytes(octets, policy=email.policy.default)


def results(octets: bytes) -> Results | None:
    """Return the topmost header, which the receiver itself wrote; those below may be forged."""
    headers = email.message_from_bytes(octets).get_all("Authentication-Results", [])
    if not headers:
        return None
    text = " ".join(str(headers[0]).split())
    found: dict[str, tuple[str, ...]] = {}
    for method, result in _RESULT.findall(_COMMENT.sub("", text)):
        found[method.lower()] = (*found.get(method.lower(), ()), result.lower())
    return Results(text=text, by_method=found)


def changes(sent: bytes, arrived: bytes) -> tuple[str, ...]:
    """Return the names of headers and parts that are not what they were."""
    before, after = parse(sent), parse(arrived)
    added = [name for name in before if name.lower().startswith("x-")]
    names = (*_KEPT, *added)
    changed = [name for name in names if str(before[name]) != str(after[name])]
    if _texts(before) != _texts(after):
        changed.append("text")
    return tuple(changed)


def _texts(message: EmailMessage) -> list[str]:
    parts = (part for part in message.walk() if not part.is_multipart())
    return [str(part.get_payload()).replace("\r\n", "\n").rstrip() for part in parts]
