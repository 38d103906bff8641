"""What receivers may not take is refused at once: addresses that are not ASCII."""

import secrets

import pytest

from lab import mailbox
from tests.lab.relay_client import ALICE, BOB, DOORS, RECIPIENT, RELAYS, Door, Session, mail
from tests.lab.relay_run import Control

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]


@pytest.mark.parametrize("door", DOORS, ids=str)
@pytest.mark.parametrize("relay", RELAYS)
def test_no_door_offers_smtputf8(control: Control, relay: str, door: Door) -> None:
    with Session(control.site, relay, door) as session:
        session.hello()
        assert "SMTPUTF8" not in "".join(session.said)


def test_a_mail_that_asks_for_smtputf8_is_refused_before_it_is_sent(control: Control) -> None:
    """Even one that would not need it: the receiver would refuse it after our 250."""
    with Session(control.site, "smtp") as session:
        reply = session.ready().ask(f"MAIL FROM:<{ALICE.sender}> SMTPUTF8")
    assert str(reply) == "555 5.5.4 Unsupported option: SMTPUTF8"


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        ("小明@news.example", RECIPIENT),
        ("bob@新聞.example", RECIPIENT),
        (BOB.sender, "小明@inbox.example"),
        (BOB.sender, "a@郵件.example"),
    ],
)
def test_an_address_that_is_not_ascii_is_refused_at_once(
    control: Control, sender: str, recipient: str
) -> None:
    with Session(control.site, "smtp2") as session:
        reply = session.ready(BOB).envelope(sender, recipient)
    assert reply.code // 100 == 5, reply
    assert reply.code != 555


def sent(control: Control, old: str, new: str) -> tuple[str, mailbox.Received | None]:
    """Send a mail with another header field; return the reply, and how it arrived."""
    token = secrets.token_hex(8)
    with Session(control.site, "smtp") as session:
        assert session.ready().envelope(ALICE.sender).code == 250
        octets = mail(ALICE.sender, token)
        assert old.encode() in octets
        reply = session.data(octets.replace(old.encode(), new.encode(), 1))
    arrived = mailbox.wait_for(control.site, RECIPIENT, token) if reply.code == 250 else None
    return str(reply), arrived


def test_a_domain_in_a_header_arrives_in_a_labels_and_names_as_they_were(control: Control) -> None:
    _, received = sent(control, f"To: <{RECIPIENT}>", "To: 小明 <ming@bücher.example>")
    assert received
    assert received.octets.isascii()
    [to] = received.message["To"].addresses
    assert (to.display_name, to.addr_spec) == ("小明", "ming@xn--bcher-kva.example")
    assert received.verdict.is_pass


def test_a_local_part_in_a_header_that_is_not_ascii_is_refused_by_name(control: Control) -> None:
    reply, _ = sent(control, f"To: <{RECIPIENT}>", "To: 小明@inbox.example")
    assert reply.startswith("550 5.6.0 the To header cannot be sent on: it holds an address that")


def test_an_author_whose_domain_is_not_ascii_is_refused_with_a_sentence(control: Control) -> None:
    reply, _ = sent(control, f"From: <{ALICE.sender}>", "From: 小明 <ming@bücher.example>")
    assert reply.startswith("550 5.7.1 the From header holds ")
