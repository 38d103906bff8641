"""Which account may use which sender, as the relay's file of accounts says."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from omi_core.message.mailboxes import AddrSpec

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Logins and their senders: addresses, and `@domain` for all of a domain; all in lower case.

    A domain stands there with its A-labels and with its U-labels, as clients write either.
    """

    senders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def may_use(self, login: str, address: AddrSpec) -> bool:
        """Whether the login may be the author or the sender that `address` is."""
        local_part, domain = address.local_part.lower(), address.domain.lower()
        owned = self.senders.get(login.lower(), ())
        return f"{local_part}@{domain}" in owned or f"@{domain}" in owned

    def shown(self, login: str) -> str:
        """Return what the login may use, as a sentence has it; shortened."""
        owned = self.senders.get(login.lower(), ())
        shown = [f"anything{one}" if one.startswith("@") else one for one in owned]
        shown = [one for one in shown if one.isascii()]
        more = ["others"] if len(shown) > _SHOWN else []
        return ", ".join([*shown[:_SHOWN], *more]) or "no address at all"


def read_accounts(document: bytes) -> Accounts:
    """Read `{"login": ["sender", ...], ...}`; raises ValueError for anything else."""
    found = read_object(document)
    return Accounts(senders={login: _texts(senders) for login, senders in found.items()})


def read_object(document: bytes) -> dict[str, object]:
    """Read a JSON object; raises ValueError for anything else."""
    try:
        found = json.loads(document)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - what stands in a file is no type
    return found


def _texts(value: object) -> tuple[str, ...]:
    texts = [each for each in value if isinstance(each, str)] if isinstance(value, list) else None
    if texts is None or texts != value:
        raise ValueError("no list of accounts")
    return tuple(texts)


def written_accounts(owners: Mapping[str, Iterable[str]]) -> bytes:
    """Return the file for senders and the logins that may use each; one line a login."""
    senders: dict[str, list[str]] = {}
    for sender, logins in sorted(owners.items()):
        for login in logins:
            senders.setdefault(login, []).append(sender)
    lines = (f"{json.dumps(each)}: {json.dumps(senders[each])}" for each in sorted(senders))
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


class AccountsFile:
    """The file, read again as soon as another one stands in its place.

    A deploy renames a whole file over it, so inode, size and time tell; no reload is needed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._accounts = Accounts()

    def now(self) -> Accounts:
        """Return the accounts; raises OSError or ValueError where the file cannot be read."""
        stat = os.stat(self._path)  # noqa: PTH116 - for each mail; Path.stat costs some times more
        seen = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if seen != self._seen:
            self._accounts = read_accounts(self._path.read_bytes())
            self._seen = seen
        return self._accounts
