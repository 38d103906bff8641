"""What a verifier makes of the TXT records at a selector (RFC 6376 3.6.1, RFC 8463, RFC 8301)."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from omi_core.errors import InputError, text_of
from omi_core.mailauth.dkim.record import SHORTEST_RSA, DkimKey
from omi_core.text import NOTHING, Text

ADVISED_RSA = 2048  # RFC 8301 3.2: signers should use this
_RSA_ENCRYPTION = bytes.fromhex("06092a864886f70d010101")  # RFC 3279 2.3.1, in DER
_SEQUENCE, _INTEGER = 0x30, 0x02


class KeyFault(StrEnum):
    """Why no signature verifies with what is published."""

    NONE = "none"  # there is no record
    SEVERAL = "several"  # RFC 6376 3.6.2.2: what happens then is undefined
    UNREADABLE = "unreadable"
    REVOKED = "revoked"  # p= is empty
    OTHER_ALGORITHM = "other-algorithm"
    NO_KEY = "no-key"  # p= holds no public key
    SHORT = "short"
    NOT_FOR_MAIL = "not-for-mail"  # s= leaves out email, or h= sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReading:
    """A key as verifiers read it; `fault` is None where signatures can verify.

    `bits` is the modulus of RSA, 256 for Ed25519, 0 where there is no key. `testing` is t=y,
    `strict` t=s (RFC 6376 3.6.1).
    """

    fault: KeyFault | None
    detail: Text = NOTHING
    algorithm: str = ""
    bits: int = 0
    testing: bool = False
    strict: bool = False
    public_key: bytes = b""

    def is_same_key(self, text: str) -> bool:
        """Whether the key record `text` holds the same public key, however it is written."""
        other = read_key((text,))
        return bool(self.public_key) and self.public_key == other.public_key


def read_key(texts: tuple[str, ...]) -> KeyReading:
    """Read what stands at a selector, its strings joined; nothing raises."""
    if len(texts) != 1:
        fault = KeyFault.SEVERAL if texts else KeyFault.NONE
        return KeyReading(fault=fault, detail=Text("{count} TXT records").format(count=len(texts)))
    return _read(texts[0])


@lru_cache(maxsize=1024)
def _read(text: str) -> KeyReading:
    try:
        key = DkimKey.parse(text)
    except InputError as error:
        return KeyReading(fault=KeyFault.UNREADABLE, detail=text_of(error))
    tags = dict(key.others)
    flags = {flag.strip() for flag in tags.get("t", "").split(":")}
    bits, material = _measured(key)
    fault = _fault(key, tags, bits)
    return KeyReading(
        fault=fault,
        detail=NOTHING if fault is None else _detail(fault, key, bits),
        algorithm=key.algorithm,
        bits=bits,
        testing="y" in flags,
        strict="s" in flags,
        public_key=material,
    )


def _fault(key: DkimKey, tags: dict[str, str], bits: int) -> KeyFault | None:
    services = {service.strip() for service in tags.get("s", "*").split(":")}
    hashes = {name.strip() for name in tags.get("h", "sha256").split(":")}
    checks = (
        (KeyFault.REVOKED, key.revoked),
        (KeyFault.OTHER_ALGORITHM, key.algorithm not in {"rsa", "ed25519"}),
        (KeyFault.NO_KEY, not bits),
        (KeyFault.SHORT, key.algorithm == "rsa" and bits < SHORTEST_RSA),
        (KeyFault.NOT_FOR_MAIL, not services & {"*", "email"} or "sha256" not in hashes),
    )
    return next((fault for fault, is_so in checks if is_so), None)


def _detail(fault: KeyFault, key: DkimKey, bits: int) -> Text:
    if fault is KeyFault.SHORT:
        return Text("{bits} bits").format(bits=bits)
    if fault is KeyFault.NO_KEY:
        return Text("p= holds {octets} octets, which are not a key of the kind {algorithm}").format(
            octets=len(key.public_key), algorithm=key.algorithm
        )
    return Text.plain("p=" if fault is KeyFault.REVOKED else str(key)[:80])


def _measured(key: DkimKey) -> tuple[int, bytes]:
    """Return the bits of the key and its octets in one form (SubjectPublicKeyInfo for RSA)."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_der_public_key,
    )

    if key.algorithm == "ed25519":
        point = key.public_key if len(key.public_key) == 32 else b""  # noqa: PLR2004 - RFC 8463 4
        return len(point) * 8, point
    if not _may_be_rsa(key.public_key):
        return 0, b""
    try:
        # RFC 6376 3.6.1 allows the bare RSAPublicKey as well, which cryptography reads too
        loaded = load_der_public_key(key.public_key)
    except (ValueError, UnsupportedAlgorithm):
        return 0, b""
    if not isinstance(loaded, rsa.RSAPublicKey):
        return 0, b""
    return loaded.key_size, loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _may_be_rsa(der: bytes) -> bool:
    """Whether the octets begin as RSA does, alone or in SubjectPublicKeyInfo.

    Other algorithms are not for DKIM, and their parameters are checked while they are loaded: a
    second for a Diffie-Hellman group of 10,000 bits.
    """
    begin = _content(der, 0)
    if der[begin : begin + 1] == bytes([_INTEGER]):
        return True
    return der[_content(der, begin) :].startswith(_RSA_ENCRYPTION)


def _content(der: bytes, position: int) -> int:
    """Return where the content of a SEQUENCE begins (X.690 8.1.3); the end where there is none."""
    head = der[position : position + 2]
    if len(head) < 2 or head[0] != _SEQUENCE:  # noqa: PLR2004 - tag and length
        return len(der)
    long = head[1] & 0x7F if head[1] & 0x80 else 0
    return position + 2 + long
