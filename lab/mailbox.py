"""Reads what arrived at the receiver, and what the receiver said about it (RFC 8601)."""

import email
import email.policy
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Self

from lab import hosts, receiver
from lab.site import Site

_RESULT = re.compile(r"\b(spf|dkim|dmarc)=([a-z]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The receiver's results; `dkim` is the first that is not a pass, if there is one."""

    spf: str
    dkim: str
    dmarc: str
    signatures: tuple[str, ...] = ()

    @classmethod
    def parse(cls, header: str) -> Self:
        """Read the value of one Authentication-Results header."""
        found = _RESULT.findall(re.sub(r"\([^()]*\)", "", header))
        signatures = tuple(result for method, result in found if method == "dkim")
        first = dict(reversed(found))
        dkim = next((result for result in signatures if result != "pass"), first.get("dkim"))
        return cls(
            spf=first.get("spf", "absent"),
            dkim=dkim or "absent",
            dmarc=first.get("dmarc", "absent"),
            signatures=signatures,
        )

    def __str__(self) -> str:
        return f"spf={self.spf} dkim={self.dkim} dmarc={self.dmarc}"

    @property
    def is_pass(self) -> bool:
        """Whether all three passed."""
        return self.spf == self.dkim == self.dmarc == "pass"


@dataclass(frozen=True, slots=True)
class Received:
    """One mail as it lies in the mailbox."""

    path: Path
    octets: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return email.message_from_bytes(self.octets, policy=email.policy.default)

    @property
    def recipient(self) -> str:
        """The envelope's recipient, as the receiver noted it."""
        return str(self.message["Delivered-To"])

    @property
    def arrived(self) -> float:
        """When it was complete, in seconds since the epoch."""
        return self.path.stat().st_mtime

    @property
    def verdict(self) -> Verdict:
        """What the receiver itself said; a sender's own such header is never believed."""
        headers = [str(text) for text in self.message.get_all("Authentication-Results", [])]
        own = [text for text in headers if text.lstrip().startswith(receiver.HOST)]
        return Verdict.parse(own[0] if own else "")


def messages(site: Site, recipient: str | None = None) -> list[Received]:
    """Return what arrived, oldest first, for one recipient or for all."""
    every = sorted(_all(site), key=lambda received: received.arrived)
    return [each for each in every if recipient is None or each.recipient == recipient]


def wait_for(site: Site, recipient: str, token: str, timeout: float = 30) -> Received:
    """Return the mail to `recipient` that contains `token`; raises TimeoutError."""
    deadline = time.monotonic() + timeout
    while True:
        for received in _all(site):
            if token.encode() in received.octets and received.recipient == recipient:
                return received
        if time.monotonic() > deadline:
            raise TimeoutError(f"no mail with {token!r} came for {recipient} in {timeout:.0f} s")
        time.sleep(0.05)


def directory(site: Site) -> Path:
    """Return the Maildir, seen from this machine."""
    return hosts.files(site, "mx") / receiver.MAIL.lstrip("/") / "inbox"


def _all(site: Site) -> Iterator[Received]:
    for folder in ("new", "cur"):
        for path in (directory(site) / folder).glob("*"):
            yield Received(path, path.read_bytes())
