"""`omi drift` on the deployed relays: silent after a deploy, and naming whatever was changed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lab import hosts, plan
from lab.site import Site
from tests.lab.relay_run import LAB, Control, shell

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]
pytest_plugins = ("tests.lab.relay_fixtures",)

ONE, OTHER = "smtp.itpison.com", "smtp2.itpison.com"
ZONE = "itpison.com"


def drift(place: Site, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "omi_core", "drift", "--inventory", LAB, *words],
        cwd=place.checkout,
        env={**os.environ, "PYTHONPATH": str(place.checkout), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )


@contextmanager
def published_wrongly(place: Site) -> Iterator[None]:
    """While this lasts, the name of a relay leads somewhere else."""
    _set_address(place, "198.18.0.99")
    try:
        yield
    finally:
        _set_address(place, str(plan.host("smtp").ipv4))


def _set_address(place: Site, address: str) -> None:
    hosts.check(place, "dns", ["knotc", "zone-begin", ZONE])
    hosts.check(place, "dns", ["knotc", "zone-unset", ZONE, "smtp", "A"])
    hosts.check(place, "dns", ["knotc", "zone-set", ZONE, "smtp", "300", "A", address])
    hosts.check(place, "dns", ["knotc", "zone-commit", ZONE])


def test_nothing_differs_after_a_deploy(control: Control) -> None:
    if not control.is_settled:
        control.deploy()
    done = drift(control.site)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{ONE}: as the inventory says\n{OTHER}: as the inventory says" in done.stdout
    assert done.stderr == ""


def test_whatever_was_changed_is_named_and_nothing_else(damaged: Control) -> None:
    place = damaged.site
    shell(place, "smtp", "echo '# by hand' >> /etc/postfix/main.cf")
    shell(place, "smtp2", "systemctl stop rspamd")
    with published_wrongly(place):
        done = drift(place, "--json")

    assert done.returncode == 1, done.stdout + done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    found = [(each["subject"], each["observed"]["en"]) for each in document["findings"]]
    assert found == [
        (ONE, "postfix: /etc/postfix/main.cf differs"),
        (OTHER, "rspamd: rspamd does not serve"),
        (OTHER, "postfix: postfix does not serve"),  # without its signer it takes no mail
        (f"{ONE} A", "300 198.18.0.99"),
    ]


def test_a_relay_that_is_silent_is_not_fine_and_hides_no_other(damaged: Control) -> None:
    """Exit code 3, with pyinfra's own words on stderr."""
    place = damaged.site
    shell(
        place,
        "smtp",
        "nft add table inet silent && nft add chain inet silent in"
        " '{ type filter hook input priority -500; }' && (nft add rule inet silent in"
        " tcp dport 22 ct state new reject)",
    )
    try:
        done = drift(place)
    finally:
        hosts.check(place, "smtp", ["nft", "delete", "table", "inet", "silent"])

    assert done.returncode == 3, done.stdout + done.stderr
    assert f"{OTHER}: as the inventory says" in done.stdout
    assert f"{ONE}: nobody could look at it" in done.stdout
    assert ONE in done.stderr
