"""The nouns of the command line: where each lives, and its line in `omi --help`.

A noun's module is imported only when it is used, so that `omi --help` stays fast whatever a noun
needs. A new noun is one line here and a module with a click group of the same name.
"""

from dataclasses import dataclass

from omi_core.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """Where the click group of a noun is, as `package.module:attribute`, and what it is for.

    A noun with nothing to choose from is a command of its own.
    """

    group: str
    help: Text


NOUNS = {
    "options": Noun(
        group="omi_core.cli.options:options",
        help=Text("The send engine's option numbers: list, encode, decode, explain."),
    ),
    "message": Noun(
        group="omi_core.cli.message:message",
        help=Text("The control headers of a message: check, set."),
    ),
    "account": Noun(
        group="omi_core.cli.account.noun:account",
        help=Text("Accounts in a customer's file: hash a password, and whom one may send as."),
    ),
    "customer": Noun(
        group="omi_core.cli.customer.noun:customer",
        help=Text("Customers: add, check, password, suspend, resume, remove."),
    ),
    "smtp": Noun(
        group="omi_core.cli.smtp.noun:smtp",
        help=Text(
            "SMTP servers as customers meet them: verify, send; explain what an error means."
        ),
    ),
    "cert": Noun(
        group="omi_core.cli.cert.noun:cert",
        help=Text("Certificates: check what is served, renew."),
    ),
    "queue": Noun(
        group="omi_core.cli.queue.noun:queue",
        help=Text("The queues of all relays: list, release, retry, drop."),
    ),
    "backup": Noun(
        group="omi_core.cli.backup.verbs:backup",
        help=Text("Copy the keys of all relays into one encrypted file."),
    ),
    "restore": Noun(
        group="omi_core.cli.backup.verbs:restore",
        help=Text("Bring the keys of a backup to relays that have none."),
    ),
    "dns": Noun(
        group="omi_core.cli.dns.noun:dns",
        help=Text(
            "DNS: plan, apply; what customers enter, and whether it is right: records, verify."
        ),
    ),
    "drift": Noun(
        group="omi_core.cli.drift.noun:drift",
        help=Text("Where hosts and DNS differ from the inventory."),
    ),
    "reputation": Noun(
        group="omi_core.cli.reputation.command:reputation",
        help=Text("What block lists and DNS say of the relays' addresses."),
    ),
    "completion": Noun(
        group="omi_core.cli.shell.completion:completion",
        help=Text("What a shell needs to complete all of this: bash, zsh, fish."),
    ),
}
