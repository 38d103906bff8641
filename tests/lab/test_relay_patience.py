"""How long the relay waits for a client that is idle or slow: `make soak-lab`.

Minutes of waiting, all at once, so it is no test of every day.
"""

import time
from collections.abc import Callable

import pytest

from tests.lab.relay_client import (
    ALICE,
    PLAIN,
    SUBMISSION,
    WRAPPED,
    Door,
    Session,
    side_by_side,
)
from tests.lab.relay_run import Control

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

# RFC 5321 4.5.3.2.7: a server waits for a command at least as long.
IDLE_S = 300
SLOWEST_S = 420


def dribbled(session: Session, octet: bytes) -> bytes:
    """Send an octet a second until the relay says something or is gone; return what it said."""
    session.sock.settimeout(1)
    until = time.monotonic() + SLOWEST_S
    while time.monotonic() < until:
        try:
            session.sock.sendall(octet)
            return session.sock.recv(1000)
        except TimeoutError:
            continue
        except OSError:
            return b""
    raise AssertionError("it waits for ever")


def says_nothing(session: Session) -> bytes:
    session.sock.settimeout(SLOWEST_S)
    return session.sock.recv(1000)


def logs_in_and_says_nothing(session: Session) -> bytes:
    return says_nothing(session.ready(ALICE))


def sends_a_slow_command(session: Session) -> bytes:
    return dribbled(session.ready(ALICE), b"x")


def sends_a_slow_message(session: Session) -> bytes:
    session.ready(ALICE).envelope(ALICE.sender)
    assert session.ask("DATA").code == 354
    return dribbled(session, b"x")


WAYS: tuple[tuple[Door, Callable[[Session], bytes]], ...] = (
    (PLAIN, says_nothing),
    (SUBMISSION, says_nothing),
    (WRAPPED, logs_in_and_says_nothing),
    (SUBMISSION, logs_in_and_says_nothing),
    (SUBMISSION, sends_a_slow_command),
    (WRAPPED, sends_a_slow_message),
)


def test_whoever_is_idle_or_slow_is_let_go_after_five_minutes(control: Control) -> None:
    """Not earlier, since programs keep sessions open; and not by the octet."""

    def waited(way: tuple[Door, Callable[[Session], bytes]]) -> tuple[str, bool, bool]:
        door, act = way
        with Session(control.site, "smtp", door) as session:
            began = time.monotonic()
            try:
                said = act(session)
            except OSError as error:
                said = repr(error).encode()
            waited_s = time.monotonic() - began
        told = said in {b"", b"421 4.4.2 smtp.itpison.com Error: timeout exceeded\r\n"}
        return f"{door} {act.__name__} {said!r} {waited_s:.0f}", told, waited_s > IDLE_S - 10

    ended = side_by_side(waited, WAYS)
    assert [each for each in ended if not all(each)] == []
