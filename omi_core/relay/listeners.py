"""The listeners of one relay: those that each one has, and those that its inventory adds."""

from omi_core.inventory.model import Relay
from omi_core.smtp.listeners import LISTENERS, Listener, Security


def listeners_of(relay: Relay) -> tuple[Listener, ...]:
    """Return every listener, the usual ones first."""
    added = (
        Listener(port=each.port, security=Security(each.mode)) for each in relay.here.listeners
    )
    return (*LISTENERS, *added)


def ports_of(relay: Relay) -> tuple[int, ...]:
    """Return the port of every listener."""
    return tuple(each.port for each in listeners_of(relay))


def tls_ports_of(relay: Relay) -> tuple[int, ...]:
    """Return the ports on which TLS begins with the first octet."""
    return tuple(each.port for each in listeners_of(relay) if each.security is Security.TLS)
