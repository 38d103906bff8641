"""What a customer sends where the send engine is the next hop, and notices of the host itself."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from functools import cache
from itertools import takewhile
from typing import Any

from omi_core.errors import InputError
from omi_core.message import platform_zone
from omi_core.message.check import check
from omi_core.message.control import CONTROL_HEADERS, ControlHeaders
from omi_core.message.enforce import ControlMode, ControlPolicy
from omi_core.message.fields import Field, parse
from omi_core.milter.accounts import Accounts
from omi_core.milter.control import ControlRules
from omi_core.milter.expiry import explained
from omi_core.milter.hops.hop import MailHop, MailHops
from omi_core.milter.mail import Changes, Envelope, RefusedMailError, SubmittedMail
from omi_core.milter.policy import RelayPolicy, judged
from omi_core.options.families.link import LinkOption
from tests.fuzz.parsers.policy import made

_OWN = "bob@news.example"
_HOP = MailHop(transport="hop-engine", keeps_control=True, account_header="X-Omi-Account")
_KEPT = "CampaignOfBob"
_MODES = {"bob": ControlMode.REFUSE, "rob": ControlMode.WARN, "pat": ControlMode.PASS}
_POLICY = ControlPolicy(
    launch=ControlHeaders(job_name=_KEPT, link_option=LinkOption(64)),
    may_set={"X-LinkOption": 192, "X-RefNumber": 0},
)
_ACCOUNTS = Accounts(
    senders=dict.fromkeys(_MODES, (_OWN,)),
    control={
        login: ControlPolicy(mode=mode, launch=_POLICY.launch, may_set=_POLICY.may_set)
        for login, mode in _MODES.items()
    },
)
_HOPS = MailHops(own=_HOP, known={_HOP.transport: _HOP})
_RULES = ControlRules(zone=platform_zone(), reference="https://docs.example")
ENGINE = RelayPolicy(host="smtp.relay.example", control=_RULES, hops=_HOPS)
DIRECT = RelayPolicy(
    host="smtp.relay.example", control=_RULES, hops=MailHops(known={_HOP.transport: _HOP})
)
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
RAISES = (InputError,)
_MOST_LINES, _LONGEST_LINE_OF_REPLY = 11, 510
_LONGEST_LINE = 998
_NAMES = "|".join(each.name for each in CONTROL_HEADERS)
_DAEMONS = "X-Omi-Next-Hop|X-Omi-Account|X-Omi-Schedule|X-Omi-Warning"
# As Postfix's is_header() finds a field, which is what its header_checks look at.
_FIELD = re.compile(
    rf"({_NAMES}|{_DAEMONS})[ \t]*:(.*(?:\r\n[ \t].*)*)\r\n".encode(), re.IGNORECASE
)
_HEADER_LINE = re.compile(rb"[!-9;-~]+:|[ \t]+\S")
_TIME = re.compile(rb"(launch|expire)=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(; expire=[-\dT:Z]{20})?")

Judged = tuple[str, RelayPolicy, SubmittedMail, Changes]


@cache
def _policies() -> dict[bytes, tuple[str, RelayPolicy]]:
    """Which account and next hop an input is for, by its first octet; else the engine."""
    return {b"r": ("rob", ENGINE), b"p": ("pat", ENGINE), b"d": ("bob", DIRECT)}


def read_mail(octets: bytes) -> Judged | bytes:
    """Return what is done to a mail, or the reply that refuses it."""
    login, policy = _policies().get(octets[:1], ("bob", ENGINE))
    try:
        return _judged(login, policy, octets.removeprefix(octets[:1]))
    except RefusedMailError as refused:
        return refused.reply


def _judged(login: str, policy: RelayPolicy, octets: bytes) -> Judged:
    header = parse(octets)
    fields = tuple(
        Field(name=each.name, value=each.value.rstrip(b"\r\n").replace(b"\r\n", b"\n"))
        for each in header.fields
    )
    rest = octets[header.end :]
    rest = rest.removeprefix(b"\r\n" if rest.startswith(b"\r\n") else b"\n")
    body = rest.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    envelope = Envelope(login=login, sender=_OWN, recipients=("x@inbox.example",))
    mail = SubmittedMail(envelope=envelope, fields=fields, body=body)
    return login, policy, mail, judged(mail, _ACCOUNTS, policy, NOW)


def judge_mail(_: bytes, found: Any) -> None:
    """What leaves is the account's, conformant, and marked by the relay alone."""
    if found is None:
        return
    if isinstance(found, bytes):
        _judge_reply(found)
        return
    login, policy, mail, changes = found
    octets = made(mail, changes)
    assert octets.isascii()
    assert max(map(len, octets.split(b"\r\n"))) <= _LONGEST_LINE
    assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")
    marks = _marked(octets)
    if policy is DIRECT:
        assert {*marks} <= {"x-omi-schedule"}, "a recipient sees a control header"
        assert all(_TIME.fullmatch(each) for each in marks.get("x-omi-schedule", ()))
        assert len(marks.get("x-omi-schedule", ())) <= 1
    else:
        _judge_engine(login, mail, octets, marks)
    _judge_again(login, policy, octets)


