"""What the queue answers to `omi queue`, and what neither side takes from the other."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omi_core.queue.answer import answer
from omi_core.queue.index import opened
from omi_core.queue.request import (
    MOST,
    Group,
    MailMatch,
    QueueAnswer,
    QueueRequest,
    Verb,
    read_answer,
    read_request,
    written_answer,
    written_request,
)
from omi_core.queue.spool import Queue
from omi_core.relay.queue.files import files
from tests.unit.queue.conftest import Postfix


def asked(postfix: Postfix, request: QueueRequest) -> QueueAnswer:
    """The answer as the other side reads it."""
    with opened(postfix.spool, postfix.directory / "index") as index:
        return read_answer(written_answer(answer(index, request)))


def put_off(id_: str, **reasons: str) -> str:
    recipients = [{"address": each, "delay_reason": why} for each, why in reasons.items()]
    return json.dumps({"queue_name": "deferred", "queue_id": id_, "recipients": recipients})


def test_the_oldest_are_listed_and_all_are_counted(postfix: Postfix) -> None:
    first, second = postfix.put(Queue.DEFERRED), postfix.put()
    postfix.put(Queue.ACTIVE)
    found = asked(postfix, QueueRequest(most=2))
    assert [each.id for each in found.mails] == [first, second]
    assert found.total == {"incoming": 0, "active": 1, "deferred": 1, "hold": 1}
    assert found.matched == 3


@pytest.mark.parametrize(
    ("match", "number"),
    [
        (MailMatch(accounts=("news-bob",)), 1),
        (MailMatch(senders=("shop.example",)), 2),
        (MailMatch(senders=("alice@shop.example",)), 2),
        (MailMatch(receivers=("other.example",)), 1),
        (MailMatch(receivers=("x@other.example",)), 1),
        (MailMatch(receivers=("y@other.example",)), 0),
        (MailMatch(queues=("hold",)), 2),
        (MailMatch(since=1795856545), 2),
        (MailMatch(until=1795856545), 1),
        (MailMatch(accounts=("shop-alice",), queues=("deferred",)), 1),
        (MailMatch(ids=("4jc4l56r39z0003",)), 1),
    ],
)
def test_mails_are_found_by_what_they_are(postfix: Postfix, match: MailMatch, number: int) -> None:
    postfix.put()
    postfix.put(Queue.DEFERRED, recipient="X@Other.example")
    postfix.put(login="news-bob", sender="bob@news.example")
    assert asked(postfix, QueueRequest(match=match)).matched == number


def test_a_dry_run_says_what_it_would_do_and_does_nothing(postfix: Postfix) -> None:
    mail = postfix.put()
    found = asked(postfix, QueueRequest(verb=Verb.DROP, dry=True))
    assert (found.done, postfix.where(mail)) == (1, "hold")


def test_dropped_is_what_was_meant(postfix: Postfix) -> None:
    gone, stays = postfix.put(), postfix.put(login="news-bob")
    asked(postfix, QueueRequest(verb=Verb.DROP, match=MailMatch(accounts=("shop-alice",))))
    assert (postfix.where(gone), postfix.where(stays)) == ("", "hold")


def test_what_was_put_off_is_due_at_once_when_it_is_tried_again(postfix: Postfix) -> None:
    mail = postfix.put(Queue.DEFERRED)
    path = postfix.directory / "deferred" / mail
    ahead = path.stat().st_mtime + 4000
    os.utime(path, (ahead, ahead))
    asked(postfix, QueueRequest(verb=Verb.RETRY))
    assert path.stat().st_mtime < ahead - 3000


def test_reasons_are_counted_by_receiver_whatever_differs_in_them(postfix: Postfix) -> None:
    ids = [postfix.put(Queue.DEFERRED) for _ in range(3)]
    said = "host mx{0}[192.0.2.{0}] said: 450 4.2.0 <u{0}@a.example> greylisted A1B2C3D4E5F6{0}"
    lines = [put_off(id_, **{f"u{n}@a.example": said.format(n)}) for n, id_ in enumerate(ids)]
    (postfix.directory / "told").write_text("\n".join(lines) + "\n")
    [found] = asked(postfix, QueueRequest(by=Group.REASON)).groups
    assert found.count == 3
    assert found.words[0] == "a.example"
    assert "450 4.2.0" in found.words[1]


def test_a_mail_that_was_put_off_says_why(postfix: Postfix) -> None:
    mail = postfix.put(Queue.DEFERRED)
    (postfix.directory / "told").write_text(put_off(mail, **{"a@b.example": "450 later"}) + "\n")
    [found] = asked(postfix, QueueRequest()).mails
    assert found.reason == "450 later"


def test_a_request_comes_over_whole() -> None:
    match = MailMatch(ids=("4jc4l56r39z0001",), accounts=("a",), since=5, queues=("hold",))
    request = QueueRequest(verb=Verb.DROP, match=match, by=Group.ACCOUNT, most=7, dry=True)
    assert read_request(written_request(request)) == request


def test_a_request_without_a_word_on_it_is_dry() -> None:
    assert read_request('{"verb": "drop", "most": 1}').dry


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "delete"},
        {"match": {"ids": ["ALL"]}},
        {"match": {"ids": ["-x; reboot"]}},
        {"match": {"accounts": "shop-alice"}},
        {"match": {"since": "now"}},
        {"most": "all"},
        {"by": "size"},
    ],
)
def test_a_request_that_is_none_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_request(json.dumps({"verb": "list", "most": 1, **change}))


MAIL = {
    "id": "4jc4l56r39z0001",
    "queue": "hold",
    "held": "operator",
    "login": "a",
    "sender": "",
    "recipients": [],
    "count": 0,
    "size": 0,
    "arrived": 0,
    "launch": None,
    "expire": None,
    "reason": "",
}
TOTAL = {"incoming": 0, "active": 0, "deferred": 0, "hold": 1}
ANSWER: dict[str, Any] = {
    "total": TOTAL,
    "matched": 1,
    "done": 0,
    "left": 0,
    "mails": [MAIL],
    "groups": [],
}


@pytest.mark.parametrize(
    "told",
    [
        "",
        "[]",
        "[" * 100_000,
        *(
            json.dumps({**ANSWER, **change})
            for change in (
                {"total": {}},
                {"matched": -1},
                {"matched": 1 << 60},
                {"mails": {}},
                {"mails": [{**MAIL, "id": "../../etc/passwd"}]},
                {"mails": [{**MAIL, "queue": "corrupt"}]},
                {"mails": [{**MAIL, "launch": 1 << 62}]},
                {"mails": [{**MAIL, "reason": None}]},
                {"groups": [{"words": [1], "count": 1, "oldest": 0}]},
            )
        ),
    ],
)
def test_an_answer_that_is_none_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_answer(told)


@pytest.mark.parametrize("read", [read_answer, read_request])
def test_a_depth_that_is_read_at_one_place_is_not_too_deep_at_another(
    read: Callable[[str], object],
) -> None:
    for depth in range(1, sys.getrecursionlimit() + 100):
        id_ = "[" * depth + "]" * depth
        told = json.dumps({**ANSWER, "verb": None, "mails": [{**MAIL, "id": 0}]})
        told = told.replace('"id": 0', f'"id": {id_}').replace('"verb": null', f'"verb": {id_}')
        with pytest.raises(ValueError, match=r"\w"):
            read(told)


def test_an_answer_of_long_texts_is_cut() -> None:
    mail = {**MAIL, "recipients": ["a" * 1000] * 1000, "login": "b" * 1000}
    groups = [{"words": ["c" * 1000] * 1000, "count": 1, "oldest": 0, "example": "d" * 1000}]
    read = read_answer(json.dumps({**ANSWER, "mails": [mail], "groups": groups}))
    assert len(repr(read)) < 10_000


def test_an_answer_of_a_million_mails_is_cut() -> None:
    told = json.dumps({**ANSWER, "mails": [MAIL] * (MOST + 5)})
    assert len(read_answer(told).mails) == MOST


def test_the_program_on_the_relay_needs_no_other_module(tmp_path: Path) -> None:
    program = tmp_path / "queue.pyz"
    program.write_bytes(files()[0].content)
    subprocess.run([sys.executable, "-I", program, "check"], check=True, timeout=30)


def test_a_list_begins_with_the_oldest_and_tells_all_of_a_mail(postfix: Postfix) -> None:
    times = "launch=2090-01-01T00:00:00Z; expire=2090-01-02T00:00:00Z"
    later, first = postfix.put(times=times), postfix.put()
    path = postfix.directory / Queue.HOLD / later
    path.write_text(path.read_text().replace("Nov 28 09:01:25", "Nov 28 10:01:25"))
    one, two = asked(postfix, QueueRequest()).mails
    assert [one.id, two.id] == [first, later]
    assert (two.launch, two.expire) == (3786912000, 3786998400)
    assert (two.login, two.sender, two.recipients) == (
        "shop-alice",
        "alice@shop.example",
        ("inbox@inbox.example",),
    )
    assert (two.count, two.size, two.reason) == (1, 646, "")


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (Group.ACCOUNT, {("shop-alice",): 2, ("news-bob",): 1}),
        (Group.SENDER, {("alice@shop.example",): 2, ("bob@news.example",): 1}),
        (Group.RECEIVER, {("inbox.example",): 3}),
    ],
)
def test_mails_are_counted_by_what_they_have_in_common(
    postfix: Postfix, by: Group, words: dict[tuple[str, ...], int]
) -> None:
    postfix.put()
    postfix.put(sender="Alice@shop.example")
    postfix.put(login="news-bob", sender="bob@news.example")
    groups = asked(postfix, QueueRequest(by=by)).groups
    assert {each.words: each.count for each in groups} == words


def test_a_request_keeps_every_word_on_its_way() -> None:
    match = MailMatch(
        ids=("4jc4l56r39z0001",),
        accounts=("a",),
        senders=("b",),
        receivers=("c",),
        queues=("hold",),
        since=1,
        until=2,
    )
    request = QueueRequest(verb=Verb.RETRY, match=match, by=Group.SENDER, most=3, dry=True)
    assert read_request(written_request(request)) == request


def test_a_match_of_nothing_is_told_from_one_of_something() -> None:
    assert not MailMatch()
    assert MailMatch(accounts=("a",))
