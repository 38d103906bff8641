"""Options of the commands that ask authoritative servers, and how they ask."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import click

from omi_core.errors import InputError

if TYPE_CHECKING:
    from omi_core.dns.client.server import Server
    from omi_core.onboarding.how import Looking

Command = Callable[..., int]

_PACE = (
    click.option("-4", "only", flag_value=4, type=int, help="Ask over IPv4 only."),
    click.option("-6", "only", flag_value=6, type=int, help="Ask over IPv6 only."),
    click.option(
        "--rate", default=50.0, show_default=True, help="Questions a second to one address."
    ),
)
_START = (
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LookingOptions:
    """What the command line says about asking: families, pace, patience, where the root is."""

    only: int | None
    rate: float
    timeout: float
    root: tuple[str, ...]
    resolver: str | None


def looking_options(command: Command) -> Command:
    """Add the options of a look at domains."""
    return asking_options("Seconds that one domain may take.")(command)


def asking_options(timeout_help: str) -> Callable[[Command], Command]:
    """Return what adds the options; the help of `--timeout` says what takes so long."""
    timeout = click.option("--timeout", default=30.0, show_default=True, help=timeout_help)
    options = (*_PACE, timeout, *_START)
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


@asynccontextmanager
async def looking(options: LookingOptions) -> "AsyncIterator[Looking]":
    """Yield how to look, as the options say; ObservationError if the root cannot be found."""
    from omi_core.onboarding.how import Looking

    if options.rate <= 0 or options.timeout <= 0:
        raise InputError("--rate and --timeout must be greater than 0")
    async with Looking.opened(
        root_servers=_roots(options),
        families=(options.only,) if options.only else (4, 6),
        rate=options.rate,
        patience_s=options.timeout,
    ) as how:
        yield how


def _roots(options: LookingOptions) -> "tuple[Server, ...]":
    from omi_core.dns.client.server import Server
    from omi_core.resolve.walk import roots

    if options.root:
        return tuple(Server.parse(one) for one in options.root)
    return roots(options.resolver)
