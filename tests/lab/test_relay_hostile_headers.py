"""Headers that nobody can read hold nobody up, and what can be repaired arrives whole."""

import base64
import secrets
import time
from contextlib import ExitStack
from email import message_from_bytes
from email.header import Header, decode_header, make_header
from email.message import Message
from email.utils import getaddresses

import pytest

from benchmarks.hostile_headers import HEADERS, RECIPIENT, attack
from lab import mailbox, plan
from lab.site import Site
from omi_core.relay.rspamd.component import SCANNERS
from tests.lab.relay_client import BOB, Session
from tests.lab.relay_client import RECIPIENT as INBOX
from tests.lab.relay_run import Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

Addresses = list[tuple[str, str]]


def test_hostile_headers_hold_nobody_up_and_arrive_without_raw_octets(control: Control) -> None:
    """How long the slowest takes is measured: `python -m benchmarks.hostile_headers`."""
    outcome = attack(control.site, count=2000)
    assert sum(outcome.codes.values()) == 2000
    assert set(outcome.codes) <= {250, 550}, outcome.replies
    assert min(outcome.codes.values()) > 200
    assert outcome.neighbour_mails > 20
    assert outcome.neighbour_faults == []

    last = list(outcome.accepted)[-1]
    mailbox.wait_for(control.site, RECIPIENT, last, timeout=60)
    arrived = {token_of(received): received for received in mailbox.messages(control.site)}
    assert set(outcome.accepted) <= set(arrived)
    found = [each for token in outcome.accepted for each in headers(arrived[token].octets)]
    assert [each for each in found if not each.isascii()] == []


def token_of(received: mailbox.Received) -> str:
    return str(message_from_bytes(received.octets)["Subject"])


def headers(octets: bytes) -> list[bytes]:
    """The headers with addresses, as they lie in the mailbox."""
    head = octets.partition(b"\n\n")[0].replace(b"\n ", b" ").replace(b"\n\t", b" ")
    names = tuple(f"{name}:".encode() for name in HEADERS)
    return [each for each in head.split(b"\n") if each.startswith(names)]


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def b_word(text: str) -> str:
    return f"=?utf-8?b?{in_base64(text)}?="


def as_python(text: str) -> str:
    """What `msg["To"] = text` becomes."""
    return str(Header(text, "utf-8", header_name="To").encode(linesep="\r\n"))


MANY = [(f"第{number}位收件者", f"r{number}@inbox.example") for number in range(300)]
REPAIRED: dict[str, tuple[str, str, Addresses]] = {
    "a long name": (
        "From",
        b_word("台灣測試股份有限公司客服中心 <bob@news.example>"),
        [("台灣測試股份有限公司客服中心", "bob@news.example")],
    ),
    "an emoji, a colon, an ASCII word at the seam": (
        "From",
        b_word("🎉 Spring sale: 60% off and 15% more for members 🎉 <bob@news.example>"),
        [("🎉 Spring sale: 60% off and 15% more for members 🎉", "bob@news.example")],
    ),
    "a comma and brackets": (
        "From",
        as_python("小明, 有限公司 (台) [一] <bob@news.example>"),
        [("小明, 有限公司 (台) [一]", "bob@news.example")],
    ),
    "a quoted name": (
        "From",
        as_python('"小明, \\"老闆\\"" <bob@news.example>'),
        [('小明, "老闆"', "bob@news.example")],
    ),
    "Big5": (
        "From",
        "=?big5?b?" + base64.b64encode("中文 <bob@news.example>".encode("big5")).decode() + "?=",
        [("中文", "bob@news.example")],
    ),
    "bare octets": ("From", "小明的店 <bob@news.example>", [("小明的店", "bob@news.example")]),
    "two recipients": (
        "To",
        b_word("王小明 <a@inbox.example>, 李四 <b@inbox.example>"),
        [("王小明", "a@inbox.example"), ("李四", "b@inbox.example")],
    ),
    "a copy": (
        "Cc",
        as_python("王小明 <a@inbox.example>, b@inbox.example"),
        [("王小明", "a@inbox.example"), ("", "b@inbox.example")],
    ),
    "an answer": ("Reply-To", as_python("客服 <r@news.example>"), [("客服", "r@news.example")]),
    "bare octets to several": (
        "To",
        '小明 <a@inbox.example>, "李, 四" <b@inbox.example>',
        [("小明", "a@inbox.example"), ("李, 四", "b@inbox.example")],
    ),
    "300 recipients": ("To", as_python(", ".join(f"{n} <{a}>" for n, a in MANY)), MANY),
    "a name of 300 characters": (
        "Cc",
        b_word(f"{'長' * 300} <a@inbox.example>"),
        [("長" * 300, "a@inbox.example")],
    ),
}


@pytest.mark.parametrize("case", REPAIRED)
def test_a_header_that_python_hides_is_repaired_with_every_name_and_address(
    control: Control, case: str
) -> None:
    name, value, expected = REPAIRED[case]
    received = deliver(control.site, {name: value})
    message = message_from_bytes(received.octets)
    assert parsed(message, name) == expected
    assert received.verdict.dkim == "pass"
    lines = received.octets.partition(b"\n\n")[0].split(b"\n")
    assert max(map(len, lines)) <= 998
    words = [word for line in lines for word in line.split() if word.startswith(b"=?")]
    assert max(map(len, words), default=0) <= 75


def deliver(place: Site, given: dict[str, str]) -> mailbox.Received:
    code, token = send(place, given)
    assert code == 250
    return mailbox.wait_for(place, INBOX, token)