def _judge_reply(reply: bytes) -> None:
    """RFC 5321 4.2: lines of one code, the last one without a hyphen, each short enough."""
    lines = reply.split(b"\r\n")
    assert len(lines) <= _MOST_LINES
    assert all(re.fullmatch(rb"550-5\.\d\.\d [ -~]+", each) for each in lines[:-1])
    assert re.fullmatch(rb"550 5\.\d\.\d [ -~]+", lines[-1])
    assert max(map(len, lines)) <= _LONGEST_LINE_OF_REPLY


def _marked(octets: bytes) -> dict[str, list[bytes]]:
    """Return the fields that say something to the engine, or to the relay's own programs."""
    head = octets.partition(b"\r\n\r\n")[0] + b"\r\n"
    marks: dict[str, list[bytes]] = {}
    for name, value in re.findall(rb"(?:\A|(?<=\n))" + _FIELD.pattern, head, re.IGNORECASE):
        marks.setdefault(name.decode().lower(), []).append(value.strip())
    return marks


def _judge_engine(
    login: str, mail: SubmittedMail, octets: bytes, marks: dict[str, list[bytes]]
) -> None:
    assert marks.pop("x-omi-next-hop") == [b"hop-engine"]
    assert marks.pop("x-omi-account") == [login.encode()]
    assert "x-omi-schedule" not in marks
    warnings = marks.pop("x-omi-warning", [])
    assert not warnings or login == "rob"
    assert all(len(each) == 1 for each in marks.values())
    # The engine reads the same of it as whoever checks the mail, with the defaults underneath.
    came = check(mail.fields, zone=platform_zone(), now=NOW)
    left = check(_fields(octets), zone=platform_zone(), now=NOW)
    expected = {header.name: value for header, value in came.headers.said()}
    if "X-LinkOption" in expected:
        expected["X-LinkOption"] = int(expected["X-LinkOption"]) & 192
    expected = {"X-LinkOption": 64, "X-JobName": _KEPT, **expected}
    expected.pop("X-RefNumber", None)
    assert {header.name: value for header, value in left.headers.said()} == expected
    assert not [each for each in left.findings if each.id not in {one.id for one in came.findings}]
    assert marks["x-linkoption"][0] in (b"0", b"64", b"128", b"192")


def _fields(octets: bytes) -> tuple[Field, ...]:
    return parse(octets).fields


