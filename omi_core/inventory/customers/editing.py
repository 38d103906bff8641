"""Changing a customer's file as a person would: comments, order and line ends stay. Pure.

tomlkit keeps what it does not change; it is imported by these functions alone.
"""

from collections.abc import MutableMapping
from typing import TYPE_CHECKING

from omi_core.errors import InputError
from omi_core.inventory.customers.suspension import KEY

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

Table = MutableMapping[str, object]


def suspended_in(text: str, reason: str, login: str = "") -> str:
    """Return the file with the customer, or one account of his, suspended for `reason`."""
    document = _parsed(text)
    _table(document, login)[KEY] = reason
    return _written(document, text)


def resumed_in(text: str, login: str = "") -> str:
    """Return the file without the suspension of the customer, or of one account of his.

    Raises InputError where an account is to be resumed and all of the customer is suspended.
    """
    document = _parsed(text)
    if login and KEY in document:
        raise InputError(
            "all accounts of the customer are suspended, {login!r} among them; "
            "resume him without --account",
            login=login,
        )
    _table(document, login).pop(KEY, None)
    return _written(document, text)


def password_in(text: str, login: str, password_hash: str) -> str:
    """Return the file with another password hash for `login`."""
    document = _parsed(text)
    _table(document, login)["password_hash"] = password_hash
    return _written(document, text)


def new_text(name: str, domains: list[str], accounts: list[tuple[str, str, list[str]]]) -> str:
    """Return the file of a new customer; an account is login, password hash and senders."""
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment("docs/customers.md has every key."))
    document.add("name", tomlkit.item(name))
    document.add("domains", tomlkit.item(domains))
    if accounts:
        rows = tomlkit.aot()
        for login, password_hash, senders in accounts:
            row = tomlkit.table()
            row.add("login", login)
            row.add("password_hash", password_hash)
            row.add("senders", senders)
            rows.append(row)
        document.add(tomlkit.nl())
        document.add("account", rows)
    return tomlkit.dumps(document)


def _parsed(text: str) -> "TOMLDocument":
    import tomlkit

    return tomlkit.parse(text)


def _table(document: "TOMLDocument", login: str) -> Table:
    """Return the customer's table, or that of the account; raises InputError for no such login."""
    if not login:
        return document
    rows: list[Table] = document.get("account", [])
    for row in rows:
        if str(row["login"]).lower() == login.lower():
            return row
    raise InputError(
        "the customer has no account {login!r}; his are {logins}",
        login=login,
        logins=", ".join(str(row["login"]) for row in rows) or "-",
    )


def _written(document: "TOMLDocument", before: str) -> str:
    """A line that was added ends as the others do."""
    import tomlkit

    after = tomlkit.dumps(document)
    if "\r\n" in before:
        after = after.replace("\r\n", "\n").replace("\n", "\r\n")
    return after
