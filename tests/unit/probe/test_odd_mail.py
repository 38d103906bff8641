"""A mail that arrived may have been written by anybody: it is compared, whatever stands in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omi_core.names import Address
from omi_core.probe.received import changes, results
from omi_core.smtp.trial_mail import trial_mail

MAIL = trial_mail(
    "relay.test",
    Address.parse("a@shop.example"),
    Address.parse("b@inbox.example"),
    [("X-LinkOption", "192")],
)
SENT = MAIL.octets
RECEIVED = b"Received: from relay.test by mx.test; Sat, 28 Nov 2026 02:00:00 +0000\r\n"
SAID = b"Authentication-Results: mx.test; spf=pass; dkim=pass; dmarc=pass\r\n"
ODD = {
    "a quote that is not closed": b'From: "\r\n',
    "an identifier that is cut off": b"Message-ID: <\r\n",
    "an identifier of nothing": b"Message-ID: <@>\r\n",
    "a bracket that is not closed": b"From: a@[\r\n",
    "a group without an end": b"From: a:b;c:\r\n",
    "thousands of comments": b"To: " + b"(" * 3000 + b"\r\n",
    "thousands of labels": b"From: a@" + b"b." * 20_000 + b"\r\n",
    "thousands of brackets": b"From: <" * 5000 + b"\r\n",
    "encoded words without end": b"Subject: " + b"=?utf-8?q?" * 20_000 + b"\r\n",
    "no such charset": b"Subject: =?x-none?q?=FF?=\r\n",
    "half of a surrogate": b"Subject: =?utf-8?q?=ED=A0=80?=\r\n",
    "octets of no charset": b"To: \xff\xfe@x.example\r\n",
    "NUL": b"From: \0\r\n",
    "a version of nothing": b"MIME-Version: x.(\r\n",
    "a date of nothing": b"Date: 99 Foo\r\n",
    "an option in odd words": b"X-LinkOption: =?utf-8?q?=C3=28?=\r\n",
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_header_in_the_place_of_ours_is_named_as_changed(kind: str) -> None:
    name = ODD[kind].partition(b":")[0].decode()
    assert changes(SENT, SAID + ODD[kind] + SENT) == (name,)


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_header_of_the_same_on_both_sides_is_no_change(kind: str) -> None:
    assert changes(ODD[kind] + SENT, SAID + RECEIVED + ODD[kind] + SENT) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", RECEIVED + SAID),
        (b"Subject: SMTP test", b"Subject:\r\n SMTP\r\n\ttest"),
        (b"Subject: SMTP test", b"Subject: =?utf-8?q?SMTP_test?="),
        (b"Subject: SMTP test", b"subject: SMTP test"),
    ],
)
def test_what_a_receiver_may_do_to_a_header_is_no_change(before: bytes, after: bytes) -> None:
    assert b"Subject: SMTP test" in SENT
    assert changes(SENT, SENT.replace(before, after, 1)) == ()


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        (b"Test message\r\n", b"Test message, scanned\r\n", ("text",)),
        (b"X-LinkOption: 192\r\n", b"", ("X-LinkOption",)),
        (b"X-LinkOption: 192", b"X-LinkOption: 128", ("X-LinkOption",)),
        (b"From: a@", b"From: c@", ("From",)),
        (b"MIME-Version: 1.0\r\n", b"", ("MIME-Version",)),
    ],
)
def test_what_is_not_as_it_was_is_named(
    before: bytes, after: bytes, named: tuple[str, ...]
) -> None:
    assert before in SENT
    assert changes(SENT, SENT.replace(before, after, 1)) == named


def test_a_body_of_parts_in_parts_without_end_is_another_text() -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
        for n in range(4000)
    )
    assert changes(SENT, SENT.partition(b"MIME-Version")[0] + deep)[-1] == "text"


@pytest.mark.parametrize(
    ("header", "failed"),
    [
        (SAID, ()),
        (b"Authentication-Results: \xff\xff spf=pass dkim=pass dmarc=fail\r\n", ("dmarc=fail",)),
        (b"Authentication-Results: mx (spf=fail); spf=pass; dkim=pass; dmarc=pass\r\n", ()),
        (b"Authentication-Results:\r\n", ("spf=none", "dkim=none", "dmarc=none")),
        (b"Authentication-Results: " + b"(" * 100_000 + b"\r\n", ("spf=none",)),
        (b"Authentication-Results: " + b"spf=pass " * 20_000 + b"\r\n", ("dkim=none",)),
    ],
)
def test_what_the_receiver_said_is_read_whatever_it_is(
    header: bytes, failed: tuple[str, ...]
) -> None:
    found = results(header + SENT)
    assert found is not None
    assert set(failed) <= set(found.failed())
    assert bool(failed) is bool(found.failed())
    assert len(found.text.encode()) < 20_000  # it can be written, and is not without end


@given(st.binary(), st.sampled_from([b"From: ", b"Message-ID: ", b"To: ", b"", b"Content-Type: "]))
def test_any_octets_are_compared(octets: bytes, name: bytes) -> None:
    arrived = name + octets + b"\r\n" + SENT
    results(arrived)
    assert isinstance(changes(SENT, arrived), tuple)
