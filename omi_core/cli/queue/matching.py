"""The options that say which mails of which relays, and what they come to."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path

import click

from omi_core.cli.arguments import inventory_option, refusal
from omi_core.errors import InputError
from omi_core.inventory.model import Relay
from omi_core.message.launch_time import PLATFORM_ZONE, platform_zone, read_time
from omi_core.options.reading import quoted
from omi_core.queue.asked.told import RelayAnswer
from omi_core.queue.request import MailCount, MailMatch
from omi_core.queue.spool import QUEUE_ID, Queue

_AGO = re.compile(r"(\d{1,5})([smhd])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_OPTIONS = (
    click.argument("ids", metavar="ID...", nargs=-1),
    inventory_option,
    click.option("--account", "accounts", metavar="LOGIN", multiple=True, help="Of this account."),
    click.option(
        "--customer",
        "customers",
        metavar="NAME",
        multiple=True,
        help="Of this customer's accounts.",
    ),
    click.option(
        "--from",
        "senders",
        metavar="ADDRESS",
        multiple=True,
        help="With this envelope sender, an address or a domain.",
    ),
    click.option(
        "--to",
        "receivers",
        metavar="ADDRESS",
        multiple=True,
        help="To this recipient, an address or a domain.",
    ),
    click.option(
        "--since", metavar="TIME", help="Accepted since then: a time, or how long ago, such as 2h."
    ),
    click.option("--until", metavar="TIME", help="Accepted before then, in the same forms."),
    click.option(
        "--in",
        "queues",
        type=click.Choice([each.value for each in Queue]),
        multiple=True,
        help="Only what is in this queue.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which mails, of which relays; `owners` has the customer of each login."""

    inventory: Path
    relays: tuple[Relay, ...]
    match: MailMatch

    def by_customer(self, told: RelayAnswer) -> RelayAnswer:
        """Return an answer that counts by account as one that counts by customer."""
        if told.answer is None:
            return told
        owners = _owners(self.relays)
        counts: Counter[str] = Counter()
        oldest: dict[str, int] = {}
        for group in told.answer.groups:
            name = owners.get(group.words[0].lower(), group.words[0]) if group.words else ""
            counts[name] += group.count
            oldest[name] = min(group.oldest, oldest.get(name, group.oldest))
        groups = tuple(
            MailCount(words=(name,), count=count, oldest=oldest[name])
            for name, count in counts.most_common()
        )
        return replace(told, answer=replace(told.answer, groups=groups))


def matching_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options; the command gets them as one `wanted`."""

    @wraps(command)
    def with_wanted(**values: object) -> int:
        return command(wanted=_wanted(values), **values)

    made: Callable[..., int] = with_wanted
    for option in reversed(_OPTIONS):
        made = option(made)
    return made


def _wanted(values: dict[str, object]) -> Wanted:
    """Take the options out of `values`; raises InputError for what is none."""
    from omi_core.inventory.load import relays_in

    inventory = Path(str(values.pop("inventory")))
    relays = relays_in(inventory)
    accounts = [one.lower() for one in _texts(values, "accounts")]
    customers = _texts(values, "customers")
    accounts += [login for name in customers for login in _logins(relays, name)]
    match = MailMatch(
        ids=tuple(map(_id, _texts(values, "ids"))),
        accounts=tuple(accounts),
        senders=tuple(map(_address, _texts(values, "senders"))),
        receivers=tuple(map(_address, _texts(values, "receivers"))),
        queues=_texts(values, "queues"),
        since=_moment("--since", values.pop("since")),
        until=_moment("--until", values.pop("until")),
    )
    return Wanted(inventory=inventory, relays=relays, match=match)


def _texts(values: dict[str, object], key: str) -> tuple[str, ...]:
    written = values.pop(key)
    return tuple(map(str, written)) if isinstance(written, Iterable) else ()


def _owners(relays: tuple[Relay, ...]) -> dict[str, str]:
    customers = relays[0].environment.customers
    return {one.login.lower(): each.name for each in customers for one in each.accounts}


def _logins(relays: tuple[Relay, ...], name: str) -> list[str]:
    owners = _owners(relays)
    found = [login for login, owner in owners.items() if owner.casefold() == name.casefold()]
    if not found:
        raise InputError(
            "{name} is not a customer with accounts in this inventory", name=quoted(name)
        )
    return found


def _id(written: str) -> str:
    if not QUEUE_ID.fullmatch(written):
        raise InputError(
            "{written} is not a queue id; write one such as 4jc4l56wzrzcmTF",
            written=quoted(written),
        )
    return written


def _address(written: str) -> str:
    """Return an address or a domain as queue files have it, its domain in A-labels."""
    from omi_core.names import Fqdn

    local_part, at, domain = written.strip().lower().rpartition("@")
    return f"{local_part}{at if local_part else ''}{Fqdn.parse(domain).relative}"


def _moment(option: str, written: object) -> int | None:
    if written is None:
        return None
    if ago := _AGO.fullmatch(str(written)):
        return int(time.time()) - int(ago[1]) * _SECONDS[ago[2]]
    reading = read_time(str(written), subject=option, zone=platform_zone(PLATFORM_ZONE))
    if reading.value is None:
        raise InputError(refusal(reading.findings))
    return int(reading.value.timestamp())
