"""`--diff` shows what changes in public files, and without it nobody reads them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State, StateStage
from pyinfra.connectors.fake import FakeConnector
from pyinfra.context import ctx_config, ctx_host, ctx_inventory, ctx_state

from omi_core.engine.component_state import NOTHING, reasons
from omi_core.engine.converge import announce, converge
from tests.unit.engine.test_component import DEMO, MAIN, SETTLED, USERS, on_host

BEFORE = "content /etc/demo/main.cf cmVsYXkgPSBubwo="  # relay = no
CHANGED = replace(
    SETTLED,
    files={
        **SETTLED.files,
        MAIN.path: replace(on_host(MAIN), digest="0"),
        USERS.path: replace(on_host(USERS), digest="0"),
    },
)
WHY = ["demo: /etc/demo/main.cf differs", "demo: /etc/demo/users differs"]
DIFFERENCE = [
    "--- /etc/demo/main.cf",
    "+++ /etc/demo/main.cf (new)",
    "@@ -1 +1 @@",
    "-relay = no",
    "+relay = yes",
    "/etc/demo/users changes; it holds secrets and is not shown",
]


@dataclass
class Place:
    """A fake host: what was logged there, and which commands it was asked."""

    state: State
    logged: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextmanager
def place(
    *, diff: bool, dry: bool = True, there: str = BEFORE, says: Sequence[str] = ()
) -> Iterator[Place]:
    made = Place(State(check_for_changes=dry))
    answers = {"fake_responses": {"base64 -w 0": [there], "fingerprint": list(says)}}
    row = ("@fake/one", {**answers, "fake_delay": 0, "fake_delay_jitter": 0})
    inventory, config = Inventory(([row], {})), Config(DIFF=diff)
    original = FakeConnector.run_shell_command

    def noting(connector: Any, command: Any, **arguments: Any) -> Any:
        made.asked.append(command.get_masked_value())
        return original(connector, command, **arguments)

    made.state.init(inventory, config)
    made.state.set_stage(StateStage.Connect)
    connect_all(made.state)
    host = inventory.get_host("@fake/one")
    with (
        pytest.MonkeyPatch.context() as patch,
        ctx_state.use(made.state),
        ctx_inventory.use(inventory),
        ctx_config.use(config),
        ctx_host.use(host),
    ):
        patch.setattr(FakeConnector, "run_shell_command", noting)
        patch.setattr(host, "log", lambda message, *_: made.logged.append(message))
        patch.setattr(host, "noop", made.logged.append)
        yield made


def executing(made: Place) -> None:
    made.state.set_stage(StateStage.Prepare)
    made.state.set_stage(StateStage.Execute)
    made.state.is_executing = True


@pytest.fixture
def shown() -> Iterator[Place]:
    with place(diff=True) as made:
        yield made


@pytest.fixture
def hidden() -> Iterator[Place]:
    with place(diff=False) as made:
        yield made


@pytest.fixture
def nothing_there() -> Iterator[Place]:
    with place(diff=True, there="") as made:
        yield made


def test_with_diff_each_public_file_is_shown_and_of_a_secret_only_that_it_changes(
    shown: Place,
) -> None:
    announce(DEMO, CHANGED, reasons(DEMO, CHANGED))
    assert shown.logged == [*WHY, *DIFFERENCE]
    [read] = [one for one in shown.asked if "base64" in one]
    assert MAIN.path in read
    assert USERS.path not in read


def test_without_diff_no_file_is_read_and_none_is_shown(hidden: Place) -> None:
    announce(DEMO, CHANGED, reasons(DEMO, CHANGED))
    assert hidden.logged == WHY
    assert [one for one in hidden.asked if "base64" in one] == []


def test_a_file_that_stays_as_it_is_is_not_shown(shown: Place) -> None:
    only_users = replace(CHANGED, files={**CHANGED.files, MAIN.path: on_host(MAIN)})
    announce(DEMO, only_users, ["because"])
    assert shown.logged == ["demo: because", DIFFERENCE[-1]]
    assert [one for one in shown.asked if "base64" in one] == []


def test_a_file_that_was_not_there_is_shown_as_new(nothing_there: Place) -> None:
    announce(DEMO, NOTHING, [])
    assert nothing_there.logged == [
        *DIFFERENCE[:2],
        "@@ -0,0 +1 @@",
        DIFFERENCE[-2],
        DIFFERENCE[-1],
    ]


def test_what_was_announced_while_preparing_is_not_said_again_while_executing(
    shown: Place,
) -> None:
    executing(shown)
    announce(DEMO, CHANGED, reasons(DEMO, CHANGED))
    assert shown.logged == []


def test_where_nothing_was_prepared_it_is_said_while_executing() -> None:
    with place(diff=False, dry=False) as made:
        executing(made)
        announce(DEMO, CHANGED, reasons(DEMO, CHANGED))
        assert made.logged == WHY


def test_a_host_that_is_as_it_should_be_gets_no_command(shown: Place) -> None:
    assert list(converge(DEMO, SETTLED)) == []
    assert shown.logged == ["demo is up to date"]


def test_a_host_that_differs_gets_three_commands_and_the_reasons(hidden: Place) -> None:
    stage, check, activate = (one.get_raw_value() for one in converge(DEMO, CHANGED))
    name = stage.split("mkdir ")[-1].split()[0]
    here = "/var/lib/omi/components/demo"
    assert stage == (
        f"umask 077 && mkdir -p {here} && cd {here} && find . -maxdepth 1 -name 'stage.*'"
        f" -mmin +60 -exec rm -rf {{}} + && mkdir {name} && base64 -d | tar -x -C {name}"
    )
    assert check == (
        f"umask 077 && cd {here}/{name} && STAGE={here}/{name}/tree && export STAGE"
        " && sh ./build && sh ./check"
    )
    assert activate == f"cd {here} && sh {name}/activate"
    assert len(name) == len("stage.") + 16
    assert hidden.logged == WHY
