"""`omi smtp explain`: what a customer's error text means, and what to do."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from omi_core.cli.arguments import json_option, language_option, optional_inventory_option
from omi_core.cli.screen import stacked
from omi_core.cli.terminal import described, emit, emit_json
from omi_core.errors import InputError
from omi_core.exit_codes import FINDINGS, FINE
from omi_core.language import Language
from omi_core.text import Text

if TYPE_CHECKING:
    from omi_core.inventory.customers.customer import Sender

_NOT_KNOWN = Text(
    "nothing in this text is known; give the whole text, and what stands above it, or look with"
    " `omi smtp verify HOST`"
)
_BYTES_A_CHARACTER = 4


@click.command()
@click.argument("text", metavar="TEXT|-")
@click.option("--account", metavar="LOGIN", help="The account that was to send.")
@click.option("--from", "sender", metavar="ADDRESS", help="The sender that was refused.")
@optional_inventory_option
@language_option
@json_option
def explain(
    *,
    text: str,
    account: str | None,
    sender: str | None,
    inventory: Path | None,
    language: Language,
    as_json: bool,
) -> int:
    """Say what an error text means, whose matter it is, and what to do.

    TEXT is what PHP, Python, Outlook, swaks or curl shows, or the server's own reply; - reads it
    from stdin. Exit code 0: it is known; 1: nothing in it is known.
    """
    from omi_core.probe.refusals.program_errors import explain_error, explained_replies

    senders = senders_known(inventory, account)
    text = _read(text)
    found = explain_error(
        text, sender=sender or "", senders=None if senders is None else _said(senders)
    )
    if as_json:
        replies = [one.to_json() for one in explained_replies(text)]
        findings = [one.to_json() for one in found]
        emit_json({"known": bool(found), "findings": findings, "replies": replies})
    elif found:
        emit(stacked(described(one, language) for one in found))
    else:
        emit(_NOT_KNOWN.in_(language))
    return FINE if found else FINDINGS


def senders_known(inventory: Path | None, login: str | None) -> "tuple[Sender, ...] | None":
    """Return what a login may send as by an inventory; None where that is not known."""
    if inventory is None or not login:
        return None
    from omi_core.inventory.customers.may_send import senders_of
    from omi_core.inventory.load import relays_in

    return senders_of(relays_in(inventory)[0].environment.customers, login)


def _said(senders: "tuple[Sender, ...]") -> Text:
    from omi_core.inventory.customers.may_send import said_senders

    return said_senders(senders)


def _read(text: str) -> str:
    """Return the text, or as much of stdin as is read at all."""
    from omi_core.probe.refusals.program_errors import LONGEST

    if text == "-":
        text = sys.stdin.buffer.read(LONGEST * _BYTES_A_CHARACTER).decode("utf-8", "replace")
    if not text.strip():
        raise InputError("the text is empty; paste what the program shows")
    return text
