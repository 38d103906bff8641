"""What the lab consists of: hosts, addresses, names, zones, accounts.

198.18.0.0/24 is RFC 2544's benchmark range, 2001:db8::/32 RFC 3849's documentation prefix:
neither is routed anywhere.
"""

import os
from dataclasses import dataclass
from enum import StrEnum

from lab.failure import UsageError


class Role(StrEnum):
    """What a host is for; each role has an image of its own."""

    RELAY = "relay"
    DNS = "dns"
    ACME = "acme"
    RECEIVER = "mx"
    CLIENT = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One host of the lab; both of its addresses end in `number`."""

    name: str
    number: int
    role: Role
    fqdn: str
    spare: bool = False

    @property
    def ipv4(self) -> str:
        """The address in 198.18.0.0/24."""
        return ipv4(self.number)

    @property
    def ipv6(self) -> str:
        """The address in 2001:db8:18::/64."""
        return ipv6(self.number)


def ipv4(number: int) -> str:
    """Return the IPv4 address that ends in `number`."""
    return f"198.18.0.{number}"


def ipv6(number: int) -> str:
    """Return the IPv6 address that ends in the same digits."""
    return f"2001:db8:18::{number}"


GATEWAY = 1
AUTHORITATIVE = 2
RESOLVER = 3
ENGINE = 7
BRIDGE = "lab0"

NAME_SERVER = "ns.lab-dns.example"
PACKAGES = "packages.lab-dns.example"
ACME_DIRECTORY = "https://acme.lab-dns.example:14000/dir"
ACME_MANAGEMENT = "https://acme.lab-dns.example:15000"

HOSTS = (
    Host(name="dns", number=AUTHORITATIVE, role=Role.DNS, fqdn=NAME_SERVER),
    Host(name="acme", number=4, role=Role.ACME, fqdn="acme.lab-dns.example"),
    Host(name="mx", number=5, role=Role.RECEIVER, fqdn="mx.inbox.example"),
    Host(name="client", number=6, role=Role.CLIENT, fqdn="client.lab-dns.example"),
    Host(name="smtp", number=11, role=Role.RELAY, fqdn="smtp.itpison.com"),
    Host(name="smtp2", number=12, role=Role.RELAY, fqdn="smtp2.itpison.com"),
    Host(name="smtp3", number=13, role=Role.RELAY, fqdn="smtp3.itpison.com", spare=True),
)

TSIG_NAME = "omi-deploy."
UPDATABLE_ZONES = ("itpison.com", "shop.example", "news.example")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A customer's account, for programs that send mail through a relay."""

    login: str
    password: str
    sender: str


# The customers' files of inventories/lab hold the SHA512-CRYPT hashes of these passwords.
# Their characters are those that break careless quoting: they guard nothing else.
ACCOUNTS = (
    Account(
        login="shop-alice",
        password="lab-only Tr0mbone&Ångström",
        sender="alice@shop.example",
    ),
    Account(
        login="news-bob",
        password="lab-only Clarinet%20:{}",
        sender="bob@news.example",
    ),
)

# Who may read all mail of the receiver by IMAP.
READER = Account(login="reader", password="lab-only Oboe 7", sender="")


def host(name: str) -> Host:
    """Return the host called `name`; raises UsageError."""
    for candidate in HOSTS:
        if candidate.name == name:
            return candidate
    known = " ".join(candidate.name for candidate in HOSTS)
    raise UsageError(f"the lab has no host {name!r}; its hosts are {known}")


def standing() -> tuple[Host, ...]:
    """Return the hosts that `up` boots when none is named."""
    return tuple(candidate for candidate in HOSTS if not candidate.spare)


def relay_suite() -> str:
    """Return the Debian release of the relays, from LAB_SUITE."""
    suite = os.environ.get("LAB_SUITE") or "trixie"
    if suite not in {"trixie", "bookworm"}:
        raise UsageError(f"LAB_SUITE={suite} is unknown; set it to trixie or bookworm")
    return suite
