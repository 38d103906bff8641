"""Holds a run at one command on a relay, until its control machine is dead.

Then the command's session dies as well: nothing of the run goes further than that step. The
program is found in /usr/local/sbin first, without a word in the deploy for it.
"""

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from lab import hosts
from lab.site import Site
from tests.lab.relay_run import shell

HOLDER = """#!/bin/bash
real=$(PATH=/usr/sbin:/usr/bin:/sbin:/bin type -P "${0##*/}")
if [[ "${0##*/} $*" == $(< /run/hold/chosen) ]]; then
    : > /run/hold/reached
    for attempt in {1..1200}; do
        test ! -e /run/hold/released || break
        /usr/bin/sleep 0.05
    done
    exec /usr/bin/pkill -KILL -s "$(/usr/bin/ps -o sid= -p $$)"
fi
exec "$real" "$@"
"""


@dataclass(frozen=True)
class Hold:
    """The relays that are held, each at its own command."""

    place: Site
    relays: tuple[str, ...]

    def wait(self, process: subprocess.Popen[str]) -> None:
        """Return when every relay is at its command."""
        for relay in self.relays:
            wait_for_file(self.place, relay, "/run/hold/reached", process)

    def release(self) -> None:
        """Let the sessions die."""
        for relay in self.relays:
            shell(self.place, relay, ": > /run/hold/released")


@contextmanager
def holding(place: Site, commands: Mapping[str, str]) -> Iterator[Hold]:
    """Hold each relay at its command, a pattern of the shell that begins with a program."""
    for relay, command in commands.items():
        _set(place, relay, command)
    hold = Hold(place, tuple(commands))
    try:
        yield hold
    finally:
        hold.release()
        for relay, command in commands.items():
            shell(place, relay, f"rm -f {_link(command)}")


def _set(place: Site, relay: str, command: str) -> None:
    script = f"""rm -rf /run/hold; mkdir /run/hold; cd /run/hold
echo {shlex.quote(command)} > chosen
cat > holder <<'END'
{HOLDER}END
chmod 755 holder
ln -sf /run/hold/holder {_link(command)}"""
    shell(place, relay, script)


def _link(command: str) -> str:
    return f"/usr/local/sbin/{command.partition(' ')[0]}"


def wait_for_file(place: Site, relay: str, path: str, process: subprocess.Popen[str]) -> None:
    """Return when a file is on a relay; fail when the run ends without it."""
    while hosts.run(place, relay, ["test", "-e", path]).returncode:
        if process.poll() is not None:
            raise AssertionError(f"the run ended before {path}: {process.communicate()}")
        time.sleep(0.05)


def killed(process: subprocess.Popen[str]) -> None:
    """Kill a run that is under way, and what it has started, as a power cut does."""
    assert process.poll() is None, process.communicate()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
