"""The mail that shows whether mail goes through: the one that the customers' guide describes."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from omi_core.errors import InputError
from omi_core.names import Address

_OURS = frozenset({"from", "to", "subject", "date", "message-id", "mime-version"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialMail:
    """A message with a token that finds it again wherever it arrives."""

    sender: Address
    recipient: Address
    token: str
    octets: bytes
    others: tuple[Address, ...] = ()

    @property
    def recipients(self) -> tuple[Address, ...]:
        """Everybody who gets the mail."""
        return (self.recipient, *self.others)

    @property
    def message_id(self) -> str:
        """The Message-ID, with its brackets."""
        return f"<{self.token}@{self.sender.domain.relative}>"


def trial_mail(
    host: str,
    sender: Address,
    recipient: Address,
    headers: Iterable[tuple[str, str]] = (),
    *,
    others: Iterable[Address] = (),
) -> TrialMail:
    """Return a mail with text and HTML, subject "SMTP test from HOST".

    It goes to `others` too. `headers` are added as they are, control headers for example. Raises
    InputError for a header that cannot stand in a message or that is this mail's own.
    """
    token = f"omi-{secrets.token_hex(12)}"
    mail = TrialMail(
        sender=sender, recipient=recipient, others=tuple(others), token=token, octets=b""
    )
    message = EmailMessage(policy=SMTP.clone(max_line_length=998))
    message["From"] = str(sender)
    message["To"] = ", ".join(map(str, mail.recipients))
    message["Subject"] = f"SMTP test from {host}"
    message["Date"] = formatdate()
    message["Message-ID"] = mail.message_id
    for name, value in headers:
        _add(message, name, value)
    message.set_content("Test message\n")
    message.add_alternative("<b>Test message</b>\n", subtype="html")
    return replace(mail, octets=message.as_bytes())


def parse_header(written: str) -> tuple[str, str]:
    """Read `Name: value`; raises InputError."""
    name, colon, value = written.partition(":")
    printable = all(33 <= ord(one) <= 126 for one in name)  # noqa: PLR2004 - RFC 5322 2.2
    if not colon or not name or not printable:
        raise InputError(
            "{written!r} is not a header; write it as 'X-LinkOption: 192'", written=written
        )
    return name, value.strip()


def _add(message: EmailMessage, name: str, value: str) -> None:
    if name.lower() in _OURS or name.lower().startswith("content-"):
        raise InputError("{name}: the test mail has its own; leave it out", name=name)
    try:
        message[name] = value
    except ValueError:
        raise InputError("{name}: the value holds a line break", name=name) from None
