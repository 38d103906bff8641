"""Messages: the control headers that a person wrote, and a mail as it arrived somewhere."""

import email
import email.policy
import io
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from omi_core.cli import message as command
from omi_core.errors import InputError
from omi_core.language import languages
from omi_core.message import CONTROL_HEADERS, check_message, edit, read_head
from omi_core.message.check import Checked, Read, read_field
from omi_core.message.control import wire
from omi_core.probe.received import Results, changes, results

RAISES = (InputError,)
ZONE = timezone(timedelta(hours=8), "Asia/Taipei")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_LINK = next(one for one in CONTROL_HEADERS if one.name == "X-LinkOption")
_JOB = next(one for one in CONTROL_HEADERS if one.name == "X-JobName")
_CHANGES = {_LINK: 192, _JOB: "\u6625\u5b63\u7279\u8ce3 100%"}
SENT = (
    b"From: alice@shop.example\r\nTo: bob@inbox.example\r\nSubject: x\r\n"
    b"Date: Fri, 27 Nov 2026 05:00:00 +0000\r\nMessage-ID: <1@shop.example>\r\n"
    b"MIME-Version: 1.0\r\nX-LinkOption: 192\r\n\r\nHello\r\n"
)


def read_eml(octets: bytes) -> tuple[Checked, bytes]:
    head = read_head(io.BytesIO(octets))
    checked = check_message(head, zone=ZONE, now=NOW)
    command._document(checked, ZONE)
    language = languages()[len(octets) % len(languages())]
    "\n".join(command._lines(checked, ZONE, language)).encode()
    return checked, edit(head, _CHANGES, zone=ZONE)


def judge_eml(octets: bytes, found: Any) -> None:
    if found is None:
        return
    checked, edited = found
    again = check_message(edited, zone=ZONE, now=NOW)
    assert again.headers.link_option == 192
    assert again.headers.job_name == _CHANGES[_JOB]
    for name in ("next_launch_time", "ref_number", "send_option", "launch_type"):
        assert getattr(again.headers, name) == getattr(checked.headers, name)
    _judge_by_email(octets, edited)


def _judge_by_email(octets: bytes, edited: bytes) -> None:
    """Another reader finds what was set, once, where it agrees what the lines are."""
    if any(
        mark in octets for mark in (b"\r", b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e", b"\x85")
    ):
        return
    if octets.startswith(b"From "):
        return
    other = email.message_from_bytes(edited, policy=email.policy.compat32)
    if other.defects:  # a space before the colon is a line of the body to it
        return
    named = [value for name, value in other.raw_items() if name.lower() == "x-linkoption"]
    assert [str(one).strip() for one in named] == ["192"]


def read_control(octets: bytes) -> Read:
    header = CONTROL_HEADERS[(octets[:1] or b"\0")[0] % len(CONTROL_HEADERS)]
    return read_field(header, octets[1:], ZONE)


def judge_control(octets: bytes, found: Any) -> None:
    del octets
    for finding in found.findings:
        finding.to_json()
    if found.value is None:
        assert found.findings, "it is refused without a word"
        return
    written = wire(found.header, found.value, ZONE)
    assert written.isascii()
    assert written.isprintable()
    again = read_field(found.header, written.encode(), ZONE)
    expected = found.value
    if isinstance(expected, datetime):  # it is written to the second
        expected = expected.replace(microsecond=0)
    assert again.value == expected


def read_received(octets: bytes) -> tuple[Results | None, tuple[str, ...]]:
    return results(octets), changes(SENT, octets)


def judge_received(octets: bytes, found: Any) -> None:
    said, changed = found
    assert all(name.isascii() for name in changed)
    if said is not None:
        said.text.encode()
        assert all(one.isascii() for one in said.failed())
    if octets == SENT:
        assert not changed
