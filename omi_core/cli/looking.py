"""Options of the commands that ask authoritative servers, and how they ask."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import reduce
from typing import TYPE_CHECKING, Any

import click

from omi_core.errors import InputError

if TYPE_CHECKING:
    from omi_core.onboarding.observe import Looking

Command = Callable[..., int]

_OPTIONS = (
    click.option("-4", "only", flag_value=4, type=int, help="Ask over IPv4 only."),
    click.option("-6", "only", flag_value=6, type=int, help="Ask over IPv6 only."),
    click.option(
        "--rate", default=50.0, show_default=True, help="Questions a second to one address."
    ),
    click.option(
        "--timeout", default=30.0, show_default=True, help="Seconds that one domain may take."
    ),
    click.option(
        "--root",
        metavar="ADDRESS[:PORT]",
        multiple=True,
        help="Begin at this root server, in a tree of names of one's own; may be repeated.",
    ),
    click.option(
        "--resolver",
        metavar="ADDRESS[:PORT]",
        help="Ask this one where the root is. (default: this machine's)",
    ),
)


def looking_options(command: Command) -> Command:
    """Add the options."""
    return reduce(lambda made, option: option(made), reversed(_OPTIONS), command)


@asynccontextmanager
async def looking(given: dict[str, Any]) -> "AsyncIterator[Looking]":
    """Yield how to look, as the options say; ObservationError if the root cannot be found."""
    from omi_core.onboarding.observe import Looking
    from omi_core.resolve.network import Manners, Network
    from omi_core.resolve.walk import Start, Walker

    if given["rate"] <= 0 or given["timeout"] <= 0:
        raise InputError("--rate and --timeout must be above nothing")
    families = (given["only"],) if given["only"] else (4, 6)
    start = Start(roots=_roots(given), families=families)
    async with Network(Manners(rate=given["rate"])) as network:
        yield Looking.over(network, Walker(network, start), given["timeout"])


def _roots(given: dict[str, Any]) -> Any:
    from omi_core.dns.server import Server
    from omi_core.resolve.walk import roots

    if given["root"]:
        return tuple(Server.parse(one) for one in given["root"])
    return roots(given["resolver"])
