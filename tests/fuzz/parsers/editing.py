"""Customers' files as persons write them, changed by `omi customer`."""

import re
import tomllib
from pathlib import Path
from typing import Any

from omi_core.errors import InputError, SettingsError
from omi_core.inventory.customers.editing import password_in, resumed_in, suspended_in
from omi_core.inventory.customers.files import read_customer, refuse_shared
from tests.fuzz.parsers.written import HASH, toml_of

RAISES = (SettingsError, InputError)
_WHERE = Path("shop.toml")
_OTHER_HASH = HASH.replace("abcdefgh", "hgfedcba")
_COMMENT = re.compile(r"^\s*#.*?$", re.MULTILINE)

Edited = tuple[
    str, str, str, str
]  # the file before, after, and without the suspension again; login


def read_edited(octets: bytes) -> Edited:
    """Suspend by the first line, a reason and a login, in what is below it; a file as it is read.

    A reason of `*` is another password.
    """
    first, _, rest = octets.partition(b"\n")
    reason, _, login = first.decode(errors="surrogateescape").partition("|")
    before = toml_of(rest).decode(errors="replace")
    customer, _ = read_customer(_WHERE, before)
    refuse_shared({str(_WHERE): customer})  # as every deploy does
    logins = [each.login for each in customer.accounts]
    login = (
        logins[int(login) % len(logins)]
        if login.isascii() and login.isdigit() and logins
        else login
    )
    if reason == "*" and login:
        return before, _taken(password_in(before, login, _OTHER_HASH)), before, login
    after = _taken(suspended_in(before, reason, login))
    return (
        before,
        after,
        _taken(resumed_in(after, login)) if _is_own(before, login) else before,
        login,
    )


def _is_own(before: str, login: str) -> bool:
    return not (login and "suspended" in tomllib.loads(before))


def _taken(text: str) -> str:
    """Return what a command writes, once it has read it again."""
    read_customer(_WHERE, text)
    text.encode()
    return text


def judge_edited(octets: bytes, found: Any) -> None:
    """What was asked for is all that is changed, and no comment is lost."""
    if found is None:
        return
    before, after, resumed, login = found
    reason = octets.partition(b"\n")[0].decode(errors="surrogateescape").partition("|")[0]
    wanted = tomllib.loads(before)
    rows = [each for each in wanted.get("account", []) if each["login"].lower() == login.lower()]
    [table] = rows if login else [wanted]
    key, value = (
        ("password_hash", _OTHER_HASH) if reason == "*" and login else ("suspended", reason)
    )
    was = table.get(key)
    table[key] = value
    assert tomllib.loads(after) == wanted
    assert _comments(after) == _comments(before)
    if key == "suspended" and was is None:
        assert tomllib.loads(resumed) == tomllib.loads(before)
        assert _comments(resumed) == _comments(before)
        if "\r" not in before:
            assert "".join(resumed.split()) == "".join(before.split())


def _comments(text: str) -> list[str]:
    """Return the lines that are comments, but for those within texts of several lines."""
    return (
        [] if '"""' in text or "'''" in text else [each.strip() for each in _COMMENT.findall(text)]
    )