def _judge_again(login: str, policy: RelayPolicy, octets: bytes) -> None:
    """Judged twice it is the same: what the daemon writes itself is written anew at the end.

    What a mail to the Internet said about its time is gone, and so is the schedule made of it; a
    warning is about headers that came, and is said once.
    """
    _, _, mail, changes = _judged(login, policy, octets)
    again = made(mail, changes)
    assert changes.body is None
    once, twice = (Counter(_unmarked(each)) for each in (octets, again))
    assert once == twice, "judging twice changes more"
    if policy is ENGINE:
        first, second = _marked(octets), _marked(again)
        first.pop("x-omi-warning", None)
        assert first == second
        _, _, mail, changes = _judged(login, policy, again)
        assert made(mail, changes) == again


def _unmarked(octets: bytes) -> list[bytes]:
    head, _, body = octets.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    return [each for each in fields if not _FIELD.fullmatch(each + b"\r\n")] + [body]


_BEGIN = (
    b"This is the mail system at host smtp.relay.example.\r\n\r\n"
    b"                   The mail system\r\n\r\n<x@inbox.example>: "
)
_REPORT = (
    b"\r\n\r\n--b\r\nContent-Description: Delivery report\r\n"
    b"Content-Type: message/delivery-status\r\n\r\n"
    b"Reporting-MTA: dns; smtp.relay.example\r\n\r\nFinal-Recipient: rfc822; x@inbox.example\r\n"
    b"Action: failed\r\nStatus: "
)
_MAIL = (
    b"\r\n\r\n--b\r\nContent-Description: Undelivered Message\r\n"
    b"Content-Type: message/rfc822\r\n\r\n"
)


def read_notice(octets: bytes) -> tuple[bytes, bytes]:
    """Explain a bounce: a status, what the receiver said, the header and text of the mail.

    They are parted by NUL; what begins with `-` is a body as it is.
    """
    if octets[:1] == b"-":
        return octets, explained(octets, platform_zone(), NOW)
    status, said, mail = (*octets.split(b"\0", 2), b"", b"")[:3]
    reply = b"\r\n    ".join(said.replace(b"\r", b"\n").split(b"\n"))  # as bounce(8) indents it
    body = b"".join(
        [
            b"--b\r\nContent-Type: text/plain\r\n\r\n" + _BEGIN + reply,
            _REPORT + status[:5].replace(b"\r", b"").replace(b"\n", b""),
            _MAIL + _cleaned(mail) + b"\r\n--b--\r\n",
        ]
    )
    return body, explained(body, platform_zone(), NOW)


def _cleaned(mail: bytes) -> bytes:
    """Return a mail as cleanup(8) makes it: what is no field ends the header, with a blank line."""
    lines = mail.replace(b"\r", b"").split(b"\n")
    header = list(takewhile(_HEADER_LINE.match, lines))
    blank = [] if lines[len(header) : len(header) + 1] == [b""] else [b""]
    return b"\r\n".join([*header, *blank, *lines[len(header) :]])


def judge_notice(octets: bytes, found: Any) -> None:
    """A sentence more at most, and only where the header of the mail that bounced says so."""
    before, after = found
    if before == after:
        return
    assert len(after) - len(before) < 200
    begin = next(at for at, pair in enumerate(zip(before, after, strict=False)) if len({*pair}) > 1)
    more = len(after) - len(before)
    assert any(
        after[:at] + after[at + more :] == before for at in range(max(0, begin - more), begin + 1)
    )
    if octets[:1] != b"-":
        returned = _returned(before)
        times = returned.get_all("X-Omi-Schedule") or []
        [expire] = re.findall(r"expire=(\S+)Z", str(times[0]))
        assert datetime.fromisoformat(expire) <= NOW.replace(tzinfo=None) + timedelta(seconds=1)


def _returned(body: bytes) -> Message:
    """Return the mail that bounced, as another reader of MIME finds it."""
    whole = message_from_bytes(b"Content-Type: multipart/report; boundary=b\r\n\r\n" + body)
    parts = whole.get_payload()
    assert isinstance(parts, list)
    part = next(each for each in parts if each.get("Content-Description") == "Undelivered Message")
    mails = part.get_payload()
    return mails[0] if isinstance(mails, list) else message_from_bytes(str(mails).encode())
