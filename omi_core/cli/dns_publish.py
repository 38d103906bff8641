"""`omi dns plan` and `omi dns apply`: publishing without a run of pyinfra.

The relays are not asked: DKIM keys stay as they are published. `deploys/dns.py` and
`deploys/dkim.py` read them.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from omi_core.cli.arguments import json_option, language_option
from omi_core.cli.terminal import emit, emit_json
from omi_core.errors import InputError, OmiError

if TYPE_CHECKING:
    from omi_core.checks.finding import Language
    from omi_core.dns.plan import Plan
    from omi_core.dns.provider import Provider

FINE, FINDINGS, COULD_NOT_LOOK = 0, 1, 3
WORDS = {
    "en": {
        "nothing": "nothing to do",
        "checksum": "checksum",
        "published": "published; every authoritative server agrees",
        "by hand": "these zones are edited by hand:",
    },
    "zh-TW": {
        "nothing": "沒有需要變更的記錄",
        "checksum": "校驗碼",
        "published": "已發布；所有權威伺服器的內容一致",
        "by hand": "這些網域需人工設定：",
    },
}

inventory_option = click.option(
    "--inventory", metavar="FILE", required=True, help="The inventory, as pyinfra reads it."
)


@click.command(short_help="Show what would change in DNS.")
@inventory_option
@language_option
@json_option
def plan(inventory: str, language: "Language", as_json: bool) -> int:
    """Show what has to change in every zone that may be written, and change nothing.

    Exit code 1 says that something has to change. What --json writes, `omi dns apply --plan`
    applies, or refuses if it is no longer true.
    """
    _, plans = _plans(inventory)
    if as_json:
        emit_json({"plans": [json.loads(made.to_json()) for made in plans]})
    else:
        _show(plans, language)
    return FINDINGS if any(plans) else FINE


@click.command(short_help="Publish what is planned.")
@inventory_option
@click.option("--plan", "file", metavar="FILE", help="Apply this plan of --json, or nothing.")
@click.option("--checksum", metavar="HEX", multiple=True, help="Apply the plan of it, or nothing.")
@language_option
@json_option
def apply(
    inventory: str, file: str | None, checksum: tuple[str, ...], language: "Language", as_json: bool
) -> int:
    """Publish what `omi dns plan` shows, and wait until all authoritative servers agree."""
    provider, plans = _plans(inventory)
    _require_reviewed(plans, file, checksum)
    if not as_json:
        _show(plans, language)
    if _is_manual(provider) and any(plans):
        _enter_by_hand(plans, language)
        return FINDINGS
    for made in plans:
        _apply(provider, made)
    words = WORDS[language.value]
    if as_json:
        emit_json({"plans": [json.loads(made.to_json()) for made in plans]})
    elif any(plans):
        emit(words["published"])
    return FINE


def _plans(inventory: str) -> "tuple[Provider, list[Plan]]":
    from omi_core.dns.publication import SenderDomain, operator_of, publications
    from omi_core.dns.publishing import planned
    from omi_core.dns.service import provider_of
    from omi_core.infra.dkim_keys import all_selectors
    from omi_core.infra.inventory_file import relays_in

    relays = relays_in(Path(inventory))
    environment = relays[0].environment
    provider = provider_of(environment, _say)
    selectors = all_selectors(environment)
    domains = [
        SenderDomain(name=domain, selectors=selectors) for domain in environment.sender_domains
    ]
    wanted = publications(operator_of(environment, relays), domains, provider.zones())
    plans = [planned(provider, each) for each in wanted]
    for made in plans:
        made.raise_if_unsafe()
    return provider, plans


def _show(plans: "list[Plan]", language: "Language") -> None:
    words = WORDS[language.value]
    for made in filter(None, plans):
        emit("\n".join((f"{made.zone.relative}:", *(f"  {line}" for line in made.lines()))))
        emit(f"  {words['checksum']} {made.checksum}")
    if not any(plans):
        emit(words["nothing"])


def _require_reviewed(plans: "list[Plan]", file: str | None, checksums: tuple[str, ...]) -> None:
    from omi_core.dns.reviewed import plans_of, require_same, reviewed_of

    if file is not None:
        try:
            reviewed = plans_of(Path(file).read_text(encoding="utf-8"))
        except (FileNotFoundError, UnicodeDecodeError, IsADirectoryError):
            raise InputError(f"the plan {file!r} cannot be read") from None
        for made in plans:
            require_same(reviewed_of(made.zone, reviewed), made)
    for made in filter(None, plans if checksums else ()):
        if made.checksum not in checksums:
            raise InputError(
                f"{made.zone.relative}: the plan has the checksum {made.checksum}, "
                f"which is none of those given; nothing was written: {'; '.join(made.lines())}"
            )


def _is_manual(provider: "Provider") -> bool:
    from omi_core.dns.manual import ByHand

    return isinstance(provider, ByHand)


def _enter_by_hand(plans: "list[Plan]", language: "Language") -> None:
    from omi_core.dns.manual import to_enter

    emit(WORDS[language.value]["by hand"])
    for line in (line for made in plans for change in made.changes for line in to_enter(change)):
        emit(f"  {line}")


def _apply(provider: "Provider", made: "Plan") -> None:
    from omi_core.dns.publishing import applied
    from omi_core.errors import ObservationError

    try:
        applied(provider, made, progress=_say)
    except (InputError, ObservationError):
        raise
    except OmiError as error:  # somebody was there, or a server does not serve it yet
        raise ObservationError(str(error)) from None


def _say(line: str) -> None:
    click.echo(line, err=True)
