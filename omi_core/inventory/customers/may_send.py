"""Whether an account may send as an address, as Postfix will decide it: pure.

The answer is read off the very table that Postfix looks senders up in, so it cannot differ.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from omi_core.inventory.customers.customer import Account, Customer, Sender
from omi_core.inventory.customers.owners import sender_owners
from omi_core.names import Address
from omi_core.text import COMMA, Text

_WHOLE_DOMAIN = Text("any address of {domain}")
_NOTHING = Text("no address at all")


class Leave(StrEnum):
    """What the answer is."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown-login"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaySend:
    """The answer for one login and one address, and what the login may use."""

    login: str
    address: Address
    leave: Leave
    senders: tuple[Sender, ...] = ()
    customer: str = ""


def may_send(customers: Iterable[Customer], login: str, address: Address) -> MaySend:
    """Return whether `login` may send as `address`, in the envelope and in From alike."""
    customers = tuple(customers)
    account, customer = _account(customers, login)
    if account is None:
        return MaySend(login=login, address=address, leave=Leave.UNKNOWN)
    allowed = account.login.lower() in _owners(customers, address)
    return MaySend(
        login=account.login,
        address=address,
        leave=Leave.YES if allowed else Leave.NO,
        senders=account.senders,
        customer=customer,
    )


def senders_of(customers: Iterable[Customer], login: str) -> tuple[Sender, ...] | None:
    """Return what `login` may send as; None where there is no such account."""
    account, _ = _account(customers, login)
    return None if account is None else account.senders


def said_senders(senders: Iterable[Sender]) -> Text:
    """Return senders as people read them: `@shop.example` is any address of it."""
    said = [
        Text.plain(str(one)) if one.local_part else _WHOLE_DOMAIN.format(domain=one.domain.relative)
        for one in senders
    ]
    return Text.joined(said, COMMA) if said else _NOTHING


def _owners(customers: tuple[Customer, ...], address: Address) -> tuple[str, ...]:
    """Look `address` up as Postfix does: folded, the address before its domain."""
    domains = frozenset(domain for customer in customers for domain in customer.domains)
    table = sender_owners(customers, domains)
    whole = f"{address.local_part.lower()}@{address.domain.relative}"
    return table.get(whole) or table.get(f"@{address.domain.relative}") or ()


def _account(customers: Iterable[Customer], login: str) -> tuple[Account | None, str]:
    folded = login.lower()
    for customer in customers:
        for account in customer.accounts:
            if account.login.lower() == folded:
                return account, customer.name
    return None, ""
