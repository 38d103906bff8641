"""When a relay gets a new certificate, and the reason that is given."""

from datetime import timedelta
from typing import Any

import pytest

from omi_core.certificates.chain import Chain
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


ONE = chain(BOTH[0])
ENDING = chain(*BOTH, end=9 * DAY)
OTHER_ISSUER = "the certificate is from another issuer"


@pytest.mark.parametrize(
    ("chains", "changes", "reason"),
    [
        ((), {}, "there is no certificate with its key yet"),
        ((), {"kinds": None}, "there is no certificate with its key yet"),
        ((GOOD,), {"force": True}, "a new certificate is asked for by force=true"),
        (
            (ONE,),
            {},
            "the certificate covers smtp.itpison.com, but not smtp2.itpison.com",
        ),
        (
            (ENDING,),
            {},
            "the certificate ends on 2026-06-10 20:00+08:00, and less than a third is left",
        ),
        ((GOOD,), {"mark": "another"}, OTHER_ISSUER),
        (
            (GOOD,),
            {"is_under_way": True},
            "an earlier run began to issue a certificate and did not come to its end",
        ),
        (
            (GOOD,),
            {"renewals": (None, NOW + DAY, NOW - timedelta(hours=1), NOW)},
            "the CA asks to renew it from 2026-06-01 19:00+08:00 on (RFC 9773)",
        ),
        (
            (GOOD,),
            {"renewals": (NOW,)},
            "the CA asks to renew it from 2026-06-01 20:00+08:00 on (RFC 9773)",
        ),
        (
            (GOOD,),
            {"kinds": (KeyKind.RSA, KeyKind.ECDSA)},
            "the keys are P-256, and are to be P-256, RSA 2048",
        ),
        ((GOOD,), {"kinds": (KeyKind.RSA,)}, "the keys are P-256, and are to be RSA 2048"),
        ((GOOD, GOOD), {}, "the keys are P-256, P-256, and are to be P-256"),
    ],
)
def test_each_reason_is_a_sentence(
    chains: tuple[Chain, ...], changes: dict[str, Any], reason: str
) -> None:
    assert why(*chains, **changes) == reason


def test_of_several_certificates_each_is_looked_at() -> None:
    both = (KeyKind.ECDSA, KeyKind.ECDSA)
    assert why(GOOD, GOOD, kinds=both) is None
    assert why(GOOD, ENDING, kinds=both) == (
        "the certificate ends on 2026-06-10 20:00+08:00, and less than a third is left"
    )
    assert why(GOOD, renewals=(None, NOW + timedelta(seconds=1))) is None


def test_a_bought_certificate_is_replaced_when_another_is_provided_and_not_before() -> None:
    bought = chain(*BOTH, end=9 * DAY)
    assert why(bought, kinds=None) is None
    assert why(bought, kinds=None, mark="the former") == "the certificate is from another issuer"
