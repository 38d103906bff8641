"""What a relay itself says, in bounces and notices, is signed by the operator's zone.

Two verifiers judge that share no code: rspamd at the receiver, and dkimpy here.
"""

import secrets

import dkim
import dns.resolver
import pytest

from lab import mailbox, plan
from lab.site import Site
from tests.lab.relay_client import ALICE, RECIPIENT, RELAYS, Session, mail
from tests.lab.relay_run import Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

REFUSED = "refuse@inbox.example"
POSTMASTER = "postmaster@inbox.example"


def bounced(site: Site, relay: str) -> str:
    """Send a mail that the receiver refuses; return its token."""
    with Session(site, relay) as session:
        reply, token = session.ready().send(recipient=REFUSED)
        assert reply.code == 250, reply
    return token


def assert_is_the_operators(received: mailbox.Received, relay: str) -> None:
    assert str(received.verdict) == "spf=pass dkim=pass dmarc=pass"
    [signature] = received.message.get_all("DKIM-Signature", [])
    assert "d=itpison.com;" in str(signature)
    assert str(received.message["From"]).split("@")[1].startswith(f"{relay}.itpison.com")
    octets = received.octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")  # a mailbox has LF
    assert dkim.verify(octets, dnsfunc=key)


def key(name: bytes, timeout: int = 5) -> bytes:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [plan.ipv4(plan.RESOLVER)]
    return b"".join(resolver.resolve(name.decode(), "TXT", lifetime=timeout)[0].strings)


@pytest.mark.parametrize("relay", RELAYS)
def test_a_bounce_arrives_signed_and_passes_dmarc(control: Control, relay: str) -> None:
    token = bounced(control.site, relay)
    received = mailbox.wait_for(control.site, ALICE.sender, token)
    assert received.message.get_content_type() == "multipart/report"
    assert received.message["Return-Path"] == "<>"
    assert_is_the_operators(received, relay)


def test_what_root_sends_from_a_relay_arrives_signed(control: Control) -> None:
    token = secrets.token_hex(8)
    shell(control.site, "smtp2", f"printf 'Subject: {token} été\\n\\nx\\n' | sendmail {RECIPIENT}")
    received = mailbox.wait_for(control.site, RECIPIENT, token)
    assert received.message["Subject"] == f"{token} été"
    assert_is_the_operators(received, "smtp2")


def test_a_notice_to_the_postmaster_arrives_signed(damaged: Control) -> None:
    """By default there is one only of trouble; here, of a sender that is not the account's."""
    shell(damaged.site, "smtp2", "postconf -e notify_classes=policy; postfix reload; sleep 1")
    token = f"{secrets.token_hex(8)}@shop.example"
    with Session(damaged.site, "smtp2") as session:
        assert session.ready().envelope(token).code == 553
        session.ask("QUIT")
    received = mailbox.wait_for(damaged.site, POSTMASTER, token)
    assert_is_the_operators(received, "smtp2")


HELD = "postconf -e defer_transports=smtp; postfix reload; sleep 1"
LET_GO = "postconf -X defer_transports; postfix reload; sleep 1; postqueue -f"
BOUNCE_FAILED = """
for attempt in $(seq 100); do
    if journalctl -o cat --since "-1min" -g "$1: status=deferred .bounce failed."; then exit 0; fi
    sleep 0.2
done
exit 1
"""
LOSSES = {
    "stopped signer": "systemctl stop rspamd",
    "stopped policy daemon": "systemctl stop omi-policy.socket omi-policy.service",
    "lost key": "rm /etc/omi/dkim/itpison.com.omi1.key",
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_bounce_that_cannot_be_signed_waits_and_is_not_lost(damaged: Control, loss: str) -> None:
    site = damaged.site
    shell(site, "smtp2", HELD)
    with Session(site, "smtp2") as session:
        reply, token = session.ready().send(recipient=REFUSED)
    number = reply.lines[0].rpartition(" ")[2]
    shell(site, "smtp2", f"{loss}; {LET_GO}")
    shell(site, "smtp2", f"set -- {number}{BOUNCE_FAILED}")
    assert not [each for each in mailbox.messages(site, ALICE.sender) if token in str(each.octets)]
    damaged.deploy()
    shell(site, "smtp2", "postqueue -f")
    assert_is_the_operators(mailbox.wait_for(site, ALICE.sender, token), "smtp2")


@pytest.mark.parametrize("sender", [ALICE.sender, ""], ids=["own sender", "null sender"])
@pytest.mark.parametrize(
    "author",
    [
        "MAILER-DAEMON@smtp.itpison.com",
        "MAILER-DAEMON@SMTP.ITPISON.COM (Mail Delivery System)",
        "root@smtp2.itpison.com",
        "postmaster@itpison.com",
        f'"postmaster@itpison.com" <{ALICE.sender}>',
    ],
)
def test_no_customer_speaks_as_the_operator(control: Control, author: str, sender: str) -> None:
    token = secrets.token_hex(8)
    with Session(control.site, "smtp") as session:
        assert session.ready().envelope(sender).code == 250
        octets = mail(ALICE.sender, token).replace(f"<{ALICE.sender}>".encode(), author.encode(), 1)
        reply = session.data(octets)
    assert reply.code == 550, reply
    assert reply.lines[0].startswith("5.7.1 the From header holds"), reply


def test_no_customer_is_the_operator_in_the_envelope(control: Control) -> None:
    for sender in ("MAILER-DAEMON@smtp.itpison.com", "double-bounce@smtp.itpison.com"):
        with Session(control.site, "smtp") as session:
            assert session.ready().envelope(sender).code == 553
