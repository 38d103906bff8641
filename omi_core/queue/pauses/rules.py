"""What a relay is told about its receivers: when each is paused, and a new address's plan. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta

FILE = "/etc/postfix/receivers.json"
DIRECTORY = "/var/lib/omi-shaping"
TABLE = f"{DIRECTORY}/pauses"


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRule:
    """A receiver: `after` mails put off within a minute, it is paused; 0 is never.

    The first pause lasts `first` seconds, one that follows it twice as long, none over `longest`.
    `pattern` is what its recipients match, from `@` on; `mx` the names of its hosts, `*.google.com`
    all below it.
    """

    name: str
    pattern: str
    mx: tuple[str, ...]
    after: int
    first: int
    longest: int

    @property
    def identifier(self) -> str:
        """The name under which its service logs: `syslog_name` in master.cf, and the program."""
        return f"postfix/to-{self.name}/smtp"

    @property
    def key(self) -> str:
        """What stands for it in the table; no domain can be that."""
        return f"={self.name}"

    def has_host(self, host: str) -> bool:
        """Whether a host name, in lower case, is one of its MX hosts'."""
        return any(
            host.endswith(each[1:]) if each.startswith("*.") else host == each for each in self.mx
        )

    def has_domain(self, domain: str) -> bool:
        """Whether it is known by the recipient's domain alone."""
        return re.search(self.pattern, f"@{domain}", re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRules:
    """All receivers of a relay; from day `since` on, `mails_per_day` bounds what each gets.

    Days are those of `zone`. `next_hosts` are hosts that take mail for everybody: of which receiver
    a domain is, they do not show.
    """

    zone: str = "UTC"
    receivers: tuple[PauseRule, ...] = ()
    since: date | None = None
    mails_per_day: tuple[int, ...] = ()
    next_hosts: tuple[str, ...] = ()

    def share(self, day: date) -> int | None:
        """Return how many mails each receiver may get on a day; None is any number."""
        if self.since is None or not self.since <= day < self.since + timedelta(
            days=len(self.mails_per_day)
        ):
            return None
        return self.mails_per_day[(day - self.since).days]


def written_rules(rules: PauseRules) -> str:
    """Return the rules as the relay reads them."""
    told = asdict(rules) | {"since": None if rules.since is None else rules.since.isoformat()}
    return json.dumps(told, indent=2) + "\n"


def read_rules(text: str) -> PauseRules:
    """Read what `written_rules` wrote; raises ValueError, KeyError or TypeError for all else."""
    told: Mapping[str, object] = json.loads(text)
    since, receivers, shares = told["since"], told["receivers"], told["mails_per_day"]
    if not isinstance(receivers, list) or not isinstance(shares, list):
        raise ValueError("rules without lists")  # noqa: TRY004 - what a file says
    return PauseRules(
        zone=str(told["zone"]),
        receivers=tuple(_rule(each) for each in receivers),
        since=None if since is None else date.fromisoformat(str(since)),
        mails_per_day=tuple(map(int, shares)),
        next_hosts=_texts(told["next_hosts"]),
    )


def _rule(told: Mapping[str, object]) -> PauseRule:
    return PauseRule(
        name=str(told["name"]),
        pattern=str(told["pattern"]),
        mx=_texts(told["mx"]),
        after=int(str(told["after"])),
        first=int(str(told["first"])),
        longest=int(str(told["longest"])),
    )


def _texts(told: object) -> tuple[str, ...]:
    if not isinstance(told, list):
        raise ValueError("no list of texts")  # noqa: TRY004
    return tuple(map(str, told))
