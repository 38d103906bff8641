"""The six worked examples of the guide (7.2), as the messages that it prints."""

from datetime import datetime

import pytest

from omi_core.language import ZH_TW
from omi_core.message import check_message, explain, platform_zone

ZONE = platform_zone()
NOW = datetime(2026, 11, 23, 15, 30, tzinfo=ZONE)

MESSAGE = (
    "{header}\r\n"
    "From: test@itpison.com\r\n"
    "To: test@gmail.com\r\n"
    "Subject: Test Sample\r\n"
    "\r\n"
    "This is Test Email\r\n"
)


@pytest.mark.parametrize(
    ("header", "en", "zh_tw"),
    [
        ("X-LinkOption: 64", "will not track opens;", "這封郵件不追蹤開信；"),
        ("X-LinkOption: 128", "will not track links;", "這封郵件不追蹤連結；"),
        (
            "X-LinkOption: 192",
            "will not track opens or track links;",
            "這封郵件不追蹤開信、不追蹤連結；",
        ),
        ("X-ListOption: 1", "will keep all To headers", "會保留所有 To（收件者）標頭"),
        ("X-ListOption: 2", "will keep all Cc headers", "會保留所有 Cc 標頭"),
        (
            "X-ListOption: 65536",
            "will bypass all filtering and processing of the list",
            "會略過收件人清單的所有過濾與處理",
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_a_worked_example_means_what_the_guide_says(
    header: str, en: str, zh_tw: str, newline: str
) -> None:
    message = MESSAGE.format(header=header).replace("\r\n", newline).encode()

    checked = check_message(message, zone=ZONE, now=NOW)
    [read] = checked.read
    sentence = explain(read.header, read.value or 0, ZONE)

    assert checked.findings == ()
    assert en in sentence.en
    assert zh_tw in sentence.in_(ZH_TW)
