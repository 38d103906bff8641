"""Security updates that an inventory asks for, and what a relay's journal keeps."""

import time
from contextlib import suppress

import pytest

from lab import hosts
from lab.failure import LabError
from tests.lab.relay_client import Session
from tests.lab.relay_run import LAB, Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

PLAIN = "    plaintext_auth=True,"
UPDATED = f'    updates=updates(window="01:00-02:00"),\n{PLAIN}'
BOOT = "cat /proc/sys/kernel/random/boot_id"
AFTERWARDS = "journalctl -b -o cat --no-pager -u omi-updated"
PROVEN = "every daemon serves after the reboot"


def ask_for_updates(checkout: Control) -> None:
    checkout.edit(LAB, "    certificates,\n", "    certificates,\n    updates,\n")
    checkout.edit(LAB, PLAIN, UPDATED)
    checkout.deploy()


def test_the_journal_is_bounded_in_size_and_time(control: Control) -> None:
    said = shell(control.site, "smtp", "systemd-analyze cat-config systemd/journald.conf")
    lines = [line.partition("=") for line in said.splitlines() if not line.startswith("#")]
    settings = {key: value for key, _, value in lines}
    assert settings["MaxRetentionSec"] == "30day"
    assert settings["SystemMaxUse"] == "4G"
    # journald counts against the bound that it was started with.
    taken = shell(control.site, "smtp", "journalctl -b -o cat -u systemd-journald --no-pager")
    assert "max 4G" in taken or "max 4.0G" in taken


def test_relays_are_updated_from_the_security_archive_alone_and_one_after_the_other(
    copied: Control,
) -> None:
    ask_for_updates(copied)
    assert copied.deploy().changed == []
    timers = [
        shell(copied.site, each, "systemctl show -P TimersCalendar omi-updates.timer")
        for each in ("smtp", "smtp2")
    ]
    assert ["01:00:00" in timers[0], "01:30:00" in timers[1]] == [True, True]
    release = shell(copied.site, "smtp", ". /etc/os-release && echo $VERSION_CODENAME").strip()
    said = shell(copied.site, "smtp", "unattended-upgrade --dry-run -d 2>&1", patience=400)
    allowed = {line.partition("are: ")[2] for line in said.splitlines() if "origins are:" in line}
    assert allowed == {f"origin=Debian,codename={release}-security,label=Debian-Security"}
    # An inventory that asks for them no more leaves nothing that would make them.
    copied.edit(LAB, UPDATED, PLAIN)
    copied.deploy()
    units = shell(copied.site, "smtp", "systemctl list-units --all --no-legend 'omi-update*'")
    assert units == ""


@pytest.mark.soak
def test_an_update_that_needs_a_reboot_ends_with_a_relay_that_serves(copied: Control) -> None:
    ask_for_updates(copied)
    before = shell(copied.site, "smtp", BOOT)
    shell(copied.site, "smtp", "touch /run/reboot-required")
    shell(copied.site, "smtp", "systemctl start --no-block omi-updates.service")
    said = before
    for _ in range(400):
        if before not in said and PROVEN in said:
            break
        time.sleep(1)
        # Who looks while the relay goes down gets no answer.
        with suppress(LabError):
            look = ["sh", "-c", f"{BOOT}; {AFTERWARDS}"]
            said = hosts.run(copied.site, "smtp", look, timeout=10).stdout
    assert before not in said
    assert PROVEN in said
    shell(copied.site, "smtp", "test -e /var/lib/omi/updated && /usr/local/lib/omi/updates waiting")
    with Session(copied.site, "smtp") as session:
        assert session.hello().code == 250
        assert session.login().code == 235
