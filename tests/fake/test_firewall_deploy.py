"""New rules and sshd's settings on fake hosts: what is asked, in which order, and what stops it."""

from dataclasses import replace
from typing import Any

import pytest

from omi_core.engine.trial import login
from omi_core.inventory.firewall.model import Firewall
from omi_core.inventory.model import Relay
from omi_core.relay.sshd import component as sshd
from tests.fake.relays import deploy, row, settled, stands

ACTIVATE = "components/firewall && sh"
TOKEN = "/run/omi-trial/firewall/token"


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "PAUSE_S", 0)


def changed(relay: Relay, **settings: Any) -> Relay:
    return replace(relay, environment=replace(relay.environment, **settings))


def order(commands: list[str], *texts: str) -> list[int]:
    """Where each text first stands among the commands."""
    return [next(at for at, command in enumerate(commands) if text in command) for text in texts]


def test_new_rules_are_checked_tried_and_logged_in_through_before_they_are_live(
    first: Relay,
) -> None:
    wanted = changed(first, firewall=Firewall(ssh_ports=(2022,)))
    run = deploy([row(wanted, settled(first, relays=1))])
    assert not run.failed
    places = order(run.on(wanted), "firewall/stage", "begin firewall", f"cat {TOKEN}", ACTIVATE)
    assert places == sorted(places)
    [activation] = run.touching(wanted, ACTIVATE)
    assert "systemctl stop omi-trial-firewall.timer" in activation


def test_rules_that_nobody_can_log_in_through_are_never_activated(
    first: Relay,
) -> None:
    wanted = changed(first, firewall=Firewall(ssh_ports=(2022,)))
    run = deploy([row(wanted, {f"cat {TOKEN}": {"success": False}}, settled(first, relays=1))])
    assert run.failed
    assert len(run.touching(wanted, f"cat {TOKEN}")) == login.ATTEMPTS
    assert not run.touching(wanted, ACTIVATE)


def test_rules_that_cannot_be_tried_are_never_activated(first: Relay) -> None:
    wanted = changed(first, firewall=Firewall(enabled=False))
    run = deploy([row(wanted, {"begin firewall": {"success": False}}, settled(first, relays=1))])
    assert run.failed
    assert not run.touching(wanted, f"cat {TOKEN}")
    assert not run.touching(wanted, ACTIVATE)


def test_keys_alone_are_tried_before_they_are_all_there_is(first: Relay) -> None:
    wanted = changed(first, ssh_keys_only=True)
    run = deploy([row(wanted, settled(first, relays=1))])
    assert not run.failed
    places = order(
        run.on(wanted), "begin sshd", "cat /run/omi-trial/sshd/token", "components/sshd && sh"
    )
    assert places == sorted(places)


def test_where_keys_alone_are_taken_a_run_has_nothing_to_do(first: Relay) -> None:
    wanted = changed(first, ssh_keys_only=True)
    run = deploy([row(wanted, stands(sshd.configured()), settled(first, relays=1))])
    assert not run.changed
    assert len(run.on(wanted)) == 1


def test_what_shut_passwords_out_goes_with_the_setting(first: Relay) -> None:
    run = deploy([row(first, stands(sshd.configured()), settled(first, relays=1))])
    assert not run.failed
    assert len(run.touching(first, "components/sshd && sh")) == 1


@pytest.mark.parametrize("method", ["password", "keyboard-interactive", "none"])
def test_a_run_that_needs_no_key_is_refused(
    first: Relay, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = changed(first, ssh_keys_only=True)
    monkeypatch.setattr(sshd, "login_method", lambda _row: method)
    run = deploy([row(wanted, settled(first, relays=1))], dry=True)
    assert f"this run has logged in by {method}, which would be shut out" in run.error
