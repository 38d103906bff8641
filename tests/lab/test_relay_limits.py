"""What one client can hold: each row of the table in docs/relay.md, on a relay that runs."""

import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from lab import plan
from omi_core.relay.doors.component import CONNECTIONS_OF_A_CLIENT
from omi_core.relay.postfix.component import SESSIONS_OF_A_CLIENT
from tests.lab.relay_client import (
    ALICE,
    BOB,
    OPTIONAL,
    SUBMISSION,
    WRAPPED,
    Door,
    Session,
    side_by_side,
    socket_on,
)
from tests.lab.relay_crowd import addresses
from tests.lab.relay_run import Control

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

SPARE_ADDRESS = 64


def codes_until_421(session: Session, ask: Callable[[Session], int]) -> list[int]:
    """Ask the same until the relay has had enough."""
    codes = [ask(session)]
    while codes[-1] != 421:
        codes.append(ask(session))
    return codes


def says(command: str) -> Callable[[Session], int]:
    return lambda session: session.ask(command).code


def wrong_sender(session: Session) -> int:
    """A sender that is another account's, and what the next mail would begin with."""
    reply = session.envelope(BOB.sender)
    return reply.code if session.ask("RSET").code != 421 else 421


def test_whoever_goes_on_doing_nothing_or_wrong_is_let_go(control: Control) -> None:
    """Errors are answered slowly from the tenth on, so all of these at once."""
    asked = (says("NOOP"), says("RSET"), says("VRFY root"), says("NONSENSE"), wrong_sender)

    def tried(ask: Callable[[Session], int]) -> list[int]:
        with Session(control.site, "smtp2", SUBMISSION) as session:
            return codes_until_421(session.ready(ALICE), ask)

    idle = [250] * 119 + [421]
    wrong = [[502] * 20 + [421], [500] * 20 + [421], [553] * 19 + [421]]
    assert side_by_side(tried, asked) == [idle, idle, *wrong]


def connected(control: Control, port: int, source: str = "") -> socket.socket:
    sock = socket_on(control.site, "client", socket.AF_INET)
    sock.bind((source, 0))
    try:
        sock.connect((plan.host("smtp2").ipv4, port))
    except OSError:
        sock.close()
        raise
    return sock


@pytest.mark.parametrize("port", [25, 587])
def test_more_sessions_of_one_client_are_told_to_come_later(control: Control, port: int) -> None:
    with addresses(control.site, SPARE_ADDRESS) as (source,), ExitStack() as stack:
        every = [
            stack.enter_context(connected(control, port, source))
            for _ in range(CONNECTIONS_OF_A_CLIENT)
        ]
        said = [sock.recv(200)[:9] for sock in every]
        more = CONNECTIONS_OF_A_CLIENT - SESSIONS_OF_A_CLIENT
        assert (
            sorted(each[:4] for each in said) == [b"220 "] * SESSIONS_OF_A_CLIENT + [b"421 "] * more
        )
        assert [each for each in said if each[:4] == b"421 "] == [b"421 4.7.0"] * more


@pytest.mark.parametrize("port", [25, 465, 587])
def test_far_more_connections_of_one_client_are_refused_before_they_cost_anything(
    control: Control, port: int
) -> None:
    """On 465 too, where none of these ever begins TLS."""
    with addresses(control.site, SPARE_ADDRESS) as (source,), ExitStack() as stack:
        for _ in range(CONNECTIONS_OF_A_CLIENT):
            stack.enter_context(connected(control, port, source))
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                connected(control, port, source)
    with Session(control.site, "smtp2", Door(port, "tls" if port == 465 else "plain")) as other:
        assert other.greeting.code == 220


def test_whoever_does_not_go_on_with_tls_is_let_go_before_others_have_to_wait(
    control: Control,
) -> None:
    """Within 20 s. Postfix's own default is 300 s."""

    def waited(door: Door) -> bytes:
        with connected(control, door.port) as sock:
            sock.settimeout(60)
            if door is not WRAPPED:
                sock.recv(200)
                sock.sendall(b"EHLO client.lab-dns.example\r\n")
                sock.recv(1000)
                sock.sendall(b"STARTTLS\r\n")
                assert sock.recv(200).startswith(b"220 ")
            return sock.recv(200)

    assert side_by_side(waited, (OPTIONAL, WRAPPED, SUBMISSION)) == [b""] * 3


def test_more_recipients_than_a_mail_may_have_are_to_come_in_another(control: Control) -> None:
    with Session(control.site, "smtp2", SUBMISSION) as session:
        session.ready(ALICE)
        assert session.ask(f"MAIL FROM:<{ALICE.sender}>").code == 250
        lines = "".join(f"RCPT TO:<r{number}@inbox.example>\r\n" for number in range(1002))
        session.sock.sendall(lines.encode())
        codes = [session.read().code for _ in range(1002)]
        assert codes == [250] * 1000 + [452] * 2
        assert session.ask("RSET").code == 250
