"""Which daemon signs and which checks passwords is said once; the others learn it from there."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from omi_core.relay import daemons, host, steps
from omi_core.relay.dkim import keys
from omi_core.relay.postfix import component as postfix
from tests.fake.relays import environment, relay


@pytest.mark.parametrize("daemon", [daemons.signer, daemons.passwords], ids=daemons.name_of)
def test_a_daemons_folder_holds_what_a_deploy_takes(daemon: ModuleType) -> None:
    component = import_module(f"{daemon.__name__}.component")
    assert component.PACKAGES
    assert callable(component.service)


def test_the_signer_alone_reads_keys_and_may_be_asked_by_postfix() -> None:
    account = daemons.signer.ACCOUNT
    assert account == keys.GROUP
    assert f"m {account} omi-milter\n".encode() in host.ACCOUNTS


def test_another_signer_and_another_sasl_are_what_postfix_asks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    signer, passwords = ModuleType("opendkim"), ModuleType("cyrus")
    signer.SOCKET = "/run/opendkim/milter.sock"  # type: ignore[attr-defined]
    passwords.SASL_TYPE, passwords.SASL_PATH = "cyrus", "smtpd"  # type: ignore[attr-defined]
    monkeypatch.setattr(postfix, "signer", signer)
    monkeypatch.setattr(postfix, "passwords", passwords)
    settings = postfix._main(relay(environment(tmp_path), 1)).decode()
    for line in (
        "smtpd_milters = unix:/run/omi-policy/milter.sock unix:/run/opendkim/milter.sock",
        "smtpd_sasl_type = cyrus",
        "smtpd_sasl_path = smtpd",
    ):
        assert f"{line}\n" in settings


def test_the_steps_of_a_deploy_take_the_daemons_that_are_named() -> None:
    [query] = steps.rspamd("Sign").queries
    assert query.arguments == {"component_name": daemons.name_of(daemons.signer)}
