"""Changing a customer's file as a person would: comments, order and line ends stay. Pure.

tomlkit keeps what it does not change, as a rule; it is imported by these functions alone. What it
made is compared with what was to be changed: a file is changed exactly, or not at all.
"""

import tomllib
from collections.abc import Callable, MutableMapping
from itertools import takewhile

from omi_core.errors import InputError
from omi_core.inventory.customers.password_hash import ELSEWHERE
from omi_core.inventory.customers.suspension import KEY

Table = MutableMapping[str, object]


def suspended_in(text: str, reason: str, login: str = "") -> str:
    """Return the file with the customer, or one account of his, suspended for `reason`."""
    return _edited(text, login, KEY, lambda table: table.update({KEY: reason}))


def resumed_in(text: str, login: str = "") -> str:
    """Return the file without the suspension of the customer, or of one account of his.

    Raises InputError where an account is to be resumed and all of the customer is suspended.
    """
    if login and KEY in tomllib.loads(text):
        raise InputError(
            "all accounts of the customer are suspended, {login!r} among them; "
            "resume him without --account",
            login=login,
        )
    return _edited(text, login, KEY, lambda table: table.pop(KEY, None))


def password_in(text: str, login: str, password_hash: str) -> str:
    """Return the file with another password hash for `login`.

    Raises InputError where the file says that the hash is elsewhere.
    """
    key = "password_hash"

    def change(table: Table) -> None:
        if table.get(key) == ELSEWHERE.unmask():
            raise InputError(
                "the hash of {login!r} is not in this file: put what `omi account hash` prints "
                "where the inventory takes the hashes from",
                login=login,
            )
        table.update({key: password_hash})

    return _edited(text, login, key, change)


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


def _edited(text: str, login: str, key: str, change: Callable[[Table], object]) -> str:
    """Return the file with `change` made in the customer's table, or in that of the account.

    Raises InputError for no such login, and where more than one line would become another.
    """
    wanted = tomllib.loads(text)
    change(_table(wanted, login))
    after = _written(text, login, change)
    if after is None or tomllib.loads(after) != wanted or not _is_one_line(text, after):
        raise InputError(
            "the file is written so that a program would change more of it than {key!r}; change "
            "that by hand",
            key=key,
        )
    return after


def _written(text: str, login: str, change: Callable[[Table], object]) -> str | None:
    """Return what tomlkit makes of it; None where it does not read what is TOML to tomllib."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        change(_table(document, login))
        after = tomlkit.dumps(document)
    except (TOMLKitError, RecursionError):
        return None
    if 0 < text.count("\n") == text.count("\r\n"):  # a line that was added ends as the others do
        after = after.replace("\r\n", "\n").replace("\n", "\r\n")
    return after


def _table(document: Table, login: str) -> Table:
    """Return the customer's table, or that of the account; raises InputError for no such login."""
    if not login:
        return document
    rows: list[Table] = document.get("account", [])  # type: ignore[assignment]  # it was read
    for row in rows:
        if str(row["login"]).lower() == login.lower():
            return row
    raise InputError(
        "the customer has no account {login!r}; his are {logins}",
        login=login,
        logins=", ".join(str(row["login"]) for row in rows) or "-",
    )


def _is_one_line(before: str, after: str) -> bool:
    """Whether at most one line came, or became another; blank ones aside."""
    old, new = ([one for one in text.splitlines() if one.strip()] for text in (before, after))
    begin = _same(old, new)
    return len(new) - begin - _same(old[begin:][::-1], new[begin:][::-1]) <= 1


def _same(one: list[str], other: list[str]) -> int:
    """Return how many lines are the same at the beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
