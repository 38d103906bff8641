"""A certificate is read whole at once, or said to be unreadable in one clause."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.certificates.chain import Chain, utc_now
from omi_core.certificates.readable import UnreadableError, from_der
from omi_core.certificates.rules import CertificateRequirements, judge
from omi_core.errors import InputError
from omi_core.names import Fqdn
from tests.unit.certificates.odd_certificates import (
    GOOD,
    NAME,
    READABLE,
    UNREADABLE,
    WITHOUT_NAMES,
    made,
    names,
)

RIGHT = made(names(GOOD))


@pytest.mark.parametrize("kind", UNREADABLE)
def test_an_odd_certificate_is_unreadable_and_nothing_else(kind: str) -> None:
    octets = UNREADABLE[kind]()
    pem = ssl.DER_cert_to_PEM_cert(octets).encode()
    for read in (lambda: from_der([octets]), lambda: Chain.parse(pem)):
        with pytest.raises(UnreadableError, match=r"^(its|no PEM certificate)") as raised:
            read()
        assert str(raised.value).isprintable()
        assert len(str(raised.value)) < 250


@pytest.mark.parametrize("kind", [*READABLE, *WITHOUT_NAMES])
def test_what_clients_take_is_judged(kind: str) -> None:
    octets = (READABLE | WITHOUT_NAMES)[kind]()
    chain = Chain(certificates=from_der([octets]))
    found = {
        one.id
        for one in judge("x", chain, CertificateRequirements(names=(Fqdn.parse(NAME),)), utc_now())
    }
    assert ("certificate-other-name" in found) is (kind in WITHOUT_NAMES)


def test_what_is_no_pem_is_bad_input_and_not_unreadable() -> None:
    with pytest.raises(InputError, match="no PEM certificate") as raised:
        Chain.parse(b"nothing of the kind")
    assert not isinstance(raised.value, UnreadableError)


@given(st.integers(0, len(RIGHT) - 1), st.integers(0, 255))
def test_one_octet_of_any_other_value_raises_nothing_else(place: int, value: int) -> None:
    octets = RIGHT[:place] + bytes([value]) + RIGHT[place + 1 :]
    try:
        chain = Chain(certificates=from_der([octets]))
    except UnreadableError:
        return
    judge("x", chain, CertificateRequirements(names=(Fqdn.parse(NAME),)), utc_now())
