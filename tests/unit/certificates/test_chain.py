"""Which names a certificate covers, and when a new one is due."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from omi_core.certificates.chain import Chain, covers, fingerprint, utc_now, why_replace
from omi_core.errors import InputError
from omi_core.names import Fqdn

KEY = ec.generate_private_key(ec.SECP256R1())
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
LIFE = timedelta(days=90)


def certificate(names: Sequence[str], common_name: str = "") -> Chain:
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(subject))
        .issuer_name(x509.Name([]))
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + LIFE)
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=True)
    return Chain(certificates=(builder.sign(KEY, hashes.SHA256()),))


@pytest.mark.parametrize(
    ("pattern", "name", "covered"),
    [
        ("smtp.itpison.com", "smtp.itpison.com", True),
        ("SMTP.itpison.com", "smtp.ITPISON.com", True),
        ("smtp.itpison.com", "smtp2.itpison.com", False),
        ("itpison.com", "smtp.itpison.com", False),
        ("smtp.itpison.com", "itpison.com", False),
        ("xn--fsqu00a.xn--g6w251d", "例子.測試", True),
        # RFC 9525 6.3: the wildcard is the whole leftmost label, and stands for exactly one.
        ("*.itpison.com", "smtp.itpison.com", True),
        ("*.ITPISON.com", "smtp.itpison.com", True),
        ("*.itpison.com", "itpison.com", False),
        ("*.itpison.com", "a.smtp.itpison.com", False),
        ("*.*.itpison.com", "a.smtp.itpison.com", False),
        ("smtp.*.com", "smtp.itpison.com", False),
        ("s*.itpison.com", "smtp.itpison.com", False),
        ("*p.itpison.com", "smtp.itpison.com", False),
        ("*", "localhost", False),
        ("*.", "localhost", False),
        ("", "localhost", False),
        ("*.com", "itpison.com", True),
    ],
)
def test_a_name_is_covered_as_rfc_9525_says(pattern: str, name: str, *, covered: bool) -> None:
    assert covers(pattern, Fqdn.parse(name)) is covered


SMTP = Fqdn.parse("smtp.itpison.com")
SMTP2 = Fqdn.parse("smtp2.itpison.com")
BOTH = ("smtp.itpison.com", "smtp2.itpison.com")


@pytest.mark.parametrize(
    ("chain", "age", "reason"),
    [
        (None, 1, "there is no certificate with its key yet"),
        (certificate(BOTH), 1, None),
        (certificate(["*.itpison.com"]), 1, None),
        (certificate(["*.itpison.com"]), 59, None),
        (certificate(BOTH[:1]), 1, "covers smtp.itpison.com, but not smtp2.itpison.com"),
        (certificate([]), 1, "covers no name, but not smtp.itpison.com, smtp2.itpison.com"),
        # RFC 9525 6.4.4: the common name counts for nothing.
        (certificate([], "smtp.itpison.com"), 1, "covers no name"),
        (certificate(BOTH), -1, "is valid only from 2026-01-01 08:00+08:00"),
        (certificate(BOTH), 61, "ends on 2026-04-01 08:00+08:00, and less than a third is left"),
        (certificate(BOTH), 100, "ends on 2026-04-01 08:00+08:00"),
    ],
)
def test_each_reason_for_a_new_certificate(
    chain: Chain | None, age: int, reason: str | None
) -> None:
    why = why_replace(chain, (SMTP, SMTP2), BEGIN + timedelta(days=age))
    if reason is None:
        assert why is None
    else:
        assert why is not None
        assert reason in why


def test_a_certificate_is_kept_until_exactly_a_third_is_left() -> None:
    limit = BEGIN + LIFE * 2 / 3
    assert why_replace(certificate(BOTH), (SMTP,), limit) is None
    assert why_replace(certificate(BOTH), (SMTP,), limit + timedelta(seconds=1)) is not None


def test_a_chain_reads_back_from_its_pem_leaf_first() -> None:
    chain = Chain(certificates=(*certificate(BOTH).certificates, *certificate([]).certificates))
    again = Chain.parse(b"some text before\n" + chain.pem)
    assert again == chain
    assert again.leaf == chain.certificates[0]
    assert again.names == BOTH


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"junk",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        certificate(BOTH).pem[:-40],
    ],
)
def test_what_is_no_chain_is_an_input_error(pem: bytes) -> None:
    with pytest.raises(InputError, match="no PEM certificate"):
        Chain.parse(pem)


def test_a_chain_is_issued_by_whose_key_signed_it() -> None:
    issuer = certificate([]).leaf
    assert certificate(BOTH).issued_by(issuer)
    assert not certificate(BOTH).issued_by(None)
    stranger = ec.generate_private_key(ec.SECP256R1())
    other = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(stranger.public_key())
        .serial_number(1)
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + LIFE)
        .sign(stranger, hashes.SHA256())
    )
    assert not certificate(BOTH).issued_by(other)


def test_a_certificate_is_valid_from_its_first_to_its_last_moment() -> None:
    """RFC 5280 4.1.2.5: both are included."""
    chain, second = certificate(BOTH), timedelta(seconds=1)
    for moment, valid in (
        (BEGIN - second, False),
        (BEGIN, True),
        (BEGIN + LIFE, True),
        (BEGIN + LIFE + second, False),
    ):
        assert chain.is_valid_at(moment) is valid


def test_a_certificate_is_known_by_the_digest_of_its_octets() -> None:
    chain = certificate(BOTH)
    der = chain.leaf.public_bytes(Encoding.DER)
    assert chain.fingerprint == chain.leaf.fingerprint(hashes.SHA256()).hex()
    assert fingerprint(der) == chain.fingerprint
    assert fingerprint(der) != fingerprint(der[:-1])


def test_the_present_is_told_in_utc() -> None:
    assert utc_now().utcoffset() == timedelta(0)


def test_a_certificate_without_names_lacks_every_wanted_one() -> None:
    assert why_replace(certificate([]), (SMTP, SMTP2), BEGIN) == (
        "the certificate covers no name, but not smtp.itpison.com, smtp2.itpison.com"
    )
    assert why_replace(certificate(BOTH), (SMTP,), BEGIN - LIFE) == (
        "the certificate is valid only from 2026-01-01 08:00+08:00"
    )
    assert why_replace(certificate(BOTH), (SMTP,), BEGIN) is None


def test_who_signs_what_he_cannot_is_no_issuer() -> None:
    """An authority whose key is of a kind that cannot have signed it."""
    stranger = ed25519.Ed25519PrivateKey.generate()
    other = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(stranger.public_key())
        .serial_number(1)
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + LIFE)
        .sign(stranger, None)
    )
    assert not certificate(BOTH).issued_by(other)
