"""DKIM key records as verifiers read them."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from omi_core.mailauth.dkim.reading import KeyFault, read_key


def rsa_key(bits: int, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    public = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, form)).decode()


KEY = rsa_key(2048)
POINT = base64.b64encode(
    ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()
).decode()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"v=DKIM1; k=rsa; p={KEY}", None),
        (f"p={KEY}", None),
        (f"v=DKIM1; p={KEY[:100]} {KEY[100:]}", None),
        (f"v=DKIM1; k=ed25519; p={POINT}", None),
        (f"v=DKIM1; s=email; h=sha1:sha256; t=y; p={KEY}", None),
        ("v=DKIM1; k=rsa; p=", KeyFault.REVOKED),
        (f"v=DKIM2; p={KEY}", KeyFault.UNREADABLE),
        (f"v=DKIM1 p={KEY}", KeyFault.UNREADABLE),
        ("v=DKIM1; k=rsa", KeyFault.UNREADABLE),
        (f"v=DKIM1; k=dsa; p={KEY}", KeyFault.OTHER_ALGORITHM),
        (f"v=DKIM1; p={KEY[:200]}", KeyFault.NO_KEY),
        (f"v=DKIM1; k=ed25519; p={KEY}", KeyFault.NO_KEY),
        (f"v=DKIM1; s=tlsrpt; p={KEY}", KeyFault.NOT_FOR_MAIL),
        (f"v=DKIM1; h=sha1; p={KEY}", KeyFault.NOT_FOR_MAIL),
    ],
)
def test_a_key_record_is_what_rfc_6376_says(text: str, fault: KeyFault | None) -> None:
    assert read_key((text,)).fault is fault


def test_no_record_and_several_are_no_key() -> None:
    assert read_key(()).fault is KeyFault.NONE
    assert read_key((f"p={KEY}", f"p={KEY}")).fault is KeyFault.SEVERAL


def test_bits_and_flags_are_read() -> None:
    reading = read_key((f"v=DKIM1; t=y:s; p={rsa_key(1024)}",))
    assert (reading.bits, reading.testing, reading.strict) == (1024, True, True)


def test_the_same_key_is_recognised_in_either_form() -> None:
    reading = read_key((f"v=DKIM1; k=rsa; p={KEY}",))
    assert reading.is_same_key(f"p={KEY[:60]} {KEY[60:]}; k=rsa")
    assert not reading.is_same_key(f"v=DKIM1; p={rsa_key(2048)}")


@given(st.text(max_size=200))
def test_junk_is_read_and_never_raises(text: str) -> None:
    assert read_key((text,)).fault is not None
