"""What an inventory writes about next hops, judged before it is used."""

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TypedDict

from omi_core.errors import InputError
from omi_core.inventory.customers.customer import Customer
from omi_core.inventory.next_hops.hop import (
    DIRECT,
    TLS_FIRST,
    Direct,
    Engine,
    HopTls,
    NamedHops,
    NextHop,
    NextHost,
    Smarthost,
)
from omi_core.inventory.reader import Reader, parse_path
from omi_core.inventory.secrets.sources import read_secret
from omi_core.message.control import control_header
from omi_core.names import Fqdn
from omi_core.secret import Secret

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}", re.ASCII)
# It is removed from all mail, so it must be nobody else's.
_HEADER = re.compile(r"X-[A-Za-z0-9-]{1,60}", re.ASCII)
_OWN_HEADERS = {"x-omi-next-hop", "x-omi-warning"}
_USERNAME = re.compile(r"[!-9;-~]{1,255}", re.ASCII)  # a colon ends it in Postfix's table
_LONGEST_HOST = 80  # characters; it is part of the name of a socket


class _HopPlace(TypedDict):
    host: Fqdn | IPv4Address | IPv6Address
    port: int
    tls: HopTls
    tls_name: Fqdn | None
    ca_file: Path | None


def parse_direct(where: str) -> Direct:
    """Build the next hop that is each recipient's MX hosts."""
    del where
    return Direct()


def parse_engine(
    where: str,
    host: str,
    port: int = 25,
    *,
    tls: str = "may",
    tls_name: str | None = None,
    ca_file: str | None = None,
    sign: bool = False,
    account_header: str = "",
) -> Engine:
    """Build the send engine as a next hop; raises SettingsError."""
    read = _HopReader(where)
    return Engine(
        **read.place(host, port, tls, tls_name, ca_file),
        sign=read.flag("sign", sign),
        account_header=(
            read.text("account_header", _header, account_header) if account_header != "" else ""
        ),
    )


def parse_smarthost(
    where: str,
    host: str,
    port: int = 587,
    *,
    tls: str = "verify",
    tls_name: str | None = None,
    ca_file: str | None = None,
    username: str = "",
    password_file: str | None = None,
    password: Secret | None = None,
    password_command: Iterable[str] = (),
) -> Smarthost:
    """Build a smarthost as a next hop; raises SettingsError."""
    read = _HopReader(where)
    made = Smarthost(
        **read.place(host, port, tls, tls_name, ca_file),
        username=read.text("username", _username, username) if username != "" else "",
        password_file=(
            None if password_file is None else read.text("password_file", parse_path, password_file)
        ),
        password=read_secret(read, "password", password),
        password_command=read.texts("password_command", _word, password_command),
    )
    read.raise_unless_password_fits(made)
    return made


class _HopReader(Reader):
    """Judges what stands in engine(...) and smarthost(...)."""

    def place(
        self, host: object, port: object, tls: object, tls_name: object, ca_file: object
    ) -> _HopPlace:
        if type(port) is not int or not 0 < port < 1 << 16:
            self.refuse("port", "{port!r} is not a port, such as 25", port=port)
        place = _HopPlace(
            host=self.text("host", _host, host),
            port=port,
            tls=self.text("tls", _tls, tls),
            tls_name=None if tls_name is None else self.text("tls_name", Fqdn.parse, tls_name),
            ca_file=None if ca_file is None else self.text("ca_file", parse_path, ca_file),
        )
        for key in ("tls_name", "ca_file"):
            if place[key] and place["tls"] is not HopTls.VERIFY:
                self.refuse(key, 'is for tls="verify" alone')
        if port == TLS_FIRST and place["tls"] in {HopTls.NONE, HopTls.MAY}:
            self.refuse("tls", 'must be "encrypt" or "verify" on 465, where TLS comes first')
        if place["tls"] is HopTls.VERIFY and not (place["tls_name"] or _is_name(place["host"])):
            self.refuse("tls_name", "is needed where the host is an address")
        return place

    def raise_unless_password_fits(self, made: Smarthost) -> None:
        sources = bool(made.password_file) + bool(made.password_command) + bool(made.password)
        if not made.username and sources:
            self.refuse("username", "is missing, and there is a password")
        if made.username and sources != 1:
            self.refuse(
                "password_file",
                "give the password by one of password_file, password and password_command",
            )
        if made.username and made.tls in {HopTls.NONE, HopTls.MAY}:
            self.refuse("tls", 'must be "encrypt" or "verify" where a password is sent')


def parse_next_hop(read: Reader, key: str, written: object) -> NextHop:
    """Return a next hop that a constructor has made."""
    if not isinstance(written, NextHop):
        read.refuse(key, "must be what direct, engine or smarthost(...) returns")
    return written


def parse_next_hops(read: Reader, written: object) -> NamedHops:
    """Return the next hops that customers' files may name."""
    if not isinstance(written, Mapping):
        read.refuse("next_hops", 'must be a dict, as {"bulk": engine("engine.example.com")}')
    return tuple(
        (
            read.text("next_hops", hop_name, name),
            parse_next_hop(read, f"next_hops[{name!r}]", hop),
        )
        for name, hop in written.items()
    )


def hop_name(written: str) -> str:
    """Return the name of a next hop; raises InputError."""
    if not NAME.fullmatch(written) or written == DIRECT:
        raise InputError(
            "{written!r} is not a name of lower-case letters, digits and hyphens other than direct",
            written=written,
        )
    return written


def raise_unless_one_a_place(read: Reader, hops: Iterable[NextHop]) -> None:
    """Raise SettingsError where one host and port is written in two ways."""
    first: dict[str, NextHost] = {}
    for hop in hops:
        if isinstance(hop, NextHost) and first.setdefault(hop.transport, hop) != hop:
            read.refuse(
                "next_hop", "{place} is written in two ways; write one", place=hop.destination
            )


def raise_unless_known(read: Reader, customers: Iterable[Customer], hops: NamedHops) -> None:
    """Raise SettingsError for a customer whose file names no next hop of the environment."""
    known = [DIRECT, *(name for name, _ in hops)]
    for customer in customers:
        if customer.next_hop and customer.next_hop not in known:
            read.refuse(
                "next_hops",
                "{customer}'s file wants {hop!r}; known are {known}",
                customer=customer.name,
                hop=customer.next_hop,
                known=", ".join(known),
            )


def _is_name(host: Fqdn | IPv4Address | IPv6Address) -> bool:
    return isinstance(host, Fqdn)


def _host(written: str) -> Fqdn | IPv4Address | IPv6Address:
    try:
        address = ip_address(written)
    except ValueError:
        address = None
    if address is None or getattr(address, "scope_id", None):
        name = Fqdn.parse(written)
        if len(name.relative) > _LONGEST_HOST:
            raise InputError("is longer than {longest} characters", longest=_LONGEST_HOST)
        return name
    return address


def _tls(written: str) -> HopTls:
    try:
        return HopTls(written)
    except ValueError:
        modes = ", ".join(HopTls)
        raise InputError(
            "{written!r} is not one of {modes}", written=written, modes=modes
        ) from None


def _header(written: str) -> str:
    if not _HEADER.fullmatch(written) or written.lower() in _OWN_HEADERS or control_header(written):
        raise InputError(
            "{written!r} is not a header of its own, such as X-Omi-Account", written=written
        )
    return written


def _username(written: str) -> str:
    if not _USERNAME.fullmatch(written):
        raise InputError(
            "{written!r} is not a login of printable ASCII without colon or space", written=written
        )
    return written


def _word(written: str) -> str:
    return written
