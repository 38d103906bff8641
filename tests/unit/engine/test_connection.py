"""What an operator reads when a host cannot be logged in on."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
INVENTORY = 'relay = [("127.0.0.1", {{"ssh_port": {port}, "ssh_user": "root"}})]\n'


@pytest.fixture
def hangs_up() -> Iterator[int]:
    """A port whose server ends each connection before its banner, as one with MaxStartups does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=hang_up, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def hang_up(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        connection.close()


def test_a_host_that_hangs_up_is_told_in_a_sentence(hangs_up: int, tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.py"
    inventory.write_text(INVENTORY.format(port=hangs_up))
    pyinfra = Path(sys.executable).with_name("pyinfra")
    ended = subprocess.run(
        [pyinfra, "-y", inventory, "exec", "--", "true"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    # No closing bracket: the kernel may report the hang-up as a reset, and paramiko appends that.
    assert "[127.0.0.1] SSH error (Error reading SSH protocol banner" in ended.stderr
    assert "Traceback" not in ended.stderr
