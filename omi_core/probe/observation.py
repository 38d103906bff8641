"""What was seen of a cell, as values; nothing here judges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from omi_core.names import Address
from omi_core.probe.cell import Cell
from omi_core.smtp.channel import TlsSeen
from omi_core.smtp.fault import Fault, FaultKind, Stage
from omi_core.smtp.listeners import Security
from omi_core.smtp.reply import Reply
from omi_core.smtp.transcript import TranscriptEntry
from omi_core.smtp.trial_mail import TrialMail


class Purpose(StrEnum):
    """Why a conversation was held; the value heads its transcript."""

    LOOK = "look"
    VERIFIED = "verified"
    LOGIN = "login"
    WRONG = "wrong-password"
    EARLY_AUTH = "early-auth"
    RELAY = "relay"
    INJECTION = "injection"
    TLS_1_0 = "tls-1.0"
    TLS_1_1 = "tls-1.1"
    TLS_1_2 = "tls-1.2"
    TLS_1_3 = "tls-1.3"
    RSA = "tls-rsa"
    AT_ONCE = "tls-at-once"


class Step(StrEnum):
    """A question whose reply is judged."""

    BANNER = "banner"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    EHLO_INSIDE = "ehlo-inside"
    AUTH = "auth"
    AFTER_HANDSHAKE = "after-handshake"
    TOO_LARGE = "too-large"
    FOREIGN_SENDER = "foreign-sender"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    SENT = "sent"


def rcpt_to(address: Address) -> str:
    """Return the step of one recipient among several."""
    return f"{Step.RCPT.value} {address}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One conversation: replies by step, and the fault that ended it early, if one did."""

    purpose: str
    replies: Mapping[str, Reply]
    fault: Fault | None
    tls: TlsSeen | None
    entries: tuple[TranscriptEntry, ...]
    seconds: float
    greeted_s: float | None = None  # from the connection, or the handshake before it, to 220
    limited_by: Reply | None = None  # what made us come back with fewer connections
    tries: int = 1

    @property
    def offered(self) -> Reply | None:
        """The EHLO reply that counts: the one inside TLS, where there was one."""
        return self.replies.get(Step.EHLO_INSIDE) or self.replies.get(Step.EHLO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A mail as it lies in a mailbox, and the seconds from the server's 250 until it was seen."""

    octets: bytes
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSeen:
    """All conversations with one cell, the mail that was sent, and its arrival.

    `was_awaited` says whether there was a mailbox to look into.
    """

    cell: Cell
    conversations: Mapping[str, Conversation]
    mail: TrialMail | None = None
    arrival: Arrival | None = None
    was_awaited: bool = False
    waited_s: float = 0.0
    could_not_await: str = ""
    smuggling: Mapping[str, Conversation] = field(default_factory=dict)

    @property
    def look(self) -> Conversation:
        """The first conversation, which is always there."""
        return self.conversations[Purpose.LOOK]

    @property
    def is_open(self) -> bool:
        """Whether a connection could be made."""
        return self.look.fault is None or self.look.fault.stage is not Stage.CONNECT

    @property
    def is_without_route(self) -> bool:
        """Whether this machine has no way to the address at all."""
        fault = self.look.fault
        return fault is not None and fault.kind is FaultKind.NO_ROUTE

    @property
    def is_usable(self) -> bool:
        """Whether the first conversation came to where mail is handed over, TLS included."""
        needs_tls = self.cell.access.security is not Security.NONE
        offered = self.look.offered
        return bool(offered and offered.is_positive) and bool(self.look.tls) == needs_tls
