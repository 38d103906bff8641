"""A mistake in an inventory stops the real pyinfra before it connects anywhere."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyinfra.api.exceptions import InventoryError

from omi_core.inventory import environment as environment_of
from omi_core.inventory import internal_ca, relay_host

REPOSITORY = Path(__file__).parents[3]
MARKER = "$6$abcdefgh$" + "Marker" * 14 + "ab"

CUSTOMER = f"""
name = "Shop"
domains = ["shop.example"]

[[account]]
login = "alice"
password_hash = "{{SHA512-CRYPT}}{MARKER}"
senders = ["@shop.example"]
"""

INVENTORY = """
from omi_core.inventory import (
    control_row,
    environment,
    internal_ca,
    load_customers,
    relay_host,
    rfc2136,
)

_environment = environment(
    operator_zone="itpison.com",
    public_names=("smtp.itpison.com",),
    postmaster="postmaster@itpison.com",
    customers=load_customers("{customers}"),
    issuer=internal_ca("ca"),
    dns=rfc2136(server="192.0.2.53", key_file="tsig.key"),
)

relay = [
    relay_host("smtp.itpison.com", environment=_environment, ipv4="127.0.0.1", ssh="127.0.0.1"),
    relay_host("smtp2.itpison.com", environment=_environment, ipv4="127.0.0.2", ssh="127.0.0.1"),
]
control = [control_row(_environment)]
"""


def pyinfra(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:omi_core", "-m", "pyinfra", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """An inventory with one customer, whose relays would be found at 127.0.0.1."""
    (tmp_path / "customers").mkdir()
    (tmp_path / "customers" / "shop.toml").write_text(CUSTOMER)
    (tmp_path / "x.py").write_text(INVENTORY.format(customers=tmp_path / "customers"))
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """What a relay's SSH would be; nobody may knock."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


@pytest.mark.parametrize(
    ("change", "line", "sentence"),
    [
        (
            ("operator_zone=", "operatr_zone="),
            11,
            "operatr_zone: is not a known setting; known are op",
        ),
        (('postmaster="postmaster@itpison.com",', ""), 11, "missing a required argument"),
        (('("smtp.itpison.com",)', '"smtp.itpison.com"'), 11, "public_names: must be a list"),
        (
            ('ipv4="127.0.0.2"', 'ipv4="127.0.0.0.2"'),
            22,
            "ipv4: '127.0.0.0.2' is not an IPv4 address",
        ),
        (('ipv4="127.0.0.2"', 'ipv4="127.0.0.1"'), 22, "ipv4: 127.0.0.1 already stands in"),
        (
            ('"smtp2.itpison.com"', '"smtp.itpison.com"'),
            22,
            "name: smtp.itpison.com. already stands",
        ),
        (('ipv4="127.0.0.2"', 'ip="127.0.0.2"'), 22, "ip: is not a known setting; known are name"),
        (("control_row(_environment)", "control_row(relay)"), 24, "environment: must be what"),
    ],
)
def test_a_mistake_in_the_inventory_is_one_sentence_with_file_and_line(
    files: Path, change: tuple[str, str], line: int, sentence: str
) -> None:
    inventory = files / "x.py"
    edit(inventory, *change)
    with pytest.raises(InventoryError) as caught:
        load(inventory)
    assert str(caught.value).startswith(f"{inventory}:{line}: ")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def load(inventory: Path) -> None:
    """Execute an inventory as pyinfra does."""
    exec(compile(inventory.read_text(), str(inventory), "exec"), {"__file__": str(inventory)})


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        ("x.py", ("operator_zone=", "operatr_zone="), "x.py:11: operatr_zone: is not a known"),
        ("customers/shop.toml", (MARKER[-9:], "'"), "shop.toml: account[0].password_hash: is no"),
        ("customers/shop.toml", ('name = "Shop"', 'name = "Shop'), "cannot be read as TOML"),
    ],
)
def test_the_real_pyinfra_says_that_sentence_without_traceback_and_connects_nowhere(
    files: Path, listener: socket.socket, file: str, change: tuple[str, str], sentence: str
) -> None:
    edit(files / file, *change)
    port = listener.getsockname()[1]
    done = pyinfra("-y", str(files / "x.py"), "--data", f"ssh_port={port}", "deploys/relay.py")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert sentence in done.stderr
    assert MARKER[:40] not in done.stderr
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("form", [["--debug"], ["--json"]])
def test_debug_inventory_prints_every_setting_and_no_password_hash(
    files: Path, form: list[str]
) -> None:
    done = pyinfra(*form, str(files / "x.py"), "debug-inventory")
    assert done.returncode == 0
    said = done.stdout + done.stderr
    assert "postmaster@itpison.com" in said
    assert "shop.example." in said
    assert '"password_hash": "*MASKED*"' in said
    assert MARKER not in said


def test_one_row_may_stand_in_two_groups(files: Path) -> None:
    with (files / "x.py").open("a") as inventory:
        inventory.write("canary = [relay[0]]\n")
    load(files / "x.py")


def test_a_relay_is_reached_at_its_own_address_or_where_the_inventory_says() -> None:
    found = environment_of(
        operator_zone="itpison.com",
        public_names=["smtp.itpison.com"],
        postmaster="postmaster@itpison.com",
        customers=(),
        issuer=internal_ca("ca"),
    )
    name, data = relay_host("A.itpison.com", environment=found, ipv6="2001:db8::25")
    assert (name, data["ssh_hostname"]) == ("a.itpison.com", "2001:db8::25")
    _, data = relay_host("b.itpison.com", environment=found, ipv4="192.0.2.1", ssh="bastion")
    assert data["ssh_hostname"] == "bastion"
