"""What an inventory writes about the firewall, judged before it is used."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from omi_core.errors import InputError
from omi_core.inventory.firewall.model import Accept, Firewall, Network
from omi_core.inventory.reader import Reader

PROTOCOLS = ("tcp", "udp")
HIGHEST_PORT = 65535
MOST = 1000  # of anything: an inventory is written by hand


def parse_accept(
    where: str, dport: int, *, protocol: str = "tcp", saddr: Iterable[str] = ()
) -> Accept:
    """Build a port that is open besides the relay's own; raises SettingsError."""
    read = Reader(where)
    return Accept(
        dport=_port(read, "dport", dport),
        protocol=read.text("protocol", _protocol, protocol),
        saddr=_networks(read, "saddr", saddr),
    )


def parse_firewall(
    where: str,
    *,
    enabled: bool = True,
    ssh_ports: Iterable[int] = (),
    ssh_from: Iterable[str] = (),
    also: Iterable[Accept] = (),
) -> Firewall:
    """Build the firewall of all relays; raises SettingsError."""
    read = Reader(where)
    return Firewall(
        enabled=read.flag("enabled", enabled),
        ssh_ports=_ports(read, "ssh_ports", ssh_ports),
        ssh_from=_networks(read, "ssh_from", ssh_from),
        also=_accepted(read, also),
    )


def _ports(read: Reader, key: str, written: object) -> tuple[int, ...]:
    if not isinstance(written, tuple | list) or len(written) > MOST:
        read.refuse(key, "must be a list of ports, as (22,)")
    return tuple(sorted({_port(read, key, port) for port in written}))


def _port(read: Reader, key: str, written: object) -> int:
    if type(written) is not int or not 0 < written <= HIGHEST_PORT:
        read.refuse(
            key,
            "is a number from 1 to {highest}, not {written!r}",
            highest=HIGHEST_PORT,
            written=written,
        )
    return written


def _accepted(read: Reader, written: object) -> tuple[Accept, ...]:
    if (
        not isinstance(written, tuple | list)
        or len(written) > MOST
        or not all(isinstance(each, Accept) for each in written)
    ):
        read.refuse("also", 'must be a list of ports, as (accept(9100, saddr=["192.0.2.7"]),)')
    return tuple(dict.fromkeys(written))


def _networks(read: Reader, key: str, written: object) -> tuple[Network, ...]:
    """Return the networks without overlaps, which no set of nftables may have."""
    if isinstance(written, tuple | list) and len(written) > MOST:
        read.refuse(key, "has more than {most} networks", most=MOST)
    return tuple(_collapsed(read.texts(key, _network, written)))


def _collapsed(networks: tuple[Network, ...]) -> Iterator[Network]:
    yield from collapse_addresses(each for each in networks if isinstance(each, IPv4Network))
    yield from collapse_addresses(each for each in networks if isinstance(each, IPv6Network))


def _network(written: str) -> Network:
    try:
        network = ip_network(written)
    except ValueError:
        network = None
    # A scope may be any text, and means nothing elsewhere.
    if network is None or "%" in written:
        raise InputError(
            "{written!r} is not an address or a network, such as 192.0.2.7 or 2001:db8:7::/64",
            written=written,
        )
    return network


def _protocol(written: str) -> str:
    if written not in PROTOCOLS:
        known = ", ".join(PROTOCOLS)
        raise InputError("{written!r} is not one of {known}", written=written, known=known)
    return written
