"""Judges single values that an inventory writes, which no type checker has seen."""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import NoReturn, TypeVar

from omi_core.errors import InputError, SettingsError
from omi_core.printable import control_character

T = TypeVar("T")


class Reader:
    """Reads values written at one place; what is wrong is a SettingsError that names it."""

    def __init__(self, where: str) -> None:
        self.where = where

    def text(self, key: str, parse: Callable[[str], T], written: object) -> T:
        """Return one text, parsed; control characters are never right."""
        if not isinstance(written, str):
            self.refuse(key, "must be a text, not {name__}", name__=type(written).__name__)
        if control_character(written):
            self.refuse(key, "holds a control character")
        try:
            return parse(written)
        except InputError as error:
            raise SettingsError(self.where, key, str(error)) from None

    def texts(self, key: str, parse: Callable[[str], T], written: object) -> tuple[T, ...]:
        """Return a sequence of texts, each parsed."""
        # A text is a sequence of texts, too: each letter would become a name.
        if isinstance(written, str) or not isinstance(written, Iterable):
            self.refuse(key, 'must be a list of texts, as ("smtp.example.com",)')
        return tuple(self.text(key, parse, item) for item in written)

    def made_by(self, maker: str, key: str, kind: type[T], written: object) -> T:
        """Return a value that another call of the inventory has made."""
        if not isinstance(written, kind):
            self.refuse(
                key,
                "must be what {maker} returns, not {name__}",
                maker=maker,
                name__=type(written).__name__,
            )
        return written

    def flag(self, key: str, written: object) -> bool:
        """Return a boolean."""
        # No other value will do: the text "no" is true.
        if not isinstance(written, bool):
            self.refuse(key, "must be True or False, not {written!r}", written=written)
        return written

    def refuse(self, key: str, problem: str, /, **values: object) -> NoReturn:
        """Raise SettingsError at this place; `values` fill the braces of the problem."""
        raise SettingsError(self.where, key, problem, **values)


def parse_path(written: str) -> Path:
    """Return a path; raises InputError for none."""
    if not written:
        raise InputError("is empty; name a file or a directory")
    return Path(written)


def parse_ipv4(written: str) -> IPv4Address:
    """Return an IPv4 address; raises InputError."""
    try:
        return IPv4Address(written)
    except ValueError:
        raise InputError(
            "{written!r} is not an IPv4 address, such as 192.0.2.25", written=written
        ) from None


def parse_ipv6(written: str) -> IPv6Address:
    """Return an IPv6 address without a scope; raises InputError."""
    try:
        address = IPv6Address(written)
    except ValueError:
        address = None
    if address is None or address.scope_id:  # a scope may be any text, and means nothing elsewhere
        raise InputError(
            "{written!r} is not an IPv6 address, such as 2001:db8::25", written=written
        )
    return address


def parse_address(written: str) -> IPv4Address | IPv6Address:
    """Return an address of either family; raises InputError."""
    try:
        return parse_ipv6(written) if ":" in written else parse_ipv4(written)
    except InputError:
        raise InputError(
            "{written!r} is not an IP address, such as 192.0.2.53", written=written
        ) from None
