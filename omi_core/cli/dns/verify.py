"""`omi dns verify`: whether customers' records are right, at every authoritative server."""

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from omi_core.cli.arguments import inventory_option, json_option, language_option
from omi_core.cli.dns.looking import looking, looking_options
from omi_core.cli.dns.run import VerifyDnsOptions, VerifyRun
from omi_core.cli.reports import report_options, write_reports
from omi_core.cli.terminal import emit_json
from omi_core.errors import InputError
from omi_core.language import Language

if TYPE_CHECKING:
    from omi_core.cli.dns.bulk import Telling


@click.command(short_help="Say whether customers' records are right.")
@click.argument("domains", metavar="[DOMAIN]...", nargs=-1)
@inventory_option
@click.option("--file", metavar="FILE", help="Look at the domains of this file, one a line.")
@click.option("--wait", metavar="MINUTES", type=float, help="Look again until all is fine.")
@click.option("--keys", metavar="FILE", help="Key records that the relays sign with (JSON).")
@click.option("--json-lines", is_flag=True, help="Write a line for each domain as it comes.")
@click.option("--since", metavar="FILE", help="Only what differs from these lines.")
@click.option("--resume", metavar="FILE", help="Append lines here; skip what it has already.")
@click.option("--when-done", metavar="FILE", help="Move the lines here, if the run was whole.")
@click.option("--at-once", default=64, show_default=True, help="Domains looked at together.")
@report_options
@looking_options
@language_option
@json_option
def verify(domains: tuple[str, ...], language: Language, as_json: bool, **given: Any) -> int:
    """Ask every authoritative server of each DOMAIN, and say what is wrong and what to do.

    Without DOMAIN and --file every domain of the inventory is looked at. Exit code 0: all is
    fine; 1: something is wrong; 3: something could not be looked at, whatever else is wrong at
    other domains.
    """
    options = VerifyDnsOptions(**given)
    if options.at_once < 1 or (options.wait or 0) < 0:
        raise InputError("--at-once must be at least 1, and --wait must not be negative")
    if options.when_done and not options.resume:
        raise InputError("--when-done moves the lines of --resume, which is missing")
    if as_json and (options.json_lines or options.since or options.resume):
        raise InputError(
            "--json is one document of a whole run; with --since and --resume write --json-lines"
        )
    return asyncio.run(_run(VerifyRun(domains, options, language, as_json=as_json)))


async def _run(run: VerifyRun) -> int:
    """Look and tell; the exit code is that of every domain, also of those looked at before."""
    from omi_core.cli.dns.bulk import Telling, told_as_they_come

    with ExitStack() as stack:
        if run.file:
            stack.callback(run.file.close)
        telling = Telling(run, stack)
        async with looking(run.options) as how:
            await told_as_they_come(run, telling, how)
        if not telling.domains:
            raise InputError(
                "there is no domain to look at; name one, or give an inventory or --file"
            )
        code = telling.end()
    return _documents(run, telling, code) if run.keeps_reports else code


def _documents(run: VerifyRun, telling: "Telling", code: int) -> int:
    """Write what is made of a whole run, its domains in the order of the list."""
    from omi_core.onboarding.report import DnsReport, combined_code

    held = {each.domain: each for each in telling.reports}
    order = [held[domain] for domain in telling.domains if domain in held]
    report = DnsReport(domains=tuple(order))
    if run.as_json:
        emit_json(report.to_json())
    return combined_code({code, *write_reports(report, run.options.reports, run.language)})
