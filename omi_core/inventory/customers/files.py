"""Reading `inventories/<environment>/customers/*.toml`.

    name = "Shop"
    domains = ["shop.example"]

    [[account]]
    login = "shop-alice"
    password_hash = "{SHA512-CRYPT}$6$..."      # what `omi account hash` prints
    senders = ["alice@shop.example", "@shop.example"]

Every mistake is refused here, before the first connection: file, key and what would be right.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NoReturn, TypeVar

from omi_core.errors import InputError, SettingsError
from omi_core.inventory.customers.control_headers import KEYS, ControlSettings, read_control
from omi_core.inventory.customers.customer import Account, Customer, Sender
from omi_core.inventory.customers.limits import TABLE as LIMITS
from omi_core.inventory.customers.limits import read_limits_said
from omi_core.inventory.customers.password_hash import ELSEWHERE, parse_password_hash
from omi_core.inventory.customers.suspension import KEY as SUSPENDED
from omi_core.inventory.customers.suspension import read_suspended
from omi_core.names import Fqdn
from omi_core.printable import control_character
from omi_core.secret import Secret

T = TypeVar("T")

# A login stands in a colon-separated passwd-file and in Postfix's list of owners.
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}", re.ASCII)


def load_customers(directory: Path | str) -> tuple[Customer, ...]:
    """Read every `*.toml` of `directory`, sorted by file name.

    Raises SettingsError for an unreadable file, an unknown or missing key, a value of the wrong
    form, a domain that two customers claim, and a login that stands twice.
    """
    paths = sorted(Path(directory).glob("*.toml"), key=str)
    if not Path(directory).is_dir():
        raise SettingsError(
            str(directory), "", "is not a directory; make it, with a file a customer"
        )
    customers = {str(path): read_customer(path)[0] for path in paths}
    refuse_shared(customers)
    return tuple(customers.values())


def refuse_shared(customers: Mapping[str, Customer]) -> None:
    """Raise SettingsError for a domain or a login that stands twice; customers are by file."""
    _refuse_twice("domains", _claims(customers, lambda customer: customer.domains))
    _refuse_twice("login", _claims(customers, _logins))


def read_customer(path: Path, text: str | None = None) -> tuple[Customer, str]:
    """Read one file, or `text` as if it stood there; return it with its text, line ends kept.

    Raises SettingsError as `load_customers` does.
    """
    try:
        read = path.read_bytes().decode("utf-8") if text is None else text.encode().decode()
        table = tomllib.loads(read)
    except (OSError, UnicodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(str(path), "", "cannot be read as TOML: {error}", error=error) from None
    return customer_of(str(path), table), read


def customer_of(where: str, table: Mapping[str, object]) -> Customer:
    """Return what the tables of a file say; raises SettingsError, which names it as `where`."""
    return _CustomerReader(where).customer(table)


def _logins(customer: Customer) -> Iterable[str]:
    # Dovecot folds logins to lower case (auth_username_format), so two spellings are one login.
    return (account.login.lower() for account in customer.accounts)


def _claims(
    customers: Mapping[str, Customer], of: Callable[[Customer], Iterable[object]]
) -> Iterable[tuple[str, str]]:
    return ((path, str(claim)) for path, customer in customers.items() for claim in of(customer))


def _refuse_twice(key: str, claims: Iterable[tuple[str, str]]) -> None:
    first: dict[str, str] = {}
    for path, claim in claims:
        if claim in first:
            shown = claim.removesuffix(".")
            raise SettingsError(
                path,
                key,
                "{shown!r} already stands in {first}; keep one",
                shown=shown,
                first=first[claim],
            )
        first[claim] = path


class _CustomerReader:
    """Turns the tables of one file into values, and names the file in every refusal."""

    def __init__(self, where: str) -> None:
        self.where = where

    def customer(self, table: Mapping[str, object]) -> Customer:
        known = {"name", "domains", "account", "next_hop", LIMITS, SUSPENDED, *KEYS}
        self._only(table, known, "")
        control = read_control(table, self.where, "")
        suspended = read_suspended(table, self.where, "")
        domains = tuple(
            self._parse(f"domains[{index}]", Fqdn.parse, written)
            for index, written in enumerate(self._texts(table, "domains", ""))
        )
        return Customer(
            name=self._text(table, "name", ""),
            domains=domains,
            accounts=tuple(
                self._account(row, f"account[{index}].", domains, control, suspended)
                for index, row in enumerate(self._tables(table))
            ),
            next_hop=self._text(table, "next_hop", "") if "next_hop" in table else "",
            limits=read_limits_said(table, self.where, ""),
        )

    def _account(
        self,
        table: Mapping[str, object],
        prefix: str,
        domains: tuple[Fqdn, ...],
        customers: ControlSettings,
        suspended: str,
    ) -> Account:
        known = {"login", "password_hash", "senders", LIMITS, SUSPENDED, *KEYS}
        self._only(table, known, prefix)
        login = self._text(table, "login", prefix)
        if not _LOGIN.fullmatch(login):
            self._refuse(
                prefix + "login",
                "{login!r} may hold only letters, digits and . _ @ + -, at most 64 of them",
                login=login,
            )
        return Account(
            login=login,
            password_hash=self._password_hash(table, prefix),
            senders=tuple(
                self._sender(f"{prefix}senders[{index}]", written, domains)
                for index, written in enumerate(self._texts(table, "senders", prefix))
            ),
            control=read_control(table, self.where, prefix, customers),
            limits=read_limits_said(table, self.where, prefix),
            suspended=read_suspended(table, self.where, prefix) or suspended,
        )

    def _sender(self, key: str, written: str, domains: tuple[Fqdn, ...]) -> Sender:
        sender = self._parse(key, Sender.parse, written)
        if sender.domain not in domains:
            own = ", ".join(domain.relative for domain in domains)
            self._refuse(
                key, "{sender} is outside the customer's own domains: {own}", sender=sender, own=own
            )
        return sender

    def _password_hash(self, table: Mapping[str, object], prefix: str) -> Secret:
        written = self._text(table, "password_hash", prefix)
        if written == ELSEWHERE.unmask():
            return ELSEWHERE
        return self._parse(prefix + "password_hash", parse_password_hash, written)

    def _tables(self, table: Mapping[str, object]) -> list[Mapping[str, object]]:
        rows = table.get("account", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._refuse("account", "must be written as [[account]] tables")
        return rows

    def _texts(self, table: Mapping[str, object], key: str, prefix: str) -> list[str]:
        values = table.get(key)
        if not isinstance(values, list) or not values:
            self._refuse(prefix + key, 'must be a list of at least one text, as ["example.com"]')
        return [self._clean(value, f"{prefix}{key}[{i}]") for i, value in enumerate(values)]

    def _text(self, table: Mapping[str, object], key: str, prefix: str) -> str:
        if key not in table:
            self._refuse(prefix + key, "is missing")
        return self._clean(table[key], prefix + key)

    def _clean(self, value: object, key: str) -> str:
        if not isinstance(value, str) or not value:
            self._refuse(key, "must be a text that is not empty")
        if control_character(value):
            self._refuse(key, "holds a control character; a line break would be a new setting")
        return value

    def _parse(self, key: str, parse: Callable[[str], T], written: str) -> T:
        try:
            return parse(written)
        except InputError as error:
            raise SettingsError(self.where, key, error.text) from None

    def _only(self, table: Mapping[str, object], known: set[str], prefix: str) -> None:
        for key in table:
            if key not in known:
                self._refuse(
                    prefix + (key or repr(key)),
                    "is not a known key; known are {known}",
                    known=", ".join(sorted(known)),
                )

    def _refuse(self, key: str, problem: str, /, **values: object) -> NoReturn:
        raise SettingsError(self.where, key, problem, **values)
