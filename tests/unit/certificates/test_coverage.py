"""Why a certificate does not stand for a name, whatever its names look like."""

from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from omi_core.certificates.chain import Chain
from omi_core.certificates.coverage import common_names, is_covered, listed, why_not_covered
from omi_core.names import Fqdn
from tests.unit.certificates.authorities import DAY, KEY, NOW, name
from tests.unit.certificates.odd_certificates import der, made, names

SMTP = Fqdn.parse("smtp.itpison.com")


def with_names(*general: x509.GeneralName, subject: str = "") -> Chain:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name("Test intermediate"))
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
    )
    if general:
        builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
    return Chain(certificates=(builder.sign(KEY, hashes.SHA256()),))


def chain(*written: str, subject: str = "") -> Chain:
    return with_names(*map(x509.DNSName, written), subject=subject)


def unicode_named(*written: str) -> Chain:
    """Names in UTF-8, which a certificate may not have and some do (RFC 5280 7.2)."""
    octets = made(names(*(der(0x82, one.encode()) for one in written)))
    return Chain(certificates=(x509.load_der_x509_certificate(octets),))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (["other.example"], "it is not among them"),
        (["*.SMTP.ItPison.com"], ("*.SMTP.ItPison.com stands for names below smtp.itpison.com and"
         " not for it itself (RFC 9525 6.3)")),
        (["*.COM"], "*.COM stands for exactly one label before com (RFC 9525 6.3)"),
        (["S*.ITPISON.com"], ("in S*.ITPISON.com the wildcard is not a whole leftmost label, so it"
         " counts for nothing (RFC 9525 6.3)")),
        (["x.example", "*.com", "*.smtp.itpison.com"], ("*.com stands for exactly one label"
         " before com (RFC 9525 6.3)")),
        (["*p.itpison.com."], ("in *p.itpison.com. the wildcard is not a whole leftmost label, so"
         " it counts for nothing (RFC 9525 6.3)")),
        (["*.com."], "*.com. stands for exactly one label before com (RFC 9525 6.3)"),
        (["s*.other.example"], "it is not among them"),
        (["*.son.com"], "it is not among them"),
        (["smtp*"], "it is not among them"),
    ],
)  # fmt: skip
def test_the_nearest_miss_is_named_in_any_case(written: list[str], why: str) -> None:
    assert why_not_covered(chain(*written), SMTP).en == why
    assert not is_covered(chain(*written), SMTP)


def test_a_name_in_unicode_is_named_with_what_must_stand_there() -> None:
    asked = Fqdn.parse("smtp.bücher.example")
    odd = unicode_named("x.example", "smtp.bücher.example")
    assert not is_covered(odd, asked)
    assert why_not_covered(odd, asked).en == (
        "smtp.bücher.example is written in Unicode; a certificate must say"
        " smtp.xn--bcher-kva.example (RFC 9525 2.2)"
    )
    assert why_not_covered(odd, SMTP).en == "it is not among them"
    assert why_not_covered(unicode_named("b ü.example"), asked).en == "it is not among them"
    assert is_covered(chain("smtp.xn--bcher-kva.example"), asked)


def test_a_common_name_that_would_fit_is_named_and_another_is_not() -> None:
    for subject in ("smtp.itpison.com", "*.itpison.com", "SMTP.itpison.com"):
        assert why_not_covered(chain(subject=subject), SMTP).en == (
            f"only its common name {subject} would fit, and clients look at subjectAltName alone"
            " (RFC 9525 6.4)"
        )
    no_names = "it has no subjectAltName, and clients look nowhere else (RFC 9525 6.4)"
    assert why_not_covered(chain(subject="other.example"), SMTP).en == no_names
    assert why_not_covered(chain(), SMTP).en == no_names
    assert common_names(chain(subject="a.example")) == ("a.example",)
    assert common_names(chain("a.example")) == ()


def test_mixed_case_covers() -> None:
    assert is_covered(chain("x.example", "Smtp.ItPison.COM"), SMTP)
    assert is_covered(chain("*.ItPison.COM"), SMTP)


def test_what_is_covered_is_listed_with_its_addresses() -> None:
    addresses = [x509.IPAddress(ip_address(one)) for one in ("192.0.2.1", "2001:db8::1")]
    both = with_names(x509.DNSName("a.example"), *addresses, x509.DNSName("*.b.example"))
    assert listed(both).en == "a.example, *.b.example, 192.0.2.1, 2001:db8::1"
    assert listed(with_names(*addresses)).en == "192.0.2.1, 2001:db8::1"
    assert not is_covered(with_names(x509.DNSName("192.0.2.1")), SMTP)


def test_what_covers_no_name_is_shown_by_its_subject() -> None:
    assert listed(chain(subject="relay")).en == "no name (subject CN=relay)"
    assert listed(chain()).en == "no name"
