"""The one type that holds a secret.

Every way of printing it gives the mask; `unmask` is called at one place, where bytes leave for
the daemon or the server that needs them.
"""

from dataclasses import fields, is_dataclass
from typing import NoReturn

MASK = "*MASKED*"


class Secret:
    """A password, key or token that must not reach any output."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def unmask(self) -> str:
        """Return the secret itself; never into argv, a log, a template or an exception."""
        return self._value

    def to_json(self) -> str:
        """Return the mask; pyinfra's inventory dump asks for this."""
        return MASK

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, _spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied to disk")


def shown(value: object) -> object:
    """Return `value` in the types of JSON, for people to read: every Secret in it is masked."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, tuple):
        return [shown(item) for item in value]
    if is_dataclass(value) and type(value).__str__ is object.__str__:
        return {field.name: shown(getattr(value, field.name)) for field in fields(value)}
    return str(value)
