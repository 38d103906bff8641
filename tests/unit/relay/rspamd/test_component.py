"""What a user of the relay relies on, read from the files that rspamd will read."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from omi_core.engine.component import Component
from omi_core.errors import InputError
from omi_core.inventory.customers.customer import Account, Customer, Sender
from omi_core.inventory.customers.owners import sender_owners
from omi_core.inventory.issuers import InternalCa
from omi_core.inventory.model import MEBIBYTE, Environment, Relay
from omi_core.inventory.next_hops.hop import Engine, Smarthost
from omi_core.names import Address, Fqdn
from omi_core.relay.rspamd import component as rspamd
from omi_core.secret import Secret

SHOP = Fqdn.parse("shop.example")
ZONE = Fqdn.parse("relay.example")
Senders = tuple[tuple[str, str], ...]  # login, sender
OWN: Senders = (("Alice", "alice@shop.example"),)
MORE: Senders = (("admin", "@shop.example"),)
NEW: Senders = (("new", "@new.example"),)


def environment(*domains: Fqdn, senders: Senders = (), **changes: Any) -> Environment:
    accounts = tuple(
        Account(login=login, password_hash=Secret("x"), senders=(Sender.parse(sender),))
        for login, sender in senders
    )
    return Environment(
        operator_zone=Fqdn.parse("relay.example"),
        public_names=(Fqdn.parse("smtp.relay.example"),),
        postmaster=Address.parse("ops@relay.example"),
        customers=(Customer(name="Shop", domains=domains or (SHOP,), accounts=accounts),),
        issuer=InternalCa(directory=Path("ca")),
        **changes,
    )


def configured(
    *domains: Fqdn, slots: Mapping[Fqdn, str] = rspamd.NO_ROTATION, **changes: Any
) -> Component:
    relay = Relay(
        name=Fqdn.parse("smtp.relay.example"),
        ipv4=IPv4Address("192.0.2.25"),
        ipv6=None,
        environment=environment(*domains, **changes),
    )
    return rspamd.configured(relay, slots=slots)


def text(component: Component, path: str) -> str:
    return next(f.content.decode() for f in component.files if f.path == path)


def configuration(component: Component) -> str:
    """What rspamd.conf says, without comments and with single spaces."""
    lines = text(component, rspamd.CONFIGURATION).splitlines()
    said = " ".join(line for line in lines if not line.strip().startswith("#"))
    return re.sub(r"\s+", " ", said)


def rows(component: Component) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """What the module reads: sender, the domain and the slot that sign, logins."""
    lines = text(component, rspamd.SENDERS).splitlines()
    parts = [line.split(" ") for line in lines if not line.startswith(("#", "notices "))]
    return {
        sender: (domain, slot, tuple(logins.split(","))) for sender, domain, slot, logins in parts
    }


def test_a_mail_that_nobody_signed_is_refused_for_now() -> None:
    """The score of a mail without any symbol, 0, is above the threshold of 451."""
    found = configuration(configured())
    threshold = re.search(r'actions \{ "soft reject" = (-[\d.]+);', found)
    signed = re.search(r"OMI_SIGNED \{ weight = (-[\d.]+); \}", found)
    assert threshold
    assert signed
    assert float(signed[1]) < float(threshold[1]) < 0


def test_no_other_action_is_taken() -> None:
    found = configuration(configured())
    for action in ("reject", '"add header"', '"rewrite subject"', "greylist"):
        assert f" {action} = null;" in found


def test_only_the_group_may_ask_the_signer() -> None:
    found = configuration(configured())
    assert 'bind_socket = "/run/rspamd/milter.sock mode=0660 group=omi-milter";' in found
    assert 'bind_socket = "/run/rspamd/scanner.sock mode=0600 owner=_rspamd";' in found
    assert found.count("bind_socket") == 2


def test_a_new_customer_changes_nothing_that_rspamd_would_have_to_reload() -> None:
    before, after = configured(SHOP), configured(SHOP, Fqdn.parse("new.example"), senders=NEW)
    changed = {old.path for old, new in zip(before.files, after.files, strict=True) if old != new}
    assert changed == {rspamd.SENDERS}
    assert rspamd.SENDERS not in rspamd.READ_AT_START
    reloaded = {file.path for file in after.files if not file.restarts}
    assert set(rspamd.READ_AT_START.split()) == reloaded - changed


def test_the_first_line_of_the_senders_tells_that_they_changed() -> None:
    texts = [text(configured(senders=some), rspamd.SENDERS) for some in ((), OWN, (*OWN, *MORE))]
    assert len({each.splitlines()[0] for each in texts}) == 3
    assert text(configured(senders=OWN), rspamd.SENDERS) == texts[1]


def test_the_signer_knows_the_same_owners_as_postfix() -> None:
    customers = environment(SHOP, senders=(*OWN, *MORE)).customers
    owners = sender_owners(customers, frozenset({SHOP}))
    assert rows(configured(senders=(*OWN, *MORE))) == {
        sender: ("shop.example", "omi1", logins) for sender, logins in owners.items()
    }


def test_only_the_signer_reads_who_sends_as_what() -> None:
    file = next(f for f in configured(senders=OWN).files if f.path == rspamd.SENDERS)
    assert (file.mode, file.owner, file.group) == (0o640, "root", "_rspamd")


def test_a_worker_that_hangs_is_ended() -> None:
    assert re.search(
        r"heartbeat_interval = \d+s; heartbeats_loss_max = [1-9]", configuration(configured())
    )


def test_keys_are_where_the_deploy_puts_them() -> None:
    assert 'path = "/etc/omi/dkim/$domain.$selector.key";' in configuration(configured())


@pytest.mark.parametrize(
    ("ed25519", "suffixes"),
    [(False, 'suffixes { rsa = ""; }'), (True, 'suffixes { rsa = ""; ed25519 = "e"; }')],
)
def test_every_algorithm_of_the_environment_must_sign(
    ed25519: bool,  # noqa: FBT001 - the two cases
    suffixes: str,
) -> None:
    assert suffixes in configuration(configured(ed25519=ed25519))


def test_a_domain_in_rotation_signs_with_its_other_slot_without_a_reload() -> None:
    before, after = configured(senders=OWN), configured(senders=OWN, slots={SHOP: "omi2"})
    assert {slot for _, slot, _ in rows(before).values()} == {"omi1"}
    assert {slot for _, slot, _ in rows(after).values()} == {"omi2"}
    changed = {old.path for old, new in zip(before.files, after.files, strict=True) if old != new}
    assert changed == {rspamd.SENDERS}


def test_a_sender_in_its_own_script_is_signed_by_its_a_labels() -> None:
    domain = Fqdn.parse("中文.example")
    component = configured(domain, senders=(("a", "ming@中文.example"),))
    assert rows(component) == {
        "ming@中文.example": ("xn--fiq228c.example", "omi1", ("a",)),
        "ming@xn--fiq228c.example": ("xn--fiq228c.example", "omi1", ("a",)),
    }


def test_the_largest_mail_that_postfix_takes_is_signed() -> None:
    found = configuration(configured(message_size_limit=70 * MEBIBYTE))
    assert f"max_message = {71 * MEBIBYTE};" in found


def test_notices_of_the_host_are_known_by_its_name() -> None:
    assert 'own_name = "smtp.relay.example";' in configuration(configured())


@pytest.mark.parametrize(("slots", "slot"), [({}, "omi1"), ({ZONE: "omi2"}, "omi2")])
def test_notices_are_signed_by_the_operators_zone_with_the_slot_of_the_day(
    slots: Mapping[Fqdn, str], slot: str
) -> None:
    lines = text(configured(senders=OWN, slots=slots), rspamd.SENDERS).splitlines()
    assert f"notices relay.example {slot}" in lines


def test_no_account_of_the_operators_zone_is_made_by_that() -> None:
    assert all("relay.example" not in sender for sender in rows(configured(senders=OWN)))


def test_a_control_character_cannot_become_a_setting() -> None:
    with pytest.raises(InputError, match="control character"):
        configured(senders=OWN, slots={SHOP: "omi2\n@shop.example shop.example omi1 b"})


def test_the_checker_refuses_a_module_that_does_not_load() -> None:
    assert "--strict" in configured().check


def test_only_an_engine_that_signs_by_itself_gets_mail_unsigned() -> None:
    engine = Engine(host=Fqdn.parse("engine.example"))
    hops = (
        ("both", Engine(host=Fqdn.parse("signs-too.example"), sign=True)),
        ("abroad", Smarthost(host=Fqdn.parse("mail.example"))),
    )
    found = configuration(configured(next_hop=engine, next_hops=hops))
    assert 'unsigned = ["hop-engine.example-25"];' in found
    assert "unsigned = [];" in configuration(configured())
