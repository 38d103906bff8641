"""When a relay gets a new certificate, and the reason that is given."""

from datetime import timedelta
from typing import Any

import pytest

from omi_core.certificates.decision import HeldCertificates, Standard, why_issue
from omi_core.inventory.issuers import KeyKind
from omi_core.names import Fqdn
from tests.unit.certificates.authorities import DAY, NOW, chain

NAMES = (Fqdn.parse("smtp.itpison.com"), Fqdn.parse("smtp2.itpison.com"))
BOTH = tuple(name.relative for name in NAMES)
GOOD = chain(*BOTH)


def why(*chains: Any, mark: str = "ca", **changes: Any) -> str | None:
    standard = {"names": NAMES, "kinds": (KeyKind.ECDSA,), "mark": "ca", **changes}
    return why_issue(HeldCertificates(chains=chains, mark=mark), Standard(**standard), NOW)


def test_a_sound_certificate_stays() -> None:
    assert why(GOOD) is None
    assert why(GOOD, renewals=(NOW + DAY,)) is None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (why(), "there is no certificate"),
        (why(GOOD, force=True), "force=true"),
        (why(chain(BOTH[0])), "but not smtp2.itpison.com"),
        (why(chain(*BOTH, end=9 * DAY)), "less than a third is left"),
        (why(GOOD, mark="another"), "from another issuer"),
        (why(GOOD, is_under_way=True), "did not come to its end"),
        (why(GOOD, renewals=(NOW - timedelta(hours=1),)), "the CA asks to renew it from"),
        (why(GOOD, kinds=(KeyKind.ECDSA, KeyKind.RSA)), "are to be P-256, RSA 2048"),
        (why(GOOD, kinds=(KeyKind.RSA,)), "the keys are P-256, and are to be RSA 2048"),
    ],
)
def test_each_reason_is_a_sentence(said: str | None, reason: str) -> None:
    assert said is not None
    assert reason in said


def test_a_bought_certificate_is_replaced_when_another_is_provided_and_not_before() -> None:
    bought = chain(*BOTH, end=9 * DAY)
    assert why(bought, kinds=None) is None
    assert why(bought, kinds=None, mark="the former") == "the certificate is from another issuer"
