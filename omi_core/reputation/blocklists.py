"""The block lists that are asked: what each answer means, who may ask, and where to be removed.

What is said of a list is what its own pages say; docs/decisions/0060-reputation.md quotes them, and
names the lists that have ended and are not asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from omi_core.errors import InputError
from omi_core.findings.finding import Severity
from omi_core.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockList:
    """A list in DNS (RFC 5782): `codes` are addresses that mean an entry, and what kind of entry.

    `refusals` are answers about who asks, never about the address. `families` are those of the
    addresses that it lists, `most_a_day` the questions that it answers for nothing, None where it
    names no number. `severity` is that of an entry.
    """

    key: str
    name: str
    zone: str
    codes: Mapping[str, Text]
    removal: str
    answers: Text
    refusals: Mapping[str, Text] = field(default_factory=dict)
    families: tuple[int, ...] = (4,)
    most_a_day: int | None = None
    severity: Severity = Severity.ERROR

    def to_json(self) -> dict[str, object]:
        """Return `$defs/list` of cli/schemas/reputation.json."""
        return {
            "key": self.key,
            "name": self.name,
            "zone": self.zone,
            "removal": self.removal,
            "answers": self.answers.to_json(),
            "most_a_day": self.most_a_day,
        }


_SPAM = Text("a source of spam")
_PBL = Text("PBL: by the policy of its network, no mail comes from it directly")

LISTS = (
    BlockList(
        key="spamhaus-zen",
        name="Spamhaus ZEN",
        zone="zen.spamhaus.org",
        codes={
            "127.0.0.2": Text("SBL: a source of spam"),
            "127.0.0.3": Text("CSS: bad mail, found automatically"),
            "127.0.0.4": Text("XBL: a machine that others control"),
            "127.0.0.9": Text("DROP: a network in the hands of criminals"),
            "127.0.0.10": _PBL,
            "127.0.0.11": _PBL,
            "127.0.0.30": Text("BCL: a server that controls a botnet"),
        },
        refusals={
            "127.255.255.252": Text("it says that the name of the list is mistyped"),
            "127.255.255.254": Text(
                "it does not answer public resolvers, nor hosts without a name of their own"
            ),
            "127.255.255.255": Text("it was asked too many questions from here"),
        },
        removal="https://check.spamhaus.org/",
        answers=Text(
            "whoever asks it himself, not through a public resolver, for no commercial use"
        ),
        families=(4, 6),
        most_a_day=300_000,
    ),
    BlockList(
        key="barracuda",
        name="Barracuda BRBL",
        zone="b.barracudacentral.org",
        codes={"127.0.0.2": _SPAM},
        removal="https://www.barracudacentral.org/rbl/removal-request",
        answers=Text("addresses that were registered with it, without charge"),
    ),
    BlockList(
        key="spamcop",
        name="SpamCop SCBL",
        zone="bl.spamcop.net",
        codes={"127.0.0.2": Text("its mail was reported as spam")},
        removal="https://www.spamcop.net/bl.shtml",
        answers=Text("anybody; an entry ends by itself when reports stop"),
    ),
    BlockList(
        key="mailspike",
        name="Mailspike BL",
        zone="bl.mailspike.net",
        codes={
            "127.0.0.2": Text("it takes part in a wave of spam"),
            "127.0.0.10": Text("L5: the worst reputation that there is"),
            "127.0.0.11": Text("L4: its reputation is very bad"),
            "127.0.0.12": Text("L3: its reputation is bad"),
        },
        removal="https://mailspike.org/iplookup.html",
        answers=Text("sites of at most 100,000 mails a day"),
        most_a_day=100_000,
    ),
    BlockList(
        key="psbl",
        name="PSBL",
        zone="psbl.surriel.com",
        codes={"127.0.0.2": Text("it wrote to a trap")},
        removal="https://psbl.org/remove",
        answers=Text("anybody"),
        severity=Severity.WARNING,
    ),
)


def lists_named(keys: tuple[str, ...]) -> tuple[BlockList, ...]:
    """Return the lists with these keys, in the order of the table; all of them where none is named.

    Raises InputError for a key that there is not.
    """
    known = {each.key: each for each in LISTS}
    for key in keys:
        if key not in known:
            raise InputError(
                "{key!r} is no block list; there are {known}", key=key, known=", ".join(known)
            )
    return tuple(each for each in LISTS if not keys or each.key in keys)
