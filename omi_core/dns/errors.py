"""The errors of publishing.

OmiError
├── ObservationError
│   └── ServerRefusedError (PermissionError)  a server answers, and refuses
├── InputError
│   ├── PlanRefusedError                      the plan would touch what it must not
│   └── PlanChangedError                      the plan is another one than was read
├── ZoneChangedError (RuntimeError)           somebody was there between plan and apply
├── NotPublishedError (RuntimeError)          the server took it, and does not serve it
└── NotAgreedError (RuntimeError)             some server of the zone still says something else
"""

from collections.abc import Sequence

from omi_core.errors import InputError, ObservationError, OmiError
from omi_core.names import Fqdn
from omi_core.text import SEMICOLON, Text

_SHOWN = 3


class ServerRefusedError(ObservationError, PermissionError):
    """A name server answers and refuses: key unknown, signature wrong, zone not its own."""


class PlanRefusedError(InputError):
    """A plan may not be applied; `refusals` holds one sentence for each reason."""

    def __init__(self, zone: Fqdn, refusals: Sequence[Text]) -> None:
        super().__init__(
            Text.plain("{zone}: {refusals}"),
            zone=zone.relative,
            refusals=Text.joined(refusals, SEMICOLON),
        )
        self.zone = zone
        self.refusals = tuple(refusals)


class PlanChangedError(InputError):
    """What would be done now is not what somebody read; `lines` are the difference."""

    def __init__(self, zone: Fqdn, lines: Sequence[str]) -> None:
        super().__init__(
            "{zone}: the plan is no longer the one that was read, nothing was written there;"
            " {lines}",
            zone=zone.relative,
            lines="; ".join(lines),
        )
        self.zone = zone
        self.lines = tuple(lines)


class ZoneChangedError(OmiError, RuntimeError):
    """What the plan was made from is no longer published; nothing was written."""

    def __init__(self, zone: Fqdn, where: Sequence[str]) -> None:
        named = ", ".join(where) or Text("a record")
        super().__init__(
            "{zone}: {named} changed after the plan was made; nothing was written there, run again",
            zone=zone.relative,
            named=named,
        )
        self.zone = zone
        self.where = tuple(where)


class NotPublishedError(OmiError, RuntimeError):
    """The server answered NOERROR to an update that it did not carry out in full."""

    def __init__(self, zone: Fqdn, where: Sequence[str]) -> None:
        super().__init__(
            "{zone}: the server accepted the update but does not serve {where} as planned; look for"
            " a record of another type at that name",
            zone=zone.relative,
            where=", ".join(where),
        )
        self.zone = zone
        self.where = tuple(where)


class NotAgreedError(OmiError, RuntimeError):
    """Not every authoritative server serves what was published, after all patience."""

    def __init__(self, zone: Fqdn, waited_s: float, where: Sequence[str]) -> None:
        more = len(where) - _SHOWN
        super().__init__(
            "{zone}: after {waited_s} s not all servers agree: {shown}{more}",
            zone=zone.relative,
            waited_s=round(waited_s),
            shown="; ".join(where[:_SHOWN]),
            more=Text(", and {count} more").format(count=more) if more > 0 else "",
        )
        self.zone = zone
        self.where = tuple(where)
