"""A run with programs in the place of journalctl and postmap, and what it leaves on the disk."""

import json
import time
from pathlib import Path

import pytest

from omi_core.queue.pauses import run as runs
from omi_core.queue.pauses.rules import PauseRule, PauseRules, written_rules
from omi_core.queue.pauses.run import Places

SLOW = PauseRule(name="slow", pattern=r"@(slow\.example)$", mx=(), after=2, first=300, longest=3600)
LINE = (
    "4jc6Zw0cnxzdxHh: to=<x@slow.example>, relay=mx.slow.example[192.0.2.5]:25, delay=1,"
    " delays=0/0/0/1, dsn=4.7.0, status=deferred (host mx.slow.example[192.0.2.5] said: 421 4.7.0"
    " later (in reply to RCPT TO command))"
)
JOURNALCTL = """#!/bin/sh
echo "$*" >> {directory}/asked
test ! -e {directory}/broken || exit 1
cat {directory}/said
: > {directory}/said
"""
# A table is the text that it was made of.
POSTMAP = """#!/bin/sh
test ! -e {directory}/full || exit 1
source=${1#lmdb:}
cp "$source" "$source.lmdb"
"""


class Relay:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.places = Places(
            rules=directory / "rules.json",
            directory=directory / "kept",
            master=directory / "master.pid",
        )
        self.places.directory.mkdir()
        self.places.rules.write_text(written_rules(PauseRules(receivers=(SLOW,))))
        self.log: list[str] = []
        self.mails = 10

    def say(self, *messages: str) -> None:
        for number, message in enumerate(messages):
            self.mails += 1
            entry = {
                "__CURSOR": f"s=1;i={number}",
                "__REALTIME_TIMESTAMP": str(int(time.time()) * 1_000_000),
                "SYSLOG_IDENTIFIER": "postfix/to-slow/smtp",
                "MESSAGE": message.replace("4jc6Zw0c", f"4jc6Zw{self.mails}"),
            }
            with (self.directory / "said").open("a") as said:
                said.write(f"{json.dumps(entry)}\n")

    def run(self) -> bool:
        return runs.run(self.log.append, self.places)

    @property
    def table(self) -> str:
        return (self.places.directory / "pauses.lmdb").read_text()


@pytest.fixture
def relay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Relay:
    programs = tmp_path / "bin"
    programs.mkdir()
    (tmp_path / "said").touch()
    for name, script in {"journalctl": JOURNALCTL, "postmap": POSTMAP}.items():
        (programs / name).write_text(script.replace("{directory}", str(tmp_path)))
        (programs / name).chmod(0o755)
    path = f"{programs}:/usr/bin:/bin"
    monkeypatch.setenv("PATH", path)
    monkeypatch.setattr(runs, "_ENVIRONMENT", {"PATH": path})
    return Relay(tmp_path)


def test_a_receiver_is_paused_once_the_log_speaks_for_it_and_the_log_is_read_once(
    relay: Relay,
) -> None:
    assert relay.run()
    assert relay.table == ""
    relay.say(LINE)
    assert relay.run()
    relay.say(LINE)
    assert relay.run()
    assert relay.table.startswith("=slow retry:4.7.0 slow slows this relay down (421 4.7.0)")
    assert ["paused: slow" in each for each in relay.log] == [True]
    asked = (relay.directory / "asked").read_text().splitlines()
    assert ["--since=@" in each for each in asked] == [True, True, False]
    assert "--after-cursor=s=1;i=0" in asked[2]


def test_a_run_without_news_writes_nothing(relay: Relay) -> None:
    relay.say(LINE, LINE)
    relay.run()
    before = {each: each.stat().st_mtime_ns for each in relay.places.directory.iterdir()}
    assert relay.run()
    assert before == {each: each.stat().st_mtime_ns for each in relay.places.directory.iterdir()}


def test_a_pause_ends_by_itself(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    relay.say(LINE, LINE)
    relay.run()
    later = time.time() + SLOW.first + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert relay.run()
    assert relay.table == ""


def test_where_the_table_cannot_be_written_none_is_paused_and_it_is_said(relay: Relay) -> None:
    relay.say(LINE, LINE)
    relay.run()
    (relay.directory / "full").touch()
    (relay.places.directory / "pauses").unlink()  # so that it is to be written
    assert not relay.run()
    assert relay.table == ""
    assert "<3>no receiver is paused: CalledProcessError" in relay.log[-1]
    (relay.directory / "full").unlink()
    assert relay.run()
    assert relay.table.startswith("=slow retry:")


@pytest.mark.parametrize("written", ["", "{", '{"receivers": 1}', "[]"])
def test_rules_that_are_none_pause_none(relay: Relay, written: str) -> None:
    relay.say(LINE, LINE)
    relay.run()
    relay.places.rules.write_text(written)
    assert not relay.run()
    assert relay.table == ""


def test_a_journal_that_cannot_be_read_from_there_is_read_from_now_on(relay: Relay) -> None:
    relay.say(LINE)
    relay.run()
    (relay.directory / "broken").touch()
    assert relay.run()
    assert "<4>what was sent lately is not known" in relay.log[-1]
    (relay.directory / "broken").unlink()
    assert relay.run()
    assert "--since=@" in (relay.directory / "asked").read_text().splitlines()[-1]


def test_a_relay_without_receivers_asks_no_journal(relay: Relay) -> None:
    relay.places.rules.write_text(written_rules(PauseRules()))
    assert relay.run()
    assert not (relay.directory / "asked").exists()


def test_a_host_without_postfix_has_nothing_to_do(relay: Relay) -> None:
    relay.places.rules.unlink()
    assert relay.run()
    assert not list(relay.places.directory.iterdir())
