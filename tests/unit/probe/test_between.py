"""What a server limits, what stands between it and a customer, and what it said last."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from omi_core.cli.smtp.table import printed
from omi_core.cli.smtp.unseen import unseen
from omi_core.language import EN, ZH_TW
from omi_core.probe.report import Report
from omi_core.probe.rules import connection
from omi_core.smtp.limits import Limits
from tests.unit.probe.conftest import Verify, problems
from tests.unit.probe.fake_certificates import Authority
from tests.unit.probe.fake_smtp import NAME, Behaviour

RIGHT = Behaviour()
SHORT = Limits(connect_s=0.4, reply_s=0.3, session_s=1)
LIMIT = b"421 4.7.0 relay.test Error: too many connections from 127.0.0.1\r\n"


def texts(report: Report) -> str:
    return printed(report, EN)


class Limited:
    """Serves so many at once and says 421 to the others, as Postfix does."""

    def __init__(self, at_once: int, said: bytes = LIMIT) -> None:
        self.at_once, self.said, self.now, self.most = at_once, said, 0, 0

    async def __call__(self, conversation: Any) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if self.now > self.at_once:
                await conversation.say(self.said)
                return
            conversation.does = replace(conversation.does, connected=None)
            await conversation.run()
        finally:
            self.now -= 1


def test_a_server_that_limits_connections_is_looked_at_with_fewer_and_that_is_said(
    look: Verify,
) -> None:
    report = look(limits=Limits.within(8), none=replace(RIGHT, connected=Limited(1)))

    assert problems(report) == [("none", "connections-taken", "connections-limited")]
    assert report.exit_code == 0
    assert "the server limits connections; it was looked at over" in texts(report)
    assert "421 4.7.0 relay.test Error: too many connections" in texts(report)
    assert "伺服器限制連線數" in printed(report, ZH_TW)


def test_a_server_that_takes_none_is_not_judged_and_its_words_are_kept(look: Verify) -> None:
    report = look(none=replace(RIGHT, connected=Limited(0)))

    assert problems(report) == [("none", "banner", "unknown")]
    assert report.exit_code == 3
    assert "took none of ours: 421 4.7.0 relay.test Error: too many" in texts(report)


def test_a_server_that_is_closed_is_told_from_one_that_is_busy(look: Verify) -> None:
    report = look(none=replace(RIGHT, connected=Limited(0, b"421 4.3.2 shutting down\r\n")))

    assert problems(report) == [("none", "banner", "banner-refused")]


def test_a_slow_greeting_is_a_warning_with_its_seconds(
    look: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slowly(conversation: Any) -> None:
        await asyncio.sleep(0.2)
        conversation.does = replace(conversation.does, connected=None)
        await conversation.run()

    monkeypatch.setattr(connection, "SLOW_S", 0.1)
    report = look(none=replace(RIGHT, connected=slowly))

    assert problems(report) == [("none", "banner", "banner-slow")]
    [seconds] = re.findall(r"the server greets after (\d+\.\d) s", texts(report))
    assert float(seconds) >= 0.2  # and as much later as this machine is busy
    assert report.exit_code == 0


def test_a_wait_is_as_long_as_the_conversation_may_take() -> None:
    assert Limits.within(7) == Limits(connect_s=7, reply_s=7, session_s=7)


async def cut_off(conversation: Any) -> None:
    await conversation.say(b"554-5.7.1 your network is\r\n554-5.7.1 on our list\r\n554 5.7")


async def drops_in_ehlo(conversation: Any) -> None:
    await conversation.say(b"250-relay.test\r\n250-see https://relay.test/why")
    conversation.writer.close()
    raise EOFError


@pytest.mark.parametrize(
    ("behaviour", "mode", "words"),
    [
        (replace(RIGHT, connected=cut_off), "none", "on our list / 554 5.7"),
        (
            replace(RIGHT, ehlo_answer=b"", after_ehlo=drops_in_ehlo),
            "none",
            "https://relay.test/why",
        ),
        (replace(RIGHT, banner=b"220 half a li"), "none", "220 half a li"),
        (replace(RIGHT, in_clear=b"454 4.7.0 no key here\r\n"), "starttls", "454 4.7.0 no key"),
    ],
)
def test_the_servers_last_words_are_never_lost(
    behaviour: Behaviour, mode: str, words: str, look: Verify
) -> None:
    assert words in texts(look(limits=SHORT, **{mode: behaviour}))


async def greets_in_clear(conversation: Any) -> None:
    await conversation.say(b"220 relay.test ESMTP\r\n")
    await asyncio.sleep(5)


def test_implicit_tls_where_the_server_begins_without_is_named(look: Verify) -> None:
    report = look(limits=SHORT, tls=replace(RIGHT, connected=greets_in_clear))

    assert problems(report) == [("tls", "tls-handshake", "tls-at-once-not-here")]
    assert "587 with implicit TLS" in texts(report)
    assert "220 relay.test ESMTP" in texts(report)


@pytest.mark.parametrize("mode", ["starttls", "none"])
def test_a_port_that_waits_for_tls_is_named_whatever_its_number(
    mode: str, look: Verify, right: Any
) -> None:
    """As 465 with STARTTLS: the server says nothing until it is spoken to in TLS."""

    async def waits_for_tls(conversation: Any) -> None:
        await conversation.writer.start_tls(right)

    report = look(limits=SHORT, **{mode: replace(RIGHT, connected=waits_for_tls)})

    assert problems(report) == [(mode, "banner", "tls-at-once-needed")]
    assert "465 with STARTTLS" in texts(report)


@pytest.mark.parametrize("mode", ["starttls", "none"])
def test_a_port_that_says_nothing_to_tls_either_is_not_said_to_wait_for_it(
    mode: str, look: Verify
) -> None:
    report = look(limits=SHORT, **{mode: replace(RIGHT, banner=None)})

    assert problems(report) == [(mode, "banner", "banner-missing")]


@pytest.mark.parametrize("word", ["XXXXXXXA", "XXXXXXXX", "XXXXXXXB"])
def test_a_masked_starttls_is_the_matter_of_what_is_between(word: str, look: Verify) -> None:
    report = look(starttls=replace(RIGHT, starttls=False, ehlo=("SIZE 1000000", word)))

    found = [one for one in report.findings if one.id.startswith("starttls")]
    assert [one.id for one in found] == ["starttls-masked"]
    assert "something between you and the server" in found[0].text.en
    assert "Postfix" not in found[0].remedy.en


def test_a_masked_greeting_is_the_matter_of_what_is_between(look: Verify) -> None:
    report = look(none=replace(RIGHT, banner=b"220 *****************2*******0*\r\n"))

    assert problems(report) == [("none", "banner", "banner-masked")]


def _fake(directory: Path, issuer: str) -> Any:
    other = Authority.make(directory, issuer)
    return other.context((NAME,))


@pytest.mark.parametrize(
    "issuer", ["Avast Web/Mail Shield Root", "FortiGate CA", "ESET SSL Filter CA", "mitmproxy"]
)
def test_a_foreign_issuer_is_the_matter_of_what_is_between(
    issuer: str, look: Verify, tmp_path: Path
) -> None:
    report = look(context=_fake(tmp_path, issuer), tls=RIGHT)

    assert ("tls", "certificate-chain", "certificate-intercepted") in problems(report)
    assert issuer in texts(report)


def test_an_issuer_that_nobody_knows_is_still_the_servers_matter(
    look: Verify, tmp_path: Path
) -> None:
    report = look(context=_fake(tmp_path, "Some CA"), tls=RIGHT)

    assert ("tls", "certificate-chain", "certificate-not-trusted") in problems(report)


@pytest.fixture
def silent(look: Verify) -> Report:
    return look(limits=SHORT, none=replace(RIGHT, banner=None), tls=replace(RIGHT, banner=None))


def test_one_cause_is_printed_once(look: Verify, tmp_path: Path) -> None:
    """All listeners of an address serve one certificate that nobody trusts."""
    report = look(context=_fake(tmp_path, "Some CA"), tls=RIGHT, starttls=RIGHT)
    told = [one for one in report.findings if one.id == "certificate-not-trusted"]

    assert len(told) == 1
    assert told[0].subject.startswith("relay.test ")
    assert texts(report).count("clients do not trust the certificate's issuer") == 1


def test_all_lines_of_a_silent_server_are_one(silent: Report) -> None:
    told = [one.id for one in silent.findings]

    assert len(told) == len(set(told))
    assert texts(silent).count("silence: no answer within") == len(told)


def test_what_nobody_could_see_is_told_once_a_reason(look: Verify) -> None:
    limited = replace(RIGHT, connected=Limited(0))
    report = look(none=limited, starttls=limited)

    assert len(list(unseen(report))) == 1
    assert texts(report).count("took none of ours") == 1
