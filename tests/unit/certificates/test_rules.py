"""What is said of a certificate that must not be served."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from omi_core.certificates.chain import Chain
from omi_core.certificates.client_words import said_by_clients
from omi_core.certificates.paths import paths
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


@pytest.mark.parametrize(
    "names",
    [
        ("*.itpison.com",),
        ("x.example", "*.itpison.com"),
        ("*.itpison.com", "itpison.com", "smtp2.itpison.com"),
        ("*.x.example", "*.itpison.com"),
    ],
)
def test_a_name_that_only_a_wildcard_covers_is_warned_of(names: tuple[str, ...]) -> None:
    assert found(chain(*names)) == {
        "certificate-only-wildcard": (
            "smtp.itpison.com is covered by a wildcard only, which some clients refuse"
            " (the guide, section 3.4)"
        )
    }


def test_a_name_that_stands_there_itself_is_fine_beside_a_wildcard() -> None:
    for names in (("*.itpison.com", "smtp.itpison.com"), ("SMTP.itpison.com", "*.itpison.com")):
        assert found(chain(*names)) == {}


@pytest.mark.parametrize(
    ("made", "finding", "says"),
    [
        (chain(*BOTH, end=-DAY), "certificate-expired", "ended on 2026-05-31 20:00+08:00"),
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


@pytest.mark.parametrize(
    ("made", "expected", "observed"),
    [
        (chain("*.itpison.com"), "smtp.itpison.com in subjectAltName, written out",
         "*.itpison.com"),
        (chain("x.example", "y.example"), "smtp.itpison.com in subjectAltName",
         "x.example, y.example"),
        (chain(*BOTH, end=-DAY), "an end in the future",
         "valid from 2026-05-02 20:00+08:00 to 2026-05-31 20:00+08:00"),
        (chain(*BOTH, begin=DAY), "a begin in the past",
         "valid from 2026-06-02 20:00+08:00 to 2026-07-31 20:00+08:00"),
        (chain(*BOTH, end=9 * DAY), "at least 13 days left", "it ends on 2026-06-10 20:00+08:00"),
        (Chain(certificates=(leaf(*BOTH),)),
         "every intermediate up to a root that clients trust", "smtp.itpison.com"),
        (Chain(certificates=(leaf(*BOTH), ROOT, MIDDLE)),
         "the leaf first, then each issuer: smtp.itpison.com > CN=Test intermediate > CN=Test root",
         "smtp.itpison.com > CN=Test root > CN=Test intermediate"),
        (Chain(certificates=(leaf(*BOTH, issuer="", signer=KEY),)),
         "an issuer that clients trust", "(no name)"),
        (Chain(certificates=(leaf(*BOTH, issuer="me", subject="me", signer=KEY),)),
         "an issuer that clients trust", "CN=me"),
        (chain(*BOTH, usage=ExtendedKeyUsageOID.CLIENT_AUTH), "serverAuth among its purposes",
         "clientAuth"),
        (Chain(certificates=(leaf(*BOTH), middle(begin=-90 * DAY, end=-DAY))),
         "intermediates that are valid today", "smtp.itpison.com > CN=Test intermediate"),
        (chain(*BOTH, authority=True), "the leaf first", "smtp.itpison.com"),
    ],
)  # fmt: skip
def test_each_fault_shows_what_was_seen_and_what_would_be_right(
    made: Chain, expected: str, observed: str
) -> None:
    wanted = CertificateRequirements(names=(SMTP,), roots=(ROOT,))
    [one] = judge("smtp1:465", made, wanted, NOW)
    assert (one.subject, one.expected.en, one.observed.en) == ("smtp1:465", expected, observed)


def test_a_certificate_is_warned_of_in_time_for_its_length_of_life() -> None:
    def ends(begin: int, end: timedelta) -> list[str]:
        return list(found(chain(*BOTH, begin=-begin * DAY, end=end)))

    second = timedelta(seconds=1)
    assert ends(300, 14 * DAY) == []
    assert ends(300, 14 * DAY - second) == ["certificate-ends-soon"]
    assert ends(4, 2 * DAY) == []  # a third of six days
    assert ends(4, 2 * DAY - 2 * second) == ["certificate-ends-soon"]
    assert ends(300, 0 * DAY) == ["certificate-ends-soon"]
    assert ends(300, -second) == ["certificate-expired"]
    assert found(chain(*BOTH, end=9 * DAY), days=5) == {}


def test_a_certificate_is_valid_from_its_first_second_on() -> None:
    assert found(chain(*BOTH, begin=0 * DAY)) == {}
    assert list(found(chain(*BOTH, begin=timedelta(seconds=1)))) == ["certificate-not-yet-valid"]


def test_a_certificate_signed_by_itself_is_fine_for_whom_it_is_a_root() -> None:
    own = leaf(*BOTH, issuer="", signer=KEY)
    assert found(Chain(certificates=(own,)), roots=(own,)) == {}
    assert list(found(Chain(certificates=(own,)), roots=None)) == ["certificate-self-signed"]


def test_each_name_is_judged_by_itself() -> None:
    smtp2 = Fqdn.parse("smtp2.itpison.com")
    said = judge("it", chain("*.itpison.com"), CertificateRequirements(names=(SMTP, smtp2)), NOW)
    assert [one.expected.en.split()[0] for one in said] == [SMTP.relative, smtp2.relative]


def test_a_key_of_rsa_is_strong_from_2048_bits_on() -> None:
    long = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert found(chain(*BOTH, key=long)) == {}


def test_a_certificate_without_purposes_serves_every_one() -> None:
    assert found(chain(*BOTH, usage=None)) == {}
    assert found(chain(*BOTH, usage=ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)) == {}


def test_a_key_of_another_certificate_is_shown_by_its_fingerprint() -> None:
    made = chain(*BOTH)
    [one] = judge("it", made, CertificateRequirements(key=b"x"), NOW)
    own = sha256(made.public_key).hexdigest()[:16]
    assert (one.subject, one.expected.en) == ("it", f"public key {own}")
    assert one.observed.en == "public key 2d711642b726b044"


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


def long_chain(length: int) -> tuple[x509.Certificate, ...]:
    """A leaf under so many authorities, each signed by the next."""
    keys = [KEY, *(ec.generate_private_key(ec.SECP256R1()) for _ in range(length))]
    names = ["", *(f"Authority {number}" for number in range(length))]
    return tuple(
        Made(
            subject=names[at],
            issuer=names[at + 1],
            key=keys[at],
            signer=keys[at + 1],
            names=BOTH if at == 0 else (),
            authority=at > 0,
        ).certificate()
        for at in range(length)
    )


def test_a_way_has_ten_certificates_at_most_as_openssl_has_it() -> None:
    for sent, gone in ((9, 9), (10, 10), (13, 10)):
        longest = max(paths(long_chain(sent), None), key=lambda one: len(one.certificates))
        assert len(longest.certificates) == gone


def test_of_ways_without_number_sixty_four_are_looked_at() -> None:
    twins = tuple(middle() for _ in range(70))
    assert len(paths((leaf(*BOTH), *twins), None)) == 64
    assert len(paths((leaf(*BOTH), *twins[:5]), None)) == 6


def test_every_purpose_of_a_certificate_is_named() -> None:
    both = x509.ExtendedKeyUsage(
        [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.CODE_SIGNING]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(MIDDLE.subject)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(NOW - 30 * DAY)
        .not_valid_after(NOW + 60 * DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(BOTH[0])]), critical=True)
        .add_extension(both, critical=False)
    )
    made = Chain(certificates=(builder.sign(MIDDLE_KEY, hashes.SHA256()), MIDDLE))
    [one] = judge("it", made, CertificateRequirements(names=(SMTP,)), NOW)
    assert one.observed.en == "clientAuth, codeSigning"
