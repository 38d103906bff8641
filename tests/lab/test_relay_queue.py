"""Mails that leave at a time, or not after one; and what an operator sees and does in the queues.

Each mail arrives once and signed, whatever happens while it waits.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lab import hosts, mailbox, plan
from lab.site import Site
from tests.lab.relay_client import ALICE, BOB, RECIPIENT, Session
from tests.lab.relay_rotation import ROTATE, World, restored, selectors
from tests.lab.relay_run import Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

SOON_S, LATER_S = 4, 3600
PATIENCE_S = 40  # for a mail to leave after its time: a run of the timer, and a delivery
RECEIVER = plan.host("mx")


def at(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="seconds")


def send(
    place: Site, headers: str, *, relay: str = "smtp", account: plan.Account = ALICE
) -> tuple[str, str]:
    """Send one mail with these headers, which must be accepted; its token and queue id."""
    with Session(place, relay) as session:
        reply, token = session.ready(account).send(account, headers=headers)
    assert reply.code == 250, reply
    return token, reply.lines[0].split()[-1]


def launch(place: Site, seconds: float, **more: Any) -> tuple[str, str]:
    return send(place, f"X-NextLaunchTime: {at(seconds)}", **more)


def arrived(place: Site, token: str) -> list[mailbox.Received]:
    found = mailbox.messages(place, RECIPIENT)
    return [each for each in found if token.encode() in each.octets]


def arrives_once(place: Site, token: str) -> mailbox.Received:
    mailbox.wait_for(place, RECIPIENT, token, PATIENCE_S)
    shell(place, "smtp", "systemctl start omi-queue")  # a run more would send it again, if any does
    [received] = arrived(place, token)
    assert received.verdict.is_pass, received.verdict
    return received


def omi(control: Control, *words: str) -> Any:
    """What `omi queue ... --json` prints; it must exit with 0."""
    done = subprocess.run(
        [sys.executable, "-m", "omi_core.cli", "queue", *words, "--json"],
        cwd=control.directory,
        env={**os.environ, "OMI_INVENTORY": "inventories/lab.py"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def listed(control: Control, *words: str) -> dict[str, Any]:
    return {m["id"]: m for relay in omi(control, "list", *words)["relays"] for m in relay["mails"]}


@pytest.fixture
def emptied(control: Control) -> Iterator[Site]:
    """The lab; afterwards nothing waits in a queue."""
    yield control.site
    for relay in ("smtp", "smtp2"):
        shell(control.site, relay, "postsuper -d ALL 2>&1")


@contextmanager
def receiver_away(place: Site, relay: str = "smtp") -> Iterator[None]:
    """Let nothing go from a relay to the receiver."""
    routes = [
        f"ip route {{}} blackhole {RECEIVER.ipv4}",
        f"ip -6 route {{}} blackhole {RECEIVER.ipv6}",
    ]
    shell(place, relay, "; ".join(each.format("add") for each in routes))
    try:
        yield
    finally:
        shell(place, relay, "; ".join(each.format("del") for each in routes))


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


FAULTS = {
    "the timer's run is killed again and again": (
        "for n in $(seq 40); do systemctl kill -s KILL omi-queue.service 2>/dev/null;"
        " sleep 0.1; done"
    ),
    "the policy daemon is killed": "systemctl kill -s KILL omi-policy.service",
    "Postfix is restarted": "systemctl restart postfix postfix@- 2>/dev/null || :",
    "its index is gone": "rm -rf /var/lib/omi-queue/index*",
    "its index is no database": "echo nonsense > /var/lib/omi-queue/index.sqlite",
    "the disk takes nothing more": (
        "mount -t tmpfs -o size=4k,nr_inodes=1 full /var/lib/omi-queue"
        " && : > /run/omi-queue-is-full"
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_scheduled_mail_arrives_once_whatever_happens_meanwhile(
    emptied: Site, fault: str
) -> None:
    token, _ = launch(emptied, SOON_S)
    shell(emptied, "smtp", FAULTS[fault])
    try:
        arrives_once(emptied, token)
    finally:
        shell(emptied, "smtp", "umount /var/lib/omi-queue 2>/dev/null || :")


def test_a_scheduled_mail_arrives_once_though_its_host_boots_anew(emptied: Site) -> None:
    token, _ = launch(emptied, SOON_S, relay="smtp2")
    before = hosts.leader(emptied, "smtp2")
    hosts.run(emptied, "smtp2", ["systemctl", "reboot"])
    hosts.wait_for_reboot(emptied, "smtp2", before)
    arrives_once(emptied, token)


def test_a_mail_scheduled_across_a_dkim_rotation_verifies(
    control: Control, emptied: Site, tmp_path: Path
) -> None:
    world = World(control, tmp_path)
    world.run()
    token, id_ = launch(emptied, LATER_S)
    try:
        world.run(*ROTATE)
        world.run()
        assert {each for _, received in world.mails() for each in selectors(received)} == {"omi2"}
        shell(emptied, "smtp", f"postsuper -H {id_} 2>&1; postkick public qmgr D || :")
        assert selectors(arrives_once(emptied, token)) == ["omi1"]
    finally:
        restored(control)
