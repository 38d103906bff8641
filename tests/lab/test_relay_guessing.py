"""Who guesses passwords, and who stands beside him: counted by what Dovecot really checked."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

import pytest

from lab import plan
from lab.site import Site
from omi_core.relay.dovecot.guessing import MOST
from tests.lab.conftest import Shell
from tests.lab.relay_client import ALICE, BOB, PLAIN, SUBMISSION, WRAPPED, Door, Session
from tests.lab.relay_run import Control

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

GUESSES = 60
SIDE_BY_SIDE = 20
EACH_RELAY = MOST // 2
DOORS = (PLAIN, SUBMISSION, WRAPPED)
NEW = "2001:db8:18:bad::"
_number = count()


@pytest.fixture(autouse=True)
def forgetful(control: Control) -> Iterator[Site]:
    """Nothing is remembered of the client's address before, and nothing afterwards."""
    forget(control.site)
    yield control.site
    forget(control.site)


def forget(place: Site) -> None:
    for relay in ("smtp", "smtp2"):
        Shell(place, relay).run(
            "systemctl stop omi-guessing.service;"
            " rm -f /run/private/omi-guessing/*; systemctl start omi-guessing.service"
        )


def guess(place: Site, *, door: Door = PLAIN, family: int = 4, login: str = ALICE.login) -> str:
    """Try one wrong password, another each time; return what was answered."""
    tried = plan.Account(login=login, password=f"guess-{next(_number)}", sender=ALICE.sender)
    with Session(place, "smtp", door, family) as session:
        session.hello()
        return str(session.login(tried))


@contextmanager
def checked(place: Site) -> Iterator[list[int]]:
    """How many passwords Dovecot found wrong meanwhile; the list has it afterwards."""
    relay = Shell(place, "smtp")
    began = (
        relay.run("journalctl -u dovecot -n 0 --show-cursor -q").partition("cursor: ")[2].strip()
    )
    found: list[int] = []
    yield found
    said = relay.run(f"journalctl -u dovecot --after-cursor='{began}' -o cat -q")
    lines = said.splitlines()
    wrong = [one for one in lines if "assword mismatch" in one or "nknown user" in one]
    found.append(len(wrong))


def alice_logs_in(place: Site, family: int = 4) -> int:
    with Session(place, "smtp", SUBMISSION, family) as session:
        session.hello()
        return session.login(ALICE).code


@pytest.mark.parametrize("family", [4, 6])
def test_an_address_gets_its_guesses_and_a_neighbour_on_it_goes_on(
    control: Control, family: int
) -> None:
    place = control.site
    assert alice_logs_in(place, family) == 235
    neighbour: list[int] = []
    with checked(place) as found, ThreadPoolExecutor(SIDE_BY_SIDE + 1) as pool:
        began = time.monotonic()
        guesses = [
            pool.submit(guess, place, door=DOORS[each % 3], family=family)
            for each in range(GUESSES)
        ]
        while not all(each.done() for each in guesses):
            neighbour.append(alice_logs_in(place, family))
        took = time.monotonic() - began
    answers = [each.result() for each in guesses]
    failures = [code for code in neighbour if code != 235]
    print(  # noqa: T201 - the measure of the issue
        f"IPv{family}: {GUESSES} guesses in {took:.1f} s, {found[0]} checked;"
        f" neighbour: {len(neighbour)} logins, {len(failures)} failures"
    )
    assert all(each.startswith("535 5.7.8") for each in answers)
    assert found[0] == EACH_RELAY
    assert neighbour
    assert failures == []


def test_a_network_of_ipv6_is_one_address(control: Control) -> None:
    place = control.site
    client = Shell(place, "client")
    device = client.run("ip -o -6 route get 2001:db8:18::11 | sed 's/.* dev //;s/ .*//'").strip()
    relay = Shell(place, "smtp")
    with checked(place) as found:
        for number in range(3):
            address = f"2001:db8:18::9{number}"
            client.run(f"ip -6 addr add {address}/64 dev {device} nodad")
            client.run(f"ip -6 route replace 2001:db8:18::11/128 dev {device} src {address}")
            try:
                with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
                    list(pool.map(lambda _: guess(place, family=6), range(8)))
            finally:
                client.run("ip -6 route del 2001:db8:18::11/128")
                client.run(f"ip -6 addr del {address}/64 dev {device}")
    assert "2001:db8:18::92" in relay.run("journalctl -u dovecot -o cat -q -n 30")
    assert found == [EACH_RELAY]


def test_beyond_the_bound_a_right_guess_tells_nothing(control: Control) -> None:
    """Bob has never logged in from here: his password could be the guess that is right."""
    place = control.site
    assert alice_logs_in(place) == 235
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        wrong = list(pool.map(lambda _: guess(place, login=BOB.login), range(EACH_RELAY + 5)))[-1]
    with Session(place, "smtp", SUBMISSION) as session:
        session.hello()
        right = str(session.login(BOB))
    assert right == guess(place, login=BOB.login)
    assert right.startswith("535 5.7.8")
    assert wrong.startswith("535 5.7.8")
    assert alice_logs_in(place) == 235


def test_a_daemon_that_is_killed_or_replaced_forgets_no_neighbour(control: Control) -> None:
    place = control.site
    relay = Shell(place, "smtp")
    assert alice_logs_in(place) == 235
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(lambda _: guess(place), range(EACH_RELAY)))
    relay.run("systemctl restart omi-guessing.service")
    with checked(place) as found:
        guess(place)
        assert alice_logs_in(place) == 235
    assert found == [0]


def test_without_the_daemon_customers_log_in(control: Control) -> None:
    place = control.site
    relay = Shell(place, "smtp")
    relay.run("systemctl stop omi-guessing.socket omi-guessing.service")
    try:
        assert alice_logs_in(place) == 235
    finally:
        relay.run("systemctl start omi-guessing.socket omi-guessing.service")


def test_one_password_on_many_accounts_is_told_and_not_shown(control: Control) -> None:
    place = control.site
    relay = Shell(place, "smtp")
    password = "Sprayed-0ver-all"
    accounts = [
        plan.Account(login=f"guest-{number}", password=password, sender=ALICE.sender)
        for number in range(10)
    ]

    def tried(account: plan.Account) -> None:
        with Session(place, "smtp", PLAIN) as session:
            session.hello()
            session.login(account)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(tried, accounts))
    said = relay.run("journalctl -u omi-guessing -o cat -q -n 20")
    line = next(each for each in said.splitlines() if "password-on-many-accounts" in each)
    assert f"network={plan.host('client').ipv4} " in line
    assert line.endswith("count=10")
    assert password not in relay.run("journalctl -q")
