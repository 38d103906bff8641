"""Whether every authoritative server would let a receiver verify with a key."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from omi_core.dns.agreement import authoritative_servers, wait_until_agreed
from omi_core.dns.client.server import Server
from omi_core.dns.publication import CUSTOMER_TTL
from omi_core.dns.record import RecordSet, Type
from omi_core.dns.txt import Txt
from omi_core.errors import ObservationError
from omi_core.mailauth.dkim.selectors import key_name, selector_name
from omi_core.names import Fqdn

PATIENCE_S = 30.0

Servers = Callable[[Fqdn], Sequence[Server]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A sender domain, and the text of the key that each of its selectors must lead to."""

    domain: Fqdn
    keys: tuple[tuple[str, str], ...]


def lacking(
    expected: Expected,
    operator_zone: Fqdn,
    servers: Servers = authoritative_servers,
    patience_s: float = PATIENCE_S,
) -> str:
    """Return what one server lacks of the way from a selector to its key; nothing if all is there.

    That is the key in the operator's zone, and the customer's CNAME to it: one that he has not
    entered would make every signature fail.
    """
    here = [
        RecordSet.of(key_name(expected.domain, s, operator_zone), Type.TXT, 0, (Txt.of(text),))
        for s, text in expected.keys
    ]
    there = [
        RecordSet.of(
            selector_name(expected.domain, s),
            Type.CNAME,
            CUSTOMER_TTL,
            (key_name(expected.domain, s, operator_zone),),
        )
        for s, _ in expected.keys
    ]
    try:
        return _behind(here, servers(operator_zone), patience_s) or _behind(
            there, _servers_above(expected.domain, servers), 0
        )
    except ObservationError as error:
        return str(error)


def _behind(sets: Collection[RecordSet], servers: Sequence[Server], patience_s: float) -> str:
    behind = wait_until_agreed(sets, servers, patience_s=patience_s)
    return str(behind[0]) if behind else ""


def _servers_above(name: Fqdn, servers: Servers) -> Sequence[Server]:
    """Return the servers of the zone that holds `name`, which may begin above it."""
    while name.text.count(".") > 1:
        try:
            return servers(name)
        except ObservationError:
            name = name.parent
    return servers(name)
