"""The JSON form of a relay's next hops, on its way to the policy daemon."""

from omi_core.milter.hops.hop import MX_HOSTS, MailHop, MailHops


def written_hops(hops: MailHops) -> dict[str, object]:
    """Return the next hops as JSON's own types; `read_hops` reads them."""
    known = {
        hop.transport: {"keeps_control": hop.keeps_control, "account_header": hop.account_header}
        for hop in hops.known.values()
    }
    return {"own": hops.own.transport, "known": known}


def read_hops(said: object) -> MailHops:
    """Read what `written_hops` returns; raises ValueError for anything else."""
    if not isinstance(said, dict) or not isinstance(said.get("known"), dict):
        raise ValueError("no next hops")  # noqa: TRY004 - what stands in a file
    known = {transport: _hop(transport, hop) for transport, hop in said["known"].items()}
    own = known.get(str(said.get("own"))) if said.get("own") else MX_HOSTS
    if own is None:
        raise ValueError("a next hop that is not among the known ones")
    return MailHops(own=own, known=known)


def _hop(transport: str, said: object) -> MailHop:
    if not isinstance(said, dict) or not transport:
        raise ValueError("no next hop")
    return MailHop(
        transport=transport,
        keeps_control=bool(said["keeps_control"]),
        account_header=str(said["account_header"]),
    )
