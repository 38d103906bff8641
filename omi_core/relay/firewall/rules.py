"""The rules of the firewall as nft(8) reads them, made from what an inventory says."""

from collections.abc import Collection, Iterable, Iterator
from ipaddress import IPv4Network

from omi_core.inventory.firewall.model import Firewall, Network
from omi_core.render import render
from omi_core.smtp.listeners import PORTS

TABLE = "inet omi_firewall"
SSH = 22


def rendered(firewall: Firewall, login_port: int, listeners: Collection[int] = PORTS) -> bytes:
    """Return the file of the rules; `login_port` is where the deploy itself logs in.

    `listeners` are the ports that customers and other mail servers connect to.
    """
    return render(
        "firewall/firewall.nft",
        table=TABLE,
        enabled=firewall.enabled,
        listeners=_joined(listeners),
        rules=tuple(_rules(firewall, login_port, listeners)),
    )


def _rules(firewall: Firewall, login_port: int, listeners: Collection[int]) -> Iterator[str]:
    yield f"tcp dport {{ {_joined(listeners)} }} accept"
    # Behind a port that is forwarded, sshd listens on its own; nobody answers on the other.
    ssh = firewall.ssh_ports or sorted({SSH, login_port})
    yield from _accepting(f"tcp dport {{ {_joined(ssh)} }}", firewall.ssh_from)
    for each in firewall.also:
        yield from _accepting(f"{each.protocol} dport {each.dport}", each.saddr)


def _accepting(what: str, sources: Iterable[Network]) -> Iterator[str]:
    """Return a rule a family, or one for every source where none is named."""
    sources = tuple(sources)
    if not sources:
        yield f"{what} accept"
    for family, is_ipv4 in (("ip", True), ("ip6", False)):
        if named := [each for each in sources if isinstance(each, IPv4Network) is is_ipv4]:
            yield f"{what} {family} saddr {{ {_joined(named)} }} accept"


def _joined(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))
