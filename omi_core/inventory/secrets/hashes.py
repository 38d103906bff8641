"""Password hashes that stand outside the customers' files, by login."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from omi_core.errors import InputError, SettingsError
from omi_core.inventory.customers.customer import Account, Customer
from omi_core.inventory.customers.password_hash import ELSEWHERE, parse_password_hash
from omi_core.secret import Secret


def read_hashes(where: str, secret: Secret) -> Mapping[str, Secret]:
    """Read a JSON object of hashes by login, folded; raises SettingsError, which repeats none."""
    try:
        table = json.loads(secret.unmask())
    except (ValueError, RecursionError):
        table = None
    if not isinstance(table, dict):
        raise SettingsError(where, "hashes", 'must be JSON as {"LOGIN": "{SHA512-CRYPT}$6$..."}')
    found: dict[str, Secret] = {}
    for login, written in table.items():
        if login.lower() in found:
            raise SettingsError(where, "hashes", "{login!r} stands twice", login=login)
        try:
            found[login.lower()] = parse_password_hash(written)
        except InputError as error:
            raise SettingsError(
                where, "hashes", "{login!r} {error}", login=login, error=error
            ) from None
    return found


def with_hashes(
    where: str, customers: Iterable[Customer], hashes: Secret | None
) -> tuple[Customer, ...]:
    """Return the customers with the hashes that their files say are elsewhere.

    Raises SettingsError for one that is nowhere.
    """
    known = {} if hashes is None else read_hashes(where, hashes)
    return tuple(
        replace(customer, accounts=tuple(_accounts(where, customer, known)))
        if any(account.password_hash == ELSEWHERE for account in customer.accounts)
        else customer
        for customer in customers
    )


def _accounts(where: str, customer: Customer, known: Mapping[str, Secret]) -> Iterator[Account]:
    for account in customer.accounts:
        if account.password_hash != ELSEWHERE:
            yield account
        elif account.login.lower() in known:
            yield replace(account, password_hash=known[account.login.lower()])
        else:
            raise SettingsError(
                where,
                "hashes",
                "the file of {customer} says that the hash of {login!r} is elsewhere, and it is "
                "not here",
                customer=customer.name,
                login=account.login,
            )
