"""What an inventory writes about certificates: each mistake is one sentence with its place."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omi_core.errors import SettingsError
from omi_core.inventory.issuers import (
    LETS_ENCRYPT,
    ExternalAccount,
    InternalCa,
    KeyKind,
    root_file_of,
)
from omi_core.inventory.parse_issuers import parse_acme, parse_certificates, parse_provided_files

GOOD: dict[str, Any] = {"directory": "/etc/omi-control/acme", "agrees_to_terms": True}


def test_lets_encrypt_and_p_256_are_what_nothing_is_said_about() -> None:
    acme = parse_acme("x.py:1", **GOOD)
    assert acme.url == LETS_ENCRYPT
    assert root_file_of(acme) is None
    assert parse_certificates("x.py:1").keys == (KeyKind.ECDSA,)
    assert root_file_of(InternalCa(directory=Path("ca"))) == Path("ca/root.pem")


def test_everything_that_can_be_said_of_acme_is_kept() -> None:
    acme = parse_acme(
        "x.py:1",
        **GOOD,
        url="https://ca.example/dir",
        contact="ops@itpison.com",
        profile="shortlived",
        external_account=("kid-1", "/etc/omi-control/mac"),
        ca_file="ca.pem",
        root_file="root.pem",
        caa_identity="CA.example",
    )
    mac = Path("/etc/omi-control/mac")
    assert acme.external_account == ExternalAccount(key_id="kid-1", mac_key_file=mac)
    assert (acme.caa_identity, root_file_of(acme)) == ("ca.example", Path("root.pem"))


@pytest.mark.parametrize(
    ("parse", "written", "says"),
    [
        (parse_acme, {**GOOD, "agrees_to_terms": False}, "agrees_to_terms: must be True"),
        (parse_acme, {**GOOD, "agrees_to_terms": "yes"}, "must be True or False"),
        (
            parse_acme,
            {**GOOD, "url": "http://ca.example"},
            "is not an address of an ACME directory",
        ),
        (parse_acme, {**GOOD, "url": "ca.example"}, "is not an address of an ACME directory"),
        (parse_acme, {**GOOD, "url": "https://me:pw@ca.example/"}, "url: holds a user name"),
        (parse_acme, {**GOOD, "directory": ""}, "directory: is empty"),
        (parse_acme, {**GOOD, "contact": "nobody"}, "is not a mail address"),
        (parse_acme, {**GOOD, "profile": "short lived"}, "is not a profile"),
        (parse_acme, {**GOOD, "external_account": ("kid",)}, "external_account: must be"),
        (parse_acme, {**GOOD, "external_account": "kid"}, "external_account: must be"),
        (parse_acme, {**GOOD, "caa_identity": "no name"}, "may hold only letters"),
        (parse_provided_files, {"chain_file": "", "key_file": "k"}, "chain_file: is empty"),
        (parse_certificates, {"keys": ("dsa",)}, "there are ecdsa and rsa"),
        (parse_certificates, {"keys": ()}, "keys: must be"),
        (parse_certificates, {"keys": ("rsa", "rsa")}, "keys: must be"),
        (parse_certificates, {"keys": "rsa"}, "keys: must be a list"),
        (parse_certificates, {"warn_days": 0}, "is not a number from 1 to 90"),
        (parse_certificates, {"warn_days": True}, "is not a number from 1 to 90"),
    ],
)
def test_each_mistake_is_one_sentence(
    parse: Callable[..., object], written: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError) as error:
        parse("inventories/prod.py:12", **written)
    assert str(error.value).startswith("inventories/prod.py:12: ")
    assert says in str(error.value)
