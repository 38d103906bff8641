"""`omi dns records`: what a customer enters, ready to be handed over."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from omi_core.cli.arguments import inventory_option, json_option, language_option
from omi_core.cli.dns.domains import domain_name
from omi_core.cli.dns.looking import LookingOptions, looking, looking_options
from omi_core.cli.terminal import emit, emit_json, warn
from omi_core.exit_codes import FINDINGS, FINE
from omi_core.language import Language

if TYPE_CHECKING:
    from omi_core.onboarding.entries import Onboarding
    from omi_core.onboarding.target import Target

FORMATS = ("table", "zone", "cloudflare", "json")


@click.command(short_help="Show what a customer enters into DNS.")
@click.argument("domain")
@inventory_option
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="For people, as a zone file, as a file that Cloudflare imports, or JSON.",
)
@click.option("--panels/--no-panels", default=True, help="Say where to enter it. (default: yes)")
@looking_options
@language_option
@json_option
def records(
    domain: str,
    *,
    inventory: Path,
    form: str,
    panels: bool,
    language: Language,
    as_json: bool,
    **given: Any,
) -> int:
    """Show what the owner of DOMAIN enters so that mail through the relays passes.

    What he publishes today is asked of his servers: our include is merged into his SPF record
    within the ten look-ups that receivers make, and a policy that is there stays. Nothing is handed
    out for a domain that does not exist (exit code 1).
    """
    from omi_core.onboarding import formats
    from omi_core.onboarding.rules.asked import doubts, is_nobodys, not_there
    from omi_core.onboarding.target import InventoryDomains

    known = InventoryDomains(inventory)
    made = asyncio.run(_made(known.target(domain_name(domain)), LookingOptions(**given)))
    if is_nobodys(made):
        warn([not_there(made)], language)
        return FINDINGS
    warnings = tuple(doubts(made, {each.relative for each in known.domains()}))
    if as_json or form == "json":
        shown = {"warnings": [each.to_json() for each in warnings]}
        emit_json({**formats.as_json(made), **shown, "panels": formats.panels_json(made)})
        return FINE
    warn(warnings, language)
    if form == "zone":
        emit(formats.zone_file(made, language))
    elif form == "cloudflare":
        emit(formats.cloudflare_import(made, language))
    else:
        emit(formats.table(made, language, panels=panels))
    return FINE


async def _made(target: "Target", options: LookingOptions) -> "Onboarding":
    from omi_core.onboarding.observe import records_for

    async with looking(options) as how:
        return await records_for(target, how)
