"""How long and how much a conversation may take, whatever the server does."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds and octets; every wait of a conversation is under one of them."""

    connect_s: float = 5.0
    reply_s: float = 8.0  # for the whole reply, however slowly its lines come
    session_s: float = 20.0  # for the whole conversation
    line: int = 4096  # octets; RFC 5321 4.5.3.1.5 asks for 512
    reply: int = 65536  # octets of one reply
    lines: int = 256  # of one reply

    @classmethod
    def within(cls, seconds: float) -> "Limits":
        """Return limits for conversations that end within `seconds`, each wait as long as that."""
        return cls(connect_s=seconds, reply_s=seconds, session_s=seconds)
