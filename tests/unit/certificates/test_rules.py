"""What is said of a certificate that must not be served."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from omi_core.certificates.chain import Chain
from omi_core.certificates.client_words import said_by_clients
from omi_core.certificates.rules import CertificateRequirements, judge, require_sound
from omi_core.errors import InputError
from omi_core.names import Fqdn
from tests.unit.certificates.authorities import (
    DAY,
    KEY,
    MIDDLE,
    MIDDLE_KEY,
    NOW,
    OTHER_KEY,
    ROOT,
    Made,
    chain,
    leaf,
    middle,
)

SMTP = Fqdn.parse("smtp.itpison.com")
BOTH = ("smtp.itpison.com", "smtp2.itpison.com")


def found(made: Chain, **wanted: Any) -> dict[str, str]:
    """The findings by id, with their sentences."""
    wanted = {"names": (SMTP,), "roots": (ROOT,), **wanted}
    return {
        one.id: one.text.en for one in judge("it", made, CertificateRequirements(**wanted), NOW)
    }


def test_a_sound_chain_without_a_common_name_has_nothing_wrong_with_it() -> None:
    assert found(chain(*BOTH)) == {}


@pytest.mark.parametrize(
    ("made", "because"),
    [
        (chain("smtp2.itpison.com"), "it is not among them"),
        (
            chain("*.itpison.com", "x.example"),
            None,
        ),
        (chain("*.smtp.itpison.com"), "stands for names below smtp.itpison.com and not for it"),
        (chain("*.com"), "*.com stands for exactly one label before com"),
        (chain("s*.itpison.com"), "in s*.itpison.com the wildcard is not a whole leftmost label"),
        (chain("itpison.com", subject="smtp.itpison.com"), "only its common name smtp.itpison.com"),
        (chain("www.itpison.com", subject="*.itpison.com"), "only its common name *.itpison.com"),
        (chain(subject="relay"), "it has no subjectAltName"),
        (chain(), "the certificate covers no name"),
    ],
)
def test_a_name_that_is_not_covered_is_named_with_the_reason(
    made: Chain, because: str | None
) -> None:
    said = found(made).get("certificate-other-name")
    if because is None:
        assert said is None
        return
    assert said is not None
    assert said.startswith("asked for smtp.itpison.com; the certificate covers ")
    assert "; smtp.itpison.com is not covered because " in said
    assert because in said


def test_an_intermediate_that_has_ended_is_named_although_the_leaf_is_valid() -> None:
    ended = middle(begin=-90 * DAY, end=-DAY)
    said = found(Chain(certificates=(leaf(*BOTH), ended)))
    assert list(said) == ["certificate-intermediate-expired"]
    assert "the intermediate CN=Test intermediate ended on 2026-05-31" in said.popitem()[1]


def test_a_wildcard_alone_is_warned_of() -> None:
    assert list(found(chain("*.itpison.com"))) == ["certificate-only-wildcard"]


@pytest.mark.parametrize(
    ("made", "finding", "says"),
    [
        (chain(*BOTH, end=-DAY), "certificate-expired", "ended on 2026-05-31 12:00 UTC"),
        (chain(*BOTH, begin=DAY), "certificate-not-yet-valid", "valid only from 2026-06-02"),
        (chain(*BOTH, end=9 * DAY), "certificate-ends-soon", "ends in 9 days"),
        (Chain(certificates=(leaf(*BOTH),)), "certificate-chain-incomplete", "Test intermediate"),
        (
            Chain(certificates=(leaf(*BOTH), ROOT, MIDDLE)),
            "certificate-chain-order",
            "out of order",
        ),
        (
            Chain(certificates=(MIDDLE, leaf(*BOTH))),
            "certificate-is-authority",
            "is an authority's",
        ),
        (
            Chain(certificates=(leaf(*BOTH, issuer="", signer=KEY),)),
            "certificate-self-signed",
            "signed by itself",
        ),
        (
            chain(*BOTH, usage=ExtendedKeyUsageOID.CLIENT_AUTH),
            "certificate-not-for-servers",
            "not meant for servers",
        ),
    ],
)
def test_each_fault_is_said(made: Chain, finding: str, says: str) -> None:
    assert says in found(made)[finding]


def test_a_key_of_another_certificate_is_seen() -> None:
    other = chain(*BOTH, key=OTHER_KEY).public_key
    assert list(found(chain(*BOTH), key=other)) == ["certificate-other-key"]
    assert found(chain(*BOTH), key=chain(*BOTH).public_key) == {}


def test_a_short_rsa_key_is_too_weak() -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    assert found(chain(*BOTH, key=short)) == {
        "certificate-weak": "RSA 1024 is too weak for clients of today"
    }


def test_a_chain_that_sends_the_root_too_is_fine() -> None:
    assert found(Chain(certificates=(*chain(*BOTH).certificates, ROOT))) == {}


def test_what_must_not_be_deployed_is_one_sentence() -> None:
    with pytest.raises(
        InputError, match=r"^x\.pem: asked for .*; the certificate ended on"
    ) as error:
        require_sound(
            "x.pem", chain("a.example", end=-DAY), CertificateRequirements(names=(SMTP,)), NOW
        )
    assert "\n" not in str(error.value)


def words(made: Chain) -> dict[str, str]:
    first = judge("it", made, CertificateRequirements(names=(SMTP,), roots=(ROOT,)), NOW)[0]
    return {one.client: one.words.en for one in said_by_clients(first, made, SMTP)}


def test_the_error_of_the_customers_guide_is_shown_word_for_word() -> None:
    guide = (
        "stream_socket_enable_crypto(): Peer certificate CN=`*.itpison.com' did not match"
        " expected CN=`smtp.itpison.com'"
    )
    made = chain("www.itpison.com", subject="*.itpison.com")
    assert words(made)["PHP, older"] == guide
    assert words(made)["PHP"] == (
        "stream_socket_enable_crypto(): Peer certificate subjectAltName did not match"
        " expected name `smtp.itpison.com'"
    )
    assert "Hostname mismatch" in words(made)["Python"]
    assert "target principal name is incorrect" in words(made)["Outlook"]


@pytest.mark.parametrize(
    ("subject", "php"),
    [
        ("other.example", "Peer certificate CN=`other.example' did not match expected CN="),
        ("", "Unable to locate peer certificate CN"),
    ],
)
def test_php_looks_at_the_common_name_where_there_are_no_names(subject: str, php: str) -> None:
    assert php in words(chain(subject=subject))["PHP"]


def test_php_alone_accepts_a_common_name_so_no_words_of_it_are_shown() -> None:
    assert set(words(chain(subject="smtp.itpison.com"))) == {"Python", "Outlook"}


def test_openssls_words_are_shown_for_what_it_refuses() -> None:
    assert words(chain(*BOTH, end=-DAY))["Python"].endswith("certificate has expired")
    alone = Chain(certificates=(leaf(*BOTH),))
    assert words(alone)["Python"].endswith("unable to get local issuer certificate")


OTHER_ROOT = Made(
    subject="Other root", issuer="Other root", key=OTHER_KEY, signer=OTHER_KEY, authority=True
).certificate()


def crossed(end: timedelta = 60 * DAY) -> x509.Certificate:
    """The intermediate once more, signed by another root."""
    return Made(
        subject="Test intermediate",
        issuer="Other root",
        key=MIDDLE_KEY,
        signer=OTHER_KEY,
        authority=True,
        end=end,
    ).certificate()


@pytest.mark.parametrize("roots", [(ROOT,), (OTHER_ROOT,), (ROOT, OTHER_ROOT)])
def test_a_chain_of_two_ways_is_fine_by_either_root(roots: tuple[Any, ...]) -> None:
    for sent in ((MIDDLE, crossed()), (crossed(), MIDDLE)):
        assert found(Chain(certificates=(leaf(*BOTH), *sent)), roots=roots) == {}


def test_a_cross_certificate_that_has_ended_costs_nobody_who_has_the_other_root() -> None:
    ended = Chain(certificates=(leaf(*BOTH), crossed(end=-DAY), MIDDLE))
    assert found(ended) == {}
    said = found(ended, roots=(OTHER_ROOT,))
    assert list(said) == ["certificate-intermediate-expired"]
    assert "2026-05-31" in said.popitem()[1]


def test_an_intermediate_that_has_ended_is_named_without_roots_too() -> None:
    ended = Chain(certificates=(leaf(*BOTH), middle(begin=-90 * DAY, end=-DAY)))
    assert list(found(ended, roots=None)) == ["certificate-intermediate-expired"]


def test_certificates_that_sign_each_other_in_a_ring_end() -> None:
    many = tuple(crossed() for _ in range(12))
    assert found(Chain(certificates=(leaf(*BOTH), *many, MIDDLE))) == {}
