"""Whether a DS record at the parent belongs to a key of the zone (RFC 4034 5.1.4); pure."""

import hashlib
import struct
from dataclasses import dataclass

from omi_core.resolve.wire_name import octets_of

_FIXED = struct.Struct("!HBB")
_ZONE_KEY = 0x0100  # RFC 4034 2.1.1: only such a key signs records
# RFC 8624 3.3, and SHA-1, which validators still accept.
_DIGESTS = {1: "sha1", 2: "sha256", 4: "sha384"}


@dataclass(frozen=True, slots=True)
class DelegationSigner:
    """A DS record: the key that it names by tag and algorithm, and a digest of it."""

    tag: int
    algorithm: int
    digest_type: int
    digest: bytes

    @property
    def is_known(self) -> bool:
        """Whether its digest can be compared; validators ignore others (RFC 4035 5.2)."""
        return self.digest_type in _DIGESTS

    def belongs_to(self, key: bytes, owner: str) -> bool:
        """Whether it is of this key, the data of a DNSKEY record of `owner`."""
        flags, _, algorithm = _FIXED.unpack_from(key)
        if not flags & _ZONE_KEY or (self.tag, self.algorithm) != (tag_of(key), algorithm):
            return False
        labels = octets_of(owner.lower())
        name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
        return hashlib.new(_DIGESTS[self.digest_type], name + key).digest() == self.digest


def signers_of(records: tuple[str, ...]) -> tuple[DelegationSigner, ...]:
    """Read DS records in hexadecimal; what is too short for one is left out."""
    return tuple(
        _signer(octets) for each in records if len(octets := bytes.fromhex(each)) > _FIXED.size
    )


def _signer(octets: bytes) -> DelegationSigner:
    tag, algorithm, digest_type = _FIXED.unpack_from(octets)
    return DelegationSigner(tag, algorithm, digest_type, octets[_FIXED.size :])


def keys_of(records: tuple[str, ...]) -> tuple[bytes, ...]:
    """Read DNSKEY records in hexadecimal; what is too short for one is left out."""
    return tuple(key for each in records if len(key := bytes.fromhex(each)) > _FIXED.size)


def tag_of(key: bytes) -> int:
    """Return the key tag of a DNSKEY (RFC 4034 B)."""
    total = sum(octet << 8 if place % 2 == 0 else octet for place, octet in enumerate(key))
    return (total + (total >> 16)) & 0xFFFF
