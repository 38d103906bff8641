"""A rotation whose control machine dies at each step by name: mail verifies, the next runs end it.

The step is held until the machine is dead: on a relay at a command, in DNS at an update.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.dkim_rotation import DAY, DEPLOY, forget
from tests.lab.dns_proxy import Held, always
from tests.lab.relay_hold import holding, killed, wait_for_file
from tests.lab.relay_rotation import DOMAINS, KEYS, PASS, RELAYS, ROTATE, World, restored
from tests.lab.relay_run import Control
from tests.lab.sampled import sampled

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(120)]

SWITCH = "mkdir -p /var/lib/omi*"  # the first command of the signer's component


@dataclass
class Step:
    """Where a run is held: at a command on each relay, or at an update, on its way or answered.

    `switched` are the relays that have done all of theirs by then.
    """

    commands: dict[str, str] = field(default_factory=dict)
    before: Held | None = None
    after: Held | None = None
    switched: tuple[str, ...] = ()


def on_both(command: str) -> Step:
    return Step(dict.fromkeys(RELAYS, command))


COMING: dict[str, Callable[[], Step]] = {
    "the next key is made and on one relay": lambda: Step({"smtp2": "mkdir .arriving"}),
    "its update is not sent": lambda: Step(before=Held()),
    "its update is sent and not read back": lambda: Step(after=Held()),
    "it is proven and nobody remembers": lambda: on_both("mv *.proven.mark"),
    "it is proven and nobody signs with it": lambda: on_both(SWITCH),
    "one relay signs with it": lambda: Step({"smtp2": SWITCH}, switched=("smtp",)),
    "both sign with it and do not remember": lambda: on_both("mv *.signed.mark"),
}
GOING: dict[str, Callable[[], Step]] = {
    "its withdrawal is not sent": lambda: Step(before=Held()),
    "its withdrawal is sent and not read back": lambda: Step(after=Held()),
    "its private half is to be dropped": lambda: on_both("rm -f *.key *"),
}


@pytest.fixture(scope="module")
def rested(control: Control) -> Iterator[Control]:
    """The relays; afterwards the first slot signs again."""
    yield control
    restored(control)


@pytest.fixture
def world(rested: Control, tmp_path: Path) -> World:
    return World(rested, tmp_path)


@pytest.mark.parametrize("step", sampled(COMING.values()), ids=COMING)
def test_a_run_killed_while_a_key_comes_is_completed(
    world: World, step: Callable[[], Step]
) -> None:
    kill_and_complete(world, step(), world.free_slot(), ROTATE)


@pytest.mark.parametrize("step", sampled(GOING.values()), ids=GOING)
def test_a_run_killed_while_a_key_goes_is_completed(world: World, step: Callable[[], Step]) -> None:
    slot = world.free_slot()
    with world.publishing():
        world.run(*ROTATE)
    forget(world.place, 8 * DAY)
    kill_and_complete(world, step(), slot, ())


def kill_and_complete(world: World, step: Step, slot: str, words: tuple[str, ...]) -> None:
    """At every moment mail verifies; in the end there is the key of `slot` and nothing else."""
    with world.publishing(step.before or always, step.after or always):
        kill_at(world, step, slot, words)
        assert world.verdicts() == {PASS}
        assert world.completed()
    assert world.verdicts() == {PASS}
    keys = {f"{domain}.{slot}" for domain in DOMAINS}
    assert world.records() == keys
    for relay in RELAYS:
        assert world.files(relay) == {f"{key}.{half}" for key in keys for half in ("key", "pub")}


def kill_at(world: World, step: Step, slot: str, words: tuple[str, ...]) -> None:
    """Start a run and kill it when it is at the step."""
    with holding(world.place, step.commands) as hold:
        process = world.control.start("-y", *words, inventory=world.inventory, what=DEPLOY)
        hold.wait(process)
        for relay in step.switched:
            mark = f"{KEYS}/shop.example.{slot}.signed.mark"
            wait_for_file(world.place, relay, mark, process)
        for held in filter(None, (step.before, step.after)):
            assert held.reached.wait(60)
        killed(process)
    for held in filter(None, (step.before, step.after)):
        held.released.set()
