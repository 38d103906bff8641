"""One command that answers every question a run with nothing to do asks of a relay.

The questions of all components go to a host together and are answered side by side, so that such
a run is one round trip however many components there are. A prefetch only ever says that nothing is
to be done: an operation that finds work, and each one after something was changed on that relay,
looks for itself.
"""

import base64
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import gevent
from gevent import Greenlet
from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from pyinfra.context import state

from omi_core.engine.connection import send_at_once
from omi_core.engine.memory import RunMemory, this_look
from omi_core.engine.rows import relay_rows

T = TypeVar("T")

# The last line of an answer says that its command came to the end, and was not merely silent.
END = "."

# Long enough for a command to be on its way to a relay nearby.
HEAD_START_S = 0.02

# A line costs this process a hundred times what its octets do, and 10,000 customers are 60,000.
_MARK = "packed "
_PACKED = f"gzip -1 | base64 -w 60000 | sed 's/^/{_MARK}/'"

Answers = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactQuery:
    """A fact and what it is asked with, as for pyinfra's `host.get_fact`."""

    fact: type[FactBase[Any]]
    arguments: Mapping[str, object] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """The shell that answers it, by which the answer is found again."""
        return _command(self.fact, self.arguments)


class Prefetched(FactBase[Answers]):
    """The lines that each of several commands prints, by command; one that did not end has none.

    They run at once and share one pipe, where lines below 4096 octets stay whole (pipe(7)); each
    bears the number of its command.
    """

    def command(self, commands: tuple[str, ...]) -> StringCommand:
        """One command for all."""
        self.commands = commands
        parts = (_numbered(number, text) for number, text in enumerate(commands))
        return StringCommand(f"{{ {' '.join(parts)} wait; }} | {_PACKED}")

    @staticmethod
    def default() -> Answers:
        """No answer."""
        return {}

    def process(self, output: list[str]) -> Answers:
        """Sort the lines by command; what a login shell says beside them is passed over."""
        lines: dict[str, list[str]] = {str(number): [] for number in range(len(self.commands))}
        for line in _unpacked(output):
            number, _, text = line.partition(" ")
            if number in lines:
                lines[number].append(text)
        return {
            self.commands[int(number)]: tuple(said[:-1])
            for number, said in lines.items()
            if said[-1:] == [END]
        }


_questions: RunMemory[tuple[str, ...]] = RunMemory()
_jobs: "RunMemory[Mapping[str, Greenlet[..., Answers]]]" = RunMemory()


def ask(questions: Iterable[FactQuery]) -> None:
    """Ask of the relays what the operations of this run are going to ask, all in one."""
    _questions.now()["all"] = tuple(one.command for one in questions)
    _begun()
    # The questions go out now: what pyinfra does before a run never lets another greenlet work.
    gevent.sleep(HEAD_START_S)


def cached_fact(row: Host, fact: type[FactBase[T]], **arguments: object) -> T | None:
    """Return what the prefetch of this stage of the run says of a relay.

    None if it says nothing, or was taken before this run changed something there.
    """
    if "all" not in _questions.now() or _has_changed(row):
        return None
    answers = {name: job.get() for name, job in _begun().items()}
    lines = answers.get(row.name, {}).get(_command(fact, arguments))
    if lines is None:
        return None
    return fact().process(list(lines)) if lines else fact.default()


def look(row: Host, fact: type[FactBase[T]], **arguments: object) -> T:
    """Return what the prefetch says, or else ask the host."""
    seen = cached_fact(row, fact, **arguments)
    if seen is None:
        seen = row.get_fact(fact, **arguments)
    return seen


def _begun() -> "Mapping[str, Greenlet[..., Answers]]":
    looks = _jobs.now()
    if this_look() not in looks:
        send_at_once()
        rows = [row for row in relay_rows() if row.connected]
        commands = _questions.now()["all"]
        looks[this_look()] = {
            row.name: gevent.spawn(row.get_fact, Prefetched, commands=commands) for row in rows
        }
    return looks[this_look()]


def _unpacked(output: list[str]) -> list[str]:
    """Return the lines as far as they came whole; one of an answer that is cut is its last."""
    packed = "".join(line.removeprefix(_MARK) for line in output if line.startswith(_MARK))
    inflate = zlib.decompressobj(wbits=31)  # gzip(1)
    try:
        return inflate.decompress(base64.b64decode(packed)).decode(errors="replace").splitlines()
    except (ValueError, zlib.error):
        return []


def _has_changed(row: Host) -> bool:
    metas = (operation.operation_meta for operation in state.ops[row].values())
    return any(meta.is_complete() and meta.did_change() for meta in metas)


def _command(fact: type[FactBase[T]], arguments: Mapping[str, object]) -> str:
    return str(fact().command(**arguments))


def _numbered(number: int, text: str) -> str:
    # Line by line and not, as sed(1) without a buffer, octet by octet.
    numbered = f"awk '{{ print \"{number} \" $0; fflush() }}'"
    return f"{{ {text}; echo {END}; }} 2>/dev/null | {numbered} &"
