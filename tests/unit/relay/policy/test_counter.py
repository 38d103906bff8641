"""What limits bring to a relay, read from the files that its daemons will read."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from omi_core.engine import debian
from omi_core.engine.component import Component
from omi_core.errors import InputError
from omi_core.inventory.customers.customer import Account, Customer, Sender
from omi_core.inventory.issuers import InternalCa
from omi_core.inventory.limits.model import LimitDefaults, SharedCounter
from omi_core.inventory.model import Environment, Relay
from omi_core.limits.limit import SendLimits
from omi_core.names import Address, Fqdn
from omi_core.relay.policy import component as policy
from omi_core.relay.policy import counter
from omi_core.secret import Secret

PASSWORD = "correct horse battery"
SHOP = Customer(
    name="Shop",
    domains=(Fqdn.parse("shop.example"),),
    accounts=(
        Account(
            login="Web",
            password_hash=Secret("{SHA512-CRYPT}$6$salt$" + "x" * 86),
            senders=(Sender.parse("@shop.example"),),
        ),
    ),
)
LIMITED = replace(SHOP, limits={"mails_per_day": 5})


def environment(customer: Customer, limits: LimitDefaults | None = None) -> Environment:
    return Environment(
        operator_zone=Fqdn.parse("relay.example"),
        public_names=(Fqdn.parse("smtp.relay.example"),),
        postmaster=Address.parse("ops@relay.example"),
        customers=(customer,),
        issuer=InternalCa(directory=Path("ca")),
        limits=limits or LimitDefaults(),
    )


def configured(wanted: Environment, release: str = "13") -> Component:
    relay = Relay(
        name=Fqdn.parse("smtp.relay.example"),
        ipv4=IPv4Address("192.0.2.25"),
        ipv6=None,
        environment=wanted,
    )
    return policy.configured(relay, release)


def text(component: Component, path: str) -> str:
    (file,) = (each for each in component.files if each.path == path)
    return file.content.decode()


def shared(directory: Path, password: str = PASSWORD) -> LimitDefaults:
    (directory / "password").write_text(password)
    (directory / "password").chmod(0o600)
    (directory / "ca.pem").write_text("a certificate\n")
    return LimitDefaults(
        counter=SharedCounter(
            host="counter.example.com",
            port=6379,
            user="omi",
            password_file=directory / "password",
            ca=directory / "ca.pem",
        )
    )


def test_where_nothing_is_counted_no_counter_is_there() -> None:
    plain = environment(replace(SHOP, limits={"message_size": 1000}))
    assert counter.packages(plain) == ()
    assert counter.CONFIGURATION not in configured(plain).paths
    assert "counter" not in json.loads(text(configured(plain), policy.SETTINGS))
    assert "PrivateNetwork=yes" in text(configured(plain), policy.UNIT)


@pytest.mark.parametrize(
    ("release", "server"), [("12", "/usr/bin/redis-server"), ("13", "/usr/bin/valkey-server")]
)
def test_a_relay_counts_by_the_server_that_its_release_has(release: str, server: str) -> None:
    made = configured(environment(LIMITED), release)
    assert f"ExecStart={server} /etc/omi-policy/counter.conf\n" in text(made, counter.UNIT)
    names = {
        debian.OTHER_NAMES.get((release, each), each)
        for each in counter.packages(environment(LIMITED))
    }
    assert names == {"python3-redis", Path(server).name}


def test_the_counter_of_a_relay_is_the_policy_daemons_alone_and_bounded() -> None:
    made = configured(environment(LIMITED))
    lines = set(text(made, counter.CONFIGURATION).splitlines())
    assert {"port 0", "unixsocketperm 700", "maxmemory 256mb"} <= lines
    assert {"maxmemory-policy noeviction", "appendonly no"} <= lines
    unit = text(made, counter.UNIT)
    assert {"User=omi-policy", "PrivateNetwork=yes"} <= set(unit.splitlines())
    assert json.loads(text(made, policy.SETTINGS))["counter"] == {"socket": counter.SOCKET}
    assert "Wants=omi-counter.service" in text(made, policy.UNIT)
    assert "PrivateNetwork=yes" in text(made, policy.UNIT)


def test_a_shared_counter_is_asked_over_the_network_and_none_is_installed(tmp_path: Path) -> None:
    fleet = environment(LIMITED, shared(tmp_path))
    assert counter.packages(fleet) == ("python3-redis",)
    unit = text(configured(fleet), policy.UNIT)
    assert "PrivateNetwork" not in unit
    assert re.findall("^RestrictAddressFamilies=.*$", unit, re.MULTILINE) == [
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK"
    ]
    assert counter.UNIT not in configured(fleet).paths


def test_the_password_of_a_shared_counter_is_in_one_secret_file(tmp_path: Path) -> None:
    made = configured(environment(LIMITED, shared(tmp_path)))
    having = [each for each in made.files if PASSWORD.encode() in each.content]
    assert [(each.path, each.mode, each.group, each.secret) for each in having] == [
        (counter.PASSWORD, 0o640, "omi-policy", True)
    ]
    assert PASSWORD not in repr(made)


@pytest.mark.parametrize("password", ["", " \n", "two\nlines"])
def test_a_password_is_one_line(tmp_path: Path, password: str) -> None:
    with pytest.raises(InputError, match="must hold the counter's password, on one line"):
        configured(environment(LIMITED, shared(tmp_path, password)))


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    fleet = environment(LIMITED, shared(tmp_path))
    (tmp_path / "password").chmod(0o644)
    with pytest.raises(InputError, match="can be read by others; run chmod 600 on it"):
        configured(fleet)


def test_a_password_that_is_missing_is_told_by_its_file(tmp_path: Path) -> None:
    fleet = environment(LIMITED, shared(tmp_path))
    (tmp_path / "password").unlink()
    with pytest.raises(InputError, match=r"password cannot be read: .*No such file"):
        configured(fleet)


@pytest.mark.parametrize("is_shared", [0, 1])
def test_the_daemon_takes_what_is_written_for_it(tmp_path: Path, is_shared: int) -> None:
    defaults = shared(tmp_path) if is_shared else LimitDefaults(account=SendLimits(sessions=4))
    made = configured(environment(LIMITED, defaults))
    for path in (policy.DAEMON, policy.SETTINGS, policy.ACCOUNTS):
        (file,) = (each for each in made.files if each.path == path)
        (tmp_path / Path(path).name).write_bytes(file.content)
    words = ("policy.pyz", "--check", "settings.json", "accounts.json")
    subprocess.run([sys.executable, "-I", *words], check=True, cwd=tmp_path)
    account = json.loads((tmp_path / "accounts.json").read_text())["web"]
    assert account["customer"] == "Shop"
    assert account["limits"]["customer"] == {"mails_per_day": 5}
