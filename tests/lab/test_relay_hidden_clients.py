"""With `hide_clients`, nothing that arrives says where a customer sent it from."""

import re
from collections.abc import Iterator

import pytest

from lab import mailbox, plan
from tests.lab.relay_client import ALICE, DOORS, RECIPIENT, Door, Session
from tests.lab.relay_run import LAB, Control

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

RELAY = "smtp2"
OWN = """Received: from desk.office.lan (desk.office.lan [10.1.2.3])
	by gateway.office.lan (Postfix) with ESMTPA id 4XyZ; Mon, 05 Jan 2026 16:00:00 +0800
Received: by 10.9.8.7 with SMTP id alice
Received: from forged.office.lan ([10.5.5.5])
	by smtp2.itpison.com (Postfix) with ESMTPSA id 4XyZ; Mon, 05 Jan 2026 16:00:00 +0800
"""
CLIENT = plan.host("client")
TELLING = (CLIENT.ipv4, CLIENT.ipv6, CLIENT.fqdn, ALICE.login, "office.lan", "10.", "+0800")


@pytest.fixture(scope="module")
def hiding(control: Control, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Control]:
    """The relays with the setting; afterwards they are as the checkout says."""
    checkout = control.copy(tmp_path_factory.mktemp("hiding") / "checkout")
    checkout.edit(LAB, "plaintext_auth=True,", "plaintext_auth=True, hide_clients=True,")
    checkout.deploy()
    yield checkout
    control.deploy()


def sent(
    hiding: Control, door: Door, *, headers: str, family: int = 4
) -> tuple[mailbox.Received, str]:
    """Send a mail; return it as it arrived, and the id that the relay gave it."""
    with Session(hiding.site, RELAY, door, family) as session:
        reply, token = session.ready().send(headers=headers)
        assert reply.code == 250, reply
        session.ask("QUIT")
    return mailbox.wait_for(hiding.site, RECIPIENT, token), reply.lines[0].split()[-1]


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("door", DOORS, ids=str)
def test_nothing_of_the_client_arrives(hiding: Control, door: Door, family: int) -> None:
    received, _ = sent(hiding, door, headers=OWN, family=family)
    head = received.octets.partition(b"\nDKIM-Signature:")
    told = (head[0] + re.sub(rb"b=[^;]*", b"", head[2])).decode()
    assert [each for each in TELLING if each in told] == []
    assert received.verdict.is_pass


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_the_relay_says_that_it_took_the_mail_and_under_which_id(
    hiding: Control, door: Door
) -> None:
    received, number = sent(hiding, door, headers="")
    _, own = received.message.get_all("Received", [])
    name = re.escape(plan.host(RELAY).fqdn)
    protocol = "ESMTPA" if door.security == "plain" else "ESMTPSA"
    said = rf"from {name} by {name} \(Postfix\) with {protocol} id {number} for <{RECIPIENT}>; .+"
    assert re.fullmatch(said, " ".join(str(own).split()))


def test_every_line_is_still_counted_and_says_when(hiding: Control) -> None:
    received, _ = sent(hiding, DOORS[0], headers=OWN)
    lines = [" ".join(str(each).split()) for each in received.message.get_all("Received", [])]
    assert len(lines) == 5
    assert lines[2].startswith("(trimmed by smtp2.itpison.com); Mon, 05 Jan 2026 08:00:00 +0000")


def test_a_mail_that_went_round_too_often_is_refused(hiding: Control) -> None:
    hop = "Received: (trimmed by smtp2.itpison.com); Mon, 05 Jan 2026 08:00:00 +0000\n"
    with Session(hiding.site, RELAY) as session:
        assert session.ready().send(headers=hop * 48)[0].code == 250
        reply, _ = session.send(headers=hop * 51)
    assert str(reply) == "554 5.4.0 Error: too many hops"


def test_a_mail_that_is_attached_stays_as_it_is(hiding: Control) -> None:
    headers = f"Content-Type: message/rfc822\n\n{OWN}From: a@b.example\nSubject: x"
    received, _ = sent(hiding, DOORS[0], headers=headers)
    assert OWN.encode() in received.octets
    assert received.verdict.is_pass


def test_what_a_customer_is_told_of_his_mail_hides_him_as_well(hiding: Control) -> None:
    with Session(hiding.site, RELAY) as session:
        reply, token = session.ready().send(headers=OWN, recipient="refuse@inbox.example")
        assert reply.code == 250
    received = mailbox.wait_for(hiding.site, ALICE.sender, token)
    assert not [each for each in TELLING[:-1] if each in received.octets.decode()]
    assert received.verdict.is_pass
