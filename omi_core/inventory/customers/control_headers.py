"""What a customer's file says about control headers, of all his accounts or of one: read once.

`control_headers` is refuse, warn or pass; `[launch]` has what lies underneath a message, as names
or numbers; `[may_set]` has what a message may set, where a header that is not named is free.
docs/customers.md shows each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NoReturn

from omi_core.errors import InputError, SettingsError
from omi_core.message.control import CONTROL_HEADERS, ControlHeader, ControlHeaders, Kind, Value
from omi_core.message.control import control_header as header_called
from omi_core.message.enforce import ControlMode, ControlPolicy
from omi_core.options.codec import encode
from omi_core.options.shapes import HIGHEST

KEYS = frozenset({"control_headers", "launch", "may_set"})
_MODES = ", ".join(mode.value for mode in ControlMode)
_NAMES = ", ".join(header.name for header in CONTROL_HEADERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSettings:
    """What a file says: `mode` is None where it leaves that to the environment."""

    mode: ControlMode | None = None
    launch: ControlHeaders = field(default_factory=ControlHeaders)
    may_set: Mapping[str, int] = field(default_factory=dict, hash=False)

    def over(self, others: "ControlSettings") -> "ControlSettings":
        """Return `others` (the customer's) with these (an account's) laid over them."""
        return replace(
            others,
            mode=self.mode or others.mode,
            launch=self.launch.over(others.launch),
            may_set={**others.may_set, **self.may_set},
        )

    def policy(self, mode: ControlMode) -> ControlPolicy:
        """Return what the relay does; `mode` is the environment's."""
        return ControlPolicy(mode=self.mode or mode, launch=self.launch, may_set=self.may_set)


NOTHING_SAID = ControlSettings()


def read_control(
    table: Mapping[str, object], where: str, prefix: str, underneath: ControlSettings = NOTHING_SAID
) -> ControlSettings:
    """Read the keys of KEYS in a file's table, laid over what lies underneath.

    Raises SettingsError, which names file and key.
    """
    if KEYS.isdisjoint(table):
        return underneath
    reader = _ControlReader(where, prefix)
    said = ControlSettings(
        mode=reader.mode(table.get("control_headers")),
        launch=reader.launch(table.get("launch", {})),
        may_set=reader.may_set(table.get("may_set", {})),
    )
    return said.over(underneath)


class _ControlReader:
    def __init__(self, where: str, prefix: str) -> None:
        self.where = where
        self.prefix = prefix

    def mode(self, written: object) -> ControlMode | None:
        if written is None:
            return None
        try:
            return ControlMode(str(written))
        except ValueError:
            self._refuse("control_headers", "must be one of {modes}", modes=_MODES)

    def launch(self, written: object) -> ControlHeaders:
        said: dict[str, Value] = {}
        for key, header, value in self._headers("launch", written):
            if header.kind is Kind.TIME:
                self._refuse(key, "is a time, which belongs to a message and to no account")
            said[header.attribute] = self._value(key, header, value)
        try:
            return ControlHeaders(**said)  # type: ignore[arg-type]
        except InputError as error:
            key = f"{self.prefix}launch"
            raise SettingsError(self.where, key, str(error)) from None

    def may_set(self, written: object) -> dict[str, int]:
        return {
            header.name: self._mask(key, header, value)
            for key, header, value in self._headers("may_set", written)
        }

    def _headers(self, table: str, written: object) -> list[tuple[str, ControlHeader, object]]:
        if not isinstance(written, dict):
            self._refuse(table, "must be a table, [{table}]", table=table)
        found = []
        for name, value in written.items():
            key, header = f"{table}.{name}", header_called(name)
            if header is None or header.name != name:
                self._refuse(key, "is not a control header; known are {names}", names=_NAMES)
            found.append((key, header, value))
        return found

    def _value(self, key: str, header: ControlHeader, written: object) -> Value:
        if header.kind is Kind.TEXT and isinstance(written, str):
            return written
        if header.kind is not Kind.TEXT and type(written) is int:
            return self._within(key, written)
        if header.kind is Kind.TEXT:
            self._refuse(key, "must be a text")
        if header.family is None:
            self._refuse(key, "must be a number")
        return self._number(key, header, written)

    def _mask(self, key: str, header: ControlHeader, written: object) -> int:
        if isinstance(written, bool):
            return 0xFFFFFFFF if written else 0
        if header.family is None or header.family.flags is None:
            self._refuse(key, "must be true or false")
        if isinstance(written, int):
            return self._within(key, written)
        return self._number(key, header, written)

    def _within(self, key: str, written: int) -> int:
        if not 0 <= written <= HIGHEST:
            self._refuse(key, "must be a number from 0 to {highest}", highest=HIGHEST)
        return written

    def _number(self, key: str, header: ControlHeader, written: object) -> int:
        if not isinstance(written, list) or not all(isinstance(name, str) for name in written):
            self._refuse(key, 'must be a number, or names as ["NotTrackOpen"]')
        try:
            return encode(header.family, written) if header.family and written else 0
        except InputError as error:
            raise SettingsError(self.where, self.prefix + key, str(error)) from None

    def _refuse(self, key: str, problem: str, /, **values: object) -> NoReturn:
        raise SettingsError(self.where, self.prefix + key, problem, **values)
