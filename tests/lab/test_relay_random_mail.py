"""What a reader sees is what was sent, and every signature holds, whatever the mail is made of.

Two verifiers judge that share no code: rspamd at the receiver, and dkimpy here.
"""

import re
import time
from collections.abc import Iterator, Sequence

import pytest

from lab import mailbox
from lab.site import Site
from tests.lab.relay_client import BOB, RECIPIENT, WRAPPED, Session, side_by_side
from tests.lab.relay_random import RandomMail, random_mails
from tests.lab.relay_run import Control
from tests.lab.relay_verifier import Verifier, as_received

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

COUNT = 2000
AT_A_TIME = 50
PATIENCE_S = 300
SEED = 14

Replies = dict[int, str]
Arrived = dict[int, mailbox.Received]


@pytest.fixture(scope="module")
def mails() -> list[RandomMail]:
    return random_mails(COUNT, BOB.sender, RECIPIENT, SEED)


@pytest.fixture(scope="module")
def replies(control: Control, mails: list[RandomMail]) -> Replies:
    """What the relay said to each mail; the table is what `pytest -rP` shows."""
    parts = [mails[at : at + AT_A_TIME] for at in range(0, len(mails), AT_A_TIME)]
    said: Replies = {}
    for answers in side_by_side(lambda some: list(sent(control.site, some)), parts):
        said |= dict(answers)
    refused = sorted({reply for reply in said.values() if not reply.startswith("250")})
    taken = sum(reply.startswith("250") for reply in said.values())
    lines = "\n".join((f"{len(said)} mails, {taken} taken", *refused))
    print(lines)  # noqa: T201 - what a person wants to read
    return said


def sent(place: Site, some: Sequence[RandomMail]) -> Iterator[tuple[int, str]]:
    with Session(place, "smtp2", WRAPPED) as session:
        session.ready(BOB)
        for one in some:
            assert session.envelope(BOB.sender).code == 250
            stuffed = re.sub(rb"(?m)^\.", b"..", one.octets)
            yield one.number, str(session.data(stuffed))


@pytest.fixture(scope="module")
def arrived(control: Control, mails: list[RandomMail], replies: Replies) -> Arrived:
    taken = {number for number, reply in replies.items() if reply.startswith("250")}
    found: Arrived = {}
    ends = time.monotonic() + PATIENCE_S
    while set(found) != taken and time.monotonic() < ends:
        found = {
            int(number[1]): each
            for each in mailbox.messages(control.site)
            if (number := re.search(rb"^X-Random-Mail: (\d+)", each.octets, re.MULTILINE))
        }
        time.sleep(1)
    assert set(found) == taken
    assert len(mails) == len(replies)
    return found


def test_what_is_not_taken_is_refused_with_a_sentence(replies: Replies) -> None:
    others = [
        each for each in replies.values() if not re.match(r"250 |550 5\.[67]\.\d .{20}", each)
    ]
    assert others == []
    assert sum(each.startswith("250") for each in replies.values()) >= len(replies) * 0.95


def test_both_verifiers_find_every_signature_good(arrived: Arrived) -> None:
    second = Verifier()
    bad = {
        number: (str(each.verdict), each.path.name)
        for number, each in arrived.items()
        if not (each.verdict.is_pass and second.is_pass(each.octets))
    }
    assert bad == {}


def test_a_reader_sees_what_was_sent(mails: list[RandomMail], arrived: Arrived) -> None:
    changed = [
        one.number
        for one in mails
        if one.number in arrived and not one.reads_as(arrived[one.number].octets)
    ]
    assert changed == []


def test_nothing_raw_is_in_a_header(arrived: Arrived) -> None:
    raw = [
        number
        for number, each in arrived.items()
        if not as_received(each.octets).partition(b"\r\n\r\n")[0].isascii()
    ]
    assert raw == []
