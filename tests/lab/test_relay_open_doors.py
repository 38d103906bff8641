"""Whoever holds a relay's doors, and whatever is silent behind it: others get in at once.

Two seconds for login and mail, one for the greeting: these bounds are the promise itself.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import pytest

from lab import mailbox, plan
from lab.site import Site
from omi_core.relay.doors.component import CONNECTIONS_OF_A_CLIENT
from omi_core.relay.postfix.component import SESSIONS, SESSIONS_OF_A_CLIENT
from tests.lab.relay_client import ALICE, BOB, DOORS, RECIPIENT, RELAYS, Door, Session
from tests.lab.relay_crowd import Orders, addresses, crowd
from tests.lab.relay_run import Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

PORTS = (25, 465, 587)
EACH = 300
LOGIN_AND_MAIL_S = 2.0
GREETING_S = 1.0


@pytest.fixture(scope="module")
def held(control: Control) -> Iterator[dict[str, int]]:
    """Three addresses with 300 connections each to every port: how many got in, by port."""
    place = control.site
    with addresses(place, 61, 62, 63) as sources:
        orders = Orders(
            relay=plan.host("smtp").ipv4,
            ports=PORTS,
            sources=sources,
            each=EACH,
            login=BOB.login,
            password=BOB.password,
        )
        with crowd(place, orders) as counts:
            yield counts


def test_the_crowd_holds_all_that_it_may_and_not_more(held: dict[str, int]) -> None:
    least, most = 3 * SESSIONS_OF_A_CLIENT, 3 * CONNECTIONS_OF_A_CLIENT
    for port in PORTS:
        assert least <= held[f"{port} held"] <= most < SESSIONS
        assert held[f"{port} held"] + held[f"{port} turned away"] == 3 * EACH


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("door", DOORS, ids=str)
def test_another_client_logs_in_and_sends_while_three_hold_every_door(
    control: Control, door: Door
) -> None:
    began = time.monotonic()
    with Session(control.site, "smtp", door, patience_s=LOGIN_AND_MAIL_S) as session:
        reply, token = session.ready(ALICE).send(ALICE)
    took = time.monotonic() - began
    assert reply.code == 250, reply
    assert took < LOGIN_AND_MAIL_S
    assert mailbox.wait_for(control.site, RECIPIENT, token).verdict.is_pass


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("door", DOORS, ids=str)
def test_one_error_ends_no_session_while_three_hold_every_door(
    control: Control, door: Door
) -> None:
    """Postfix in a crowd forgives one error by default, and others none."""
    with Session(control.site, "smtp", door) as session:
        session.ready(ALICE)
        assert [session.envelope(BOB.sender).code for _ in range(2)] == [553, 503]
        session.ask("RSET")
        assert session.send(ALICE)[0].code == 250


@pytest.mark.usefixtures("held")
def test_no_port_runs_out_of_processes_while_three_hold_every_door(control: Control) -> None:
    """What Postfix calls stress: whoever then comes has to wait for others to go."""
    processes = shell(control.site, "smtp", "ps -eo args | grep '[s]mtpd -n' || :").splitlines()
    for port in PORTS:
        running = [line for line in processes if f"-n {port} " in line]
        assert 3 * SESSIONS_OF_A_CLIENT <= len(running) < SESSIONS


def test_a_network_of_ipv6_is_one_client(control: Control) -> None:
    """Who is given one has more addresses than could ever be counted."""
    rules = shell(control.site, "smtp", "nft list chain inet omi_doors input")
    counted = [line for line in rules.splitlines() if "ip6 saddr" in line]
    assert len(counted) == len(PORTS)
    assert all("& ffff:ffff:ffff:ffff::" in line for line in counted)


@contextmanager
def silent_resolver(place: Site) -> Iterator[None]:
    """Let the resolver take questions and answer none; later it answers them all."""
    shell(place, "dns", "systemctl kill --signal=STOP unbound")
    try:
        yield
    finally:
        shell(place, "dns", "systemctl kill --signal=CONT unbound")


def test_a_silent_resolver_keeps_no_customer_waiting(control: Control) -> None:
    place = control.site
    tokens = []
    with silent_resolver(place):
        for relay, door in product(RELAYS, DOORS):
            with Session(place, relay, door, patience_s=GREETING_S) as session:
                assert session.greeting.code == 220
                session.sock.settimeout(30)
                reply, token = session.ready(ALICE).send(ALICE)
                assert reply.code == 250, reply
                tokens.append(token)
    for token in tokens:
        assert mailbox.wait_for(place, RECIPIENT, token, timeout=90).message["DKIM-Signature"]
