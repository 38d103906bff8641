"""Security updates that an inventory asks for, and what a relay's journal keeps."""

import pytest

from tests.lab.relay_run import LAB, Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

RELAYS = ("smtp", "smtp2")
DRY = "unattended-upgrade --dry-run -d 2>&1"


def test_the_journal_is_bounded_in_size_and_time(control: Control) -> None:
    said = shell(control.site, "smtp", "systemd-analyze cat-config systemd/journald.conf")
    settings = dict(line.split("=", 1) for line in said.splitlines() if "=" in line[1:])
    assert settings["MaxRetentionSec"] == "30day"
    assert settings["SystemMaxUse"] == "4G"
    path = "/run/omi-journal.loaded"
    taken = shell(
        control.site, "smtp", f"stat -c %Y {path}; pidof systemd-journald | xargs ps -o etimes= -p"
    )
    assert len(taken.split()) == 2
    shell(control.site, "smtp", "test -d /var/log/journal/$(cat /etc/machine-id)")


def test_relays_update_themselves_from_the_security_archive_one_after_the_other(
    copied: Control,
) -> None:
    copied.edit(LAB, "    certificates,\n", "    certificates,\n    updates,\n")
    copied.edit(
        LAB,
        "    plaintext_auth=True,",
        '    updates=updates(window="01:00-02:00"),\n    plaintext_auth=True,',
    )
    copied.deploy()
    assert copied.deploy().changed == []
    timers = [
        shell(copied.site, each, "systemctl show -P TimersCalendar omi-updates.timer")
        for each in RELAYS
    ]
    assert ["01:00:00" in timers[0], "01:30:00" in timers[1]] == [True, True]
    for each in RELAYS:
        allowed = [
            line
            for line in shell(copied.site, each, DRY).splitlines()
            if "Allowed origins are:" in line
        ]
        release = shell(copied.site, each, ". /etc/os-release && echo $VERSION_CODENAME").strip()
        assert allowed == [
            f"Allowed origins are: origin=Debian,codename={release}-security,label=Debian-Security"
        ]
    # What it does at its time, now.
    shell(copied.site, "smtp", "systemctl start omi-updates.service", patience=300)
    assert shell(copied.site, "smtp", "test -e /var/lib/omi/updated && echo made") == "made\n"
    shell(copied.site, "smtp", "/usr/local/lib/omi/updates waiting")


def test_an_inventory_that_no_longer_asks_for_updates_leaves_no_timer(control: Control) -> None:
    control.deploy()
    units = shell(control.site, "smtp", "systemctl list-unit-files --no-legend 'omi-update*'")
    assert units == ""
