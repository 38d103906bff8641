"""What smtp(8) logs of one recipient, read into a value. Pure.

The line holds words of strangers: the recipient's address, the names in his DNS, what his server
said. So it is taken only as a whole, in the order and the form in which Postfix writes it; a line
with anything else, such as a quoted address, says nothing. Each part is bounded and ends at a
character that it cannot hold, so that none is tried twice.
"""

import re
from dataclasses import dataclass

_NAME = r"[0-9A-Za-z._-]{1,255}"
_LINE = re.compile(
    r"([0-9A-Za-z]{6,30}): to=<[^<>@\s\"]{1,255}@([0-9A-Za-z][0-9A-Za-z.-]{0,254})>, "
    r"(?:orig_to=<[^<>\s]{1,512}>, )?"
    rf"relay=({_NAME})\[[0-9A-Fa-f.:]{{2,45}}\]:\d{{1,5}}, "
    r"(?:conn_use=\d{1,9}, )?delay=[0-9.]{1,20}, delays=[0-9./]{1,80}, "
    r"dsn=([245]\.\d{1,3}\.\d{1,3}), status=(sent|deferred|bounced) \(",
    re.ASCII,
)
_SAID = re.compile(
    rf"host {_NAME}\[[0-9A-Fa-f.:]{{2,45}}\] (?:said|refused to talk to me): ([45]\d\d)[ -]",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An attempt that reached a host, of the mail `id`: domain and host in lower case.

    `put_off` are the codes of a reply by which the receiver slows a sender down, 421 or 4.7.x
    (RFC 3463 3.8: security and policy); "" where it did not.
    """

    id: str
    domain: str
    host: str
    is_sent: bool
    put_off: str = ""


def read_delivery(line: str) -> Delivery | None:
    """Read a line of smtp(8); None where it tells of no attempt that reached a host."""
    found = _LINE.match(line)
    if not found:
        return None
    id_, domain, host, dsn, status = found.groups()
    said = _SAID.match(line, found.end()) if status == "deferred" else None
    is_slowed = said is not None and (said[1] == "421" or dsn.startswith("4.7."))
    return Delivery(
        id=id_,
        domain=domain.lower(),
        host=host.lower(),
        is_sent=status == "sent",
        put_off=f"{said[1]} {dsn}" if said and is_slowed else "",
    )
