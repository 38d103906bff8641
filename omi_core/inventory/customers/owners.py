"""Which accounts may use which sender, for the daemons that ask: pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import idna

from omi_core.inventory.customers.customer import Account, Customer, Sender
from omi_core.names import Fqdn


def sender_owners(
    customers: Iterable[Customer], signable: frozenset[Fqdn]
) -> Mapping[str, tuple[str, ...]]:
    """Return the logins that may use each envelope sender, as Postfix looks them up.

    Postfix takes the first key that matches, the address before its domain; so an address names
    the owners of its whole domain as well. Logins are folded, as Dovecot hands them over.
    """
    owners: dict[Sender, set[str]] = defaultdict(set)
    for account in _accounts(customers):
        for sender in account.senders:
            if sender.domain in signable:
                owners[_folded(sender)].add(account.login.lower())
    return {
        spelling: tuple(sorted(logins | owners.get(Sender(sender.domain), set())))
        for sender, logins in sorted(owners.items(), key=lambda row: str(row[0]))
        for spelling in _spellings(sender)
    }


def _accounts(customers: Iterable[Customer]) -> Iterable[Account]:
    return (account for customer in customers for account in customer.accounts)


def _folded(sender: Sender) -> Sender:
    """As Postfix looks it up: it folds addresses, so two spellings are one key."""
    return Sender(sender.domain, sender.local_part and sender.local_part.lower())


def _spellings(sender: Sender) -> tuple[str, ...]:
    """The address with its A-labels, and with its U-labels, as clients write it in headers."""
    domain = sender.domain.relative
    unicode = idna.decode(domain) if "xn--" in domain else domain
    return tuple(dict.fromkeys((str(sender), f"{sender.local_part or ''}@{unicode}")))
