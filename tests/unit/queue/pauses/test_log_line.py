"""What is read of smtp(8)'s lines, which hold words of strangers."""

import pytest

from omi_core.queue.pauses.journal import read_entry
from omi_core.queue.pauses.log_line import Delivery, read_delivery

# Written by Postfix 3.10 and 3.7 on the lab, names changed.
SENT = (
    "4jc6Zw0cnxzdxHh: to=<x@Shop.example>, relay=MX.inbox.example[2001:db8:18::5]:25, delay=0.75,"
    " delays=0.15/0.1/0.15/0.35, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 7126931C21C)"
)
PUT_OFF = (
    "4jc6Zw0cnxzdxHh: to=<x@shop.example>, orig_to=<root>, relay=mx.inbox.example[192.0.2.5]:25,"
    " conn_use=2, delay=3.7, delays=0.1/3.5/0/0.02, dsn={dsn}, status=deferred (host"
    " mx.inbox.example[192.0.2.5] {said} (in reply to RCPT TO command))"
)


def put_off(said: str, dsn: str = "4.7.0") -> str:
    return PUT_OFF.format(said=said, dsn=dsn)


def test_a_mail_that_was_taken() -> None:
    expected = Delivery(
        id="4jc6Zw0cnxzdxHh", domain="shop.example", host="mx.inbox.example", is_sent=True
    )
    assert read_delivery(SENT) == expected


@pytest.mark.parametrize(
    ("said", "dsn", "read"),
    [
        ("said: 421 4.7.0 try later", "4.7.0", "421 4.7.0"),
        ("said: 421-4.7.28 too much 421 4.7.28 mail", "4.7.28", "421 4.7.28"),
        ("said: 451 4.7.650 your network", "4.7.650", "451 4.7.650"),
        ("said: 421 Service not available", "4.0.0", "421 4.0.0"),
        ("refused to talk to me: 421 4.3.2 full", "4.3.2", "421 4.3.2"),
        # A full mailbox, a grey list without a policy's code, and a refusal of TLS by us.
        ("said: 452 4.2.2 mailbox full", "4.2.2", ""),
        ("said: 450 4.2.0 421 4.7.0 greylisted", "4.2.0", ""),
        ("is silent", "4.7.5", ""),
    ],
)
def test_only_what_slows_a_sender_down_counts(said: str, dsn: str, read: str) -> None:
    found = read_delivery(put_off(said, dsn))
    assert found is not None
    assert (found.put_off, found.is_sent) == (read, False)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "connect to mx.inbox.example[192.0.2.5]:25: Connection refused",
        SENT.replace("relay=MX.inbox.example[2001:db8:18::5]:25", "relay=none"),
        SENT.replace("<x@Shop.example>", '<"x>, relay=a.example[1.2.3.4]:25, y"@shop.example>'),
        SENT.replace("<x@Shop.example>", "<x@[192.0.2.1]>"),
        SENT.replace("<x@Shop.example>", "<x@=outlook.com>"),
        SENT.replace("<x@Shop.example>", "<x@#>"),
        SENT.replace("<x@Shop.example>", "<x>"),
        f"warning: {SENT}",
        "4jc6Zw0cnxzdxHh: to=<" + "a@" * 100_000,
    ],
)
def test_a_line_of_another_form_says_nothing(line: str) -> None:
    assert read_delivery(line) is None


def test_what_a_receiver_says_cannot_be_taken_for_more() -> None:
    forged = "said: 450 4.2.0 x), status=sent (250 ok; host a.example[192.0.2.5] said: 421 4.7.0 y"
    found = read_delivery(put_off(forged, "4.2.0"))
    assert found is not None
    assert (found.put_off, found.is_sent) == ("", False)


ENTRY = (
    '{"__CURSOR":"s=89;i=8","__REALTIME_TIMESTAMP":"1796000000123456",'
    '"SYSLOG_IDENTIFIER":"postfix/smtp","MESSAGE":%s}'
)


def test_a_line_of_the_journal() -> None:
    found = read_entry(ENTRY % '"x"')
    assert found is not None
    assert (found.cursor, found.at, found.message) == ("s=89;i=8", 1_796_000_000, "x")


@pytest.mark.parametrize(
    "line",
    [
        ENTRY % "null",
        ENTRY % "[255, 1]",
        (ENTRY % '"x"').replace("s=89;i=8", "--file=/etc/shadow x"),
        (ENTRY % '"x"').replace('"1796000000123456"', '"now"'),
        (ENTRY % '"x"')[:-1],
        "[" * 100_000,
        "[]",
        "",
    ],
)
def test_what_is_no_line_of_the_journal_says_nothing(line: str) -> None:
    assert read_entry(line) is None
