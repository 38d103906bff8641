"""Mails that once arrived broken, through the real chain, to a receiver that takes seven bits."""

from collections.abc import Iterator

import pytest

from lab import mailbox
from lab.site import Site
from tests.known_mails import KNOWN_MAILS, KnownMail, first_text, mailboxes
from tests.lab.relay_client import BOB, RECIPIENT, Session
from tests.lab.relay_run import Control, shell
from tests.lab.relay_verifier import Verifier, as_received

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

RECEIVER = "mx"
TAKEN = [each for each in KNOWN_MAILS if not each.refused]
REFUSED = [each for each in KNOWN_MAILS if each.refused]


@pytest.fixture(scope="module")
def seven_bits(control: Control) -> Iterator[Site]:
    """The receiver offers neither 8BITMIME nor SMTPUTF8 (RFC 6152, RFC 6531)."""
    words = "smtpd_discard_ehlo_keywords=8bitmime,smtputf8,silent-discard"
    shell(control.site, RECEIVER, f"postconf -e {words}; postfix reload")
    yield control.site
    shell(control.site, RECEIVER, "postconf -X smtpd_discard_ehlo_keywords; postfix reload")


@pytest.fixture(scope="module")
def replies(seven_bits: Site) -> dict[str, str]:
    return {each.name: sent(seven_bits, each) for each in KNOWN_MAILS}


def sent(place: Site, known: KnownMail) -> str:
    """Send it as bob, with a mark of its own that the mailbox is searched for."""
    with Session(place, "smtp2") as session:
        session.ready(BOB)
        assert session.envelope(BOB.sender).code == 250
        return str(session.data(f"X-Known-Mail: {known}\r\n".encode() + known.octets))


@pytest.mark.parametrize("known", TAKEN, ids=str)
def test_a_mail_that_can_be_made_right_arrives_signed_and_as_it_was_meant(
    seven_bits: Site, replies: dict[str, str], known: KnownMail
) -> None:
    assert replies[known.name].startswith("250 ")
    received = mailbox.wait_for(seven_bits, RECIPIENT, f"X-Known-Mail: {known}\n")
    assert received.verdict.is_pass
    assert Verifier().is_pass(received.octets)
    assert {name: mailboxes(received.octets, name) for name in known.shows} == known.shows
    assert known.content in {None, first_text(received.octets)}
    assert as_received(received.octets).partition(b"\r\n\r\n")[0].isascii()


@pytest.mark.parametrize("known", REFUSED, ids=str)
def test_a_mail_that_cannot_is_refused_for_good_with_what_was_read(
    replies: dict[str, str], known: KnownMail
) -> None:
    assert replies[known.name].startswith(known.refused)
