"""A plan that somebody has read is the one that is applied, or none is: pure but for its file."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from omi_core.dns.errors import PlanChangedError
from omi_core.dns.plan import Plan
from omi_core.errors import InputError
from omi_core.names import Fqdn

Sets = Mapping[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What was read: the plan's checksum, and each set's values before and after."""

    zone: Fqdn
    checksum: str
    sets: Sets

    @classmethod
    def of(cls, made: Plan) -> Self:
        """Return what a reader of `made` has seen."""
        return cls.parse(json.loads(made.to_json()))

    @classmethod
    def parse(cls, document: Any) -> Self:
        """Read one plan of `omi dns plan --json`; InputError if it is none."""
        try:
            return cls(
                zone=Fqdn.parse(document["zone"]),
                checksum=str(document["checksum"]),
                sets={
                    (change["name"], change["type"]): (
                        _values(change["before"]),
                        _values(change["after"]),
                    )
                    for change in document["changes"]
                },
            )
        except (KeyError, TypeError, AttributeError):
            raise InputError("this is not a plan; write one with `omi dns plan --json`") from None


def _values(records: Any) -> tuple[str, ...]:
    return tuple(f"{record['ttl']} {record['data']}" for record in records)


def require_same(
    reviewed: Reviewed, made: Plan, may_come: Callable[[str], bool] = lambda _: False
) -> None:
    """Raise PlanChangedError, with the difference, unless `made` is what was read.

    A change of a name for which `may_come` is true may come newly.
    """
    now = Reviewed.of(made)
    if now.checksum == reviewed.checksum:
        return
    if lines := tuple(_difference(reviewed.sets, now.sets, may_come)):
        raise PlanChangedError(made.zone, lines)


def require_reviewed(
    reviewed: Collection[Reviewed],
    made: Iterable[Plan],
    may_come: Callable[[str], bool] = lambda _: False,
) -> None:
    """Raise PlanChangedError unless each plan is what was read of its zone."""
    for each in made:
        require_same(reviewed_of(each.zone, reviewed), each, may_come)


def plans_in(file: str) -> tuple[Reviewed, ...]:
    """Read the file that `omi dns plan --json` wrote; InputError if it is something else."""
    try:
        return plans_of(Path(file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise InputError("the plan {file!r} cannot be read", file=file) from None


def plans_of(text: str) -> tuple[Reviewed, ...]:
    """Read what `omi dns plan --json` wrote; InputError if it is something else."""
    try:
        document = json.loads(text)
    except ValueError:
        raise InputError("this is not JSON; write a plan with `omi dns plan --json`") from None
    listed = document.get("plans") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise InputError("this is not a plan; write one with `omi dns plan --json`")
    return tuple(Reviewed.parse(one) for one in listed)


def reviewed_of(zone: Fqdn, reviewed: Collection[Reviewed]) -> Reviewed:
    """Return what was read for `zone`; where that is nothing, that nothing was to change."""
    nothing = Reviewed(zone=zone, checksum="", sets={})
    return next((one for one in reviewed if one.zone == zone), nothing)


def _difference(before: Sets, now: Sets, may_come: Callable[[str], bool]) -> Iterator[str]:
    for key in sorted({*before, *now}):
        name, kind = key
        if key not in now:
            yield f"{name} {kind} was to change, and is not any more"
        elif key not in before:
            if not may_come(name):
                yield f"{name} {kind} was not to change, and now is"
        elif before[key] != now[key]:
            yield from _moved(f"{name} {kind}", before[key], now[key])


def _moved(
    where: str,
    old: tuple[tuple[str, ...], tuple[str, ...]],
    new: tuple[tuple[str, ...], tuple[str, ...]],
) -> Iterator[str]:
    for verb, was, now in zip(("held", "was to hold"), old, new, strict=True):
        if was != now:
            yield f"{where} {verb} {', '.join(was) or 'nothing'}; now {', '.join(now) or 'nothing'}"
