"""A mail that arrived: its results are the receiver's, and what is odd about it ends nothing."""

import pytest

from omi_core.probe.received import changes, results

SENT = (
    b"From: alice@shop.example\r\nTo: bob@inbox.example\r\nSubject: SMTP test\r\n"
    b"Date: Fri, 27 Nov 2026 05:00:00 +0000\r\nMessage-ID: <1@shop.example>\r\n"
    b"MIME-Version: 1.0\r\nX-JobName: =?utf-8?b?5pil5a2j?=\r\n\r\nHello\r\n"
)
RESULTS = (
    b"Authentication-Results: mx.inbox.example;\r\n\tspf=pass (a (b) c); dkim=fail;dkim=pass\r\n"
)
PARTS = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"


def test_only_the_topmost_results_count() -> None:
    found = results(RESULTS + RESULTS.replace(b"fail", b"pass") + SENT)
    assert found is not None
    assert found.failed() == ("dkim=fail", "dmarc=none")
    assert results(SENT) is None


@pytest.mark.parametrize(
    "arrived",
    [
        RESULTS + SENT,
        SENT.replace(b"\r\n", b"\n"),
        SENT.replace(b"Subject: SMTP test", b"Subject: SMTP\r\n test"),
        SENT.replace(b"=?utf-8?b?5pil5a2j?=", b"=?utf-8?q?=E6=98=A5?= =?utf-8?q?=E5=AD=A3?="),
        SENT + b"\r\n\r\n",
    ],
)
def test_a_mail_that_reads_the_same_is_not_changed(arrived: bytes) -> None:
    assert changes(SENT, arrived) == ()


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        (b"Hello", b"Hello!", ("text",)),
        (b"alice@", b"alice+x@", ("From",)),
        (b"X-JobName", b"X-Job-Name", ("X-JobName",)),
        (b"MIME-Version: 1.0\r\n", b"", ("MIME-Version",)),
        (b"5pil5a2j", b"5pil", ("X-JobName",)),
    ],
)
def test_what_is_changed_is_named(old: bytes, new: bytes, changed: tuple[str, ...]) -> None:
    assert changes(SENT, SENT.replace(old, new)) == changed


@pytest.mark.parametrize(
    "odd",
    [
        b"To: a:;,b: <c@d>;\nFrom: @\n\n",
        b'Subject: =?unknown?b?!!?= =?utf-8?q?\nFrom: "\n\n',
        b'Message-ID: [\nFrom: <"\n\n',
        b"From: \xe4@x.example\nSubject: \xff\xfe\nTo: =?utf-8?q?=FF?= <b@x>\n\n\xff",
        b"From: \xed\xa0\x80\n\n",
        b"Date: Fri, 99 Nov 99999 05:00:00 +99999999\n\n",
        b"Content-Type: text/plain; charset=\0\nContent-Transfer-Encoding: base64\n\n\xe4!!\n",
        b"".join(PARTS % (number, number) for number in range(3000)),
        b"Content-Type: message/rfc822\n\n" * 3000,
        b"not a mail",
        b"",
    ],
    ids=range(11),
)
def test_an_odd_mail_is_a_changed_one(odd: bytes) -> None:
    """Python's email raises IndexError, UnicodeEncodeError, RecursionError for these."""
    assert {"From", "Message-ID"} & {*changes(SENT, odd)}
    found = results(b"Authentication-Results: \xff\xe4; spf=fail\n" + odd)
    assert found is not None
    found.text.encode()
    assert found.failed() == ("spf=fail", "dkim=none", "dmarc=none")
