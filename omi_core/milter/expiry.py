"""Says in a bounce which header asked for it. Pure.

Postfix gives a scheduled mail up with the reason of its last attempt, or as "administratively
expired" where there was none, and can be given no other words. Its bounces pass this daemon, with
the header of the mail that bounced at their end.
"""

import re
from datetime import UTC, datetime, tzinfo

from omi_core.message.launch_time import write_time
from omi_core.queue.schedule import HEADER, read_schedule

_ENDS = b"\r\n                   The mail system\r\n"  # bounce(5): the end of what it explains
_RETURNED = b"\r\nContent-Description: Undelivered Message"
_BLANK = b"\r\n\r\n"
# RFC 3464 2.3.3, 2.3.4: failed for what is no failure for good, so the time was over.
_OVER = re.compile(rb"\r\nAction: failed\r\nStatus: 4\.")
_TIMES = re.compile(rf"\n{HEADER}:([^\r\n]{{1,100}})".encode(), re.IGNORECASE)
_SENTENCE = (
    "\r\nThe mail was given up because of its header X-LaunchExpireTime: it was\r\n"
    "not delivered before {expire}.\r\n"
)


def explained(body: bytes, zone: tzinfo, now: datetime) -> bytes:
    """Return a notice's body; that of a mail whose time is over at `now` says so, in `zone`."""
    said, returned, mail = body.partition(_RETURNED)
    found = _TIMES.search(_header_of(mail)) if _OVER.search(said) else None
    times = read_schedule(found[1].decode("ascii", "replace")) if found else None
    if times is None or times.expire is None or times.expire > now.timestamp():
        return body
    expire = write_time(datetime.fromtimestamp(times.expire, UTC), zone)
    sentence = _SENTENCE.format(expire=expire).encode()
    return said.replace(_ENDS, sentence + _ENDS, 1) + returned + mail


def _header_of(part: bytes) -> bytes:
    """Return the header of the mail in a part; what stands below it is its author's own words."""
    _, _, mail = part.partition(_BLANK)
    return (b"\r\n" + mail).partition(_BLANK)[0]
