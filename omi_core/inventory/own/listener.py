"""A port that a relay listens on beside those that each one has."""

import re
from dataclasses import dataclass

from omi_core.errors import InputError

USUAL = (25, 465, 587)  # those that each relay has: omi_core/smtp/listeners.py
SSH = 22
MODES = ("starttls", "tls")
_LISTENER = re.compile(r"([1-9][0-9]{0,4}):([a-z]+)", re.ASCII)
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedListener:
    """A port for submission, and when TLS begins there: `starttls` or `tls`."""

    port: int
    mode: str

    def __str__(self) -> str:
        return f"{self.port}:{self.mode}"

    @classmethod
    def parse(cls, written: str) -> "AddedListener":
        """Read `2525:starttls`; raises InputError."""
        found = _LISTENER.fullmatch(written)
        if not found or found[2] not in MODES or int(found[1]) > _LAST_PORT:
            raise InputError(
                "{written!r} is not a listener such as 2525:starttls or 2465:tls", written=written
            )
        port = int(found[1])
        if port in USUAL:
            raise InputError("port {port} is one that each relay listens on anyway", port=port)
        if port == SSH:
            raise InputError("port {port} is that of SSH", port=port)
        return cls(port=port, mode=found[2])
