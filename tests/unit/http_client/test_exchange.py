"""No answer of a stranger takes more time or memory than it was given."""

import socket
import threading
from itertools import pairwise

import pytest

from omi_core.http_client.exchange import Exchanges
from omi_core.http_client.meter import AnswerError, AnswerLimits, AnswerTooSlowError
from tests.unit.http_client.strange_servers import HEAD, Talk, endless, saying, serving

SMALL = AnswerLimits(octets=100_000, seconds=0.3)
DRIP = threading.Event()


def ask(talk: Talk, limits: AnswerLimits = SMALL) -> bytes:
    with serving(talk) as url:
        return Exchanges(limits=limits).ask("GET", url).body


@pytest.mark.parametrize(
    ("talk", "body"),
    [
        (saying(HEAD, b"Content-Length: 2\r\n\r\n{}"), b"{}"),
        (saying(HEAD, b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"), b"{}"),
        (saying(HEAD, b"\r\n{}"), b"{}"),
        (saying(b"HTTP/1.1 100 Continue\r\n\r\n", HEAD, b"Content-Length: 0\r\n\r\n"), b""),
    ],
)
def test_a_good_answer_is_taken_in_every_framing(talk: Talk, body: bytes) -> None:
    assert ask(talk) == body


@pytest.mark.parametrize(
    "talk",
    [
        endless(HEAD + b"\r\n", b"x" * 65536),
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"4\r\nxxxx\r\n"),
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 4000 + b"\r\nx\r\n"),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        saying(HEAD, b"Content-Length: 1000000000000\r\n\r\n{}"),
        saying(HEAD, b"Content-Length: 100001\r\n\r\n"),
    ],
    ids=["close", "chunks", "extensions", "continue", "announced", "one-too-many"],
)
def test_an_answer_that_is_too_long_is_refused_before_it_is_read(talk: Talk) -> None:
    with pytest.raises(AnswerError, match=r"^it answers more than 100000 octets$"):
        ask(talk, AnswerLimits(octets=100_000, seconds=20))


@pytest.mark.parametrize(
    "talk",
    [
        endless(HEAD + b"\r\n", b" ", DRIP),
        endless(HEAD + b"X-Long: ", b"x", DRIP),
        endless(HEAD, b"X: y\r\n", DRIP),
        endless(HEAD + b"Content-Length: 90000\r\n\r\n", b" ", DRIP),
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", DRIP),
        endless(b"HTTP/1.1 2", b"0", DRIP),
        lambda connection: connection.recv(1) and None,
    ],
    ids=["body", "field", "fields", "length", "chunks", "status", "silence"],
)
def test_a_drip_ends_with_the_time_of_the_answer_and_not_of_each_octet(talk: Talk) -> None:
    with pytest.raises(AnswerTooSlowError, match=r"^it does not answer within 0\.3 s$"):
        ask(talk)


@pytest.mark.parametrize(
    "talk",
    [
        saying(b"SSH-2.0-OpenSSH_9.2\r\n"),
        saying(b"HTTP/1.1 abc\r\n\r\n"),
        saying(HEAD, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        saying(HEAD, b"Transfer-Encoding: chunked\r\n\r\n-5\r\nxxxxx"),
        saying(HEAD, b"Transfer-Encoding: chunked\r\n\r\n" + b"F" * 40 + b"\r\nx"),
        saying(HEAD, b"X: y\r\n" * 200, b"\r\n"),
        saying(HEAD, b"X: " + b"y" * 70_000, b"\r\n\r\n"),
    ],
)
def test_what_is_not_http_is_one_sentence(talk: Talk) -> None:
    with pytest.raises(AnswerError, match=r"^it answers what is not HTTP$"):
        ask(talk)


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one() -> None:
    with pytest.raises(AnswerError, match="ends before it is whole"):
        ask(saying(HEAD, b"Content-Length: 50\r\n\r\n{}"))


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"deflate, gzip"])
def test_what_would_unfold_in_memory_is_not_unfolded(encoding: bytes) -> None:
    with pytest.raises(AnswerError, match="in an encoding that was not asked for"):
        ask(saying(HEAD, b"Content-Encoding: ", encoding, b"\r\n\r\n\x1f\x8b"))


def test_nobody_there_is_an_os_error() -> None:
    with pytest.raises(ConnectionRefusedError):
        Exchanges(limits=SMALL).ask("GET", "http://127.0.0.1:9/")


def test_a_connection_is_kept_and_one_that_was_closed_is_opened_again() -> None:
    seen: list[int] = []

    def talk(connection: socket.socket) -> None:
        port = connection.getpeername()[1]
        seen.append(port)
        connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")
        connection.recv(65536)
        seen.append(port)
        connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")

    with serving(talk) as url:
        exchanges = Exchanges(limits=AnswerLimits(octets=100_000, seconds=5))
        for _ in range(4):
            exchanges.ask("GET", url)
            DRIP.wait(0.02)
        exchanges.close()
    assert [one == other for one, other in pairwise(seen)] == [True, False, True]
