"""The errors of publishing.

OmiError
├── ObservationError
│   └── ServerRefusedError (PermissionError)  a server answers, and refuses
├── InputError
│   └── PlanRefusedError                      the plan would touch what it must not
├── ZoneChangedError (RuntimeError)           somebody was there between plan and apply
└── NotPublishedError (RuntimeError)          the server took it, and does not serve it
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
