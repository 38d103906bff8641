"""Servers that misbehave: a finding or `unknown`, in bounded time, and never a pass."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from omi_core.smtp.limits import Limits
from tests.unit.probe.conftest import Verify, problems
from tests.unit.probe.fake_smtp import Behaviour

RIGHT = Behaviour()
MODES = ("none", "tls")
SHORT = Limits(connect_s=0.4, reply_s=0.3, session_s=1)


async def endless_lines(conversation: Any) -> None:
    while True:
        await conversation.say(b"250-and another thing\r\n" * 50)
        await asyncio.sleep(0)  # it is in the same loop as the client


async def slow_lines(conversation: Any) -> None:
    while True:
        await conversation.say(b"250-x\r\n")
        await asyncio.sleep(0.05)


async def ten_megabytes(conversation: Any) -> None:
    await conversation.say(b"220 " + b"x" * 10_000_000)


async def stall(_conversation: Any) -> None:
    await asyncio.Event().wait()  # for ever: whoever goes on does so by himself


async def leave(conversation: Any) -> None:
    conversation.writer.transport.abort()
    raise EOFError


async def junk(conversation: Any) -> None:
    await conversation.say(bytes(range(256)) * 20)
    await asyncio.Event().wait()


async def unsolicited(conversation: Any) -> None:
    await conversation.say(b"250 2.0.0 nobody asked\r\n" * 3)


WRONG: dict[str, dict[str, Any]] = {
    "says nothing": {"banner": None},
    "says 554": {"banner": b"554 5.3.2 go away\r\n"},
    "drops at once": {"connected": leave},
    "drops after EHLO": {"after_ehlo": leave},
    "answers EHLO without end": {
        "connected": None,
        "ehlo_answer": b"",
        "after_ehlo": endless_lines,
    },
    "dribbles": {"ehlo_answer": b"", "after_ehlo": slow_lines},
    "replies with 10 MB": {"connected": ten_megabytes},
    "speaks junk": {"connected": junk},
    "falls silent after EHLO": {"after_ehlo": stall},
    "says more than was asked": {"after_ehlo": unsolicited},
    "accepts and stalls": {"connected": stall},
    "half a line": {"banner": b"220 relay"},
    "no code": {"banner": b"hello there\r\n"},
    "NUL and controls": {"banner": b"220 \0\x1b[31mred\r\n"},
    "no such code": {"banner": b"999 what\r\n"},
    "AUTH with nonsense": {"auth_reply": b"334 !!!\r\n"},
    "drops at AUTH": {"auth_reply": b""},
}
HARMLESS = {"NUL and controls"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", WRONG)
def test_a_server_that_misbehaves_is_no_pass_and_keeps_nobody_from_an_end(
    case: str, mode: str, look: Verify
) -> None:
    report = look(limits=SHORT, **{mode: replace(RIGHT, **WRONG[case])})

    assert (problems(report) == []) is (case in HARMLESS)
    assert (report.exit_code == 0) is (case in HARMLESS)


def test_a_stalled_handshake_is_a_finding_of_the_handshake(look: Verify) -> None:
    report = look(tls=replace(RIGHT, connected=stall))

    assert problems(report) == [("tls", "tls-handshake", "tls-handshake-failed")]


def test_a_server_that_says_yes_to_everything_is_found_in_all_that_it_says(look: Verify) -> None:
    wrong = replace(
        RIGHT,
        any_password=True,
        any_sender=True,
        open_to=lambda _sender, _recipient: True,
        limit=None,
    )

    found = {finding for _, _, finding in problems(look(tls=wrong))}

    assert found == {
        "any-password-accepted",
        "foreign-sender-accepted",
        "open-relay",
        "size-not-kept",
    }


def test_todays_engine_gets_findings(look: Verify) -> None:
    """The banner and replies of the customers' guide, section 4.2.1: no STARTTLS, no SIZE."""
    engine = Behaviour(
        banner=b"220 newermail.com Mail Service, NewerMail 5.9.0.1 ready at\r\n",
        ehlo_answer=b"250-newermail.com Hello [198.18.0.6]\r\n250-AUTH LOGIN PLAIN\r\n"
        b"250-HELP\r\n250 OK\r\n",
        starttls=False,
        auth_before="LOGIN PLAIN",
        limit=None,
        any_sender=True,
        final_reply=b"250 LaunchID=67239495\r\n",
    )

    report = look(none=engine, starttls=engine)

    assert ("starttls", "starttls-offered", "starttls-missing") in problems(report)
    assert ("none", "size-limit", "size-not-announced") in problems(report)
    assert [cell.number for cell in report.cells] == ["LaunchID=67239495", None]
