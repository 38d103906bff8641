"""`omi dns verify`: whether customers' records are right, at every authoritative server."""

import asyncio
import gc
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from omi_core.cli.arguments import json_option, language_option
from omi_core.cli.dns.domains import domain_name, domains_in, inventory_option
from omi_core.cli.dns.looking import LookingOptions, looking, looking_options
from omi_core.cli.reader import tell
from omi_core.cli.reports import report_options, write_reports
from omi_core.cli.terminal import emit, emit_json, json_line
from omi_core.errors import InputError, system_text
from omi_core.exit_codes import COULD_NOT_LOOK
from omi_core.language import Language
from omi_core.names import Fqdn
from omi_core.printable import printable

if TYPE_CHECKING:
    from omi_core.onboarding.how import Looking
    from omi_core.onboarding.report import DnsReport, DomainReport
    from omi_core.onboarding.target import Target

_MINUTE = 60
_MOST_IN_A_REPORT = 1000
_VALUES_BETWEEN_COLLECTIONS = 20_000


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
    if options.json_lines or options.since or options.resume:
        return asyncio.run(_bulk(_VerifyRun(domains, options, language)))
    report = asyncio.run(_report(_VerifyRun(domains, options, language)))
    write_reports(report, options.reports, language)
    if as_json:
        emit_json(report.to_json())
    else:
        from omi_core.cli.dns.table import printed

        emit(printed(report, language, colour=sys.stdout.isatty()))
    return report.exit_code


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


class _VerifyRun:
    """What one run looks at, and how."""

    def __init__(
        self, domains: tuple[str, ...], options: VerifyDnsOptions, language: Language
    ) -> None:
        from omi_core.onboarding.target import InventoryDomains

        self.options = options
        self.language = language
        self.inventory = InventoryDomains(options.inventory)
        self.named = tuple(dict.fromkeys(map(domain_name, domains)))
        self.signing = _signing(options.keys)
        if options.file:
            next(domains_in(options.file), None)  # a file that cannot be read is told at once

    def targets(self) -> "Iterator[Target]":
        """Yield the domains, those of a file as they are read."""
        chosen: Iterable[Fqdn] = self.named
        if self.options.file:
            chosen = chain(self.named, domains_in(self.options.file))
        elif not self.named:
            chosen = self.inventory.domains()
        return map(self._target, chosen)

    def _target(self, domain: Fqdn) -> "Target":
        """Return what a domain must publish; a fault in saying so is this domain's alone."""
        from omi_core.findings.contained import not_checked
        from omi_core.onboarding.target import unmade_target

        try:
            return self.inventory.target(domain, self.signing)
        except Exception as error:  # noqa: BLE001 - the others' results are still to come
            return unmade_target(domain, not_checked(domain.relative, error))

    def say(self, line: str) -> None:
        """Say to whoever waits."""
        tell(printable(line))


async def _report(run: _VerifyRun) -> "DnsReport":
    from omi_core.onboarding.bulk import tellable
    from omi_core.onboarding.report import DnsReport

    targets = list(run.targets())
    if not targets:
        raise InputError("there is no domain to look at; name one, or give an inventory or --file")
    if len(targets) > _MOST_IN_A_REPORT:
        raise InputError(
            "{targets} domains are too many for one report; --json-lines writes them as they come",
            targets=len(targets),
        )
    order = {target.domain: place for place, target in enumerate(targets)}
    async with looking(run.options) as how:
        reports = await _reports(run, targets, how)
    whole = [tellable(each, whole=True) for each in reports]
    return DnsReport(domains=tuple(sorted(whole, key=lambda each: order[each.domain])))


async def _reports(
    run: _VerifyRun, targets: "list[Target]", how: "Looking"
) -> "list[DomainReport]":
    from omi_core.onboarding.bulk import contained, look_at_all
    from omi_core.onboarding.wait import look_until_fine

    minutes = run.options.wait
    if minutes is None:
        return [each async for each in look_at_all(targets, how, run.options.at_once)]
    waiting = (
        contained(target, look_until_fine(target, how, minutes * _MINUTE, run.say, run.language))
        for target in targets
    )
    return list(await asyncio.gather(*waiting))


async def _bulk(run: _VerifyRun) -> int:
    """Write lines as they come; the exit code is that of every domain, also of those skipped."""
    from omi_core.onboarding.bulk import Lines, look_at_all
    from omi_core.onboarding.report import combined_code

    since = Lines(run.options.since, must_exist=True) if run.options.since else None
    kept = Lines(run.options.resume, must_exist=False) if run.options.resume else None
    targets = (one for one in run.targets() if kept is None or one.domain not in kept)
    codes = set() if kept is None else kept.codes
    _collect_seldom()
    with ExitStack() as stack:
        out = _opened(run.options.resume, stack)
        async with looking(run.options) as how:
            async for report in look_at_all(targets, how, run.options.at_once):
                line = report.to_line()
                codes.add(report.exit_code)
                text = json_line(line)
                if out:
                    out.write(f"{text}\n")
                    out.flush()
                if since is None or since.has_changed(line):
                    emit(text)
    if run.options.resume and run.options.when_done and codes - {COULD_NOT_LOOK}:
        _move(run.options.resume, run.options.when_done)
    return combined_code(codes)


def _move(lines: str, to: str) -> None:
    """Put the lines of a run that came to its end in place of an earlier one's."""
    try:
        Path(lines).replace(to)
    except OSError as error:
        raise InputError(
            "{lines!r} cannot be moved to {to!r}: {strerror}",
            lines=lines,
            to=to,
            strerror=system_text(error),
        ) from None


def _collect_seldom() -> None:
    """Look for garbage less often, and never again in what is there from the start.

    A look makes thousands of small values that references alone free; walking over all of them and
    over every module after each 700 took a tenth of the time.
    """
    gc.freeze()
    gc.set_threshold(_VALUES_BETWEEN_COLLECTIONS, 20, 20)


def _opened(path: str | None, stack: ExitStack) -> TextIO | None:
    """Open the lines that a run appends to; half a line of a run that was killed is ended."""
    if path is None:
        return None
    file = Path(path)
    try:
        half = file.exists() and _ends_within_a_line(file)
        out = stack.enter_context(file.open("a", encoding="utf-8"))
    except OSError as error:
        raise InputError(
            "{path!r} cannot be written: {strerror}", path=path, strerror=system_text(error)
        ) from None
    if half:
        out.write("\n")
    return out


def _ends_within_a_line(file: Path) -> bool:
    with file.open("rb") as octets:
        size = octets.seek(0, os.SEEK_END)
        octets.seek(max(size - 1, 0))
        return octets.read() not in {b"", b"\n"}


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
