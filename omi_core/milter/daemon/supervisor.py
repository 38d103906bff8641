"""Keeps workers at the socket: a dead one is replaced, one that hangs is ended and replaced.

At SIGHUP new workers, with the files that lie there now, take over the listening socket, and the
old ones serve their open sessions to the end. systemd is told as sd_notify(3) describes.
"""

import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

SILENT_S = 15.0  # a worker that says nothing for so long hangs
_LOOK_S = 1.0
_LAST_S = 5.0  # what open mails get when the whole service stops


@dataclass(slots=True, kw_only=True)
class Worker:
    """A process, the pipe that it beats into, and when it last did (time.monotonic)."""

    process: subprocess.Popen[bytes]
    pipe: int
    heard: float
    has_begun: bool = False
    is_ending: bool = False

    @property
    def is_dead(self) -> bool:
        """Whether the process has ended."""
        return self.process.poll() is not None

    def hear(self) -> None:
        """Take what it said."""
        if os.read(self.pipe, 4096):
            self.heard, self.has_begun = time.monotonic(), True

    def end(self) -> None:
        """Ask it to serve its open sessions to the end and go."""
        self.is_ending = True
        self.process.terminate()

    def bury(self) -> None:
        """Let nothing of it stay."""
        self.process.kill()
        self.process.wait()
        os.close(self.pipe)


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """`count` processes of `command`, to which the descriptors of socket and pipe are added."""

    command: Sequence[str]
    listening: socket.socket
    count: int
    workers: list[Worker] = field(default_factory=list)
    _asked: set[int] = field(default_factory=set)

    def run(self) -> None:
        """Serve until SIGTERM."""
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)
        while not self._asked & {signal.SIGTERM, signal.SIGINT}:
            if signal.SIGHUP in self._asked:
                self._asked.discard(signal.SIGHUP)
                self._replace()
            self._fill()
            self._listen()
            self._bury()
            if any(each.has_begun for each in self.workers):
                notify(b"READY=1\nWATCHDOG=1")
        self._stop()

    def _ask(self, number: int, _: FrameType | None) -> None:
        self._asked.add(number)

    def _replace(self) -> None:
        """Start new workers before the old ones go, so that somebody always answers."""
        old = [each for each in self.workers if not each.is_ending]
        self.workers += [self._started() for _ in range(self.count)]
        for each in old:
            each.end()

    def _fill(self) -> None:
        serving = sum(not each.is_ending for each in self.workers)
        self.workers += [self._started() for _ in range(self.count - serving)]

    def _started(self) -> Worker:
        ours, theirs = os.pipe()
        shared = (self.listening.fileno(), theirs)
        process = subprocess.Popen([*self.command, *map(str, shared)], pass_fds=shared)
        os.close(theirs)
        return Worker(process=process, pipe=ours, heard=time.monotonic())

    def _listen(self) -> None:
        """Wait until a worker says something, or long enough."""
        with selectors.DefaultSelector() as selector:
            for each in self.workers:
                selector.register(each.pipe, selectors.EVENT_READ, each)
            until = time.monotonic() + _LOOK_S
            while (left := until - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    key.data.hear()
                    if key.data.is_dead:
                        selector.unregister(key.fd)

    def _bury(self) -> None:
        """Take away the dead, and those who hang; an ending one may still be busy."""
        now = time.monotonic()
        gone = [each for each in self.workers if each.is_dead or now - each.heard > SILENT_S]
        for each in gone:
            each.bury()
        self.workers = [each for each in self.workers if each not in gone]

    def _stop(self) -> None:
        notify(b"STOPPING=1")
        for each in self.workers:
            each.end()
        until = time.monotonic() + _LAST_S
        while time.monotonic() < until and not all(each.is_dead for each in self.workers):
            time.sleep(0.05)
        for each in self.workers:
            each.bury()


def notify(state: bytes) -> None:
    """Tell systemd, where it asked to be told (sd_notify(3))."""
    if path := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.connect(f"\0{path[1:]}" if path.startswith("@") else path)
            told.send(state)


def listening_socket(path: Path) -> socket.socket:
    """Return the socket that systemd opened (sd_listen_fds(3)), or a new one at `path`."""
    if os.environ.get("LISTEN_PID") == str(os.getpid()):
        return socket.socket(fileno=3)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(str(path))
    made.listen(1024)
    return made
