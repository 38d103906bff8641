"""Certificates that libraries disagree about: assembled, or octets of a right one changed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID, NameOID

KEY = ec.generate_private_key(ec.SECP256R1())
NAME = "smtp.itpison.com"
SERIAL = 0x1122334455667788
DAY = timedelta(days=1)
SAN = ExtensionOID.SUBJECT_ALTERNATIVE_NAME
GOOD = b"\x82" + bytes([len(NAME)]) + NAME.encode()  # RFC 5280 4.2.1.6: dNSName


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    octets = size.to_bytes((size.bit_length() + 7) // 8 or 1)
    length = bytes([size]) if size < 128 else bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + length + content


def made(
    *extensions: tuple[x509.ObjectIdentifier, bytes],
    common_name: str = "AAAAAAAA",
    begin: datetime | None = None,
    end: datetime | None = None,
) -> bytes:
    """Return a certificate with these extensions, whose contents may be anything."""
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder: Any = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "BBBBBBBB")]))
        .public_key(KEY.public_key())
        .serial_number(SERIAL)
        .not_valid_before(begin or now - DAY)
        .not_valid_after(end or now + 60 * DAY)
    )
    for oid, content in extensions:
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, content), critical=False)
    octets: bytes = builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)
    return octets


def names(*content: bytes) -> tuple[x509.ObjectIdentifier, bytes]:
    """A subjectAltName of these GeneralNames."""
    return SAN, der(0x30, b"".join(content))


def _changed(octets: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    assert old in octets
    return octets.replace(old, new)


BASIC = ExtensionOID.BASIC_CONSTRAINTS
USAGE = ExtensionOID.EXTENDED_KEY_USAGE
_SAN_OID, _USAGE_OID = bytes.fromhex("551d11"), bytes.fromhex("551d25")

# What cryptography cannot read, though a client may.
UNREADABLE: dict[str, Callable[[], bytes]] = {
    "a dNSName in ISO 8859-1": lambda: made(names(GOOD, der(0x82, b"b\xfccher.example"))),
    "a dNSName of 0xFF": lambda: made(names(GOOD, der(0x82, b"\xff" * 20))),
    "an address of 3 octets": lambda: made(names(GOOD, der(0x87, b"\x01\x02\x03"))),
    "an address of 17 octets": lambda: made(names(GOOD, der(0x87, b"\x01" * 17))),
    "an empty address": lambda: made(names(GOOD, der(0x87, b""))),
    "an x400Address": lambda: made(names(GOOD, der(0xA3, b"\x30\x00"))),
    "an ediPartyName": lambda: made(names(GOOD, der(0xA5, der(0xA1, der(0x0C, b"x"))))),
    "a non-ASCII rfc822Name": lambda: made(names(GOOD, der(0x81, b"\xe4@x.example"))),
    "a name of an unknown kind": lambda: made(names(GOOD, der(0x9F, b"\x01x"))),
    "octets that are no subjectAltName": lambda: made((SAN, b"\x04\x01x")),
    "a subjectAltName that is cut off": lambda: made((SAN, b"\x30\x7f" + GOOD)),
    "basic constraints that are none": lambda: made(names(GOOD), (BASIC, b"\xff\xff")),
    "a usage that is none": lambda: made(names(GOOD), (USAGE, b"\x30\x03\x06\x05\x2b")),
    "an extension twice": lambda: _changed(
        made(names(GOOD), (USAGE, der(0x30, GOOD))), _USAGE_OID, _SAN_OID
    ),
    "no UTF-8 in the subject": lambda: _changed(made(names(GOOD)), b"AAAAAAAA", b"\xff" * 8),
    "no UTF-8 in the issuer": lambda: _changed(made(names(GOOD)), b"BBBBBBBB", b"\xc3" * 8),
    "a month 13": lambda: _dated(b"1313"),
    "a curve of nobody's": lambda: _changed(
        made(names(GOOD)), bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d03017f")
    ),
    "version 10": lambda: _changed(
        made(names(GOOD)), b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09"
    ),
}
# What is odd, and can be read.
READABLE: dict[str, Callable[[], bytes]] = {
    "a negative serial number": lambda: _changed(
        made(names(GOOD)), SERIAL.to_bytes(8), (SERIAL | 0x80 << 56).to_bytes(8)
    ),
    "a country of eight letters": lambda: _changed(
        made(names(GOOD)), bytes.fromhex("0603550403"), bytes.fromhex("0603550406")
    ),
    "an end in the year 9999": lambda: made(
        names(GOOD), end=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    ),
    "a begin in the year 1950": lambda: made(names(GOOD), begin=datetime(1950, 1, 1, tzinfo=UTC)),
    "five thousand names": lambda: made(
        names(*(der(0x82, b"h%d.example" % number) for number in range(5000)), GOOD)
    ),
    "a dNSName in UTF-8": lambda: made(names(GOOD, der(0x82, "b\u00fccher.example".encode()))),
    "a name with a NUL": lambda: made(names(GOOD, der(0x82, b"evil.example\0.itpison.com"))),
    "an unknown extension": lambda: made(
        names(GOOD), (x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\xff")
    ),
    "an unknown signature": lambda: _changed(
        made(names(GOOD)), bytes.fromhex("2a8648ce3d040302"), bytes.fromhex("2a8648ce3d04037f")
    ),
}
WITHOUT_NAMES: dict[str, Callable[[], bytes]] = {
    "an empty subjectAltName": lambda: made(names()),
    "no subjectAltName": lambda: made(common_name=NAME),
    "an empty dNSName": lambda: made(names(der(0x82, b""))),
}


def _dated(month: bytes) -> bytes:
    octets = made(names(GOOD), end=datetime(2049, 12, 31, 1, 2, 3, tzinfo=UTC))
    return _changed(octets, b"491231010203Z", b"49" + month + b"010203Z")
