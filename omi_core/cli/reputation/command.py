"""`omi reputation`: what block lists and DNS say of every address of every relay."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from omi_core.cli.arguments import inventory_option, json_option, language_option
from omi_core.cli.dns.looking import LookingOptions, asking_options, looking
from omi_core.cli.files import write_file
from omi_core.cli.terminal import colours, emit, emit_json
from omi_core.language import Language

if TYPE_CHECKING:
    from omi_core.reputation.report import ReputationReport
    from omi_core.reputation.state import CheckChange, State

_DEFAULT = ""  # of --since without a file


@dataclass(frozen=True, slots=True, kw_only=True)
class ReputationOptions(LookingOptions):
    """What the command line of `omi reputation` says."""

    inventory: Path
    lists: tuple[str, ...]
    since: str | None
    junit: str | None


@click.command(short_help="What block lists and DNS say of the relays' addresses.")
@inventory_option
@click.option("--list", "lists", metavar="NAME", multiple=True, help="Ask this block list alone.")
@click.option(
    "--since",
    metavar="FILE",
    is_flag=False,
    flag_value=_DEFAULT,
    help="Only what changed since the last run, of which FILE keeps what it saw; without FILE"
    " that is reputation.json in the user's state directory.",
)
@click.option("--junit", metavar="FILE", help="Write JUnit XML, which any CI shows.")
@asking_options("Seconds that one thing that is asked may take.")
@language_option
@json_option
def reputation(language: Language, as_json: bool, **given: Any) -> int:
    """Ask the block lists that matter for every address of every relay, IPv4 and IPv6.

    Also whether its reverse name leads back to it, whether the name that the relay says in EHLO
    has it, and whether SPF authorises it. Lists are asked directly, never through a resolver that
    others use. Exit code 1: something is wrong; 3: nothing is, but something could not be looked
    at, as where a list does not answer whoever asks from here.
    """
    from omi_core.dns.operator import operator_of
    from omi_core.inventory.load import relays_in
    from omi_core.reputation.blocklists import lists_named
    from omi_core.reputation.report import look

    options = ReputationOptions(**given)
    relays = relays_in(options.inventory)
    operator = operator_of(relays[0].environment, relays)
    lists = lists_named(options.lists)
    state = _state_file(options.since)
    earlier = _earlier(state)

    async def run() -> "ReputationReport":
        async with looking(options) as how:
            return await look(operator, lists, how)

    report = asyncio.run(run())
    _tell(report, state, earlier, language, as_json=as_json)
    if options.junit:
        from omi_core.reports import writer

        write_file(options.junit, writer("junit")(report, language))
    return report.exit_code


def _state_file(since: str | None) -> Path | None:
    from omi_core.reputation.state import default_path

    if since is None:
        return None
    return default_path() if since == _DEFAULT else Path(since)


def _earlier(state: Path | None) -> "State | None":
    """Return what an earlier run kept, read before anything is asked: it may be refused."""
    from omi_core.reputation.state import read_state

    return read_state(state) if state else None


def _tell(
    report: "ReputationReport",
    state: Path | None,
    earlier: "State | None",
    language: Language,
    *,
    as_json: bool,
) -> None:
    """Write the report, or what changed; the state is replaced only once that is written."""
    from omi_core.cli.reputation.table import changed, printed
    from omi_core.reputation.state import write_state

    colour = colours(sys.stdout)
    if state is None:
        if as_json:
            emit_json({**report.to_json(), "changes": None})
        else:
            emit(printed(report, language, colour=colour))
        return
    kept, found = _compared(report, earlier)
    if as_json:
        emit_json({**report.to_json(), "changes": [each.to_json() for each in found]})
    else:
        emit(changed(found, language, is_first=earlier is None, colour=colour))
    write_state(state, kept)


def _compared(
    report: "ReputationReport", earlier: "State | None"
) -> "tuple[State, tuple[CheckChange, ...]]":
    from omi_core.reputation.state import changes, merged, state_of

    before: State = earlier or {}
    kept = merged(before, state_of(report), report)
    return kept, changes(before, kept)
