"""`omi dns verify`: whether customers' records are right, at every authoritative server."""

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from omi_core.cli.arguments import json_option, language_option
from omi_core.cli.dns.domains import DomainFile, NoDomain, domain_name, inventory_option
from omi_core.cli.dns.looking import LookingOptions, looking, looking_options
from omi_core.cli.reports import report_options, write_reports
from omi_core.cli.terminal import emit_json
from omi_core.errors import InputError, system_text
from omi_core.language import Language
from omi_core.names import Fqdn

if TYPE_CHECKING:
    from omi_core.cli.dns.bulk import Telling
    from omi_core.onboarding.target import Target


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


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyDnsOptions(LookingOptions):
    """What the command line of `omi dns verify` says."""

    inventory: str
    file: str | None
    wait: float | None
    keys: str | None
    json_lines: bool
    since: str | None
    resume: str | None
    when_done: str | None
    at_once: int
    reports: Mapping[str, str]  # the file of each form that is written


class VerifyRun:
    """What one run looks at, and how."""

    def __init__(
        self,
        domains: tuple[str, ...],
        options: VerifyDnsOptions,
        language: Language,
        *,
        as_json: bool = False,
    ) -> None:
        from omi_core.onboarding.target import InventoryDomains

        self.options = options
        self.language = language
        self.as_json = as_json
        self.inventory = InventoryDomains(options.inventory)
        self.named = tuple(dict.fromkeys(map(domain_name, domains)))
        self.signing = _signing(options.keys)
        self.file = DomainFile(options.file) if options.file else None

    @property
    def for_people(self) -> bool:
        """Whether what is told is read by a person."""
        return not (self.as_json or self.options.json_lines)

    @property
    def keeps_reports(self) -> bool:
        """Whether a document is made of the whole run, which is then held in memory."""
        return self.as_json or bool(self.options.reports)

    @property
    def is_whole_list(self) -> bool:
        """Whether a domain that is not in this run is one of ours no more."""
        return not self.named

    def targets(self) -> "Iterator[Target]":
        """Yield the domains, those of a file as they are read."""
        chosen: Iterable[Fqdn | NoDomain] = self.named
        if self.file:
            chosen = chain(self.named, self.file.domains())
        elif not self.named:
            chosen = self.inventory.domains()
        return map(self._target, chosen)

    def total(self) -> int | None:
        """Return how many domains there are, if that can be told beforehand."""
        if self.file:
            count = self.file.count()
            return None if count is None else len(self.named) + count
        return len(self.named or self.inventory.domains())

    def _target(self, domain: Fqdn | NoDomain) -> "Target":
        """Return what a domain must publish; a fault in saying so is this domain's alone."""
        from omi_core.findings.contained import not_checked
        from omi_core.onboarding.target import unmade_target

        if isinstance(domain, NoDomain):
            return unmade_target(domain.written, domain.why)
        try:
            return self.inventory.target(domain, self.signing)
        except Exception as error:  # noqa: BLE001 - the others' results are still to come
            return unmade_target(domain.relative, not_checked(domain.relative, error))

    def say(self, line: str) -> None:
        """Say to whoever waits."""
        click.echo(line, err=True)


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


def _signing(path: str | None) -> dict[str, dict[str, str]] | None:
    """Read `{"shop.example": {"omi1": "v=DKIM1; ..."}}`."""
    if path is None:
        return None
    try:
        held = json.loads(Path(path).read_text("utf-8") if path != "-" else sys.stdin.read())
        return {
            domain_name(domain).relative: {slot: str(text) for slot, text in slots.items()}
            for domain, slots in held.items()
        }
    except OSError as error:
        raise InputError(
            "{path!r} cannot be read: {strerror}", path=path, strerror=system_text(error)
        ) from None
    except (ValueError, AttributeError):
        form = '{"shop.example": {"omi1": "v=DKIM1; ..."}}'
        raise InputError(
            "{path!r} holds no keys; they are written as {form}", path=path, form=form
        ) from None
