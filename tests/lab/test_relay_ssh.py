"""Keys alone over SSH, and nobody who logs in by a password shuts himself out."""

import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab import plan
from lab.site import Site
from tests.lab.relay_run import Control, Inventory, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.soak, pytest.mark.timeout(400)]

RELAY = plan.host("smtp2")
ONE = ("--limit", RELAY.fqdn)
STEP = "Let nobody in by a password over SSH"
OURS = "/etc/ssh/sshd_config.d/01-omi.conf"
HEALING_S = 75
KEYS_ONLY = {"    plaintext_auth=True,": "    ssh_keys_only=True,\n    plaintext_auth=True,"}


def keys_only(control: Control, directory: Path) -> Path:
    return Inventory(directory, changes=KEYS_ONLY).write(control)


def offered() -> str:
    """What sshd says who asks without a key, as a stranger does."""
    options = ("BatchMode=yes", "PubkeyAuthentication=no", "StrictHostKeyChecking=no")
    known = ("UserKnownHostsFile=/dev/null", "ConnectTimeout=10")
    words = ["ssh", *(f"-o{each}" for each in (*options, *known)), f"root@{RELAY.ipv4}", "true"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 255
    return ended.stderr


@contextmanager
def password_login(place: Site) -> Iterator[str]:
    """Let root log in by a password, which is given."""
    extra = "/etc/ssh/sshd_config.d/password.conf"
    password = secrets.token_urlsafe(12)
    settings = r"PermitRootLogin yes\nPasswordAuthentication yes\n"
    shell(
        place,
        "smtp2",
        f"printf '{settings}' > {extra}; echo root:{password} | chpasswd; systemctl reload ssh",
    )
    try:
        yield password
    finally:
        shell(place, "smtp2", f"rm {extra}; passwd -q -l root; systemctl reload ssh")


def test_passwords_are_not_taken_where_the_inventory_says_so_and_are_again_where_it_does_not(
    damaged: Control, tmp_path: Path
) -> None:
    with password_login(damaged.site):
        assert "password" in offered()
        inventory = keys_only(damaged, tmp_path)
        assert damaged.deploy(*ONE, inventory=inventory).changed == [STEP]
        assert "Permission denied (publickey)" in offered()
        assert damaged.deploy(*ONE, inventory=inventory).changed == []
        assert damaged.deploy(*ONE).changed == [STEP]
        assert "password" in offered()
    assert damaged.deploy(*ONE).changed == []
    shell(damaged.site, "smtp2", f"! test -e {OURS}")


def test_whoever_logs_in_by_a_password_is_refused_before_anything_changes(
    damaged: Control, tmp_path: Path
) -> None:
    with password_login(damaged.site) as password:
        words = ("--data", "ssh_key=", "--data", f"ssh_password={password}")
        ended = damaged.run("-y", *ONE, *words, inventory=keys_only(damaged, tmp_path))
    assert ended.code == 1
    assert "this run has logged in by password, which would be shut out" in ended.said
    assert "Traceback" not in ended.said
    shell(damaged.site, "smtp2", f"! test -e {OURS}")


def test_settings_that_lock_the_operator_out_are_gone_within_a_minute(
    copied: Control, tmp_path: Path
) -> None:
    place = copied.site
    copied.append("templates/sshd/omi.conf", "AllowUsers nobody\n")
    ended = copied.run("-y", *ONE, inventory=keys_only(copied, tmp_path / "inventory"))
    assert ended.code == 1
    assert "nobody can log in anew with the new sshd" in ended.said
    assert "Traceback" not in ended.said
    deadline = time.monotonic() + HEALING_S
    while shell(place, "smtp2", "ls /run/omi-trial") != "firewall.lock\nsshd.lock\n":
        assert time.monotonic() < deadline
        time.sleep(0.5)
    shell(place, "smtp2", f"! test -e {OURS}; ! mount | grep -q sshd_config")
    assert copied.run("-y", *ONE).code == 0
