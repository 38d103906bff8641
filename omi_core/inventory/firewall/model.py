"""What the firewall of a relay lets in, in the words of nft(8)."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """A port that is open besides the relay's own; an empty `saddr` is every source."""

    dport: int
    protocol: str = "tcp"
    saddr: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """Who gets in: the listeners' ports are open to all, all else only as said here.

    No `ssh_ports` are 22 and the one that the deploy logs in at; an empty `ssh_from` is every
    source.
    """

    enabled: bool = True
    ssh_ports: tuple[int, ...] = ()
    ssh_from: tuple[Network, ...] = ()
    also: tuple[Accept, ...] = ()
