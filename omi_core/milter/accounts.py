"""Which account may use which sender, as the relay's file of accounts says."""

import json
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from omi_core.limits.limit import AccountLimits, read_account_limits, written_account_limits
from omi_core.message.enforce import ControlPolicy
from omi_core.message.mailboxes import AddrSpec
from omi_core.message.policy_form import read_policy, written_policy

_log = logging.getLogger(__name__)

_SHOWN = 5
_DEFAULT = ControlPolicy()
NO_HOPS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Logins and their senders: addresses, and `@domain` for all of a domain; all in lower case.

    A domain stands there with its A-labels and with its U-labels, as clients write either.
    """

    senders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    control: Mapping[str, ControlPolicy] = field(default_factory=dict)
    hops: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, AccountLimits] = field(default_factory=dict)
    suspended: Mapping[str, str] = field(default_factory=dict)  # why, by login

    def may_use(self, login: str, address: AddrSpec) -> bool:
        """Whether the login may be the author or the sender that `address` is."""
        local_part, domain = address.local_part.lower(), address.domain.lower()
        owned = self.senders.get(login.lower(), ())
        return f"{local_part}@{domain}" in owned or f"@{domain}" in owned

    def policy(self, login: str) -> ControlPolicy:
        """Return what is done about the control headers of the login's mails."""
        return self.control.get(login.lower(), _DEFAULT)

    def transport(self, login: str) -> str | None:
        """Return the next hop of the login's mails, by its transport; None for the relay's own."""
        return self.hops.get(login.lower())

    def shown(self, login: str) -> str:
        """Return what the login may use, as a sentence has it; shortened."""
        owned = self.senders.get(login.lower(), ())
        shown = [f"anything{one}" if one.startswith("@") else one for one in owned]
        shown = [one for one in shown if one.isascii()]
        more = ["others"] if len(shown) > _SHOWN else []
        return ", ".join([*shown[:_SHOWN], *more]) or "no address at all"


def read_accounts(document: bytes) -> Accounts:
    """Read `{"login": {"senders": [...], ...}, ...}`; raises ValueError for anything else."""
    senders: dict[str, tuple[str, ...]] = {}
    control: dict[str, ControlPolicy] = {}
    hops: dict[str, str] = {}
    limits: dict[str, AccountLimits] = {}
    suspended: dict[str, str] = {}
    for login, account in read_object(document).items():
        if not isinstance(account, dict):
            raise ValueError("an account that is none")  # noqa: TRY004 - what stands in a file
        senders[login] = _texts(account.get("senders"))
        if "control" in account:
            control[login] = read_policy(account["control"])
        if "next_hop" in account:
            hops[login] = str(account["next_hop"])
        if "limits" in account:
            limits[login] = read_account_limits(account["limits"], str(account.get("customer")))
        if "suspended" in account:
            suspended[login] = str(account["suspended"])
    return Accounts(senders=senders, control=control, hops=hops, limits=limits, suspended=suspended)


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
        raise ValueError("an account without a list of senders")
    return tuple(texts)


def written_accounts(
    owners: Mapping[str, Iterable[str]],
    control: Mapping[str, ControlPolicy],
    hops: Mapping[str, str] = NO_HOPS,
    limits: Mapping[str, AccountLimits] | None = None,
    suspended: Mapping[str, str] | None = None,
) -> bytes:
    """Return the file for senders, the logins that may use each, and what logins may say.

    One line a login. A login without an entry in `control` has the default of ControlPolicy, one
    without an entry in `hops` the relay's own next hop; `limits` names each login's customer, and
    `suspended` has the reason for each login that is.
    """
    limits = limits or {}
    senders: dict[str, list[str]] = {}
    for sender, logins in sorted(owners.items()):
        for login in logins:
            senders.setdefault(login, []).append(sender)
    reasons = suspended or {}
    lines = (
        f"{json.dumps(login)}: {json.dumps(account)}"
        for login in sorted(senders)
        for account in [
            _account(login, senders[login], control, hops)
            | _limits(limits.get(login))
            | ({"suspended": reasons[login]} if reasons.get(login) else {})
        ]
    )
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _account(
    login: str,
    senders: list[str],
    control: Mapping[str, ControlPolicy],
    hops: Mapping[str, str],
) -> dict[str, object]:
    account: dict[str, object] = {"senders": senders}
    if control.get(login, _DEFAULT) != _DEFAULT:
        account["control"] = written_policy(control[login])
    if login in hops:
        account["next_hop"] = hops[login]
    return account


def _limits(limits: AccountLimits | None) -> dict[str, object]:
    if limits is None:
        return {}
    said = {"limits": written_account_limits(limits)} if limits else {}
    return {"customer": limits.customer, **said}


class AccountsFile:
    """The file, read again as soon as another one stands in its place.

    A deploy renames a whole file over it, so inode, size and time tell; no reload is needed. While
    what stands there cannot be read, the accounts that could be read last count, and the log says
    so: one wrong file must not put off the mail of every customer.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._accounts: Accounts | None = None

    def now(self) -> Accounts:
        """Return the accounts; raises OSError or ValueError where no file could ever be read."""
        seen = (0, 0, 0)
        try:
            stat = os.stat(self._path)  # noqa: PTH116 - for each mail; Path.stat costs more
            seen = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
            if self._accounts is None or seen != self._seen:
                self._accounts = read_accounts(self._path.read_bytes())
        except (OSError, ValueError) as error:
            if self._accounts is None:
                raise
            if seen != self._seen:  # said once for each file
                _log.error("%s: the accounts before it count: %s", self._path, error)
        self._seen = seen
        return self._accounts
