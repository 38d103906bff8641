"""Certificates whose signatures can be forged. Today's libraries make none: those here are stored.

Made once by OpenSSL (`x509 -req -sha1`, `-md5`), for smtp.itpison.com, valid for a hundred years.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from omi_core.certificates.chain import Chain
from omi_core.certificates.rules import CertificateRequirements, judge
from omi_core.names import Fqdn

STORED = Path(__file__).parent / "weak"
SMTP = Fqdn.parse("smtp.itpison.com")
NOW = datetime(2027, 1, 1, tzinfo=UTC)


def found(*files: str) -> dict[str, tuple[str, str]]:
    certificates = tuple(
        one for file in files for one in Chain.parse((STORED / file).read_bytes()).certificates
    )
    wanted = CertificateRequirements(names=(SMTP,))
    said = judge("it", Chain(certificates=certificates), wanted, NOW)
    return {one.id: (one.text.en, one.observed.en) for one in said}


@pytest.mark.parametrize("digest", ["sha1", "md5"])
def test_a_broken_digest_is_too_weak(digest: str) -> None:
    words = f"{digest.upper()} is too weak for clients of today"
    assert found(f"{digest}.pem") == {"certificate-weak": (words, "smtp.itpison.com")}


def test_a_sound_digest_is_not() -> None:
    assert found("sha256.pem") == {}


def test_nobody_checks_the_signature_of_a_root_by_itself() -> None:
    assert "certificate-weak" not in found("root-sha1.pem")
