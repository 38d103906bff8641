"""`omi customer remove`: the file goes, and every relay refuses the logins."""

from pathlib import Path

import click

from omi_core.cli.arguments import inventory_option, json_option, language_option
from omi_core.cli.customer.files import alone, directory_of, file_of
from omi_core.cli.customer.options import customers_option
from omi_core.cli.customer.suspend import DEPLOY, PATIENCE_S
from omi_core.cli.deploy.run import run_deploy
from omi_core.cli.reader import said
from omi_core.cli.screen import stacked
from omi_core.cli.terminal import emit, emit_json
from omi_core.exit_codes import FINDINGS, FINE
from omi_core.language import Language
from omi_core.text import Text

_ASK = Text("Remove {name}, with the logins {logins} and the domains {domains}?")
_WOULD = Text("{path}: would be removed")
_REMOVED = Text("{path}: removed; no relay takes mail of {name} any more")
_FAILED = Text("{path}: removed, and not every relay could be told; what happened stands above")
_KEPT = Text(
    "the keys of {domains} stay on the relays and in DNS for {days} days from the next"
    " deploys/dkim.py on, for mail that is under way, and then go by themselves"
)
_HIS = Text("in his own zone, the CNAMEs of omi1 and omi2 and our include in SPF are his to remove")
_DAY_S = 86400


@click.command(short_help="Remove a customer.")
@click.argument("name")
@inventory_option
@customers_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry", is_flag=True, help="Say what would be removed, and remove nothing.")
@language_option
@json_option
def remove(
    *,
    name: str,
    inventory: Path,
    customers: str | None,
    yes: bool,
    dry: bool,
    language: Language,
    as_json: bool,
) -> int:
    """Remove the file of customer NAME, and tell every relay.

    His DKIM keys and their records stay while mail of his may be under way. Exit code 1: a relay
    could not be told.
    """
    from omi_core.inventory.load import relays_in

    keep = relays_in(inventory)[0].environment.rotation.keep
    directory = directory_of(inventory, customers)
    with alone(directory):
        file = file_of(directory, name)
        domains = [each.relative for each in file.customer.domains]
        if not yes and not dry:
            logins = ", ".join(each.login for each in file.customer.accounts) or "-"
            question = _ASK.format(
                name=file.customer.name, logins=logins, domains=", ".join(domains)
            )
            click.confirm(said(question), abort=True, err=True)
        code = FINE
        if not dry:
            file.path.unlink()
            failed = run_deploy(DEPLOY, inventory, patience_s=PATIENCE_S)
            code = FINDINGS if failed else FINE
    days = keep // _DAY_S
    if as_json:
        emit_json(
            {
                "file": str(file.path),
                "customer": file.customer.name,
                "domains": domains,
                "kept_days": days,
                "dry": dry,
                "exit_code": code,
            }
        )
        return code
    done = _WOULD if dry else _FAILED if code else _REMOVED
    lines = (
        done.format(path=str(file.path), name=file.customer.name),
        _KEPT.format(domains=", ".join(domains), days=days),
        _HIS,
    )
    emit(stacked(line.in_(language) for line in lines))
    return code
