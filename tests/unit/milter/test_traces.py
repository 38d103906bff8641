"""What a client's Received lines tell of it is gone where the inventory hides clients."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.message.fields import Field
from omi_core.milter.accounts import Accounts
from omi_core.milter.mail import Changes, Envelope, SubmittedMail
from omi_core.milter.policy import RelayPolicy, judged

HIDING = RelayPolicy(host="smtp.relay.example", hide_clients=True)
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
TRACE = "from desk.office.lan ([10.1.2.3])\n\tby gateway.office.lan with ESMTPA id 4XyZ"


def asked(*traces: bytes, login: str = "bob") -> SubmittedMail:
    names = ("From", *("Received" for _ in traces), "Date", "Message-ID")
    author = b"bob@news.example" if login else b"MAILER-DAEMON@smtp.relay.example"
    values = (author, *traces, b"Mon, 05 Jan 2026 08:00:00 +0000", b"<1@news.example>")
    fields = (Field(name=n, value=b" " + v) for n, v in zip(names, values, strict=True))
    envelope = Envelope(login=login, sender="bob@news.example" if login else "")
    return SubmittedMail(envelope=envelope, fields=tuple(fields), body=b"x\r\n")


def answer(mail: SubmittedMail, policy: RelayPolicy = HIDING) -> Changes:
    return judged(mail, Accounts(senders={"bob": ("bob@news.example",)}), policy, NOW)


def left(trace: bytes) -> str:
    """What the one Received line becomes; every one of them stays a line."""
    [change] = answer(asked(trace)).fields
    assert (change.name, change.number) == ("Received", 1)
    assert change.value is not None
    return change.value.decode("ascii")


def test_only_the_time_is_left_and_not_the_zone_of_the_client() -> None:
    written = f"{TRACE}; Mon, 05 Jan 2026 16:00:01 +0800 (CST)".encode()
    assert left(written) == " (trimmed by smtp.relay.example); Mon, 05 Jan 2026 08:00:01 +0000"


@pytest.mark.parametrize(
    "written",
    [
        TRACE,
        f"{TRACE};",
        f"{TRACE}; at 10.1.2.3",
        f"{TRACE}; {'1' * 200}",
        f"{TRACE}; Mon, 05 Jan 2026 08:00:00 +999999",
        f"{TRACE}; Fri, 31 Dec 9999 23:59:59 -2300",
        f"{TRACE}; Mon, 99 Jan 2026 00:00:00 +0000",
        "é; é",
    ],
)
def test_where_there_is_no_date_the_line_says_when_it_was_trimmed(written: str) -> None:
    assert left(written.encode()) == (
        " (trimmed by smtp.relay.example); Mon, 05 Jan 2026 08:00:00 +0000"
    )


@given(st.binary(max_size=200))
def test_whatever_stands_there_becomes_a_line_with_a_date(written: bytes) -> None:
    head, _, date = left(written).partition(";")
    assert head == " (trimmed by smtp.relay.example)"
    assert parsedate_to_datetime(date).tzinfo is not None


def test_no_line_is_lost_for_loops_are_counted_by_them() -> None:
    assert [each.number for each in answer(asked(b"a", b"b", b"c")).fields] == [3, 2, 1]


def test_without_the_setting_nothing_is_changed() -> None:
    shown = RelayPolicy(host="smtp.relay.example")
    assert answer(asked(TRACE.encode()), shown) == Changes()


def test_notices_of_the_host_itself_keep_their_lines() -> None:
    assert answer(asked(TRACE.encode(), login="")) == Changes()


def test_a_notice_that_cannot_be_made_right_goes_on_as_it_is() -> None:
    """Postfix would make a refused bounce again and again; a customer's mail is refused."""
    assert answer(asked(b"\xff", login="")) == Changes()
