"""What an inventory writes about receivers, judged before it is used."""

import re
from collections.abc import Iterable

from omi_core.errors import InputError
from omi_core.inventory.reader import Reader
from omi_core.inventory.shaping.receiver import BUILT_IN, Receiver, over
from omi_core.names import Fqdn

MOST_CONNECTIONS = 100  # Postfix's default_process_limit
MOST_A_MINUTE = 60  # Postfix waits whole seconds between two mails
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?", re.ASCII)
_ANYWHERE = "example"


def parse_receiver(
    where: str,
    name: str,
    *,
    domains: Iterable[str] = (),
    connections: int | None = None,
    rate: int = 0,
) -> Receiver:
    """Build a receiver; what is not said is as in BUILT_IN, or Postfix's.

    `domains` are further ones of a receiver that is built in. Raises SettingsError.
    """
    read = Reader(where)
    known = {each.name: each for each in BUILT_IN}.get(name)
    if connections is None:
        connections = known.connections if known else 20
    if type(connections) is not int or not 0 < connections <= MOST_CONNECTIONS:
        read.refuse("connections", "is a number from 1 to {most}", most=MOST_CONNECTIONS)
    if type(rate) is not int or not 0 <= rate <= MOST_A_MINUTE:
        read.refuse("rate", "is mails a minute, from 1 to {most}; 0 for any", most=MOST_A_MINUTE)
    more = read.texts("domains", _domain, domains)
    return Receiver(
        name=read.text("name", _name, name),
        domains=(*known.domains, *more) if known else more or (_domain(name),),
        connections=connections,
        rate=rate,
    )


def parse_shaping(
    read: Reader, written: object, others: Iterable[Receiver] = BUILT_IN
) -> tuple[Receiver, ...]:
    """Return all receivers: the others, unless one of the same name is written."""
    if not isinstance(written, tuple | list) or not all(isinstance(r, Receiver) for r in written):
        read.refuse("shaping", 'must be a list of receivers, as (receiver("gmail.com", rate=30),)')
    own: dict[str, Receiver] = {}
    for receiver in written:
        if own.setdefault(receiver.name, receiver) is not receiver:
            read.refuse("shaping", "{name} stands twice", name=receiver.name)
    return over(own.values(), others)


def _name(written: str) -> str:
    if not _NAME.fullmatch(written):
        raise InputError(
            "{written!r} is not a name of lower-case letters, digits, dots and hyphens",
            written=written,
        )
    return written


def _domain(written: str) -> str:
    """Return a pattern in its canonical form."""
    bare = written.removeprefix("*.")
    if bare.endswith(".*") and bare == written:
        return f"{Fqdn.parse(bare[:-1] + _ANYWHERE).relative.removesuffix(_ANYWHERE)}*"
    name = Fqdn.parse(bare).relative
    return name if bare == written else f"*.{name}"
