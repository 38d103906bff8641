"""A second verifier of DKIM signatures, dkimpy, which shares no code with the signer."""

import dkim
import dns.resolver

from lab import plan


class Verifier:
    """Verifies as whoever receives mail does; each key is asked for once."""

    def __init__(self) -> None:
        self._keys: dict[bytes, bytes] = {}
        self._resolver = dns.resolver.Resolver(configure=False)
        self._resolver.nameservers = [plan.ipv4(plan.RESOLVER)]

    def is_pass(self, octets: bytes) -> bool:
        """Whether the mail's signature holds; `octets` may be of a mailbox, which has LF."""
        return dkim.verify(as_received(octets), dnsfunc=self._key)

    def _key(self, name: bytes, timeout: int = 5) -> bytes:
        if name not in self._keys:
            answer = self._resolver.resolve(name.decode(), "TXT", lifetime=timeout)
            self._keys[name] = b"".join(answer[0].strings)
        return self._keys[name]


def as_received(octets: bytes) -> bytes:
    """The mail as it came over SMTP."""
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
