"""The public face of options and message, as a user writes it; mypy checks that it types."""

from datetime import UTC, datetime
from typing import assert_type

from omi_core.findings.finding import Finding
from omi_core.language import ZH_TW
from omi_core.message import (
    CONTROL_HEADERS,
    Checked,
    ControlHeaders,
    check_message,
    edit,
    platform_zone,
)
from omi_core.options import (
    Decoded,
    LinkClass,
    LinkOption,
    LinkType,
    SendOption,
    decode,
    encode,
    explain,
    family,
    read_number,
)
from omi_core.text import Text

both = LinkOption.NOT_TRACK_OPEN | LinkOption.NOT_TRACK_ALL_LINK
assert_type(both, LinkOption)
assert_type(LinkOption(192), LinkOption)
assert_type(SendOption(3), SendOption)
assert_type(both & ~LinkOption.NOT_TRACK_OPEN, LinkOption)
assert_type(LinkType.MERGE_LINK | LinkClass.UNSUBSCRIBE_LINK, LinkType)
assert_type(LinkType(260).link_class, LinkClass)

decoded = decode("link", 192)
assert_type(decoded, Decoded)
assert_type(decoded.names, tuple[str, ...])
assert_type(decoded.findings, tuple[Finding, ...])
assert_type(encode(family("link"), decoded.names, decoded.unknown), int)
assert_type(explain(family("link"), 192), Text)
assert_type(explain(family("link"), 192).in_(ZH_TW), str)
assert_type(read_number("192", subject="X-LinkOption").value, int | None)

zone, now = platform_zone(), datetime.now(UTC)
checked = check_message(b"X-LinkOption: 192\n\n", zone=zone, now=now)
assert_type(checked, Checked)
assert_type(checked.headers.link_option, LinkOption | None)
assert_type(checked.headers.next_launch_time, datetime | None)
assert_type(ControlHeaders(link_option=both).over(checked.headers), ControlHeaders)
assert_type(edit(b"A: 1\n\n", {CONTROL_HEADERS[0]: "news"}, zone=zone), bytes)

ControlHeaders(link_option="192")  # type: ignore[arg-type]
ControlHeaders(nothing=1)  # type: ignore[call-arg]
LinkOption.NO_SUCH_OPTION  # type: ignore[attr-defined]  # noqa: B018
decode("link", "192")  # type: ignore[arg-type]
