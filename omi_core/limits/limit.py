"""How much may be sent, by an account or by all accounts of a customer together: values.

Windows are those of the platform's clock: the minute, the hour, the day. docs/limits.md
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from omi_core.errors import InputError
from omi_core.text import Text

HIGHEST = 1_000_000_000
UNLIMITED = "unlimited"  # lifts a limit that lies underneath
MESSAGE_SIZE = "message_size"
_UNITS = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_WRONG = Text('must be a whole number from 1 to {highest}, or "unlimited"')
_WRONG_SIZE = Text(
    'must be a size as "10 MiB" (KiB, MiB, GiB), octets from 1 to {highest}, or "unlimited"'
)
_SIZE = re.compile(r"([1-9]\d{0,8}) ?(KiB|MiB|GiB)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLimits:
    """The most that is taken; 0 is no limit. `message_size` is octets, all others count.

    `new_recipients_per_day` are addresses that were never written to before; `sessions` are those
    open at once that have sent a mail.
    """

    mails_per_minute: int = 0
    recipients_per_minute: int = 0
    mails_per_hour: int = 0
    recipients_per_hour: int = 0
    mails_per_day: int = 0
    recipients_per_day: int = 0
    new_recipients_per_day: int = 0
    sessions: int = 0
    message_size: int = 0

    @property
    def counted(self) -> tuple[int, ...]:
        """The limits that need a counter, in the order in which the counter has them."""
        return tuple(getattr(self, name) for name in COUNTED)

    def said(self) -> dict[str, int]:
        """Return the limits that there are, by name."""
        return {name: value for name in KEYS if (value := getattr(self, name))}

    def with_said(self, said: Mapping[str, int]) -> "SendLimits":
        """Return these with others laid over them, by name."""
        return replace(self, **said) if said else self


KEYS = tuple(each.name for each in fields(SendLimits))
COUNTED = tuple(name for name in KEYS if name != MESSAGE_SIZE)


def parse_limit(name: str, written: object) -> int:
    """Read the value of the limit called `name`; raises InputError for what is none."""
    if written == UNLIMITED:
        return 0
    if name == MESSAGE_SIZE and isinstance(written, str):
        return _octets(written)
    if type(written) is not int or not 1 <= written <= HIGHEST:
        raise InputError(_WRONG_SIZE if name == MESSAGE_SIZE else _WRONG, highest=HIGHEST)
    return written


def read_limits(said: object) -> SendLimits:
    """Read what `SendLimits.said` returns; raises ValueError for anything else."""
    if not isinstance(said, dict) or not set(said) <= set(KEYS):
        raise ValueError("limits that are none")
    if not all(type(value) is int and 0 < value <= HIGHEST for value in said.values()):
        raise ValueError("limits that are no numbers")
    return SendLimits(**said)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLimits:
    """What holds for a login: its own limits, and its customer's, which all his accounts share.

    `customer` is his name for people, `of` a name that no other customer has: his first domain.
    """

    customer: str
    of: str
    own: SendLimits = field(default_factory=SendLimits)
    shared: SendLimits = field(default_factory=SendLimits)

    def __bool__(self) -> bool:
        return bool(self.own.said() or self.shared.said())

    @property
    def needs_counter(self) -> bool:
        """Whether any of them is more than a size."""
        return any((*self.own.counted, *self.shared.counted))


def written_account_limits(limits: AccountLimits) -> dict[str, object]:
    """Return the JSON form of a login's limits; `read_account_limits` reads it."""
    return {"account": limits.own.said(), "customer": limits.shared.said(), "of": limits.of}


def read_account_limits(said: object, customer: str) -> AccountLimits:
    """Read what `written_account_limits` returns; raises ValueError for anything else."""
    if not isinstance(said, dict) or set(said) != {"account", "customer", "of"}:
        raise ValueError("no limits of an account")
    return AccountLimits(
        customer=customer,
        of=str(said["of"]),
        own=read_limits(said["account"]),
        shared=read_limits(said["customer"]),
    )


def _octets(written: str) -> int:
    found = _SIZE.fullmatch(written)
    octets = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < octets <= HIGHEST:
        raise InputError(_WRONG_SIZE, highest=HIGHEST)
    return octets
