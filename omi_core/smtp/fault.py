"""Why a conversation with a server ended before its end."""

from dataclasses import dataclass
from enum import StrEnum

from omi_core.errors import ObservationError
from omi_core.text import Text


class FaultKind(StrEnum):
    """What happened to the conversation."""

    REFUSED = "refused"  # nobody listens: the host itself said so
    NO_ROUTE = "no-route"  # this machine has no way there: nothing is known of the host
    SILENT = "silent"  # no answer in time
    DROPPED = "dropped"  # the server closed the connection
    GARBLED = "garbled"  # not the form of a reply (RFC 5321 4.2)
    OVERSIZED = "oversized"  # more than any client would read
    PLAINTEXT = "plaintext"  # octets in the clear where a handshake had to be
    TLS = "tls"  # the handshake failed
    UNTRUSTED = "untrusted"  # the handshake failed because the certificate was not accepted
    CANNOT_OFFER = "cannot-offer"  # this machine's TLS library cannot try that


class Stage(StrEnum):
    """How far a conversation had come."""

    CONNECT = "connect"
    BANNER = "banner"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    TLS = "tls"
    AUTH = "auth"
    ENVELOPE = "envelope"
    DATA = "data"
    QUIT = "quit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The end of a conversation: what happened, at which stage, and the library's own word.

    `last_words` are what the server had said and no reply was made of: a line that was cut off,
    words in the clear where TLS had to be.
    """

    kind: FaultKind
    stage: Stage
    detail: Text
    verify_code: int = 0  # X509_V_ERR_... of OpenSSL, for UNTRUSTED
    last_words: str = ""


class ConversationError(ObservationError):
    """A conversation ended; `fault` says how. Its text never holds what the client had sent."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(
            Text.plain("{stage}: {kind}: {detail}"),
            stage=fault.stage.value,
            kind=fault.kind.value,
            detail=fault.detail,
        )
        self.fault = fault
