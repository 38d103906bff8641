"""A delegation as it is found: zones, their servers, and the cut that a reply shows; pure."""

from dataclasses import dataclass

from omi_core.dns.client.server import Server
from omi_core.errors import ObservationError
from omi_core.resolve.packet import Response, Rr


@dataclass(frozen=True, slots=True, kw_only=True)
class NameServer:
    """A server of a zone by its name, and its addresses; none where it cannot be resolved.

    `unasked` are those of a family that is not in use. `alias` is the name that it is a CNAME to,
    which no name server may be (RFC 2181 10.3).
    """

    name: str
    addresses: tuple[Server, ...]
    unasked: tuple[Server, ...] = ()
    alias: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegatedZone:
    """A zone as it was found: the root is the empty name.

    `said_by_parent` is False where the parent's servers serve the zone itself and so do not show
    the delegation. `ds` are the parent's DS records in hexadecimal (RFC 4034 5.1).
    """

    name: str
    servers: tuple[NameServer, ...]
    said_by_parent: bool = True
    ds: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[Server, ...]:
        """Every address of every server, each once."""
        return tuple(dict.fromkeys(one for each in self.servers for one in each.addresses))

    @property
    def left_out(self) -> tuple[NameServer, ...]:
        """The servers all of whose addresses are of a family that is not in use."""
        return tuple(each for each in self.servers if each.unasked and not each.addresses)


class NoAnswerError(ObservationError):
    """No server of a zone answers a question; `was_refused` where one said that it will not."""

    was_refused = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The begin of a zone as a reply shows it, with its servers, where they are named."""

    name: str
    hosts: frozenset[str]
    glue: tuple[Rr, ...]
    referral: bool
    ds: tuple[str, ...]


def cut_in(reply: Response, zone: DelegatedZone, name: str) -> Cut | None:
    """Return the zone cut that a reply shows between `zone` and `name`."""
    referral = not reply.authoritative
    section = reply.authority if referral else reply.answers
    owners = {rr.name for rr in section if rr.type == "NS"}
    if not referral:
        owners &= {name}
        owners = owners or {rr.name for rr in reply.answers if (rr.name, rr.type) == (name, "SOA")}
        owners = owners or {rr.name for rr in reply.authority if rr.type == "SOA"}
    below = [one for one in owners if one != zone.name and is_within(one, zone.name)]
    cuts = [one for one in below if is_within(name, one)]
    if not cuts:
        return None
    cut = max(cuts, key=len)
    return Cut(
        name=cut,
        hosts=frozenset(rr.value for rr in section if (rr.name, rr.type) == (cut, "NS")),
        glue=reply.additional,
        referral=referral,
        ds=tuple(rr.value for rr in reply.authority if (rr.name, rr.type) == (cut, "DS")),
    )


def is_sound(reply: Response, zone: DelegatedZone) -> bool:
    """Whether a server is an authority, or refers below: else it is lame (RFC 8499 7)."""
    owners = {rr.name for rr in reply.authority if rr.type == "NS"}
    return reply.authoritative or any(
        owner != zone.name and is_within(owner, zone.name) for owner in owners
    )


def is_within(name: str, zone: str) -> bool:
    """Whether a name is a zone's own or below it."""
    if not zone or name == zone:
        return True
    return name.endswith(f".{zone}") and not _ends_in_escape(name[: -len(zone) - 1])


def _ends_in_escape(before: str) -> bool:
    """Whether the dot that comes next is part of a label (RFC 1035 5.1)."""
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1
