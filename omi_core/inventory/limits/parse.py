"""What an inventory writes about limits, judged before it is used."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from omi_core.errors import InputError
from omi_core.inventory.customers.limits import read_said
from omi_core.inventory.limits.model import LimitDefaults, SharedCounter
from omi_core.inventory.reader import Reader, parse_address, parse_path
from omi_core.inventory.secrets.sources import raise_unless_one, read_secret
from omi_core.limits.limit import SendLimits
from omi_core.names import Fqdn
from omi_core.secret import Secret

_SCHEMES = ("valkeys", "rediss")
_PORT = 6379
_USER = re.compile(r"[A-Za-z0-9._-]{0,64}", re.ASCII)


def parse_limits(
    where: str,
    *,
    account: Mapping[str, object] | None = None,
    customer: Mapping[str, object] | None = None,
    counter: SharedCounter | None = None,
) -> LimitDefaults:
    """Build what lies underneath the limits of customers' files; raises SettingsError."""
    read = _LimitsReader(where)
    if counter is not None:
        counter = read.made_by("shared(...)", "counter", SharedCounter, counter)
    return LimitDefaults(
        account=read.limits("account", account),
        customer=read.limits("customer", customer),
        counter=counter,
    )


def parse_shared(
    where: str,
    url: str,
    *,
    password_file: str | None = None,
    password: Secret | None = None,
    ca: str | None = None,
) -> SharedCounter:
    """Build a counter that all relays ask; raises SettingsError."""
    read = Reader(where)
    raise_unless_one(read, "password_file", password_file, "password", password)
    user, host, port = read.text("url", _place, url)
    return SharedCounter(
        host=host,
        port=port,
        user=user,
        password_file=(
            None if password_file is None else read.text("password_file", parse_path, password_file)
        ),
        password=read_secret(read, "password", password),
        ca=None if ca is None else read.text("ca", parse_path, ca),
    )


class _LimitsReader(Reader):
    def limits(self, key: str, written: Mapping[str, object] | None) -> SendLimits:
        if written is None:
            return SendLimits()
        if not isinstance(written, Mapping):
            self.refuse(key, 'must be a dict, as {"mails_per_hour": 500}')
        return SendLimits().with_said(read_said(written, self.where, key))


def _place(written: str) -> tuple[str, str, int]:
    """Return user, host and port of `valkeys://user@host:port`."""
    wrong = InputError(
        "{written!r} is not a counter; write it as valkeys://counter.example.com:6379, with a user"
        " before @ where it has one",
        written=written.rpartition("@")[2],
    )
    try:
        parts = urlsplit(written)
        host, port = parts.hostname or "", parts.port or _PORT
    except ValueError:
        raise wrong from None
    if parts.password is not None:
        raise InputError("holds a password; write it into a file, and password_file=")
    if parts.scheme in {"valkey", "redis"}:
        raise InputError("is asked without TLS; write valkeys:// and let the counter speak TLS")
    if parts.scheme not in _SCHEMES or parts.path.strip("/") or parts.query or parts.fragment:
        raise wrong
    if not host or not _USER.fullmatch(parts.username or ""):
        raise wrong
    return parts.username or "", _host(host), port


def _host(written: str) -> str:
    if ":" in written or written.replace(".", "").isdigit():
        return str(parse_address(written))
    return Fqdn.parse(written).relative
