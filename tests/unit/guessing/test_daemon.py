"""The daemon as Dovecot asks it: the one file that goes to a relay, over HTTP."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from omi_core.relay.dovecot.guessing import files

PATIENCE_S = 30
STARTS = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True);"
    " os.environ['LISTEN_PID'] = str(os.getpid()); os.execv(sys.argv[2], sys.argv[2:])"
)


@contextmanager
def running(place: Path, most: int = 2) -> Iterator[int]:
    """Run it at a socket that somebody else holds, as systemd does; gives the port."""
    archive = place / "guessing.pyz"
    archive.write_bytes(files(1)[0].content)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = listening.fileno()
        daemon = [sys.executable, "-I", str(archive), str(most), str(place / "memory.json")]
        process = subprocess.Popen(
            [sys.executable, "-c", STARTS, str(number), *daemon],
            pass_fds=(number,),
            env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        )
        try:
            yield int(listening.getsockname()[1])
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0


def asked(port: int, command: str, secret: object, **said: object) -> int:
    body = {"login": "Alice", "remote": "192.0.2.1", "secret": secret, **said}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("POST", f"/?command={command}", json.dumps(body))
        status: int = json.loads(connection.getresponse().read())["status"]
        return status
    finally:
        connection.close()


def fails(port: int, secret: str) -> int:
    status = asked(port, "allow", secret)
    asked(port, "report", secret, success=False, policy_reject=status != 0)
    return status


def test_it_counts_what_was_wrong_and_forgets_nothing_over_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as port:
        assert [fails(port, f"{number}") for number in range(4)] == [0, 0, -1, -1]
    assert (tmp_path / "memory.json").stat().st_mode & 0o077 == 0
    with running(tmp_path) as port:
        assert fails(port, "another") == -1


def test_what_dovecot_could_not_look_up_is_no_guess(tmp_path: Path) -> None:
    with running(tmp_path, most=1) as port:
        for _ in range(3):
            assert asked(port, "allow", "x") == 0
            asked(port, "report", "x", success=False, fail_type="internal")
        asked(port, "report", "x", success=True)
        assert asked(port, "allow", "y") == 0


@pytest.mark.parametrize(
    "octets",
    [
        b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n[[[[[[[[[",
        b"POST / HTTP/1.1\r\nContent-Length: 1_0\r\n\r\n{        }",
        b"x" * 100_000,
    ],
)
def test_what_is_no_question_ends_that_connection_and_no_other(
    tmp_path: Path, octets: bytes
) -> None:
    with running(tmp_path) as port:
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as other:
            other.sendall(octets)
            with suppress(ConnectionResetError):
                assert other.recv(100) == b""
        assert asked(port, "allow", "x") == 0


@pytest.mark.parametrize("value", [None, 7, ["x"], {"x": 1}])
def test_a_password_that_is_no_text_is_none(tmp_path: Path, value: object) -> None:
    with running(tmp_path, most=1) as port:
        assert asked(port, "allow", value) == 0
        assert fails(port, "x") == 0


def test_a_question_of_any_depth_is_answered_or_its_connection_ends(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with running(tmp_path) as port:
        for depth in (*range(900, 1000, 5), 2000, 5000):
            deep = json.loads("[" * 900 + "]" * 900)
            body = json.dumps({"login": deep, "remote": "192.0.2.1", "secret": "x"})
            body = body.replace("[" * 900 + "]" * 900, "[" * depth + "]" * depth)
            with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as other:
                head = f"POST /?command=allow HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n"
                other.sendall((head + body).encode())
                other.shutdown(socket.SHUT_WR)
                with suppress(ConnectionResetError):
                    other.recv(1000)
        assert asked(port, "allow", "x") == 0
    assert "Traceback" not in capfd.readouterr().err
