"""What the timer launches and gives up, and what it leaves alone."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from omi_core.queue import due
from omi_core.queue.answer import answer
from omi_core.queue.index import Held, QueuedMail, opened
from omi_core.queue.postcat import QueueFile
from omi_core.queue.request import MailMatch, QueueRequest, Verb
from omi_core.queue.schedule import read_schedule
from omi_core.queue.spool import Queue, Spooled
from tests.unit.queue.conftest import Postfix

PAST, FUTURE = "launch=2020-01-01T00:00:00Z", "launch=2090-01-01T00:00:00Z"
SAID: list[str] = []
OVER = "expire=2020-01-02T00:00:00Z"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "index.sqlite"


def ask(postfix: Postfix, file: Path, verb: Verb, **match: tuple[str, ...]) -> int:
    with opened(postfix.spool, file) as index:
        return answer(index, QueueRequest(verb=verb, match=MailMatch(**match))).done


def test_a_mail_leaves_when_its_time_has_come_and_no_sooner(postfix: Postfix, file: Path) -> None:
    now, later = postfix.put(times=PAST), postfix.put(times=FUTURE)
    assert due.run(postfix.spool, SAID.append, file)
    assert (postfix.where(now), postfix.where(later)) == ("deferred", "hold")


def test_what_an_operator_holds_stays(postfix: Postfix, file: Path) -> None:
    held = postfix.put()
    assert due.run(postfix.spool, SAID.append, file)
    assert postfix.where(held) == "hold"


def test_what_was_launched_once_and_is_held_by_an_operator_then_stays(
    postfix: Postfix, file: Path
) -> None:
    mail = postfix.put(times=PAST)
    due.run(postfix.spool, SAID.append, file)
    postfix.move(mail, Queue.HOLD)
    due.run(postfix.spool, SAID.append, file)
    assert postfix.where(mail) == "hold"


def test_what_an_operator_launched_early_and_holds_again_stays(
    postfix: Postfix, file: Path
) -> None:
    mail = postfix.put(times=FUTURE)
    due.run(postfix.spool, SAID.append, file)
    postfix.move(mail, Queue.DEFERRED)
    due.run(postfix.spool, SAID.append, file)
    postfix.move(mail, Queue.HOLD)
    with opened(postfix.spool, file) as index:
        index.refresh()
        assert [each.held for each in index.mails()] == ["operator"]


def test_what_was_not_delivered_in_time_is_given_up_wherever_it_waits(
    postfix: Postfix, file: Path
) -> None:
    held = postfix.put(times=f"{FUTURE}; {OVER}")
    put_off = postfix.put(Queue.DEFERRED, times=OVER)
    due.run(postfix.spool, SAID.append, file)
    assert postfix.is_given_up(held)
    assert postfix.is_given_up(put_off)


def test_what_an_operator_holds_is_not_given_up(postfix: Postfix, file: Path) -> None:
    mail = postfix.put(times=OVER)
    due.run(postfix.spool, SAID.append, file)
    assert (postfix.where(mail), postfix.is_given_up(mail)) == ("hold", False)


def test_a_mail_is_given_up_once(postfix: Postfix, file: Path) -> None:
    postfix.put(Queue.DEFERRED, times=OVER)
    for _ in range(3):
        due.run(postfix.spool, SAID.append, file)
    calls = (postfix.directory / "calls").read_text().splitlines()
    assert calls == ["-f -"]


def test_what_could_not_be_launched_is_an_error_and_leaves_with_the_next_run(
    postfix: Postfix, file: Path
) -> None:
    mail = postfix.put(times=PAST)
    postfix.break_postsuper()
    assert not due.run(postfix.spool, SAID.append, file)
    postfix.break_postsuper(is_broken=False)
    assert due.run(postfix.spool, SAID.append, file)
    assert postfix.where(mail) == "deferred"


def test_a_mail_whose_index_is_lost_keeps_its_time(postfix: Postfix, file: Path) -> None:
    now, later = postfix.put(times=PAST), postfix.put(times=FUTURE)
    ask(postfix, file, Verb.LIST)
    shutil.rmtree(file.parent)
    due.run(postfix.spool, SAID.append, file)
    assert (postfix.where(now), postfix.where(later)) == ("deferred", "hold")


def test_an_index_that_is_none_is_made_anew(postfix: Postfix, file: Path) -> None:
    mail = postfix.put(times=PAST)
    file.parent.mkdir()
    file.write_bytes(b"no database" * 1000)
    assert due.run(postfix.spool, SAID.append, file)
    assert postfix.where(mail) == "deferred"


SCHEMA = "UPDATE sqlite_master SET sql = "


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE mail SET recipients = '[\"a'",
        "UPDATE mail SET recipients = '{}'",
        "UPDATE mail SET recipients = '[1]'",
        "UPDATE mail SET domains = NULL",
        "UPDATE mail SET size = 'many'",
        "UPDATE mail SET login = CAST(X'FF' AS TEXT)",
        f"{SCHEMA}CAST(X'FF' AS TEXT)",
        f"{SCHEMA}'', name = CAST(X'FF' AS TEXT)",
        "DROP TABLE mail",
        "CREATE TRIGGER t AFTER INSERT ON mail BEGIN SELECT RAISE(ABORT, 'no'); END",
        "ALTER TABLE mail DROP COLUMN count",
        "ALTER TABLE mail RENAME COLUMN count TO counted",
    ],
)
def test_an_index_with_a_fault_inside_holds_no_mail_back(
    postfix: Postfix, file: Path, damage: str
) -> None:
    mails = {postfix.put(times=FUTURE), postfix.put(times=FUTURE)}
    ask(postfix, file, Verb.LIST)
    whole = [(sql,) for (sql,) in spoiled(file, "SELECT sql FROM sqlite_master")]
    loose = "replace(replace(sql, 'NOT NULL', ''), 'STRICT,', '')"
    spoiled(file, f"{SCHEMA}{loose}")  # so that SQLite takes what a fault of the disk would make
    spoiled(file, damage)
    if damage.startswith("UPDATE mail"):
        spoiled(file, f"{SCHEMA}?", *whole[0])
    due_now = postfix.put(times=PAST)
    assert due.run(postfix.spool, SAID.append, file)
    assert postfix.where(due_now) == "deferred"
    with opened(postfix.spool, file) as index:
        index.refresh()
        assert {each.file.id for each in index.mails()} == {*mails, due_now}
        assert answer(index, QueueRequest(match=MailMatch(receivers=("x",)))).matched == 0


def spoiled(file: Path, statement: str, *values: str) -> list[tuple[str, ...]]:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("PRAGMA writable_schema = ON")
    try:
        found = connection.execute(statement, values).fetchall()
        connection.commit()
        return found
    finally:
        connection.close()


@pytest.mark.parametrize("place", range(0, 100, 3))
def test_an_index_with_a_spoiled_beginning_holds_no_mail_back(
    postfix: Postfix, file: Path, place: int
) -> None:
    postfix.put(times=FUTURE)
    ask(postfix, file, Verb.LIST)
    octets = bytearray(file.read_bytes())
    octets[place] ^= 0xFF
    file.write_bytes(octets)
    mail = postfix.put(times=PAST)
    assert due.run(postfix.spool, SAID.append, file)
    assert postfix.where(mail) == "deferred"
    assert ask(postfix, file, Verb.SUSPEND) == 2


def test_a_disk_that_takes_nothing_keeps_no_mail_back(postfix: Postfix, tmp_path: Path) -> None:
    mail = postfix.put(times=PAST)
    (tmp_path / "file").touch()
    assert due.run(postfix.spool, SAID.append, tmp_path / "file" / "index.sqlite")
    assert postfix.where(mail) == "deferred"


def test_a_broken_queue_file_hides_no_other(postfix: Postfix, file: Path) -> None:
    mails = [postfix.put(times=PAST) for _ in range(3)]
    (postfix.directory / "hold" / "4jc4l56r39z0000").symlink_to("nowhere")
    due.run(postfix.spool, SAID.append, file)
    assert {postfix.where(each) for each in mails} == {"deferred"}


def test_a_suspended_account_sends_nothing_and_what_is_scheduled_waits_on(
    postfix: Postfix, file: Path
) -> None:
    put_off, by_hand = postfix.put(Queue.DEFERRED), postfix.put()
    scheduled, over = postfix.put(times=FUTURE), postfix.put(times=PAST)
    other = postfix.put(Queue.DEFERRED, login="news-bob")
    alices = (put_off, by_hand, scheduled, over)
    assert ask(postfix, file, Verb.SUSPEND, accounts=("shop-alice",)) == 3
    due.run(postfix.spool, SAID.append, file)
    assert {postfix.where(each) for each in alices} == {"hold"}
    assert postfix.where(other) == "deferred"
    assert ask(postfix, file, Verb.RELEASE, accounts=("shop-alice",)) == 1  # the operator's own
    assert ask(postfix, file, Verb.RESUME, accounts=("shop-alice",)) == 3
    assert [postfix.where(each) for each in alices] == ["deferred", "deferred", "hold", "hold"]
    due.run(postfix.spool, SAID.append, file)
    assert [postfix.where(each) for each in (scheduled, over)] == ["hold", "deferred"]


def test_what_an_operator_held_before_a_suspension_is_his_after_it(
    postfix: Postfix, file: Path
) -> None:
    mail = postfix.put()
    ask(postfix, file, Verb.SUSPEND, accounts=("shop-alice",))
    ask(postfix, file, Verb.RESUME, accounts=("shop-alice",))
    assert postfix.where(mail) == "hold"


def test_a_suspension_that_cannot_be_remembered_holds_nothing(postfix: Postfix, file: Path) -> None:
    mail = postfix.put(Queue.DEFERRED)
    with opened(postfix.spool, file) as index:
        index.refresh()
        index._connection.execute("PRAGMA query_only = on")
        with pytest.raises(sqlite3.OperationalError):
            index.suspend([mail])
    assert postfix.where(mail) == "deferred"


def held(times: str) -> QueuedMail:
    place = Spooled(queue=Queue.HOLD, path="")
    file = QueueFile(id="4jc4l56r39z0001", times=read_schedule(times))
    return QueuedMail(file=file, place=place, held=Held.SCHEDULE, waits=True)


def test_a_clock_that_is_set_back_launches_nothing_twice_and_one_set_ahead_nothing_unasked() -> (
    None
):
    mail = held("launch=2026-01-05T09:00:00Z; expire=2026-01-05T10:00:00Z")
    nine = 1767603600
    assert due.due([mail], nine - 86400) == due.Due()
    assert due.due([mail], nine - 1) == due.Due()
    assert due.due([mail], nine) == due.Due(launch=(mail.file.id,))
    assert due.due([mail], nine + 86400) == due.Due(expire=(mail.file.id,))
