"""What a run of checks is to do and to expect; the same for every cell."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from math import inf
from pathlib import Path

from omi_core.names import Address, Fqdn
from omi_core.probe.conversations.gate import PAUSES_S, Gate
from omi_core.probe.conversations.turns import Turns
from omi_core.secret import Secret
from omi_core.smtp.credentials import Credentials
from omi_core.smtp.limits import Limits
from omi_core.smtp.offers import VERSIONS, exactly, looking, rsa_alone, verifying
from omi_core.smtp.redaction import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is right here, as far as somebody said so; None is not known."""

    plaintext_auth: bool | None = None
    message_size_limit: int | None = None
    deployed: Mapping[IPv4Address | IPv6Address, str] = field(default_factory=dict)  # SHA-256
    deployed_everywhere: str | None = None
    addresses: Mapping[Fqdn, frozenset[IPv4Address | IPv6Address]] = field(default_factory=dict)
    days: int = 14  # a certificate with fewer days left is warned of


@dataclass(frozen=True, slots=True, kw_only=True)
class Contexts:
    """The TLS contexts of a run, made once: each costs milliseconds."""

    looking: ssl.SSLContext
    verifying: ssl.SSLContext
    exactly: Mapping[str, ssl.SSLContext]
    rsa: ssl.SSLContext

    @classmethod
    def make(cls, ca_file: Path | None = None) -> "Contexts":
        """Make them; raises InputError for a `ca_file` without certificates."""
        return cls(
            looking=looking(),
            verifying=verifying(ca_file),
            exactly={name: exactly(version) for name, version in VERSIONS.items()},
            rsa=rsa_alone(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where the test mail arrives: a Maildir on this machine, or an IMAP account over TLS."""

    maildir: Path | None = None
    imap_host: str = ""
    imap_port: int = 993
    imap: Credentials | None = None
    imap_context: ssl.SSLContext | None = None
    wait_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The settings of a run. Every conversation of it goes through `gate` of its address."""

    limits: Limits = field(default_factory=Limits)
    contexts: Contexts = field(default_factory=Contexts.make)
    redactor: Redactor = field(default_factory=Redactor)  # knows the passwords below by itself
    expectation: Expectation = field(default_factory=Expectation)
    credentials: Credentials | None = None
    sender: Address | None = None
    recipient: Address | None = None
    mailbox: Mailbox | None = None
    smuggling_to: Address | None = None
    smuggling_wait_s: float = 1.5
    ends_at: float = inf  # of time.monotonic(): no conversation goes on after it
    # The same in every run, of a login that nobody has: a relay that counts different wrong ones
    # counts it once, however often somebody looks.
    wrong: Secret = field(default_factory=lambda: Secret("wrong-c0a9f1d27be46835"))
    turns: Turns = field(default_factory=Turns)
    gates: dict[IPv4Address | IPv6Address, Gate] = field(default_factory=dict)
    pauses_s: tuple[float, ...] = PAUSES_S  # before further tries where connections are limited

    def __post_init__(self) -> None:
        for each in (self.credentials, self.mailbox and self.mailbox.imap):
            if each:
                self.redactor.add(each.password)

    def gate(self, address: IPv4Address | IPv6Address) -> Gate:
        """Return what keeps the number of connections to one address down."""
        return self.gates.setdefault(address, Gate())

    @property
    def relay_target(self) -> Address:
        """Whom an open relay would send to; the probes stop before there is a mail."""
        return self.recipient or Address.parse("omi-probe@example.net")
