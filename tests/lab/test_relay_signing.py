"""The signer fails closed: whatever happens to it or to a key, no unsigned mail leaves."""

import time

import pytest

from lab import mailbox
from lab.site import Site
from tests.lab.relay_client import ALICE, BOB, RECIPIENT, WRAPPED, Session, deliver
from tests.lab.relay_load import under_load
from tests.lab.relay_run import Control, dkim_keys, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

KEY = "/etc/omi/dkim/shop.example.omi1.key"


LOSSES = {
    "deleted": f"rm {KEY}",
    "deleted with its public half": f"rm {KEY} {KEY.replace('.key', '.pub')}",
    "no key any more": f"echo nonsense > {KEY}",
    "emptied": f": > {KEY}",
    "unreadable": f"chmod 000 {KEY}; chown root:root {KEY}",
    "all of them": "rm -r /etc/omi/dkim",
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_key_lost_under_load_lets_no_unsigned_mail_leave(damaged: Control, loss: str) -> None:
    place = damaged.site
    before = dkim_keys(place, "smtp2")
    with under_load(place, "smtp2") as load:
        sent = len(load.replies)
        shell(place, "smtp2", loss)
        time.sleep(2)
    assert sum(code == 250 for code in load.replies.values()) >= sent - 3
    assert len(load.replies) > sent
    assert {code // 100 for code in load.replies.values()} <= {2, 4}
    assert load.not_passed() == []

    damaged.deploy()
    assert dkim_keys(place, "smtp2") == before
    assert dkim_keys(place, "smtp") == before
    assert deliver(place, "smtp2").verdict.is_pass


def test_a_deleted_key_is_answered_with_4xx_and_the_other_customer_goes_on(
    damaged: Control,
) -> None:
    place = damaged.site
    shell(place, "smtp2", f"rm {KEY}; systemctl reload rspamd")
    time.sleep(1)
    assert 400 <= reply_to(place, "smtp2") < 500
    assert deliver(place, "smtp2", account=BOB).verdict.is_pass
    assert deliver(place, "smtp").verdict.is_pass


@pytest.mark.parametrize("loss", ["rm", ": >", "chmod 000", "sed -i 's/ omi1 / /'"])
def test_a_lost_list_of_senders_puts_mail_off_and_refuses_none(damaged: Control, loss: str) -> None:
    shell(
        damaged.site,
        "smtp2",
        f"{loss} /etc/rspamd/omi_senders; systemctl restart rspamd; "
        "until sh /var/lib/omi/components/rspamd/live/health; do sleep 0.2; done",
    )
    assert reply_to(damaged.site, "smtp2") == 451
    damaged.deploy()
    assert deliver(damaged.site, "smtp2").verdict.is_pass


def reply_to(place: Site, relay: str) -> int:
    with Session(place, relay) as session:
        return session.ready().send()[0].code


def first_refusal(place: Site, relay: str) -> int:
    """A new session: without its milter smtpd puts off whatever comes first."""
    with Session(place, relay, WRAPPED) as session:
        reply = session.hello()
        steps = (session.login, lambda: session.envelope(ALICE.sender), lambda: session.send()[0])
        for step in steps:
            if reply.code >= 400:
                break
            reply = step()
        return reply.code


STOPS = {
    "stopped": "systemctl stop rspamd",
    "killed": "systemctl kill -s KILL rspamd; systemctl stop rspamd",
    "without its module": "mv /etc/rspamd/omi_signing.lua /root/; systemctl restart rspamd",
}


@pytest.mark.parametrize("stop", STOPS)
def test_without_a_signer_mail_is_put_off(damaged: Control, stop: str) -> None:
    """A session that is open already, and a new one."""
    place = damaged.site
    with Session(place, "smtp2") as held:
        held.ready()
        shell(place, "smtp2", STOPS[stop])
        assert 400 <= held.send()[0].code < 500
        assert 400 <= first_refusal(place, "smtp2") < 500
    damaged.deploy()
    assert deliver(place, "smtp2").verdict.is_pass


def test_mail_of_the_host_itself_cannot_be_a_customers(damaged: Control) -> None:
    """What root or a program on a relay hands in is refused unless it is the host's own."""
    place = damaged.site
    token = f"forged-{time.monotonic_ns()}"
    message = f"From: <{ALICE.sender}>\nTo: <{RECIPIENT}>\nSubject: {token}\n\ntext\n"
    script = f"printf '{message}' | sendmail -f {ALICE.sender} {RECIPIENT} || :"
    shell(place, "smtp2", script.replace("\n", "\\n"))
    time.sleep(2)
    assert not [r for r in mailbox.messages(place) if token.encode() in r.octets]
    shell(place, "smtp2", "postsuper -d ALL; postsuper -d ALL deferred")
