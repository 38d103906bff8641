"""What a zone is signed with: the parent's DS, and each server's keys of it (RFC 4035)."""

from collections.abc import Mapping, Sequence

from omi_core.dns.client.server import Server
from omi_core.errors import ObservationError
from omi_core.onboarding.how import Looking
from omi_core.onboarding.seen import ServerSeen
from omi_core.resolve.delegation import DelegatedZone
from omi_core.resolve.network import heard_all
from omi_core.resolve.packet import NOERROR


async def parents_ds(
    zone: DelegatedZone, servers: Sequence[ServerSeen], looking: Looking
) -> tuple[str, ...]:
    """Return the parent's DS; asked only where the referral did not show it."""
    signed = any(said.signatures for each in servers for said in each.said.values())
    if zone.ds or zone.said_by_parent or not signed:
        return zone.ds
    try:
        reply = await looking.walker.ask_any(zone, zone.name, "DS")
    except ObservationError:
        return ()
    return reply.values(zone.name, "DS")


async def zone_keys(
    zone: DelegatedZone, servers: Sequence[ServerSeen], looking: Looking
) -> Mapping[Server, tuple[str, ...]]:
    """Return what each server says are the zone's keys; those that do not answer are left out."""
    asked = [each.server for each in servers if each.delegated and each.is_heard]
    answers = await heard_all([looking.network.ask(each, zone.name, "DNSKEY") for each in asked])
    return {
        server: heard.reply.values(zone.name, "DNSKEY")
        for server, heard in zip(asked, answers, strict=True)
        if heard.reply and heard.reply.rcode == NOERROR
    }
