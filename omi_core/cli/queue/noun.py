"""`omi queue`: the queues of all relays of an inventory."""

import click

from omi_core.cli.arguments import json_option, language_option
from omi_core.cli.queue.matching import Wanted, matching_options
from omi_core.cli.queue.table import document, printed
from omi_core.cli.reader import said
from omi_core.cli.terminal import emit, emit_json
from omi_core.exit_codes import COULD_NOT_LOOK, FINE
from omi_core.language import Language
from omi_core.queue.request import MOST, Group, QueueRequest, Verb
from omi_core.text import Text

_BY_CUSTOMER = "customer"
_SHOWN = 100
_WHICH = Text("say which mails: ids, or options such as --account; --all means every one")


@click.group()
def queue() -> None:
    """The queues of all relays: what waits there and why; release, retry, drop."""


@queue.command("list")
@matching_options
@click.option(
    "--by",
    type=click.Choice([*(each.value for each in Group), _BY_CUSTOMER]),
    help="Count mails by this instead; reasons are counted by receiver.",
)
@click.option(
    "--most",
    type=click.IntRange(1, MOST),
    default=_SHOWN,
    show_default=True,
    help="Mails of each relay that are shown, the oldest first.",
)
@language_option
@json_option
def list_command(
    wanted: Wanted, by: str | None, most: int, language: Language, as_json: bool
) -> int:
    """Show what is in the queue: who sends to whom, since when, and what it waits for.

    Exit code 3: a relay could not be asked; what the others say is shown.
    """
    group = Group.ACCOUNT if by == _BY_CUSTOMER else Group(by) if by else None
    request = QueueRequest(match=wanted.match, by=group, most=MOST if by else most)
    return _asked(wanted, request, language, as_json=as_json, by_customer=by == _BY_CUSTOMER)


def _acting(verb: Verb, meaning: str) -> None:
    @queue.command(verb.value, help=meaning)
    @matching_options
    @click.option("--all", "is_all", is_flag=True, help="Every mail, where nothing else is said.")
    @click.option("--dry", is_flag=True, help="Say what would be done, and do nothing.")
    @language_option
    @json_option
    def command(wanted: Wanted, is_all: bool, dry: bool, language: Language, as_json: bool) -> int:
        if not wanted.match and not is_all:
            raise click.UsageError(said(_WHICH))
        request = QueueRequest(verb=verb, match=wanted.match, dry=dry, most=_SHOWN)
        return _asked(wanted, request, language, as_json=as_json)


_acting(Verb.RELEASE, "Let held mails go now, scheduled ones too; what a suspension holds stays.")
_acting(Verb.RETRY, "Try at once what was put off, instead of when its time comes.")
_acting(Verb.DROP, "Delete mails from the queue; their senders are not told.")


def _asked(
    wanted: Wanted,
    request: QueueRequest,
    language: Language,
    *,
    as_json: bool,
    by_customer: bool = False,
) -> int:
    from omi_core.relay.queue.relays import ask

    answers = ask(wanted.inventory, wanted.relays, request)
    if by_customer:
        answers = tuple(map(wanted.by_customer, answers))
    exit_code = COULD_NOT_LOOK if any(one.problem for one in answers) else FINE
    if as_json:
        emit_json(document(answers, request, exit_code))
    else:
        emit(printed(answers, request, language))
    return exit_code
