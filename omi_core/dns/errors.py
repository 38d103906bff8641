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


class ServerRefusedError(ObservationError, PermissionError):
    """A name server answers and refuses: key unknown, signature wrong, zone not its own."""


class PlanRefusedError(InputError):
    """A plan may not be applied; `refusals` holds one sentence for each reason."""

    def __init__(self, zone: Fqdn, refusals: Sequence[str]) -> None:
        super().__init__(f"{zone.relative}: {'; '.join(refusals)}")
        self.zone = zone
        self.refusals = tuple(refusals)


class PlanChangedError(InputError):
    """What would be done now is not what somebody read; `lines` are the difference."""

    def __init__(self, zone: Fqdn, lines: Sequence[str]) -> None:
        super().__init__(
            f"{zone.relative}: the plan is no longer the one that was read, nothing was written "
            f"there; {'; '.join(lines)}"
        )
        self.zone = zone
        self.lines = tuple(lines)


class ZoneChangedError(OmiError, RuntimeError):
    """What the plan was made from is no longer published; nothing was written."""

    def __init__(self, zone: Fqdn, where: Sequence[str]) -> None:
        named = ", ".join(where) or "a record"
        super().__init__(
            f"{zone.relative}: somebody changed {named} after the plan was made; "
            "nothing was written there, run again"
        )
        self.zone = zone
        self.where = tuple(where)


class NotPublishedError(OmiError, RuntimeError):
    """The server answered NOERROR to an update that it did not carry out in full."""

    def __init__(self, zone: Fqdn, where: Sequence[str]) -> None:
        super().__init__(
            f"{zone.relative}: the server accepted the update but does not serve "
            f"{', '.join(where)} as planned; look for a record of another type at that name"
        )
        self.zone = zone
        self.where = tuple(where)


class NotAgreedError(OmiError, RuntimeError):
    """Not every authoritative server serves what was published, after all patience."""

    def __init__(self, zone: Fqdn, waited_s: float, where: Sequence[str]) -> None:
        shown = "; ".join(where[:3])
        more = f", and {len(where) - 3} more" if len(where) > 3 else ""  # noqa: PLR2004
        super().__init__(
            f"{zone.relative}: after {waited_s:.0f} s not all servers agree: {shown}{more}"
        )
        self.zone = zone
        self.where = tuple(where)
