"""The listeners of a relay, declared once.

Postfix's services, its health question, the proof of certificates, the warning on the host, the
probe and the demo read this: another port is another line of `LISTENERS`.
"""

from dataclasses import dataclass
from enum import StrEnum

from omi_core.errors import InputError

HIGHEST_PORT = 65535


class Security(StrEnum):
    """How TLS is used on a listener."""

    NONE = "none"
    STARTTLS = "starttls"  # RFC 3207
    TLS = "tls"  # from the first octet (RFC 8314 3.3)

    @classmethod
    def parse(cls, word: str, written: str) -> "Security":
        """Read a mode, which stands in `written`; `ssl` is what programs call TLS."""
        try:
            return cls("tls" if word == "ssl" else word)
        except ValueError:
            raise InputError(
                "{written!r}: after the port comes none, starttls or tls", written=written
            ) from None

    @classmethod
    def usual_for(cls, port: int) -> "Security":
        """Return how TLS is used on a port, as far as its number tells."""
        if port in TLS_PORTS:
            return cls.TLS
        return cls.STARTTLS


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Access:
    """A port, and the way that customers use it."""

    port: int
    security: Security

    @classmethod
    def parse(cls, written: str) -> "Access":
        """Read `465:tls`, or `465:ssl` as many programs call it; raises InputError."""
        port, _, security = written.partition(":")
        if not (port.isascii() and port.isdecimal() and 0 < int(port) <= HIGHEST_PORT):
            raise InputError("{written!r} has no port; write it as 587:starttls", written=written)
        return cls(port=int(port), security=Security.parse(security, written))

    def __str__(self) -> str:
        words = {Security.NONE: "plain", Security.STARTTLS: "STARTTLS", Security.TLS: "TLS"}
        return f"{self.port} {words[self.security]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A port that a relay listens on, and how TLS is used there: STARTTLS, or from the first octet.

    On one for submission TLS comes before everything else (RFC 8314 3.3). The other is SMTP's own:
    a session may stay without TLS, and where the inventory sets `plaintext_auth`, it may log in.
    """

    port: int
    security: Security
    submission: bool = True

    @property
    def accesses(self) -> tuple[Access, ...]:
        """The ways in which customers use it."""
        plain = () if self.submission else (Access(port=self.port, security=Security.NONE),)
        return (*plain, Access(port=self.port, security=self.security))


LISTENERS = (
    Listener(port=25, security=Security.STARTTLS, submission=False),
    Listener(port=465, security=Security.TLS),
    Listener(port=587, security=Security.STARTTLS),
)

ACCESSES = tuple(access for each in LISTENERS for access in each.accesses)
PORTS = tuple(each.port for each in LISTENERS)
TLS_PORTS = tuple(each.port for each in LISTENERS if each.security is Security.TLS)
STARTTLS_PORTS = tuple(each.port for each in LISTENERS if each.security is Security.STARTTLS)
