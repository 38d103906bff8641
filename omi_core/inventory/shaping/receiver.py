"""A receiver: domains whose mail ends at the same place, and what it takes from one relay."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

# What stands for `*` at the end of a pattern: com, tw, co.uk, com.tw.
_ANY_TOP = r"[a-z]{2,4}(\.[a-z]{2})?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """What one relay sends to a receiver at a time.

    `domains` are recipients' domains; `*.hinet.net` is all below it, `hotmail.*` it in every
    country. `mx` are names of the hosts that take its mail, `*.google.com` all below it: a domain
    with such an MX record is one of its own. `connections` counts all of them together, and so does
    `rate`, in mails a minute; 0 is no limit.

    `pause_after` so many mails that it put off by 421 or 4.7.x within a minute nothing is sent to
    it for `pause` minutes, then for twice as long, up to `longest_pause`; 0 is never.
    """

    name: str
    domains: tuple[str, ...]
    connections: int
    rate: int = 0
    mx: tuple[str, ...] = ()
    # One such answer may be for one mail, or for one sender of it; three in a minute are for all.
    pause_after: int = 3
    # Postfix's own first retry; an hour, as its last one.
    pause: int = 5
    longest_pause: int = 60

    @property
    def transport(self) -> str:
        """The name of its own Postfix service."""
        return f"to-{self.name}"

    @property
    def delay(self) -> int:
        """Seconds between two mails, so that no minute has more than `rate`; 0 for none."""
        return -(-60 // self.rate) if self.rate else 0

    @property
    def pattern(self) -> str:
        """What its recipients match: an extended regular expression, folded (regexp_table(5))."""
        return f"@({'|'.join(map(_expression, self.domains))})$"


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """How an address becomes known: so many mails to each receiver on each day from `since` on.

    After the last of the days there is no bound.
    """

    since: date
    mails_per_day: tuple[int, ...]

    @property
    def ends(self) -> date:
        """The first day that has no bound."""
        return self.since + timedelta(days=len(self.mails_per_day))


def _expression(domain: str) -> str:
    if domain.startswith("*."):
        return rf"[^@]+\.{_dotted(domain[2:])}"
    if domain.endswith(".*"):
        return rf"{_dotted(domain[:-2])}\.{_ANY_TOP}"
    return _dotted(domain)


def _dotted(name: str) -> str:
    return name.replace(".", r"\.")


# Of each, what one sending address may do; a relay has one of either family.
BUILT_IN = (
    # Answers "451 4.7.652 ... exceeded the maximum number of connections" to relays of small
    # reputation; six processes still were too many for one operator (postfix-users, msg87906),
    # five is what is set in PowerMTA's examples.
    Receiver(
        name="outlook.com",
        domains=("outlook.*", "hotmail.*", "live.*", "msn.com", "windowslive.com", "passport.com"),
        # Companies' hosts: shop-example.mail.protection.outlook.com, and *.mx.microsoft with DANE.
        mx=("*.protection.outlook.com", "*.mx.microsoft"),
        connections=5,
    ),
    # Where senders are told to begin: 20 connections an address (suped.com, baseline for Google).
    # It is what Postfix does anyway, but here the two domains count together.
    Receiver(
        name="gmail.com",
        domains=("gmail.com", "googlemail.com"),
        # aspmx.l.google.com and its siblings, smtp.google.com; aspmx2.googlemail.com was one.
        mx=("*.google.com", "*.googlemail.com"),
        connections=20,
    ),
    # Nothing is published. Some hundred domains (ms1.hinet.net and its siblings) are one receiver,
    # to each of which Postfix would open 20 connections.
    Receiver(
        name="hinet.net",
        domains=("hinet.net", "*.hinet.net"),
        mx=("*.hinet.net",),
        connections=5,
    ),
)


def over(own: Iterable[Receiver], others: Iterable[Receiver]) -> tuple[Receiver, ...]:
    """Return `own` receivers, and of `others` those of other names."""
    own = tuple(own)
    names = {each.name for each in own}
    return (*own, *(each for each in others if each.name not in names))
