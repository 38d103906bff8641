"""Mails that wait in the queues of the lab's relays, sent, looked at and asked for."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from lab import mailbox, plan
from lab.site import Site
from tests.lab.relay_client import ALICE, RECIPIENT, Session
from tests.lab.relay_run import Control, shell

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
