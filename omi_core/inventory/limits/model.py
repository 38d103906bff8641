"""Limits as an environment has them, and what they come to for each login: values."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from omi_core.inventory.customers.customer import Customer
from omi_core.limits.limit import AccountLimits, SendLimits
from omi_core.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedCounter:
    """A Valkey or Redis that all relays ask, over TLS.

    `ca` are the certificates that its own must be signed by, None for those of the relays' system.
    Both files are on the machine that deploys; `password` is in the place of one.
    """

    host: str
    port: int
    password_file: Path | None = None
    password: Secret | None = None
    user: str = ""
    ca: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitDefaults:
    """What holds for each account and each customer whose file says nothing else.

    `counter` is None where each relay counts for itself.
    """

    account: SendLimits = field(default_factory=SendLimits)
    customer: SendLimits = field(default_factory=SendLimits)
    counter: SharedCounter | None = None


def account_limits(
    customers: Iterable[Customer], defaults: LimitDefaults
) -> dict[str, AccountLimits]:
    """Return what holds for each login, folded as it is asked for."""
    return {
        account.login.lower(): AccountLimits(
            customer=customer.name,
            of=customer.domains[0].relative,
            own=defaults.account.with_said(account.limits),
            shared=defaults.customer.with_said(customer.limits),
        )
        for customer in customers
        for account in customer.accounts
    }


def needs_counter(customers: Iterable[Customer], defaults: LimitDefaults) -> bool:
    """Whether any login has a limit that is counted."""
    if any((*defaults.account.counted, *defaults.customer.counted)):
        return True
    return any(
        any(SendLimits().with_said(said).counted)
        for customer in customers
        for said in (customer.limits, *(account.limits for account in customer.accounts))
        if said
    )
