"""What postcat prints, some of it by somebody who wants to be read as another."""

import re
from io import BytesIO

import pytest

from omi_core.queue.postcat import QueueFile, read_queue_files
from omi_core.queue.schedule import Schedule

PATH = "/var/spool/postfix/hold/4jc4l56r39zcmRh"
# Of Postfix 3.10, `TZ=UTC postcat -eh`, shortened.
FILE = f"""*** ENVELOPE RECORDS {PATH} ***
message_size:             646             760               2               0             646    0
message_arrival_time: Sat Nov 28 09:30:25 2026
create_time: Sat Nov 28 09:30:25 2026
named_attribute: log_ident=4jc4l56r39zcmRh
named_attribute: sasl_method=PLAIN
named_attribute: sasl_username=shop-alice
sender: alice@shop.example
named_attribute: dsn_orig_rcpt=rfc822;inbox@inbox.example
original_recipient: inbox@inbox.example
recipient: inbox@inbox.example
recipient: other@Second.example
*** MESSAGE CONTENTS {PATH} ***
Received: from client.lab-dns.example (unknown [198.18.0.6])
\tfor <inbox@inbox.example>; Sat, 28 Nov 2026 09:30:25 +0000 (UTC)
{{header}}X-Omi-Schedule: launch=2026-11-28T09:40:25Z
*** HEADER EXTRACTED {PATH} ***
named_attribute: message_id=<x@shop.example>
*** MESSAGE FILE END {PATH} ***
"""
ALICES = QueueFile(
    id="4jc4l56r39zcmRh",
    login="shop-alice",
    sender="alice@shop.example",
    recipients=("inbox@inbox.example", "other@Second.example"),
    domains=("inbox.example", "second.example"),
    count=2,
    size=646,
    arrived=1795858225,
    times=Schedule(launch=1795858825),
)


def read(text: str) -> list[QueueFile]:
    return list(read_queue_files(BytesIO(text.encode())))


def test_a_queue_file_says_who_sends_what_to_whom_and_when() -> None:
    assert read(FILE.format(header="")) == [ALICES]


@pytest.mark.parametrize(
    "header",
    [
        "named_attribute: sasl_username=news-bob\n",
        "sender: bob@news.example\n",
        "recipient: a@b.example\n",
        "Subject: x\n *** MESSAGE FILE END /x/4jc4l56r39zcmRh ***\n",
        "Subject: x\n *** ENVELOPE RECORDS /x/4jc4l56r39zcmRh ***\n sender: bob@news.example\n",
        " X-Omi-Schedule: launch=2020-01-01T00:00:00Z\n",
        "Subject: x\r*** ENVELOPE RECORDS /x/4jc4l56r39zcmRh ***\rsender: bob@news.example\n",
        "Subject: x\x85X-Omi-Schedule: launch=2020-01-01T00:00:00Z\n",
    ],
)
def test_no_header_passes_for_a_record(header: str) -> None:
    assert read(FILE.format(header=header)) == [ALICES]


def test_each_file_of_a_batch_is_read_for_itself() -> None:
    bounce = FILE.format(header="").replace("4jc4l56r39zcmRh", "4jc4l639q3zcmTj")
    bounce = bounce.replace("named_attribute: sasl_username=shop-alice\n", "")
    bounce = bounce.replace("sender: alice@shop.example", "sender: ")
    bounce = bounce.replace("X-Omi-Schedule", "X-Other")
    first, second = read(FILE.format(header="") + bounce)
    assert first == ALICES
    assert (second.id, second.login, second.sender) == ("4jc4l639q3zcmTj", "", "")
    assert not second.times


def test_a_file_that_was_not_printed_to_its_end_is_not_read() -> None:
    assert read(FILE.format(header="").rpartition("***")[0].rpartition("*** MESSAGE FILE")[0]) == []


def test_a_list_of_ten_thousand_recipients_keeps_their_domains_alone() -> None:
    more = "".join(f"recipient: u{number}@d{number % 7}.example\n" for number in range(10_000))
    [found] = read(FILE.format(header="").replace("recipient: other@Second.example\n", more))
    assert found.count == 10_001
    assert len(found.recipients) == 5
    assert found.domains == ("inbox.example", *(f"d{number}.example" for number in range(7)))


def test_no_recipient_passes_for_a_login() -> None:
    """RFC 5321 lets a quoted local part hold no CR; Postfix takes it, and it ends no line."""
    hostile = '"a\rnamed_attribute: sasl_username=news-bob\r"@second.example'
    [found] = read(FILE.format(header="").replace("other@Second.example", hostile))
    assert found.login == "shop-alice"
    assert found.recipients == ("inbox@inbox.example", hostile)


def test_an_arrival_that_is_none_is_told_as_none() -> None:
    text = FILE.format(header="").replace(
        "time: Sat Nov 28 09:30:25 2026", "time: Sat Nov 28 09:30:25 0001"
    )
    [found] = read(text)
    assert found.arrived == 0


@pytest.mark.parametrize("size", ["", "x", "-1", "9" * 19, "9" * 5000])
def test_a_size_that_is_none_is_told_as_none(size: str) -> None:
    [found] = read(re.sub("message_size: .*", f"message_size: {size}", FILE.format(header="")))
    assert found.size == 0
    assert found.login == "shop-alice"
