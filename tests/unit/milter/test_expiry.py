"""What the bounce of a mail says whose time is over."""

from datetime import UTC, datetime

import pytest

from omi_core.message import platform_zone
from omi_core.milter.expiry import explained

ZONE = platform_zone()
NOW = datetime(2026, 11, 28, 9, 55, tzinfo=UTC)
BEFORE, AFTER = "2026-11-28T09:53:17Z", "2026-11-28T09:59:00Z"


def bounce(times: str, status: str = "4.4.1", action: str = "failed") -> bytes:
    """Of Postfix 3.10, shortened."""
    return (
        (
            "This is a MIME-encapsulated message.\n\n--x\nContent-Description: Notification\n\n"
            "This is the mail system at host smtp.itpison.com.\n\n"
            "                   The mail system\n\n"
            "<inbox@inbox.example>: connect to mx.inbox.example[192.0.2.5]:25: refused\n\n"
            "--x\nContent-Description: Delivery report\nContent-Type: message/delivery-status\n\n"
            f"Final-Recipient: rfc822; inbox@inbox.example\nAction: {action}\nStatus: {status}\n\n"
            "--x\nContent-Description: Undelivered Message\nContent-Type: message/rfc822\n\n"
            f"From: alice@shop.example\nX-Omi-Schedule: {times}\nSubject: x\n\nText.\n\n--x--\n"
        )
        .replace("\n", "\r\n")
        .encode()
    )


def test_it_names_the_header_and_the_time_in_the_platforms_zone() -> None:
    body = bounce(f"expire={BEFORE}")
    made = explained(body, ZONE, NOW).decode()
    assert (
        "The mail was given up because of its header X-LaunchExpireTime: it was\r\n"
        "not delivered before 2026-11-28T17:53:17+08:00.\r\n\r\n                   The mail system"
    ) in made
    assert made.replace(made[made.index("\r\nThe mail was") : made.index("\r\n      ")], "") == (
        body.decode()
    )


def test_a_bounce_that_bounced_is_about_the_mail_itself() -> None:
    inner = bounce(f"expire={AFTER}").replace(b"--x", b"--y")
    outer = bounce(f"expire={BEFORE}").replace(b"Text.\r\n", inner)
    assert b"17:53:17+08:00" in explained(outer, ZONE, NOW)
    outer = bounce(f"expire={AFTER}").replace(b"Text.\r\n", bounce(f"expire={BEFORE}"))
    assert explained(outer, ZONE, NOW) == outer


@pytest.mark.parametrize(
    "body",
    [
        bounce(f"expire={AFTER}"),
        bounce(f"launch={BEFORE}"),
        bounce("expire=soon"),
        bounce("expire=\xff"),
        bounce(f"expire={BEFORE}", status="5.1.1"),
        bounce(f"expire={BEFORE}", action="delayed"),
        bounce("none").replace(b"Text.", f"X-Omi-Schedule: expire={BEFORE}".encode()),
        bounce("none")
        .replace(b"X-Omi-Schedule: none\r\n", b"")
        .replace(
            b"\r\nContent-Type: message",
            f"\r\nX-Omi-Schedule: expire={BEFORE}\r\nContent-Type: message".encode(),
        ),
        bounce(f"expire={BEFORE}").replace(b"\r\nFrom: alice@shop.example", b"\r\n"),
        b"X-Omi-Schedule: expire=2026-11-28T09:53:17Z\r\n",
        b"",
    ],
)
def test_a_notice_of_anything_else_stays_as_it_is(body: bytes) -> None:
    assert explained(body, ZONE, NOW) == body
