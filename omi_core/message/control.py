"""The eleven control headers of the guide (7.1) as one value.

An account has default launch settings on the platform; a message overrides each with a header.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum

from omi_core.errors import InputError
from omi_core.message.launch_time import write_time
from omi_core.message.text_value import encode_words, safe_text
from omi_core.options.families.job import JobOption
from omi_core.options.families.launch import LaunchOption
from omi_core.options.families.link import LinkOption
from omi_core.options.families.list import ListOption
from omi_core.options.families.send import SendOption
from omi_core.options.family import Family
from omi_core.options.registry import FAMILIES
from omi_core.options.shapes import HIGHEST
from omi_core.text import Text

Value = str | datetime | int


class Kind(StrEnum):
    """What the value of a control header is."""

    TEXT = "text"
    TIME = "time"
    NUMBER = "number"  # one whose values the guide does not define
    OPTION = "option"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlHeader:
    """One control header: its name in a message, and its attribute in ControlHeaders."""

    name: str
    attribute: str
    kind: Kind
    family: Family | None = None


def _header(name: str, attribute: str, kind: Kind, family: str = "") -> ControlHeader:
    return ControlHeader(name=name, attribute=attribute, kind=kind, family=FAMILIES.get(family))


# In the order of the guide, 7.1.
CONTROL_HEADERS = (
    _header("X-JobName", "job_name", Kind.TEXT),
    _header("X-RefNumber", "ref_number", Kind.TEXT),
    _header("X-NextLaunchTime", "next_launch_time", Kind.TIME),
    _header("X-LaunchExpireTime", "launch_expire_time", Kind.TIME),
    _header("X-LaunchType", "launch_type", Kind.NUMBER),
    _header("X-LaunchClass", "launch_class", Kind.NUMBER),
    _header("X-LaunchOption", "launch_option", Kind.OPTION, "launch"),
    _header("X-JobOption", "job_option", Kind.OPTION, "job"),
    _header("X-ListOption", "list_option", Kind.OPTION, "list"),
    _header("X-LinkOption", "link_option", Kind.OPTION, "link"),
    _header("X-SendOption", "send_option", Kind.OPTION, "send"),
)
_BY_NAME = {header.name.lower(): header for header in CONTROL_HEADERS}


def control_header(name: str) -> ControlHeader | None:
    """Return the control header called `name`, in any case; None for any other field."""
    return _BY_NAME.get(name.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlHeaders:
    """What a message, or an account's defaults, say to the send engine; None is unsaid.

    Times are aware. Raises InputError for a text with control characters or none at all, for a
    time without a zone, and for a number outside of 0 .. 2^32-1.
    """

    job_name: str | None = None
    ref_number: str | None = None
    next_launch_time: datetime | None = None
    launch_expire_time: datetime | None = None
    launch_type: int | None = None
    launch_class: int | None = None
    launch_option: LaunchOption | None = None
    job_option: JobOption | None = None
    list_option: ListOption | None = None
    link_option: LinkOption | None = None
    send_option: SendOption | None = None

    def __post_init__(self) -> None:
        for header, value in self.said():
            object.__setattr__(self, header.attribute, _checked(header, value))

    def said(self) -> Iterator[tuple[ControlHeader, Value]]:
        """Yield each header that has a value, in the guide's order."""
        for header in CONTROL_HEADERS:
            value: Value | None = getattr(self, header.attribute)
            if value is not None:
                yield header, value

    def over(self, defaults: "ControlHeaders") -> "ControlHeaders":
        """Return `defaults` (an account's) with every header of this message laid over them."""
        return replace(defaults, **{header.attribute: value for header, value in self.said()})  # type: ignore[arg-type]


def wire(header: ControlHeader, value: Value, zone: tzinfo) -> str:
    """Return what stands after the name in a message: ASCII, without any line end.

    Times are written in `zone`. Raises InputError for a value that may not stand in a header.
    """
    checked = _checked(header, value)
    if isinstance(checked, datetime):
        return write_time(checked, zone)
    return encode_words(checked) if isinstance(checked, str) else str(int(checked))


def _checked(header: ControlHeader, value: Value) -> Value:
    if header.kind is Kind.TEXT and isinstance(value, str):
        return safe_text(value, header.name)
    if header.kind is Kind.TIME and isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if header.kind in _NUMBERS and isinstance(value, int) and 0 <= value <= HIGHEST:
        return header.family.type(value) if header.family else value
    raise InputError(
        "{header}: {value!r} is not {wanted}",
        header=header.name,
        value=value,
        wanted=_WANTED[header.kind],
    )


_NUMBERS = frozenset({Kind.NUMBER, Kind.OPTION})
_NUMBER = Text("a number from 0 to {highest}").format(highest=HIGHEST)
_WANTED = {
    Kind.TEXT: Text("a text"),
    Kind.TIME: Text("a time with a zone"),
    Kind.NUMBER: _NUMBER,
    Kind.OPTION: _NUMBER,
}
