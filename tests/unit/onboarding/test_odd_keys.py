"""Whatever stands in place of a key is a finding in both languages, at either end of the CNAME."""

import base64

import pytest

from omi_core.dns.txt import Txt
from omi_core.language import ZH_TW
from omi_core.mailauth.dkim.reading import KeyFault, read_key
from tests.unit.mailauth.test_hostile_records import ODD_KEYS
from tests.unit.onboarding.tree import RIGHT, Tree

SELECTOR = "omi1._domainkey"
BEHIND = "omi1.shop.example.dkim.relay.example"
FAULTS = {
    "v=DKIM1; p=": KeyFault.REVOKED,
    "v=DKIM1; k=rsa; p=  ;": KeyFault.REVOKED,
    "v=DKIM1; p=AAAA": KeyFault.NO_KEY,
    "v=DKIM1; k=ed25519; p=AAAA": KeyFault.NO_KEY,
    "v=DKIM1; k=rsa": KeyFault.UNREADABLE,
    "v=DKIM1; p=A": KeyFault.UNREADABLE,
    "v=DKIM1; p=AAAA; p=AAAA": KeyFault.UNREADABLE,
    "v=DKIM1; k=gost; p=AAAA": KeyFault.OTHER_ALGORITHM,
    "v=DKIM1; k={old}; p=AAAA": KeyFault.OTHER_ALGORITHM,
    "v=DKIM2; p=AAAA": KeyFault.UNREADABLE,
    **{
        f"v=DKIM1; k=rsa; p={base64.b64encode(ODD_KEYS[kind]).decode()}": KeyFault.NO_KEY
        for kind in ("unknown OID", "GOST 2001", "unknown curve", "P-256")
    },
}


def _operator(tree: Tree, text: str) -> str:
    return tree.operator().replace(str(Txt.of(tree.key)), str(Txt.of(text)))


@pytest.mark.parametrize("text", FAULTS)
def test_an_odd_key_of_the_operators_is_named(tree: Tree, text: str) -> None:
    tree.root.hold("relay.example", _operator(tree, text))
    _is_named(tree, text, BEHIND)


@pytest.mark.parametrize("text", FAULTS)
def test_an_odd_key_at_the_selector_is_named(tree: Tree, text: str) -> None:
    tree.publish([*(each for each in RIGHT if each[0] != SELECTOR), (SELECTOR, "TXT", text)])
    _is_named(tree, text, f"{SELECTOR}.shop.example")


def _is_named(tree: Tree, text: str, subject: str) -> None:
    fault = FAULTS[text]
    assert read_key((text,)).fault is fault
    report = tree.look()
    [finding] = [each for each in report.findings if each.subject == subject]
    assert finding.id == ("key-revoked" if fault is KeyFault.REVOKED else "key-unusable")
    for words in (finding.text, finding.observed, finding.remedy):
        assert words.en
        assert words.in_(ZH_TW)
    assert text[:40] in finding.observed.en
    assert report.exit_code == 1
