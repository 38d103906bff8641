"""Mails that leave at a time, or not after one; what an operator sees and does in the queues."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from lab import mailbox
from lab.site import Site
from tests.lab.relay_client import ALICE, BOB, RECIPIENT, Session
from tests.lab.relay_queue import (
    LATER_S,
    PATIENCE_S,
    SOON_S,
    arrived,
    arrives_once,
    at,
    launch,
    listed,
    omi,
    receiver_away,
    send,
)
from tests.lab.relay_run import Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]


def test_a_scheduled_mail_waits_for_its_time_and_arrives_signed_without_the_header(
    emptied: Site, control: Control
) -> None:
    token, id_ = launch(emptied, SOON_S)
    later, waiting = launch(emptied, LATER_S, relay="smtp2")
    found = listed(control)
    assert {found[each]["held"] for each in (id_, waiting)} == {"schedule"}
    assert arrived(emptied, token) == []
    received = arrives_once(emptied, token)
    assert "x-nextlaunchtime" not in received.octets.decode().lower()
    assert "x-omi-schedule" not in received.octets.decode().lower()
    assert arrived(emptied, later) == []


@pytest.mark.parametrize(
    ("headers", "finding"),
    [
        ("X-NextLaunchTime: {far}", "longer than 72 hours"),
        ("X-NextLaunchTime: 03/04/2027 09:00", "day and month can be mistaken"),
        ("X-NextLaunchTime: 2027-03-04", "the time of day is missing"),
        ("X-LaunchExpireTime: 2020-01-01 09:00", "has expired already"),
    ],
)
def test_a_time_that_cannot_be_kept_is_refused_with_the_sentence(
    emptied: Site, headers: str, finding: str
) -> None:
    with Session(emptied, "smtp") as session:
        reply, _ = session.ready().send(headers=headers.format(far=at(86400 * 4)))
    assert reply.code == 550
    assert finding in str(reply)


def test_a_mail_whose_time_has_passed_leaves_at_once(emptied: Site) -> None:
    token, _ = send(emptied, "X-NextLaunchTime: 2020-01-01 09:00")
    mailbox.wait_for(emptied, RECIPIENT, token)


def test_a_mail_not_delivered_in_time_is_given_up_with_a_bounce_that_names_the_header(
    emptied: Site,
) -> None:
    expire = at(SOON_S)
    with receiver_away(emptied):
        token, id_ = send(emptied, f"X-LaunchExpireTime: {expire}")
        for _ in range(PATIENCE_S):
            if id_ not in shell(emptied, "smtp", "postqueue -p; sleep 1"):
                break
    shell(emptied, "smtp", "postqueue -f")
    bounce = mailbox.wait_for(emptied, ALICE.sender, token).octets.decode()
    assert "X-LaunchExpireTime: it was" in bounce
    wanted = datetime.fromisoformat(expire).astimezone(ZoneInfo("Asia/Taipei"))
    assert f"not delivered before {wanted.isoformat()}" in bounce
    assert arrived(emptied, token) == []


def test_an_operator_sees_releases_and_drops_what_waits_on_all_relays(
    emptied: Site, control: Control
) -> None:
    (released, first), (dropped, second) = launch(emptied, LATER_S), launch(emptied, LATER_S)
    _, third = launch(emptied, LATER_S, relay="smtp2", account=BOB)
    assert set(listed(control, "--account", BOB.login)) == {third}
    assert {first, second} <= set(listed(control, "--customer", "Shop", "--to", "inbox.example"))
    omi(control, "release", first, "--dry")
    assert first in listed(control, "--in", "hold")
    omi(control, "release", first)
    omi(control, "drop", second)
    arrives_once(emptied, released)
    assert not {first, second} & set(listed(control))
    assert arrived(emptied, dropped) == []


def test_what_an_operator_holds_by_hand_is_not_launched(emptied: Site, control: Control) -> None:
    with receiver_away(emptied):
        token, id_ = send(emptied, "X-RefNumber: 1")
        shell(emptied, "smtp", f"postsuper -h {id_} 2>&1; systemctl start omi-queue")
    assert listed(control)[id_]["held"] == "operator"
    assert arrived(emptied, token) == []


def test_mail_put_off_is_tried_again_when_asked_and_says_why(
    emptied: Site, control: Control
) -> None:
    with receiver_away(emptied):
        token, id_ = send(emptied, "X-RefNumber: 2")
        for _ in range(20):
            if listed(control, "--in", "deferred"):
                break
        [group] = omi(control, "list", "--by", "reason")["relays"][0]["groups"]
        assert group["words"][0] == "inbox.example"
        assert "connect to" in listed(control)[id_]["reason"]
    omi(control, "retry", "--to", RECIPIENT)
    arrives_once(emptied, token)
