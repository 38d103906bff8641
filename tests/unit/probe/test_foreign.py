"""Who answers in the server's place, and what has ended above a certificate."""

import ssl
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from omi_core.language import ZH_TW
from omi_core.names import Fqdn
from omi_core.probe.cell import Cell
from omi_core.probe.context import CheckContext, ProbeInputs, agreed
from omi_core.probe.observation import CellSeen, Conversation, Purpose, Step
from omi_core.probe.probe import Expectation
from omi_core.probe.rules import connection, tls
from omi_core.probe.rules.between import greeter, is_masked, masked_starttls
from omi_core.smtp.channel import TlsSeen
from omi_core.smtp.fault import Fault, FaultKind, Stage
from omi_core.smtp.listeners import Access, Security
from omi_core.smtp.reply import Reply
from omi_core.text import Text
from tests.unit.certificates.authorities import (
    DAY,
    MIDDLE_KEY,
    OTHER_KEY,
    Made,
    leaf,
    private,
)
from tests.unit.probe.conftest import Verify, problems
from tests.unit.probe.fake_smtp import NAME, Behaviour

ADDRESS = ip_address("192.0.2.25")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OLD = 10  # X509_V_ERR_CERT_HAS_EXPIRED
NO_ISSUER = 20


def context(**changes: object) -> CheckContext:
    made = {"expectation": Expectation(), "asked": ProbeInputs(), "now": NOW, **changes}
    return CheckContext(**made)  # type: ignore[arg-type]


def held(purpose: str, *, banner: str = "", **changes: object) -> Conversation:
    replies = {Step.BANNER: Reply(code=220, lines=(banner,))} if banner else {}
    made = {"replies": replies, "fault": None, "tls": None, "entries": (), "seconds": 0.1}
    return Conversation(purpose=purpose, **{**made, **changes})  # type: ignore[arg-type]


def seen(port: int, *conversations: Conversation, mode: str = "none") -> CellSeen:
    access = Access(port=port, security=Security(mode))
    cell = Cell(name=Fqdn.parse(NAME), address=ADDRESS, access=access)
    return CellSeen(cell=cell, conversations={each.purpose: each for each in conversations})


@pytest.mark.parametrize(
    ("port", "banner", "finding"),
    [
        (25, "mail.isp.example ESMTP", "banner-foreign"),
        (25, "relay.test ESMTP Postfix", None),
        (25, "RELAY.test ESMTP", None),
        (25, "Welcome", None),
        (587, "mail.isp.example ESMTP", None),
    ],
)
def test_another_greeting_on_port_25_alone_is_somebody_in_between(
    port: int, banner: str, finding: str | None
) -> None:
    usual = agreed([(ADDRESS, "relay.test"), (ADDRESS, "relay.test")])
    verdict = connection.banner(
        seen(port, held(Purpose.LOOK, banner=banner)), context(greeters=usual)
    )

    assert (verdict.finding.id if verdict.finding else None) == finding
    if verdict.finding:
        assert "something between you and the server" in verdict.finding.text.en
        assert "您與伺服器之間的設備" in verdict.finding.text.in_(ZH_TW)


def test_ports_that_do_not_agree_with_one_another_say_nothing_of_port_25() -> None:
    assert agreed([(ADDRESS, "a.example"), (ADDRESS, "b.example")]) == {}


@pytest.mark.parametrize(
    ("words", "masked"),
    [("*****2***0**", True), ("** relay.test ESMTP Postfix **", False), ("relay.test", False)],
)
def test_a_greeting_is_masked_if_it_is_mostly_asterisks(words: str, *, masked: bool) -> None:
    assert is_masked(Reply(code=220, lines=(words,))) is masked
    assert bool(greeter(Reply(code=220, lines=(words,)))) is (words == "relay.test")


@pytest.mark.parametrize(
    ("word", "masked"),
    [("XXXXXXXA", True), ("XCLIENT", False), ("XXXXXXA", False), ("XFORWARD", False)],
)
def test_a_keyword_is_a_masked_starttls_if_it_is_as_long_and_of_x(
    word: str, *, masked: bool
) -> None:
    assert bool(masked_starttls(Reply(code=250, lines=("relay.test", word)))) is masked


def trust(*certificates: object, code: int, **known: object) -> str | None:
    """The finding about a chain that OpenSSL refused with `code`."""
    der = tuple(one.public_bytes(Encoding.DER) for one in certificates)  # type: ignore[attr-defined]
    shown = TlsSeen(version="TLSv1.3", cipher="x", chain=der)
    fault = Fault(
        kind=FaultKind.UNTRUSTED, stage=Stage.TLS, detail=Text.plain("no"), verify_code=code
    )
    cell = seen(465, held(Purpose.LOOK, tls=shown), held(Purpose.VERIFIED, fault=fault), mode="tls")
    finding = tls.chain_trusted(cell, context(**known)).finding
    return finding.id if finding else None


def test_an_unknown_issuer_of_this_very_name_is_in_between_where_another_port_is_sound() -> None:
    made = leaf(NAME, issuer="Filter", signer=OTHER_KEY)

    assert trust(made, code=NO_ISSUER) == "certificate-not-trusted"
    sound = {ADDRESS: "the fingerprint of another"}
    assert trust(made, code=NO_ISSUER, leaves=sound) == "certificate-intercepted"
    other = leaf("other.example", issuer="Filter", signer=OTHER_KEY)
    assert trust(other, code=NO_ISSUER, leaves=sound) == "certificate-not-trusted"


def test_an_issuer_is_not_in_between_where_the_chain_is_refused_for_its_date() -> None:
    made = leaf(NAME, issuer="Avast", signer=OTHER_KEY)

    assert trust(made, code=OLD) == "certificate-not-trusted"


def test_an_intermediate_that_has_ended_is_named_with_its_date_at_a_listener(
    look: Verify, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    ended = Made(
        subject="Test intermediate",
        issuer="Test root",
        key=MIDDLE_KEY,
        signer=OTHER_KEY,
        authority=True,
        begin=-90 * DAY,
        end=-DAY,
        now=now,
    ).certificate()
    own = leaf(NAME, now=now)
    assert trust(own, ended, code=OLD, now=now) == "certificate-intermediate-expired"
    file = tmp_path / "chain.pem"
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in (own, ended))
    file.write_bytes(private() + pem)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)

    report = look(context=serving, tls=Behaviour())

    assert [one for one in problems(report) if one[1] == "certificate-chain"]
