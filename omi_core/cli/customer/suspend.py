"""`omi customer suspend` and `resume`: the file first, then every relay."""

from collections.abc import Callable
from pathlib import Path

import click

from omi_core.cli.arguments import inventory_option, json_option, language_option
from omi_core.cli.customer.files import CustomerFile, alone, diff, directory_of, file_of, replace
from omi_core.cli.customer.options import Command, customers_option
from omi_core.cli.customer.queued import Queued, act
from omi_core.cli.deploy.run import run_deploy
from omi_core.cli.terminal import emit, emit_json
from omi_core.exit_codes import FINDINGS, FINE
from omi_core.inventory.customers.editing import resumed_in, suspended_in
from omi_core.language import Language
from omi_core.places import DEPLOYS
from omi_core.text import Text

DEPLOY = DEPLOYS / "customers.py"
PATIENCE_S = 600
REASON = "please contact us"
_SUSPENDED = Text("{name}: suspended on every relay: {logins}")
_RESUMED = Text("{name}: resumed on every relay: {logins}")
_FAILED = Text("the file says so, and not every relay could be told; what happened stands above")
_NO_ACCOUNT = Text("no account")

_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.argument("name"),
    inventory_option,
    customers_option,
    click.option("--account", metavar="LOGIN", default="", help="This account alone."),
    click.option("--dry", is_flag=True, help="Show what would change, and change nothing."),
    language_option,
    json_option,
)


def _options(command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command(short_help="Take no more mail of a customer, and say why.")
@_options
@click.option(
    "--reason", metavar="TEXT", default=REASON, show_default=True, help="What senders are told."
)
@click.option(
    "--queued",
    type=click.Choice((Queued.HOLD.value, Queued.DROP.value)),
    help="Hold or drop what is queued; else it is sent.",
)
def suspend(
    *,
    name: str,
    inventory: Path,
    customers: str | None,
    account: str,
    dry: bool,
    language: Language,
    as_json: bool,
    reason: str,
    queued: str | None,
) -> int:
    """Write the reason into the file of customer NAME, and tell every relay.

    Logins go on; each mail is answered 550 with the reason, in open sessions too. Exit code 1: a
    relay could not be told.
    """
    change = _FileChange(
        inventory=inventory,
        customers=customers,
        account=account,
        edit=lambda text: suspended_in(text, reason, account),
        queued=Queued(queued) if queued else None,
        done=_SUSPENDED,
    )
    return change.made(name, dry=dry, language=language, as_json=as_json)


@click.command(short_help="Take a customer's mail again.")
@_options
@click.option(
    "--queued",
    type=click.Choice((Queued.RELEASE.value, Queued.DROP.value)),
    default=Queued.RELEASE.value,
    show_default=True,
    help="What becomes of mail that was held.",
)
def resume(
    *,
    name: str,
    inventory: Path,
    customers: str | None,
    account: str,
    dry: bool,
    language: Language,
    as_json: bool,
    queued: str,
) -> int:
    """Take the reason out of the file of customer NAME, and tell every relay.

    An account that is suspended by itself stays so until it is named. Exit code 1: a relay could
    not be told.
    """
    change = _FileChange(
        inventory=inventory,
        customers=customers,
        account=account,
        edit=lambda text: resumed_in(text, account),
        queued=Queued(queued),
        done=_RESUMED,
    )
    return change.made(name, dry=dry, language=language, as_json=as_json)


class _FileChange:
    """One change of a customer's file, and what follows from it on the relays."""

    def __init__(
        self,
        *,
        inventory: Path,
        customers: str | None,
        account: str,
        edit: Callable[[str], str],
        queued: Queued | None,
        done: Text,
    ) -> None:
        self.inventory = inventory
        self.directory = directory_of(inventory, customers)
        self.account = account
        self.edit = edit
        self.queued = queued
        self.done = done

    def made(self, name: str, *, dry: bool, language: Language, as_json: bool) -> int:
        """Make it; the lock is held until the relays know, lest an older file comes after it."""
        with alone(self.directory):
            file = file_of(self.directory, name)
            text = self.edit(file.text)
            code = FINE if dry else self._carried_out(file, text)
        shown = diff(file.path, file.text, text)
        logins = self._logins(file)
        if as_json:
            emit_json(
                {
                    "file": str(file.path),
                    "customer": file.customer.name,
                    "accounts": list(logins),
                    "diff": shown,
                    "dry": dry,
                    "exit_code": code,
                }
            )
        elif dry:
            emit(shown)
        else:
            listed = Text.plain(", ".join(logins)) if logins else _NO_ACCOUNT
            told = self.done.format(name=file.customer.name, logins=listed)
            emit((_FAILED if code else told).in_(language))
        return code

    def _carried_out(self, file: CustomerFile, text: str) -> int:
        if text != file.text:
            replace(file, text)
        code = run_deploy(DEPLOY, self.inventory, patience_s=PATIENCE_S)
        if not code and self.queued:
            code = act(self.inventory, self._logins(file), self.queued)
        return FINDINGS if code else FINE

    def _logins(self, file: CustomerFile) -> tuple[str, ...]:
        logins = tuple(each.login for each in file.customer.accounts)
        return tuple(
            each for each in logins if not self.account or each.lower() == self.account.lower()
        )
