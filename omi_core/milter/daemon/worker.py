"""A process that answers: it serves until it is told to stop, and then what is still open.

The supervisor gives it the listening socket and a pipe; an octet into it each second says that it
comes back to its loop.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from omi_core.limits.limit import AccountLimits
from omi_core.milter.accounts import AccountsFile
from omi_core.milter.daemon.server import MailMemory, Service
from omi_core.milter.limits.counting import Counting
from omi_core.milter.limits.store import CounterPlace, Store
from omi_core.milter.mail import Changes, SubmittedMail
from omi_core.milter.policy import RelayPolicy, judged

BEAT_S = 1.0
LONGEST_LAST_S = 600  # how long open sessions are served after the end was asked for
MEMORY = 256 << 20  # octets of mails at once
BACKLOG = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the socket and the accounts are, the policy, and the octets that a mail may have.

    `counter` is what limits are counted by, None where there are none that count.
    """

    socket: Path
    accounts: Path
    policy: RelayPolicy
    longest: int
    counter: CounterPlace | None = None


def serve(settings: Settings, listening: socket.socket, beat: int) -> None:
    """Serve until SIGTERM, then until every session has ended; SIGINT ends at once."""
    asyncio.run(_serve(settings, listening, beat))


async def _serve(settings: Settings, listening: socket.socket, beat: int) -> None:
    accounts = AccountsFile(settings.accounts)
    # Read before the first mail, so that a file that goes wrong later finds every worker with one.
    with suppress(OSError, ValueError):
        accounts.now()
    counting = _counting(settings, accounts)
    service = Service(
        judge=_judge(settings, accounts),
        counting=counting,
        longest=settings.longest,
        memory=MailMemory(most=MEMORY),
    )
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, asked.set)
    beside = (asyncio.create_task(_beat(beat)), asyncio.create_task(counting.run()))
    server = await loop.create_unix_server(service.connection, sock=listening, backlog=BACKLOG)
    await asked.wait()
    server.close()  # others go on listening at the same socket
    for _ in range(LONGEST_LAST_S):
        if not service.open:
            break
        await asyncio.sleep(BEAT_S)
    await counting.settle()
    for each in beside:
        each.cancel()


async def _beat(pipe: int) -> None:
    while True:
        os.write(pipe, b".")
        await asyncio.sleep(BEAT_S)


def _judge(settings: Settings, accounts: AccountsFile) -> Callable[[SubmittedMail], Changes]:
    def judge(mail: SubmittedMail) -> Changes:
        return judged(mail, accounts.now(), settings.policy, datetime.now(UTC))

    return judge


def _counting(settings: Settings, accounts: AccountsFile) -> Counting:
    def limits_of(login: str) -> AccountLimits | None:
        return accounts.now().limits.get(login.lower())

    place = settings.counter
    store = None if place is None else Store(place)
    return Counting(limits_of, settings.policy.control.zone, store)
