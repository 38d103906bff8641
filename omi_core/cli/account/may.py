"""`omi account may`: whether a login may send as an address, without asking any server."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from omi_core.cli.arguments import inventory_option, json_option, language_option
from omi_core.cli.screen import stacked
from omi_core.cli.terminal import emit, emit_json
from omi_core.exit_codes import FINDINGS, FINE
from omi_core.inventory.customers.may_send import said_senders
from omi_core.language import Language, languages
from omi_core.text import Text, labelled

if TYPE_CHECKING:
    from omi_core.inventory.customers.may_send import MaySend

_UNKNOWN_LOGIN = 2
_ANSWERS = {
    "yes": Text("yes: {login} may send as {address}"),
    "no": Text("no: {login} may not send as {address}"),
    "unknown-login": Text("there is no account {login} in this inventory"),
}
_TO_THE_CUSTOMER = {
    "yes": Text(
        "Your account {login} may send as {address}. Use this address as the sender and in From."
    ),
    "no": Text(
        "Your account {login} may send only as {senders}, not as {address}. Set one of these as"
        " the sender and in From, or ask us to add {address}."
    ),
    "unknown-login": Text(
        "We know no account {login}. Please compare the login in your mail program with the one"
        " that we sent you, letter by letter."
    ),
}
_EXIT_CODES = {"yes": FINE, "no": FINDINGS, "unknown-login": _UNKNOWN_LOGIN}
_SENDERS = Text("may send as")
_CUSTOMER = Text("customer")
_SENTENCE = Text("for the customer ({language})")


@click.command()
@click.argument("login", metavar="LOGIN")
@click.argument("address", metavar="ADDRESS")
@inventory_option
@language_option
@json_option
def may(login: str, address: str, inventory: Path, language: Language, as_json: bool) -> int:
    """Say whether LOGIN may send as ADDRESS, and what to tell the customer.

    No server is asked: the answer is that of the customers' files, as the relays have it after the
    next deploy. Exit code 0: yes; 1: no; 2: there is no such login.
    """
    answer = _answer(login, address, inventory)
    exit_code = _EXIT_CODES[answer.leave.value]
    if as_json:
        emit_json({**_document(answer), "exit_code": exit_code})
    else:
        emit(stacked(_lines(answer, language)))
    return exit_code


def _answer(login: str, address: str, inventory: Path) -> "MaySend":
    from omi_core.inventory.customers.may_send import may_send
    from omi_core.inventory.load import relays_in
    from omi_core.names import Address

    asked = Address.parse(address)
    return may_send(relays_in(inventory)[0].environment.customers, login, asked)


def _told(answer: "MaySend", texts: dict[str, Text]) -> Text:
    text = texts[answer.leave.value]
    return text.format(
        login=answer.login, address=str(answer.address), senders=said_senders(answer.senders)
    )


def _document(answer: "MaySend") -> dict[str, object]:
    return {
        "login": answer.login,
        "address": str(answer.address),
        "answer": answer.leave.value,
        "customer": answer.customer or None,
        "senders": [str(one) for one in answer.senders],
        "sentence": _told(answer, _TO_THE_CUSTOMER).to_json(),
    }


def _lines(answer: "MaySend", language: Language) -> list[str]:
    lines = [_told(answer, _ANSWERS).in_(language)]
    if answer.customer:
        lines.append(f"    {labelled(_CUSTOMER, answer.customer).in_(language)}")
        lines.append(f"    {labelled(_SENDERS, said_senders(answer.senders)).in_(language)}")
    sentence = _told(answer, _TO_THE_CUSTOMER)
    for each in languages():
        label = _SENTENCE.format(language=each)
        lines.append(f"    {labelled(label, '').in_(language)}{sentence.in_(each)}")
    return lines
