"""What a server's message says about one name: pure."""

from omi_core.dns.record import Type
from omi_core.onboarding.seen import ServerAnswer
from omi_core.resolve.network import QueryResult
from omi_core.resolve.packet import NOERROR, NXDOMAIN, RCODES, Response
from omi_core.text import NOTHING, Text

_AT_NAME = {*Type, "SPF", "NS"}  # whatever may be published is looked at


def answer_of(heard: QueryResult, name: str) -> ServerAnswer:
    """Return what a server said to a question about `name`, or why that is not an answer."""
    reply = heard.reply
    if reply is None:
        fault = heard.fault.value if heard.fault else "silent"
        words = Text.plain("{fault} {detail}").format(fault=fault, detail=heard.detail)
        return ServerAnswer(
            problem=words if heard.detail else Text.plain(fault), fault=heard.fault, tcp=heard.tcp
        )
    if reply.rcode not in {NOERROR, NXDOMAIN}:
        return ServerAnswer(
            problem=Text.plain(RCODES.get(reply.rcode, f"RCODE {reply.rcode}")), tcp=heard.tcp
        )
    if not reply.authoritative:
        hosts = [rr for rr in reply.authority if rr.type == "NS"]
        return ServerAnswer(
            referral=bool(hosts), problem=NOTHING if hosts else Text("not authoritative")
        )
    own = [rr for rr in reply.answers if rr.name == name]
    ttls = [rr.ttl for rr in own] or [int(rr.value) for rr in reply.authority if rr.type == "SOA"]
    ends = [rr.value.rpartition(" ")[2] for rr in own if rr.type == "RRSIG"]
    return ServerAnswer(
        records=records_of(reply, name),
        ttl=min(ttls, default=0),
        exists=reply.rcode == NOERROR,
        tcp=heard.tcp,
        signatures=tuple(map(int, ends)),
    )


def records_of(reply: Response, name: str) -> tuple[tuple[str, str], ...]:
    """Return type and value of what stands at `name`, as far as it matters here; sorted."""
    return tuple(
        sorted(
            (rr.type, rr.value) for rr in reply.answers if rr.name == name and rr.type in _AT_NAME
        )
    )
