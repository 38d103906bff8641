"""A unit that changed needs a restart: one relay after the other, until one does not come back."""

import re

from omi_core.inventory.model import Environment, Relay
from omi_core.relay.dovecot import component as dovecot
from tests.fake.relays import Responses, Run, deploy, relay, row, settled

ACTIVATE = "components/dovecot && sh stage"
FAILS = {"success": False, "stderr": "it does not work"}


def with_another_unit(each: Relay) -> dict[str, object]:
    """A relay on which Dovecot was started by an earlier unit."""
    answers = dict(settled(each))
    lines = answers["components/dovecot/live"]
    assert isinstance(lines, list)
    shown = re.compile(re.escape(f"SHA256 ({dovecot.UNIT}) = ") + ".*")
    earlier = [shown.sub(f"SHA256 ({dovecot.UNIT}) = {'0' * 64}", line) for line in lines]
    assert earlier != lines
    return {**answers, "components/dovecot/live": earlier}


def slow(each: Relay, *answers: Responses) -> tuple[str, dict[str, object]]:
    """A relay whose commands take a moment, in which others have theirs."""
    name, data = row(each, *answers)
    return name, {**data, "fake_delay": 0.01}


def activations(run: Run, each: Relay) -> list[str]:
    return run.touching(each, ACTIVATE)


def test_relays_whose_daemon_is_restarted_take_turns(first: Relay, second: Relay) -> None:
    run = deploy([slow(each, with_another_unit(each)) for each in (first, second)])
    assert not run.failed
    assert [len(activations(run, each)) for each in (first, second)] == [1, 1]
    assert most_at_once(run) == 1


def test_relays_that_only_reload_do_not_wait_for_each_other(first: Relay, second: Relay) -> None:
    rows = []
    for each in (first, second):
        answers = dict(settled(each))
        lines = answers["components/dovecot/live"]
        assert isinstance(lines, list)
        healed = [line for line in lines if not line.endswith(dovecot.CONFIGURATION)]
        rows.append(slow(each, {**answers, "components/dovecot/live": healed}))
    run = deploy(rows)
    assert not run.failed
    assert most_at_once(run) == 2


def test_where_one_relay_does_not_come_back_no_other_is_restarted(
    shared: Environment, first: Relay, second: Relay
) -> None:
    third = relay(shared, 3)
    rows = [
        slow(each, {ACTIVATE: FAILS}, with_another_unit(each)) for each in (first, second, third)
    ]
    run = deploy(rows)
    assert len(run.failed) == 3
    assert sum(len(activations(run, each)) for each in (first, second, third)) == 1


def test_a_bare_relay_waits_for_nobody(first: Relay, second: Relay) -> None:
    rows = []
    for each in (first, second):
        answers = {**settled(each), "components/dovecot/live": []}
        rows.append(slow(each, answers))
    assert most_at_once(deploy(rows)) == 2


def test_what_an_interrupted_run_left_is_restarted_in_turn(first: Relay, second: Relay) -> None:
    rows = []
    for each in (first, second):
        lines = settled(each)["components/dovecot/live"]
        assert isinstance(lines, list)
        left = ["fingerprint", *lines[1:]]
        rows.append(slow(each, {**settled(each), "components/dovecot/live": left}))
    assert most_at_once(deploy(rows)) == 1


def most_at_once(run: Run) -> int:
    """How many activations of Dovecot ran at one time."""
    running = most = 0
    for _, command, begins in run.moments:
        if ACTIVATE in command:
            running += 1 if begins else -1
            most = max(most, running)
    return most
