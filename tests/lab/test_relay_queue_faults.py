"""Each scheduled mail arrives once and signed, whatever happens while it waits."""

from pathlib import Path

import pytest

from lab import hosts
from lab.site import Site
from tests.lab.relay_queue import (
    LATER_S,
    SOON_S,
    arrives_once,
    launch,
)
from tests.lab.relay_rotation import ROTATE, World, restored, selectors
from tests.lab.relay_run import Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.soak, pytest.mark.timeout(300)]

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
