"""Control headers at SMTP time: the relay says what `omi message check` says, and hides them."""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from lab import mailbox
from lab.site import Site
from omi_core.findings.finding import Finding, Severity
from omi_core.message import CONTROL_HEADERS, check_message, platform_zone
from tests.control_corpus import ControlCase, Lines, cases, random_headers
from tests.lab.relay_client import ALICE, BOB, RECIPIENT, WRAPPED, Reply, Session, side_by_side
from tests.lab.relay_run import Control

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.timeout(1200)]

NOW = datetime.now(UTC)
CASES = list(cases(NOW))
AT_A_TIME = 50
SEED = 15
DOCS = "https://docs.itpison.com/"
# The guide, 7.2: the one with 192 stands there twice.
EXAMPLES = (
    ("X-LinkOption", "64"),
    ("X-LinkOption", "128"),
    ("X-LinkOption", "192"),
    ("X-LinkOption", "192"),
    ("X-ListOption", "1"),
    ("X-ListOption", "2"),
    ("X-ListOption", "65536"),
)
NAMES = re.compile(
    rb"^(%s)[ \t]*:" % b"|".join(each.name.encode() for each in CONTROL_HEADERS),
    re.IGNORECASE | re.MULTILINE,
)


def message(lines: Lines, token: str = "control") -> bytes:
    """A small complete mail; dots are not stuffed, because no line begins with one."""
    head = (
        b"From: <bob@news.example>",
        b"To: <inbox@inbox.example>",
        b"Subject: " + token.encode(),
        b"Message-ID: <" + token.encode() + b"@news.example>",
        b"Date: Sat, 28 Nov 2026 08:00:00 +0000",
    )
    return b"\r\n".join([*head, *lines, b"", b"X-LinkOption: 1 is said in the body alone."])


@pytest.fixture(scope="module")
def replies(control: Control) -> dict[str, Reply]:
    """What the relay says to each case, in one session."""
    with Session(control.site, "smtp2", WRAPPED) as session:
        session.ready(BOB)
        return {str(case): asked(session, message(case.lines)) for case in CASES}


def asked(session: Session, octets: bytes) -> Reply:
    assert session.envelope(BOB.sender).code == 250
    return session.data(octets)


def found(octets: bytes) -> tuple[Finding, ...]:
    return check_message(octets, zone=platform_zone(), now=datetime.now(UTC)).findings


def errors(octets: bytes) -> set[str]:
    return {each.id for each in found(octets) if each.severity is Severity.ERROR}


def refused_for(reply: Reply) -> set[str]:
    """The ids that the links of a refusal end with; nothing where the mail was taken."""
    return {line.rpartition("#")[2] for line in reply.lines} if reply.code == 550 else set()


@pytest.mark.lab
@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_finding_is_answered_as_the_offline_check_judges_it(
    replies: dict[str, Reply], case: ControlCase
) -> None:
    reply = replies[str(case)]
    assert refused_for(reply) == errors(message(case.lines))
    assert reply.code == (550 if errors(message(case.lines)) else 250)


@pytest.mark.lab
def test_a_refusal_names_header_value_remedy_and_page(replies: dict[str, Reply]) -> None:
    [reply] = [replies[str(each)] for each in CASES if each.lines == (b"X-LinkOption: 32832",)]
    [line] = reply.lines
    assert line == (
        "5.6.0 X-LinkOption: the guide does not define 32768 (32768 set in 32832); "
        f"write 64, or correct the number. {DOCS}reference/options#option-undefined-bit"
    )


@pytest.mark.lab
@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("X-LaunchClass: 2", "messages of this account may not set the header"),
        ("X-LaunchOption: 5", "messages of this account may not set RemoveFilesAfterComplete"),
    ],
)
def test_what_an_account_may_not_set_is_refused_by_name(
    control: Control, header: str, told: str
) -> None:
    with Session(control.site, "smtp", WRAPPED) as session:
        reply, _ = session.ready(ALICE).send(ALICE, headers=header)
    assert reply.code == 550
    assert told in str(reply)


@pytest.mark.lab
def test_the_guides_examples_are_taken_and_no_recipient_sees_them(control: Control) -> None:
    for at, (name, value) in enumerate(EXAMPLES):
        with Session(control.site, "smtp", WRAPPED) as session:
            session.ready(BOB)
            line = f"{name}: {value}".encode()
            assert asked(session, message((line,), f"example-{at}")).code == 250
        arrived = mailbox.wait_for(control.site, RECIPIENT, f"example-{at}")
        assert arrived.verdict.is_pass
        assert not NAMES.search(arrived.octets.partition(b"\n\n")[0])
        assert b"X-LinkOption: 1 is said in the body" in arrived.octets


@pytest.mark.lab
@pytest.mark.parametrize(
    "lines",
    [
        (b"X-LinkOption: 192",) * 5000,
        (b"X-LinkOption: 192", b"x-linkOption: 64") * 5000,
        (b"X-JobName: " + b"a" * 900 + b"\r\n b" * 300_000,),
    ],
    ids=["the same 5,000 times", "10,000 that differ", "1 MB"],
)
def test_a_flood_of_control_headers_is_refused_for_good(control: Control, lines: Lines) -> None:
    with Session(control.site, "smtp", WRAPPED) as session:
        reply = asked(session.ready(BOB), message(lines))
    assert reply.code == 550
    assert len(reply.lines) <= 11
    assert all(line.startswith("5.6.0 ") for line in reply.lines)


def disagreements(place: Site, count: int) -> Iterator[tuple[Lines, set[str], Reply]]:
    """Send so many messages and yield those that the offline check judges otherwise."""
    made = list(random_headers(count, NOW, SEED))
    parts = [made[at : at + AT_A_TIME] for at in range(0, count, AT_A_TIME)]
    for answers in side_by_side(lambda some: conversed(place, some), parts):
        for lines, reply in answers:
            expected = errors(message(lines))
            if refused_for(reply) != expected or reply.code != (550 if expected else 250):
                yield lines, expected, reply


def conversed(place: Site, some: Sequence[Lines]) -> list[tuple[Lines, Reply]]:
    with Session(place, "smtp2", WRAPPED) as session:
        session.ready(BOB)
        return [(lines, asked(session, message(lines))) for lines in some]


@pytest.mark.lab
def test_the_offline_check_and_the_relay_never_disagree(control: Control) -> None:
    assert list(disagreements(control.site, 1000)) == []


@pytest.mark.soak
def test_they_do_not_disagree_in_ten_thousand_messages(control: Control) -> None:
    assert list(disagreements(control.site, 10_000)) == []


@pytest.mark.lab
def test_the_command_judges_the_same_octets_as_the_relay(
    replies: dict[str, Reply], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Some of the cases through `omi message check` itself, by its exit code."""
    directory = tmp_path_factory.mktemp("messages")
    for at, case in enumerate(CASES[::6]):
        path = directory / f"{at}.eml"
        path.write_bytes(message(case.lines))
        words = [sys.executable, "-m", "omi_core.cli", "message", "check", str(path)]
        ended = subprocess.run(words, capture_output=True, check=False)
        assert ended.returncode == (1 if replies[str(case)].code == 550 else 0), case
