"""What is remembered from run to run, in one small file: renamed as a whole, harmless when lost."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

_ABOVE_ALL = 1 << 40


@dataclass(slots=True, kw_only=True)
class ReceiverMemory:
    """Of one receiver: moments are seconds since the epoch.

    `put_off` and `taken` are how many mails in each second of the last minute, `ids` those that
    were put off last, since one to many recipients counts once; `until` and `length` the last pause
    and how long it was, `days` the mails that it took, by day.
    """

    put_off: dict[int, int] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    until: int = 0
    length: int = 0
    said: str = ""
    days: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Learned:
    """Of which receiver a domain's MX hosts are, and when that was last seen."""

    name: str
    seen: int


@dataclass(slots=True, kw_only=True)
class PauseMemory:
    """All that is remembered; `cursor` is how far the journal was read."""

    cursor: str = ""
    receivers: dict[str, ReceiverMemory] = field(default_factory=dict)
    learned: dict[str, Learned] = field(default_factory=dict)

    def of(self, name: str) -> ReceiverMemory:
        """Return what is known of a receiver, to be changed."""
        return self.receivers.setdefault(name, ReceiverMemory())


def read_memory(text: str) -> PauseMemory:
    """Read what `written_memory` wrote; whatever else stands there is forgotten."""
    try:
        told = json.loads(text)
        return PauseMemory(
            cursor=str(told["cursor"]),
            receivers={str(name): _receiver(one) for name, one in told["receivers"].items()},
            learned={
                str(domain): Learned(name=str(one["name"]), seen=_number(one["seen"]))
                for domain, one in told["learned"].items()
            },
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return PauseMemory()


def written_memory(memory: PauseMemory) -> str:
    """Return all that is remembered, as text."""
    return json.dumps(asdict(memory))


def kept(text: str, file: Path) -> None:
    """Put a text into a file, which has either the old one or the new one whenever it is read."""
    new = file.with_suffix(".new")
    with new.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    new.rename(file)


def _receiver(told: Mapping[str, object]) -> ReceiverMemory:
    ids = told["ids"]
    return ReceiverMemory(
        put_off={int(second): count for second, count in _counts(told["put_off"]).items()},
        taken={int(second): count for second, count in _counts(told["taken"]).items()},
        ids=[str(each) for each in ids] if isinstance(ids, list) else [],
        until=_number(told["until"]),
        length=_number(told["length"]),
        said=str(told["said"]),
        days=_counts(told["days"]),
    )


def _counts(told: object) -> dict[str, int]:
    if not isinstance(told, dict):
        raise TypeError("no table")
    return {str(name): _number(count) for name, count in told.items()}


def _number(told: object) -> int:
    if type(told) is not int or not 0 <= told < _ABOVE_ALL:
        raise ValueError("no number")
    return told
