"""What a user of the relay relies on, read from the files that rspamd will read."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from omi_core.customers import Customer
from omi_core.errors import InputError
from omi_core.infra import rspamd
from omi_core.infra.component import Component
from omi_core.names import Address, Fqdn
from omi_core.settings import MEBIBYTE, Environment, InternalCa, Relay

SHOP = Fqdn.parse("shop.example")


def configured(
    *domains: Fqdn, slots: Mapping[Fqdn, str] = rspamd.NO_ROTATION, **changes: Any
) -> Component:
    environment = Environment(
        operator_zone=Fqdn.parse("relay.example"),
        public_names=(Fqdn.parse("smtp.relay.example"),),
        postmaster=Address.parse("ops@relay.example"),
        customers=(Customer(name="Shop", domains=domains or (SHOP,), accounts=()),),
        issuer=InternalCa(directory=Path("ca")),
        **changes,
    )
    relay = Relay(
        name=Fqdn.parse("smtp.relay.example"),
        ipv4=IPv4Address("192.0.2.25"),
        ipv6=None,
        environment=environment,
    )
    return rspamd.configured(relay, slots=slots)


def text(component: Component, path: str) -> str:
    return next(f.content.decode() for f in component.files if f.path == path)


def configuration(component: Component) -> str:
    """What rspamd.conf says, without comments and with single spaces."""
    lines = text(component, rspamd.CONFIGURATION).splitlines()
    said = " ".join(line for line in lines if not line.strip().startswith("#"))
    return re.sub(r"\s+", " ", said)


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
    assert found.count("bind_socket") == 1


def test_a_new_domain_changes_no_file_so_its_key_is_enough() -> None:
    before, after = configured(SHOP), configured(SHOP, Fqdn.parse("new.example"))
    assert before.fingerprint == after.fingerprint


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


def test_a_domain_in_rotation_signs_with_its_other_slot() -> None:
    found = configuration(configured(slots={SHOP: "omi2"}))
    assert 'slot = "omi1"; ' in found
    assert 'slots { "shop.example" = "omi2"; }' in found


def test_a_domain_in_its_own_script_is_signed_by_its_a_labels() -> None:
    found = configuration(configured(Fqdn.parse("中文.example")))
    assert 'a_labels { "中文.example" = "xn--fiq228c.example"; }' in found


def test_the_largest_mail_that_postfix_takes_is_signed() -> None:
    found = configuration(configured(message_size_limit=70 * MEBIBYTE))
    assert f"max_message = {71 * MEBIBYTE};" in found


def test_notices_of_the_host_are_known_by_its_name() -> None:
    assert 'own_name = "smtp.relay.example";' in configuration(configured())


def test_a_control_character_cannot_become_a_setting() -> None:
    with pytest.raises(InputError, match="control character"):
        configured(slots={SHOP: 'omi2";\noptions { filters = ""; }'})


def test_the_checker_refuses_a_module_that_does_not_load() -> None:
    assert "--strict" in configured().check
