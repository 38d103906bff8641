"""A customer as a value: what his file says, parsed once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from omi_core.errors import InputError
from omi_core.inventory.customers.control_headers import ControlSettings
from omi_core.names import Address, Fqdn
from omi_core.secret import Secret


@dataclass(frozen=True, slots=True)
class Sender:
    """What an account may use as envelope sender: one address, or every address of a domain."""

    domain: Fqdn
    local_part: str | None = None

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read `name@example.com`, `@example.com` or `example.com`; raises InputError."""
        if "@" not in written.removeprefix("@"):
            return cls(Fqdn.parse(written.removeprefix("@")))
        address = Address.parse(written)
        if address.local_part.startswith("#"):
            # postmap(1) would take the sender's line for a comment, and nobody could use it.
            raise InputError("{written!r} begins with #, which no sender here may", written=written)
        return cls(address.domain, address.local_part)

    def __str__(self) -> str:
        return f"{self.local_part or ''}@{self.domain.relative}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A login, the hash of its password (`{SHA512-CRYPT}$6$...`) and what it may send as, and say.

    `control` is what its file says of control headers, the customer's underneath; `limits` what it
    says of limits, by name, 0 for one that is lifted. `suspended` is why nothing of it is taken,
    its own reason before the customer's; "" as a rule.
    """

    login: str
    password_hash: Secret
    senders: tuple[Sender, ...]
    control: ControlSettings = field(default_factory=ControlSettings)
    limits: Mapping[str, int] = field(default_factory=dict, hash=False)
    suspended: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer: a name for people, his sender domains and his accounts.

    `next_hop` names where his mail goes, among the environment's; "" is the relay's. `limits` hold
    for all accounts together, by name, 0 for one that is lifted.
    """

    name: str
    domains: tuple[Fqdn, ...]
    accounts: tuple[Account, ...]
    next_hop: str = ""
    limits: Mapping[str, int] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for account in self.accounts:
            for sender in account.senders:
                if sender.domain not in self.domains:
                    raise InputError(
                        "account {login!r} sends as {sender}, but the customer's domains are "
                        "{domains}",
                        login=account.login,
                        sender=sender,
                        domains=", ".join(domain.relative for domain in self.domains),
                    )
