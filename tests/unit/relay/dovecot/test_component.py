"""What a user of the relay relies on, read from the files that Dovecot will read."""

import re
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from omi_core.engine.component import Component
from omi_core.errors import InputError
from omi_core.inventory.customers.customer import Account, Customer, Sender
from omi_core.inventory.issuers import InternalCa
from omi_core.inventory.model import Environment, Relay
from omi_core.names import Address, Fqdn
from omi_core.relay.dovecot import component as dovecot
from omi_core.secret import Secret

HASH = "{SHA512-CRYPT}$6$salt$" + "x" * 86
SHOP = Fqdn.parse("shop.example")
RELEASES = pytest.mark.parametrize("release", ["12", "13"])


def account(login: str, password_hash: str = HASH) -> Account:
    return Account(
        login=login, password_hash=Secret(password_hash), senders=(Sender.parse("@shop.example"),)
    )


def configured(release: str, *accounts: Account, **changes: Any) -> Component:
    environment = Environment(
        operator_zone=Fqdn.parse("relay.example"),
        public_names=(Fqdn.parse("smtp.relay.example"),),
        postmaster=Address.parse("ops@relay.example"),
        customers=(
            Customer(name="Shop", domains=(SHOP,), accounts=accounts or (account("Alice"),)),
        ),
        issuer=InternalCa(directory=Path("ca")),
        **changes,
    )
    relay = Relay(
        name=Fqdn.parse("smtp.relay.example"),
        ipv4=IPv4Address("192.0.2.25"),
        ipv6=None,
        environment=environment,
    )
    return dovecot.configured(relay, release)


def text(component: Component, path: str) -> str:
    return next(f.content.decode() for f in component.files if f.path == path)


def settings(component: Component) -> list[str]:
    """The lines of dovecot.conf that say something, without indentation."""
    lines = (line.strip() for line in text(component, dovecot.CONFIGURATION).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


@RELEASES
def test_it_listens_nowhere_but_for_postfix(release: str) -> None:
    found = settings(configured(release))
    assert "protocols =" in found
    assert not [line for line in found if "inet_listener" in line]
    opened = found.index(f"unix_listener {dovecot.SOCKET} {{")
    assert found[opened + 1 : opened + 4] == ["mode = 0660", "user = postfix", "group = postfix"]


@RELEASES
def test_nothing_of_debians_configuration_is_read(release: str) -> None:
    assert not [line for line in settings(configured(release)) if line.startswith("!")]


@RELEASES
def test_outlook_and_everybody_else_can_log_in(release: str) -> None:
    assert "auth_mechanisms = plain login" in settings(configured(release))


@pytest.mark.parametrize(
    ("release", "plaintext_auth", "line"),
    [
        ("12", False, "disable_plaintext_auth = yes"),
        ("12", True, "disable_plaintext_auth = no"),
        ("13", False, "auth_allow_cleartext = no"),
        ("13", True, "auth_allow_cleartext = yes"),
    ],
)
def test_a_password_outside_tls_is_checked_only_where_the_inventory_promises_it(
    release: str,
    plaintext_auth: bool,  # noqa: FBT001 - the two cases
    line: str,
) -> None:
    assert line in settings(configured(release, plaintext_auth=plaintext_auth))


@pytest.mark.parametrize(
    ("release", "folding"),
    [("12", "auth_username_format = %Lu"), ("13", "auth_username_format = %{user | lower}")],
)
def test_a_login_may_be_typed_in_any_case(release: str, folding: str) -> None:
    component = configured(release, account("Zoe"), account("Alice@Shop.example"))
    assert folding in settings(component)
    users = text(component, dovecot.USERS).splitlines()
    assert users == [f"alice@shop.example:{HASH}", f"zoe:{HASH}"]


@RELEASES
def test_every_login_that_a_customers_file_allows_passes_dovecots_filter(release: str) -> None:
    line = next(s for s in settings(configured(release)) if s.startswith("auth_username_chars"))
    assert set("az09._@+-") <= set(line.partition("= ")[2])


@RELEASES
def test_the_hashes_are_a_secret_that_only_dovecot_reads(release: str) -> None:
    users = next(f for f in configured(release).files if f.path == dovecot.USERS)
    assert users.secret
    assert (users.mode, users.owner, users.group) == (0o640, "root", "dovecot")
    assert HASH not in repr(users)


@RELEASES
def test_a_line_break_in_a_hash_cannot_become_a_second_account(release: str) -> None:
    with pytest.raises(InputError, match="control character") as caught:
        configured(release, account("alice", f"{HASH}\nevil:{{PLAIN}}x"))
    assert HASH not in str(caught.value)


def test_hashes_are_verified_on_every_core_where_dovecot_can() -> None:
    assert "use_worker = yes" in settings(configured("13"))
    assert not [line for line in settings(configured("12")) if "use_worker" in line]


def test_the_version_comes_first_where_it_must() -> None:
    assert settings(configured("13"))[0].startswith("dovecot_config_version")


def test_a_release_that_nobody_wrote_a_template_for_is_refused() -> None:
    with pytest.raises(KeyError):
        configured("14")


@RELEASES
def test_health_asks_without_a_password(release: str) -> None:
    assert not re.search(r"PASS|password", configured(release).health)
