"""`omi queue`: which mails it asks for, and how it tells what relays answer."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from omi_core.cli.queue.table import document, printed
from omi_core.language import EN, ZH_TW, languages
from omi_core.queue.asked.told import RelayAnswer
from omi_core.queue.index import Held
from omi_core.queue.request import (
    Group,
    ListedMail,
    MailCount,
    MailMatch,
    QueueAnswer,
    QueueRequest,
    Verb,
)
from omi_core.queue.spool import Queue
from omi_core.text import Text
from tests.unit.cli.conftest import ROOT, Omi
from tests.unit.cli.test_schemas import _validate

INVENTORY = str(ROOT / "inventories/lab.py")
TOTAL = {"incoming": 0, "active": 0, "deferred": 1, "hold": 2}
MAIL = ListedMail(
    id="4jc4l56r39zcmRh",
    queue=Queue.HOLD,
    held=Held.SCHEDULE,
    login="shop-alice",
    sender="alice@shop.example",
    recipients=("inbox@inbox.example",),
    count=3,
    size=646,
    arrived=1795858225,
    launch=1795858825,
    expire=1795859825,
)
WHO = "alice@shop.example -> inbox@inbox.example"
ANSWER = RelayAnswer(
    relay="smtp.itpison.com", answer=QueueAnswer(total=TOTAL, matched=3, mails=(MAIL,))
)
SILENT = RelayAnswer(relay="smtp2.itpison.com", problem=Text.plain("timed out"))


def lines(*answers: RelayAnswer, request: QueueRequest | None = None) -> list[str]:
    return printed(answers, request or QueueRequest(), EN).splitlines()


def test_people_read_what_a_mail_waits_for_and_that_a_relay_is_silent() -> None:
    assert lines(ANSWER, SILENT) == [
        "smtp.itpison.com: 2 held, 1 put off",
        f"  4jc4l56r39zcmRh  2026-11-28T17:30:25+08:00  shop-alice  {WHO}, and 2 more",
        "      waits until 2026-11-28T17:40:25+08:00",
        "      given up at 2026-11-28T17:57:05+08:00",
        "  and 2 more, which --most would show",
        "smtp2.itpison.com: could not be asked: timed out",
    ]


def test_a_strangers_words_are_printable_and_add_no_line() -> None:
    evil = replace(MAIL, sender="\x1b[2Ja\n550 ok@x", reason="a\r\n\u202eb", expire=None)
    answer = replace(ANSWER, answer=QueueAnswer(total=TOTAL, matched=1, mails=(evil,)))
    found = lines(answer)
    assert len(found) == 4
    assert "\x1b" not in "".join(found)
    assert "\u202e" not in "".join(found)


def test_what_was_done_and_what_was_left_is_counted() -> None:
    done = RelayAnswer(relay="a", answer=QueueAnswer(total=TOTAL, matched=3, done=2, left=1))
    request = QueueRequest(verb=Verb.RELEASE, match=MailMatch(accounts=("a",)))
    assert lines(done, request=request) == ["a: 2 held, 1 put off, released: 2, left alone: 1"]
    [would] = lines(done, request=replace(request, dry=True))
    assert "would be released: 2" in would


def test_reasons_are_counted_by_receiver() -> None:
    group = MailCount(words=("gmail.com", "450 later"), count=7, oldest=1795858225)
    told = RelayAnswer(relay="a", answer=QueueAnswer(total=TOTAL, matched=7, groups=(group,)))
    [_, found] = lines(told, request=QueueRequest(by=Group.REASON))
    assert found == "  gmail.com, 450 later: 7, the oldest since 2026-11-28T17:30:25+08:00"


FULL = "host mx.a.example[192.0.2.1] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command)"


def test_beside_a_receivers_words_stands_what_they_mean_and_whose_turn_it_is() -> None:
    late = replace(MAIL, queue=Queue.DEFERRED, held=Held.NOT, expire=None, count=1, reason=FULL)
    told = replace(ANSWER, answer=QueueAnswer(total=TOTAL, matched=1, mails=(late,)))
    assert lines(told)[2:] == [
        f"      {FULL}",
        "      means: the recipient's mailbox is full",
        (
            "      for the recipient, or who runs the recipient's server: the"
            " recipient has to make room;"
            " sending again before that does not help"
        ),
    ]
    assert "      意思：收件者的信箱已滿" in printed([told], QueueRequest(), ZH_TW).splitlines()


def test_a_counted_reason_is_explained_by_an_example_of_it() -> None:
    """The counted words have a * for the receiver's own numbers, such as [TSS04]."""
    example = "host mta6.am0.yahoodns.net[192.0.2.1] said: 421 4.7.0 [TSS04] Messages deferred"
    group = MailCount(words=("yahoo.com", "421 * *"), count=7, oldest=0, example=example)
    told = RelayAnswer(relay="a", answer=QueueAnswer(total=TOTAL, matched=7, groups=(group,)))
    found = lines(told, request=QueueRequest(by=Group.REASON))
    assert "the receiver has complaints about" in found[2]
    assert "for the operator of the relay" in found[3]
    [relay] = document((told,), QueueRequest(), 0)["relays"]
    assert relay["groups"][0]["meaning"]["id"] == "low-reputation"


def test_a_silent_relay_is_told_in_each_language() -> None:
    silent = RelayAnswer(relay="a", problem=Text("it could not be reached"))
    assert printed([silent], QueueRequest(), ZH_TW) == "a：無法詢問：無法連線"


@pytest.mark.parametrize("language", languages())
def test_each_state_of_a_mail_has_words_in_each_language(language: str) -> None:
    from omi_core.language import Language

    for held in Held:
        answer = QueueAnswer(total=TOTAL, matched=1, mails=(replace(MAIL, held=held),))
        assert printed([RelayAnswer(relay="a", answer=answer)], QueueRequest(), Language(language))


def test_programs_read_what_the_schema_says() -> None:
    group = MailCount(words=("a",), count=1, oldest=0, example=FULL)
    grouped = RelayAnswer(relay="b", answer=QueueAnswer(total=TOTAL, groups=(group,)))
    made = json.dumps(document((ANSWER, SILENT, grouped), QueueRequest(), 3))
    _validate("queue", json.loads(made))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["drop"], "say which mails"),
        (["release", "--dry"], "say which mails"),
        (["drop", "ALL;x"], "is not a queue id"),
        (["list", "--customer", "Nobody"], "is not a customer"),
        (["list", "--to", "a b"], "a b"),
        (["list", "--since", "03/04/2026"], "day and month can be mistaken"),
        (["list", "--by", "size"], "size"),
        (["list", "--most", "0"], "most"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_a_relay_is_asked(
    omi: Omi, words: list[str], said: str
) -> None:
    done = omi("queue", *words, "--inventory", INVENTORY)
    assert done.code == 2
    assert said in done.err


def test_relays_that_nobody_can_reach_are_told_and_exit_with_3(omi: Omi, tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.py"
    text = Path(INVENTORY).read_text("utf-8").replace("198.18.0.1", "127.0.0.1")
    text = text.replace(
        "environment=_environment, ipv4", 'environment=_environment, ssh="127.0.0.1", ipv4'
    )
    inventory.write_text(text.replace('"inventories/lab', f'"{ROOT}/inventories/lab'))
    done = omi("queue", "list", "--inventory", str(inventory))
    assert done.code == 3
    assert done.out.count("could not be asked") == 2
