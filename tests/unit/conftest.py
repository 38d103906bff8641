"""Unit tests reach no network: a socket to anywhere but this machine is refused."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

LOCAL = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOCAL):
            pytest.fail(f"a unit test connects to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A directory for hundreds of scripts that would each wait for the disk."""
    memory = Path("/dev/shm")
    directory = tmp_path if not os.access(memory, os.W_OK) else Path(mkdtemp(dir=memory))
    yield directory
    shutil.rmtree(directory)
