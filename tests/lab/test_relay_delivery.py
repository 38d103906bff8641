"""Four ways in, both relays, both address families: an independent receiver judges each mail."""

import secrets
import time

import pytest

from lab import mailbox, plan
from lab.site import Site
from tests.lab.relay_client import (
    ALICE,
    BOB,
    DOORS,
    RECIPIENT,
    RELAYS,
    Door,
    Session,
    deliver,
    mail,
)
from tests.lab.relay_run import Control

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("door", DOORS, ids=str)
@pytest.mark.parametrize("relay", RELAYS)
def test_a_mail_arrives_with_spf_dkim_and_dmarc_passed(
    control: Control, relay: str, door: Door, family: int
) -> None:
    received = deliver(control.site, relay, door, family=family)
    assert str(received.verdict) == "spf=pass dkim=pass dmarc=pass"


def test_every_customer_is_signed_for_by_his_own_key(control: Control) -> None:
    for account in (ALICE, BOB):
        received = deliver(control.site, "smtp", account=account)
        signature = str(received.message["DKIM-Signature"])
        domain = account.sender.partition("@")[2]
        assert f"d={domain};" in signature
        assert "s=omi1;" in signature
        assert received.verdict.is_pass


def direct(place: Site, octets: bytes) -> None:
    """Give a mail to the receiver as any stranger could."""
    with Session(place, "mx", Door(25, "plain")) as session:
        session.hello()
        assert session.envelope(ALICE.sender).code == 250
        assert session.data(octets).code == 250


def test_the_judge_fails_a_mail_that_did_not_come_through_a_relay(control: Control) -> None:
    token = secrets.token_hex(8)
    direct(control.site, mail(ALICE.sender, token))
    verdict = mailbox.wait_for(control.site, RECIPIENT, token).verdict
    assert verdict.spf != "pass"
    assert verdict.dkim != "pass"
    assert verdict.dmarc != "pass"


def test_the_judge_fails_a_signed_mail_that_was_changed_on_its_way(control: Control) -> None:
    original = deliver(control.site, "smtp")
    token = secrets.token_hex(8)
    octets = original.octets.replace(b"A mail of the tests.", f"A changed mail {token}.".encode())
    _, _, signed = octets.partition(b"DKIM-Signature:")
    crlf = (b"DKIM-Signature:" + signed).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    direct(control.site, crlf.removesuffix(b"\r\n"))
    verdict = mailbox.wait_for(control.site, RECIPIENT, token).verdict
    assert verdict.dkim == "fail"
    assert not verdict.is_pass


def test_the_judge_passes_that_signed_mail_when_nothing_was_changed(control: Control) -> None:
    """Otherwise the test above would show nothing."""
    original = deliver(control.site, "smtp")
    _, _, signed = original.octets.partition(b"DKIM-Signature:")
    crlf = (b"DKIM-Signature:" + signed).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    before = {received.path for received in mailbox.messages(control.site)}
    direct(control.site, crlf.removesuffix(b"\r\n"))
    again = wait_for_another(control.site, before)
    assert again.verdict.dkim == "pass"
    assert again.verdict.spf != "pass"


def wait_for_another(place: Site, before: set[object]) -> mailbox.Received:
    for _ in range(300):
        for received in mailbox.messages(place):
            if received.path not in before:
                return received
        time.sleep(0.05)
    raise AssertionError("nothing came")


def test_what_a_client_says_of_its_own_way_arrives_as_it_is(control: Control) -> None:
    """Unless the inventory hides clients."""
    trace = "Received: from desk.office.lan ([10.1.2.3]) by gw; Mon, 05 Jan 2026 16:00:00 +0800"
    with Session(control.site, "smtp") as session:
        reply, token = session.ready().send(headers=trace)
        assert reply.code == 250, reply
    assert trace.encode() in mailbox.wait_for(control.site, RECIPIENT, token).octets


def test_mail_leaves_from_the_addresses_that_spf_names(control: Control) -> None:
    for relay in RELAYS:
        received = deliver(control.site, relay)
        trace = str(received.message.get_all("Received")[0])
        host = plan.host(relay)
        assert host.ipv4 in trace or host.ipv6 in trace
        assert f"from {host.fqdn}" in trace


def test_socket_on_speaks_from_the_client_host(control: Control) -> None:
    """What the tests call the client host is one: the relay sees its address."""
    received = deliver(control.site, "smtp")
    first = str(received.message.get_all("Received")[-1])
    assert plan.host("client").ipv4 in first
