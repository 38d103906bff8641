"""The whole relay deploy on fake hosts: order, round trips, failures, and where secrets go."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from omi_core.inventory.model import Environment, Relay
from omi_core.relay import gate, verify
from omi_core.relay import host as base
from omi_core.relay.dovecot import component as dovecot
from omi_core.relay.policy import component as policy
from omi_core.relay.postfix import component as postfix
from tests.fake.relays import (
    DKIM_MARKER,
    FINE,
    PASSWORD_MARKER,
    RELEASE,
    REPOSITORY,
    Run,
    asks_for_a_certificate,
    bare,
    deploy,
    holds_keys,
    relay,
    row,
    settled,
    unpacked,
)

COMPONENTS = ("base", "tls", "dovecot", "policy", "rspamd", "doors", "firewall", "postfix")
FAILS = {"success": False, "stderr": "it does not work"}


def fresh() -> dict[str, object]:
    return {"names=$(cat)": [DKIM_MARKER], **bare(), **asks_for_a_certificate()}


def steps(run: Run, on: Relay) -> list[str]:
    """What was done to components on a host, as words, in order."""
    words = {"base64 -d": "stage", "./check": "check", "/activate": "activate"}
    return [
        f"{word} {name}"
        for command in run.on(on)
        for name in COMPONENTS
        for text, word in words.items()
        if f"components/{name} " in f"{command} ".replace("/stage", " /stage") and text in command
    ]


def test_a_run_with_nothing_to_do_is_one_command_a_host(first: Relay, second: Relay) -> None:
    run = deploy([row(first, settled(first)), row(second, settled(second))])
    assert run.error == ""
    assert not run.failed
    assert not run.changed
    for each in (first, second):
        assert len(run.on(each)) == 1


def test_what_a_glimpse_does_not_settle_is_looked_at_by_itself(first: Relay, second: Relay) -> None:
    found = settled(first)
    prefetched = found["components/dovecot/live"][1:]  # type: ignore[index]
    answers = {"components/dovecot/live/manifest": prefetched, **found}
    run = deploy([row(first, answers), row(second, settled(second))], dry=True)
    assert len(run.touching(first, "components/dovecot/live")) == 1
    assert len(run.on(first)) == 2
    assert len(run.on(second)) == 1


def test_after_a_change_on_a_relay_every_later_component_is_looked_at_again(
    first: Relay, second: Relay
) -> None:
    answers = dict(settled(first))
    answers["components/base/live"] = answers["components/base/live"][1:]  # type: ignore[index]
    run = deploy([row(first, answers), row(second, settled(second))])
    for name in COMPONENTS[1:]:
        assert len(run.touching(first, f"components/{name}/live")) == 1
    assert len(run.on(second)) == 1


def test_a_dry_run_looks_and_changes_nothing_and_names_every_host_with_work(
    first: Relay, second: Relay
) -> None:
    run = deploy([row(first, fresh()), row(second, settled(second))], dry=True)
    assert run.changed == {"@fake/smtp1.itpison.com"}
    for each in (first, second):
        assert not [command for command in run.on(each) if "umask" in command]
        assert not run.touching(each, "apt-get")


def test_a_dry_run_of_a_settled_relay_names_no_host(first: Relay, second: Relay) -> None:
    run = deploy([row(first, settled(first)), row(second, settled(second))], dry=True)
    assert not run.changed
    assert not run.error


def test_a_bare_host_gets_each_component_staged_checked_and_activated_in_order(
    first: Relay, second: Relay
) -> None:
    run = deploy([row(first, fresh()), row(second, fresh())])
    assert run.error == ""
    assert not run.failed
    for each in (first, second):
        assert steps(run, each) == [
            f"{word} {name}" for name in COMPONENTS for word in ("stage", "check", "activate")
        ]
        install = run.on(each).index(run.touching(each, "apt-get")[0])
        assert install < run.on(each).index(run.touching(each, "./check")[0])


def test_packages_are_asked_for_once_and_the_release_is_remembered(first: Relay) -> None:
    asked = [text for text in deploy([row(first, fresh())]).on(first) if "os-release" in text]
    assert len(asked) == 1


def test_a_key_is_made_on_one_relay_and_carried_to_the_other_through_memory(
    first: Relay, second: Relay
) -> None:
    run = deploy([row(first, fresh()), row(second, fresh())])
    assert len(run.touching(first, "openssl genpkey -quiet")) == 1
    assert not run.touching(second, "openssl genpkey -quiet")
    assert len(run.touching(first, "names=$(cat)")) == 1
    assert len(run.touching(second, ".arriving")) == 1


@pytest.mark.parametrize("step", ["check", "activate"])
def test_a_step_that_fails_ends_the_run_before_anything_that_would_follow(
    first: Relay, second: Relay, step: str
) -> None:
    text = {"check": "sh ./check", "activate": "/activate"}[step]
    broken: dict[str, object] = {text: FAILS, **settled(first)}
    broken.pop("components/dovecot/live")
    run = deploy([row(first, broken), row(second, settled(second))])
    assert run.failed == {"@fake/smtp1.itpison.com"}
    expected = ["stage dovecot", "check dovecot", "activate dovecot"]
    assert steps(run, first) == expected[: expected.index(f"{step} dovecot") + 1]
    for each in (first, second):
        assert not run.touching(each, "components/policy")
        assert not run.touching(each, "components/rspamd")
        assert not run.touching(each, "components/postfix")


def without(path: str) -> Callable[[Any], Any]:
    return lambda lines: [line for line in lines if not line.endswith(path)]


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("dovecot", without(dovecot.USERS)),
        ("postfix", without("/etc/postfix/main.cf")),
        ("base", lambda lines: [line for line in lines if line != "healthy"]),
        ("policy", without(policy.ACCOUNTS)),
        ("rspamd", lambda lines: lines[1:]),
    ],
)
def test_what_changed_on_one_host_is_put_right_there_and_nothing_else_is_touched(
    first: Relay, second: Relay, name: str, damage: Callable[[Any], Any]
) -> None:
    answers = dict(settled(first))
    answers[f"components/{name}/live"] = damage(answers[f"components/{name}/live"])
    run = deploy([row(first, answers), row(second, settled(second))])
    assert run.changed == {"@fake/smtp1.itpison.com"}
    assert steps(run, first) == [f"{word} {name}" for word in ("stage", "check", "activate")]
    assert steps(run, second) == []


def test_a_relay_added_to_the_inventory_fetches_every_key_and_makes_none(
    shared: Environment, first: Relay, second: Relay
) -> None:
    third = relay(shared, 3)
    rows = [row(each, settled(each, relays=3)) for each in (first, second)]
    run = deploy([row(third, fresh()), *rows])
    assert run.error == ""
    for each in (first, second, third):
        assert not run.touching(each, "openssl genpkey -quiet")
    assert len(run.touching(third, ".arriving")) == 1
    assert steps(run, third)[-1] == "activate postfix"
    assert not run.changed & {"@fake/smtp1.itpison.com", "@fake/smtp2.itpison.com"}


def test_with_a_limit_the_relays_outside_it_are_asked_before_a_key_is_made(
    first: Relay, second: Relay
) -> None:
    def only_second(host: Any) -> bool:
        return str(host.name).endswith("smtp2.itpison.com")

    has_it = deploy([row(first, settled(first)), row(second, fresh())], limit=only_second)
    assert not has_it.touching(second, "openssl genpkey -quiet")
    assert has_it.touching(second, ".arriving")
    has_none = deploy([row(first, fresh()), row(second, fresh())], limit=only_second)
    assert len(has_none.touching(second, "openssl genpkey -quiet")) == 1
    assert not has_none.touching(first, "openssl genpkey -quiet")


def test_a_key_is_not_made_while_a_relay_that_may_have_it_cannot_be_reached(
    first: Relay, second: Relay
) -> None:
    unreachable = (
        "smtp1.itpison.com",
        {"relay": first, "ssh_hostname": "127.0.0.1", "ssh_port": 1, "ssh_user": "nobody"},
    )
    run = deploy(
        [unreachable, row(second, fresh())], limit=lambda host: host.name.startswith("@fake")
    )
    assert run.failed == {"@fake/smtp2.itpison.com"}
    assert not run.touching(second, "openssl genpkey -quiet")
    assert not run.touching(second, "components/postfix")


def test_with_all_keys_at_hand_a_relay_that_cannot_be_reached_stops_nobody(
    first: Relay, second: Relay
) -> None:
    unreachable = (
        "smtp1.itpison.com",
        {"relay": first, "ssh_hostname": "127.0.0.1", "ssh_port": 1, "ssh_user": "nobody"},
    )
    run = deploy(
        [unreachable, row(second, settled(second))],
        limit=lambda host: host.name.startswith("@fake"),
    )
    assert not run.failed
    assert not run.changed


def test_no_secret_stands_in_a_command_and_each_reaches_the_host_that_needs_it(
    first: Relay, second: Relay
) -> None:
    run = deploy([row(first, fresh()), row(second, fresh())], diff=True)
    for name, commands in run.commands.items():
        for command in commands:
            assert PASSWORD_MARKER not in command, name
            assert DKIM_MARKER not in command, name
    handed = run.stdin["@fake/smtp2.itpison.com"]
    assert [text for text in handed if DKIM_MARKER in text] == [DKIM_MARKER]
    users = dovecot.configured(second, RELEASE).files[0]
    assert PASSWORD_MARKER.encode() in users.content
    assert users.secret


def test_a_system_that_is_no_debian_is_refused_before_anything_changes(first: Relay) -> None:
    run = deploy([row(first, {"os-release": ["release ubuntu 24.04"]})])
    assert run.failed
    assert [command for command in run.on(first) if "umask" in command] == []


def test_a_sender_domain_without_its_key_on_the_host_cannot_be_used_there(
    shared: Environment, first: Relay
) -> None:
    """The fake host makes no key, so after the run there is still none."""
    run = deploy([row(first, fresh())])
    assert run.error == ""
    signs = postfix.configured(first, frozenset(shared.sender_domains), RELEASE)
    staged = next(text for text in run.stdin["@fake/smtp1.itpison.com"][::-1] if text)
    assert b"@shop.example alice" in signs.files[0].content
    assert b"@shop.example" not in unpacked(staged)["tree/etc/postfix/senders"]


def test_keys_that_others_may_read_are_shut_without_being_made_again(
    shared: Environment, first: Relay
) -> None:
    answers = dict(settled(first))
    lines = list(holds_keys(shared)["-name '*.pub'"])  # type: ignore[call-overload]
    answers["-name '*.pub'"] = [*lines, "./shop.example.omi1.key"]
    run = deploy([row(first, answers)])
    assert len(run.touching(first, "chmod 640")) == 1


def test_the_accounts_that_run_things_are_there_before_the_daemons(first: Relay) -> None:
    assert "/etc/sysusers.d/omi.conf" in base.configured(first).paths
    assert "systemd-sysusers" in base.configured(first).reload


def closed(id_: str) -> verify.Verification:
    """A look from outside that found one error behind an open port."""
    check = {"id": id_, "status": "failed", "finding": {"severity": "error"}}
    cell = {"port": 587, "checks": [check], "conversations": []}
    words = ("smtp.itpison.com 587: AUTH is offered before TLS",)
    return verify.Verification(code=1, document={"cells": [cell]}, sentences=words)


def test_a_relay_that_a_run_changed_is_looked_at_from_outside_and_no_other(
    first: Relay, second: Relay
) -> None:
    run = deploy([row(first, fresh()), row(second, settled(second))])
    assert len(run.looks) == 1
    assert "--resolve=smtp.itpison.com=192.0.2.1" in run.looks[0]
    assert len(run.touching(first, gate.PASSED)) == 1


def test_a_relay_that_customers_find_broken_fails_the_run_and_is_put_back(first: Relay) -> None:
    answers = dict(settled(first))
    answers["components/base/live"] = answers["components/base/live"][1:]  # type: ignore[index]
    run = deploy([row(first, answers)], seen=[closed("auth-only-where-allowed")])
    assert run.failed == {"@fake/smtp1.itpison.com"}
    assert len(run.touching(first, "gate.lock")) == 1
    assert not run.touching(first, f"touch {gate.PASSED}")


def test_what_is_gone_at_a_second_look_was_a_reload_and_no_fault(first: Relay) -> None:
    run = deploy([row(first, fresh())], seen=[closed("auth-wrong-refused"), FINE])
    assert not run.failed
    assert len(run.looks) == 2
    assert run.touching(first, f"touch {gate.PASSED}")


def test_a_relay_that_cannot_be_seen_from_here_fails_the_run_and_is_left_alone(
    first: Relay,
) -> None:
    run = deploy([row(first, fresh())], seen=[verify.Verification(sentences=("not checked",))])
    assert run.failed == {"@fake/smtp1.itpison.com"}
    assert not run.touching(first, "gate.lock")


CUSTOMERS = str(REPOSITORY / "deploys" / "customers.py")


def test_the_customers_deploy_with_nothing_to_do_is_one_command_a_host(
    first: Relay, second: Relay
) -> None:
    run = deploy([row(first, settled(first)), row(second, settled(second))], what=CUSTOMERS)
    assert run.error == ""
    assert not run.changed
    assert [len(run.on(each)) for each in (first, second)] == [1, 1]


def test_the_customers_deploy_sends_the_files_that_customers_decide_and_no_other(
    shared: Environment, first: Relay
) -> None:
    """Here a setting of the relays is another one as well; it is left to their own deploy."""
    [shop] = shared.customers
    account = replace(shop.accounts[0], login="bob")
    more = replace(shop, accounts=(*shop.accounts, account))
    other = replace(first, environment=replace(shared, customers=(more,), plaintext_auth=True))
    run = deploy([row(other, settled(first))], what=CUSTOMERS)
    assert run.error == ""
    sent = [unpacked(text) for text in run.stdin["@fake/smtp1.itpison.com"] if text]
    assert sorted(name for files in sent for name in files if name != "activate") == [
        "tree/etc/dovecot/relay-users",
        "tree/etc/omi-policy/accounts.json",
        "tree/etc/postfix/senders",
        "tree/etc/rspamd/omi_senders",
    ]


def test_the_customers_deploy_is_refused_on_a_relay_that_was_never_deployed(first: Relay) -> None:
    answers = {**bare(), **holds_keys(first.environment)}
    run = deploy([row(first, answers)], what=CUSTOMERS)
    assert run.failed
    assert [command for command in run.on(first) if "umask" in command] == []
