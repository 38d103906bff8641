"""A key of `--data` that a deploy knows, and the values that it takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from omi_core.errors import InputError

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """The name, and what raises InputError for a value that says nothing under this name.

    `is_listed` says whether a person who mistyped is told of it; what only `omi` gives is not.
    """

    name: str
    judge: Callable[[str], object]
    is_listed: bool = True


def flag(written: object) -> bool:
    """Read true or false; raises InputError for anything else."""
    said = _WORDS.get(str(written).lower())
    if said is None:
        raise InputError("must be true or false, not {written!r}", written=str(written))
    return said


def filled(written: object) -> str:
    """Read a text that is not empty, such as the name of a file."""
    if not str(written).strip():
        raise InputError("is empty")
    return str(written)


def switch(name: str) -> DataKey:
    """Return a key that is true or false."""
    return DataKey(name=name, judge=flag)


def text(name: str, judge: Callable[[str], object] = filled) -> DataKey:
    """Return a key that holds a text; `judge` raises InputError for what will not do."""
    return DataKey(name=name, judge=judge)


# What programs that start a deploy read of it afterwards: `engine/events.py`.
EVENTS = DataKey(name="events", judge=filled, is_listed=False)


def refuse_unknown(
    given: Mapping[str, object], known: tuple[DataKey, ...], is_pyinfras: Callable[[str], bool]
) -> None:
    """Raise InputError, one sentence, unless each key is known and its value is one of it.

    `is_pyinfras` says which are for pyinfra itself, such as `ssh_port`.
    """
    by_name = {key.name: key for key in (*known, EVENTS)}
    for name, value in given.items():
        if name in by_name:
            try:
                by_name[name].judge(str(value))
            except InputError as error:
                raise InputError("--data {name}: {error}", name=name, error=error) from None
        elif not is_pyinfras(name):
            raise InputError(
                "--data {name}: this deploy has no such key; {known}",
                name=name,
                known=_listed(known),
            )


def _listed(known: tuple[DataKey, ...]) -> str:
    names = [key.name for key in known if key.is_listed]
    return f"it takes {', '.join(names)}" if names else "it takes none but those of the connection"
