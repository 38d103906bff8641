"""`omi dns plan` and `omi dns apply`: publishing without a deploy.

The public keys are read from the relays, as `deploys/dns.py` does, or from a file; or they stay as
they are published.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from omi_core.cli.arguments import inventory_option, json_option, language_option
from omi_core.cli.reader import say_progress
from omi_core.cli.screen import stacked
from omi_core.cli.terminal import emit, emit_json
from omi_core.errors import InputError, OmiError
from omi_core.exit_codes import FINDINGS, FINE
from omi_core.names import in_script
from omi_core.text import Text

if TYPE_CHECKING:
    from omi_core.dns.operator import SenderDomain
    from omi_core.dns.plan import Plan
    from omi_core.dns.providers.interface import Provider
    from omi_core.inventory.model import Relay
    from omi_core.language import Language
    from omi_core.names import Fqdn

Command = TypeVar("Command", bound=Callable[..., object])

_NOTHING = Text("nothing to do")
_CHECKSUM = Text("checksum {checksum}")
_PUBLISHED = Text("published; every authoritative server agrees")
_BY_HAND = Text("these zones are edited by hand:")

_OPTIONS = (
    inventory_option,
    click.option(
        "--keys", metavar="FILE", help="Take the public keys from FILE, and log in on no relay."
    ),
    click.option("--without-keys", is_flag=True, help="Leave the keys as they are published."),
    click.option(
        "--retire", metavar="NAME", multiple=True, help="Withdraw the records of this former relay."
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions:
    """What a command line says should be published: see `_OPTIONS`."""

    inventory: Path
    keys: str | None
    without_keys: bool
    retire: tuple[str, ...]


def wanted_options(command: Command) -> Command:
    """Give a command the options that say what should be published."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command(short_help="Show what would change in DNS.")
@wanted_options
@language_option
@json_option
def plan(*, language: "Language", as_json: bool, **wanted: Any) -> int:
    """Show what has to change in every zone that may be written, and change nothing.

    Exit code 1 says that something has to change, 2 that a record is refused, 3 that a zone could
    not be read. What --json writes, `omi dns apply --plan` applies, or refuses if it is no longer
    true.
    """
    from omi_core.dns.publishing import raise_if_any_refused

    _, _, plans = _plans(PublishOptions(**wanted))
    if as_json:
        emit_json({"plans": [json.loads(made.to_json()) for made in plans]})
    else:
        _show(plans, language)
    raise_if_any_refused(plans)  # after all of it is seen: one record hides no other
    return FINDINGS if any(plans) else FINE


@click.command(short_help="Publish what is planned.")
@wanted_options
@click.option("--plan", "file", metavar="FILE", help="Apply this plan of --json, or nothing.")
@click.option("--checksum", metavar="HEX", multiple=True, help="Apply the plan of it, or nothing.")
@language_option
@json_option
def apply(
    *,
    file: str | None,
    checksum: tuple[str, ...],
    language: "Language",
    as_json: bool,
    **wanted: Any,
) -> int:
    """Publish what `omi dns plan` shows, and wait until all authoritative servers agree.

    A record that is refused stays as it is, and stops no other; exit code 2 says so, after all
    else is published.
    """
    from omi_core.dns.publishing import by_hand, raise_if_any_refused, to_apply

    provider, needed, plans = _plans(PublishOptions(**wanted))
    _require_reviewed(plans, file, checksum)
    if not as_json:
        _show(plans, language)
    going = to_apply(plans, needed)
    if (entered := by_hand(provider, going)) is not None and going:
        emit(stacked((_BY_HAND.in_(language), *(f"  {line}" for line in entered))))
        raise_if_any_refused(plans)
        return FINDINGS
    _apply_all(provider, going)
    if as_json:
        emit_json({"plans": [json.loads(made.to_json()) for made in plans]})
    elif going:
        emit(_PUBLISHED.in_(language))
    raise_if_any_refused(plans)
    return FINE


def _plans(asked: PublishOptions) -> "tuple[Provider, Fqdn | None, list[Plan]]":
    """Return the service, the zone into which all others lead, and the plans."""
    from omi_core.dns.operator import operator_of
    from omi_core.dns.providers.factory import provider_of
    from omi_core.dns.publishing import operators_zone, plans
    from omi_core.inventory.load import relays_in
    from omi_core.names import Fqdn

    relays = relays_in(asked.inventory)
    environment = relays[0].environment
    operator = operator_of(environment, relays, map(Fqdn.parse, asked.retire))
    provider = provider_of(environment, say_progress)
    made = plans(provider, operator, _sender_domains(asked, relays))
    return provider, operators_zone(provider, operator), made


def _sender_domains(asked: PublishOptions, relays: "tuple[Relay, ...]") -> "list[SenderDomain]":
    from omi_core.relay.dkim import public as dkim_public

    if asked.keys and asked.without_keys:
        raise InputError("--keys and --without-keys contradict each other; give one of them")
    held: dkim_public.Held = {}
    if asked.keys:
        held = dkim_public.written(Path(asked.keys), relays)
    elif not asked.without_keys:
        held = dkim_public.asked(asked.inventory, relays)
    environment = relays[0].environment
    return [
        dkim_public.sender_domain(domain, environment, held.values())
        for domain in environment.signing_domains
    ]


def _show(plans: "list[Plan]", language: "Language") -> None:
    for made in filter(None, plans):
        lines = (f"  {line}" for line in made.lines(language))
        emit(stacked((f"{in_script(made.zone.relative)}:", *lines)))
        emit(f"  {_CHECKSUM.format(checksum=made.checksum).in_(language)}")
    if not any(plans):
        emit(_NOTHING.in_(language))


def _require_reviewed(plans: "list[Plan]", file: str | None, checksums: tuple[str, ...]) -> None:
    from omi_core.dns.reviewed import plans_in, require_reviewed

    if file is not None:
        require_reviewed(plans_in(file), plans)
    for made in filter(None, plans if checksums else ()):
        if made.checksum not in checksums:
            raise InputError(
                "{zone}: the plan has the checksum {checksum}, which is none of those "
                "given; nothing was written: {made}",
                zone=made.zone.relative,
                checksum=made.checksum,
                made="; ".join(made.lines()),
            )


def _apply_all(provider: "Provider", going: "list[Plan]") -> None:
    """Apply one plan after the other; what goes wrong in one zone is told after the others.

    The first is of the zone into which the others lead: without it nothing else is applied.
    """
    from omi_core.errors import ObservationError
    from omi_core.text import SEMICOLON

    failed: list[OmiError] = []
    for number, made in enumerate(going):
        try:
            _apply(provider, made)
        except (InputError, ObservationError) as error:
            if not number:
                raise
            failed.append(error)
    if failed:
        raise ObservationError(Text.joined([each.text for each in failed], SEMICOLON))


def _apply(provider: "Provider", made: "Plan") -> None:
    from omi_core.dns.publishing import applied, fault_of
    from omi_core.errors import ObservationError

    try:
        applied(provider, made, progress=say_progress)
    except (InputError, ObservationError):
        raise
    except OmiError as error:  # somebody was there, or a server does not serve it yet
        raise ObservationError(error.text) from None
    except Exception as error:  # noqa: BLE001 - the other zones are still published
        raise fault_of(made, error) from None