def send(place: Site, given: dict[str, str]) -> tuple[int, str]:
    token = secrets.token_hex(8)
    fields = {"From": f"<{BOB.sender}>", "To": f"<{INBOX}>", "Subject": token} | given
    fields["Date"] = "Mon, 05 Jan 2026 08:00:00 +0000"
    fields["Message-ID"] = f"<{token}@news.example>"
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    with Session(place, "smtp") as session:
        session.ready(BOB)
        assert session.envelope(BOB.sender).code == 250
        return session.data(f"{head}\r\ntext".encode()).code, token


def parsed(message: Message, name: str) -> Addresses:
    """Names and addresses as a mail program reads them."""
    (value,) = message.get_all(name, [])
    pairs = getaddresses([str(value).replace("\n", "")])
    return [(str(make_header(decode_header(each))), address) for each, address in pairs]


REFUSED = {
    "one name, two pairs": ("To", b_word("小 <a@b.example> <c@d.example>")),
    "an address without brackets": ("Cc", b_word("小明 a@b.example")),
    "no end": ("Reply-To", b_word('小 "明 <a@b.example>')),
    "octets of another charset": ("To", "\udcb7s\udcbb <a@b.example>"),
    "a group": ("To", b_word("小組: <a@b.example>, <c@d.example>; e@f.example")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_repaired_surely_is_refused_for_good(control: Control, case: str) -> None:
    name, value = REFUSED[case]
    token = secrets.token_hex(8)
    octets = (f"From: <{BOB.sender}>\r\n{name}: {value}\r\nSubject: {token}\r\n\r\nx").encode(
        errors="surrogateescape"
    )
    with Session(control.site, "smtp") as session:
        session.ready(BOB)
        session.envelope(BOB.sender)
        reply = session.data(octets)
    assert reply.code == 550
    assert f"the {name} header cannot be sent on" in reply.lines[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("To", "undisclosed-recipients:;"),
        ("To", "Team: <a@inbox.example>, b@inbox.example;"),
        ("Cc", "=?utf-8?b?5bCP?= <a@inbox.example>"),
        ("To", "=?utf-8?b?5bCP?="),
        ("From", '"Bob (Ltd), news" <bob@news.example>'),
        ("From", "=?utf-8?q?B=C3=B6b?= Ltd. <bob@news.example> (sales)"),
    ],
)
def test_a_header_that_receivers_can_read_is_left_as_it_is(
    control: Control, name: str, value: str
) -> None:
    received = deliver(control.site, {name: value})
    assert message_from_bytes(received.octets).get_all(name) == [value]


PROXY, SCANNER = "rspamd_proxy", "normal"


@pytest.mark.parametrize("kind", [PROXY, SCANNER])
def test_a_signer_that_hangs_is_replaced_and_mail_flows_again(damaged: Control, kind: str) -> None:
    place = damaged.site
    shell(place, "smtp2", "systemctl restart rspamd; sleep 2")
    hung = workers(place, kind)
    assert len(hung) == (1 if kind == PROXY else SCANNERS)
    shell(place, "smtp2", f"kill -STOP {' '.join(hung)}")
    now = hung
    for _ in range(120):
        shell(place, "smtp2", "sleep 0.5")
        now = workers(place, kind)
        if len(now) == len(hung) and not hung & now:
            break
    assert now
    assert not hung & now
    with Session(place, "smtp2") as session:
        assert session.ready(BOB).send(BOB)[0].code == 250


def test_a_mail_that_hangs_a_scanner_keeps_nobody_else_waiting(damaged: Control) -> None:
    place = damaged.site
    trap = 'if task:get_header("Subject") == "trap" then while true do end end'
    edit = f"s/^local function callback(task)/&\\n  {trap}/"
    module = "/etc/rspamd/omi_signing.lua"
    shell(place, "smtp2", f"sed -i '{edit}' {module}; systemctl restart rspamd; sleep 2")
    before = workers(place, SCANNER)
    with Session(place, "smtp2") as trapped, Session(place, "smtp2") as neighbour:
        trapped.ready(BOB).envelope(BOB.sender)
        trapped.ask("DATA")
        trapped.sock.sendall(f"From: <{BOB.sender}>\r\nSubject: trap\r\n\r\nx\r\n.\r\n".encode())
        neighbour.ready(BOB)
        replies = []
        until = time.monotonic() + 120
        while workers(place, SCANNER) == before and time.monotonic() < until:
            replies.append(neighbour.send(BOB)[0].code)
    assert workers(place, SCANNER) != before
    assert len(replies) > 50
    assert set(replies) == {250}


def test_sessions_that_are_open_at_a_reload_keep_their_signer(control: Control) -> None:
    """Also after others came and went, which rspamd 3.12 miscounts with several proxies.

    The rspamd of Debian 12 puts their mail off, so nothing that happens daily reloads it.
    """
    place = control.site
    shell(place, "smtp2", "systemctl restart rspamd; sleep 2")
    for _ in range(6):
        with Session(place, "smtp2") as session:
            assert session.ready(BOB).send(BOB)[0].code == 250
    with ExitStack() as stack:
        idle = [stack.enter_context(Session(place, "smtp2")) for _ in range(3)]
        for session in idle:
            session.ready(BOB).envelope(BOB.sender)
        shell(place, "smtp2", "systemctl reload rspamd; sleep 5")
        mail = f"From: <{BOB.sender}>\r\nTo: <{INBOX}>\r\nSubject: reload\r\n\r\nx".encode()
        held = 451 if plan.relay_suite() == "bookworm" else 250
        assert [session.data(mail).code for session in idle] == [held] * 3
        assert [session.send(BOB)[0].code for session in idle] == [held] * 3
    with Session(place, "smtp2") as session:
        assert session.ready(BOB).send(BOB)[0].code == 250


def workers(place: Site, kind: str) -> set[str]:
    return set(shell(place, "smtp2", f"pgrep -f '[r]spamd: {kind}' || :").split())
