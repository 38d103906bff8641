"""Nobody speaks for another: login, envelope, From header and its form, each with each."""

import re
import secrets
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest

from lab import mailbox, plan
from lab.site import Site
from tests.lab.relay_client import ALICE, BOB, RECIPIENT, RELAYS, Reply, Session, side_by_side
from tests.lab.relay_impersonation import ALONE, Attempt, attempts, b_word, parts, send
from tests.lab.relay_run import Control, Inventory, hashed, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

Answers = list[tuple[Attempt, Reply]]


@pytest.fixture(scope="module")
def answers(control: Control) -> Answers:
    """What the relay said to every attempt; a table that `pytest -rP` shows."""
    sent = side_by_side(lambda some: send(control.site, "smtp2", some), parts(attempts()))
    found = [answer for some in sent for answer in some]
    table = "\n".join(f"{attempt} -> {reply}" for attempt, reply in found)
    print(f"{len(found)} attempts\n{table}")  # noqa: T201 - what a person wants to read
    return found


def test_no_account_speaks_for_another_whatever_envelope_header_and_form(answers: Answers) -> None:
    forbidden = [(attempt, reply) for attempt, reply in answers if not attempt.is_allowed]
    assert len(forbidden) >= 60
    taken = [f"{attempt}: {reply}" for attempt, reply in forbidden if reply.code // 100 != 5]
    assert taken == []


def test_what_was_refused_did_not_leave(control: Control, answers: Answers) -> None:
    tokens = {attempt.token for attempt, reply in answers if reply.code != 250}
    arrived = {str(received.message["Subject"]) for received in mailbox.messages(control.site)}
    assert tokens & arrived == set()


def test_every_account_speaks_for_itself_in_each_of_these_forms(
    control: Control, answers: Answers
) -> None:
    """With the null sender too; otherwise the refusals would show nothing."""
    own = [(attempt, reply) for attempt, reply in answers if attempt.is_allowed]
    assert len(own) == 4 * len(ALONE)
    assert [f"{attempt}: {reply}" for attempt, reply in own if reply.code != 250] == []
    seen = {str(attempt): as_seen(control.site, attempt) for attempt, _ in own}
    assert seen == {
        str(attempt): (attempt.login.sender, attempt.login.sender.partition("@")[2], "pass")
        for attempt, _ in own
    }


def as_seen(place: Site, attempt: Attempt) -> tuple[str, str, str]:
    """The author that a reader's program shows, d= of the signature, and what became of it."""
    received = mailbox.wait_for(place, RECIPIENT, attempt.token)
    message = message_from_bytes(received.octets)
    (author,) = message.get_all("From")
    authors = getaddresses([str(make_header(decode_header(author)))])
    # RFC 5321 4.1.2: quotes around what needs none change nothing
    (address,) = {address.lower().replace('"', "") for _, address in authors}
    (signature,) = message.get_all("DKIM-Signature")
    domain = re.search(r"\bd=([^;]+);", signature)
    assert domain
    return address, domain[1], received.verdict.dkim


def test_a_refusal_names_the_header_and_what_was_read(control: Control) -> None:
    with Session(control.site, "smtp") as session:
        session.ready(BOB)
        assert session.envelope(BOB.sender).code == 250
        mail = f"From: Boss <{ALICE.sender}>\r\nSubject: x\r\n\r\nx".encode()
        assert str(session.data(mail)) == (
            f"550 5.7.1 the From header holds {ALICE.sender}, and account {BOB.login} may use"
            " anything@news.example: write one of these"
        )


CUSTOMER = """name = "Zhongwen"
domains = ["中文.example"]

[[account]]
login = "zhong"
password_hash = "{hash}"
senders = ["ming@中文.example"]
"""
ZHONG = plan.Account(login="zhong", password=ALICE.password, sender="ming@xn--fiq228c.example")


@pytest.fixture(scope="module")
def more_accounts(
    control: Control, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, object]]:
    """Two more accounts, deployed while a session was open; how it went on, and the signer."""
    inventory = Inventory(tmp_path_factory.mktemp("more"))
    file = inventory.write(control)
    inventory.add_account("shop.toml", "shop-carol", ALICE.password, "carol@shop.example")
    text = CUSTOMER.format(hash=hashed(ALICE.password))
    (inventory.customers / "zhong.toml").write_text(text, encoding="utf-8")
    before = workers(control.site)
    with Session(control.site, "smtp2") as held:
        held.ready()
        control.deploy(inventory=file)
        code = held.send()[0].code
    yield {"held": code, "before": before, "after": workers(control.site)}
    control.deploy()
    for relay in RELAYS:  # a departed domain's key stays until an operator removes it
        shell(control.site, relay, "rm /etc/omi/dkim/xn--fiq228c.example.*")


@pytest.mark.usefixtures("more_accounts")
def test_a_new_account_sends_at_once_and_only_as_itself(control: Control) -> None:
    carol = plan.Account(login="shop-carol", password=ALICE.password, sender="carol@shop.example")
    with Session(control.site, "smtp2") as session:
        session.ready(carol)
        assert session.send(carol)[0].code == 250
        assert session.envelope("").code == 250
        assert session.data(f"From: <{ALICE.sender}>\r\n\r\nx".encode()).code == 550


def test_a_new_account_does_not_reload_the_signer(more_accounts: dict[str, object]) -> None:
    """Sessions that are open go on; on Debian 12 a reload would leave them unsigned, with 451."""
    assert more_accounts["held"] == 250
    assert more_accounts["after"] == more_accounts["before"]


@pytest.mark.usefixtures("more_accounts")
@pytest.mark.parametrize(
    ("author", "arrives"),
    [
        ("ming@xn--fiq228c.example", "ming@xn--fiq228c.example"),
        ("小明 <ming@中文.example>", "ming@xn--fiq228c.example"),
        (b_word("小明 <ming@中文.example>"), "ming@xn--fiq228c.example"),
    ],
)
def test_a_domain_in_its_own_script_is_signed_for_by_its_a_labels(
    control: Control, author: str, arrives: str
) -> None:
    token = secrets.token_hex(8)
    mail = f"From: {author}\r\nTo: <{RECIPIENT}>\r\nSubject: {token}\r\n\r\nx"
    with Session(control.site, "smtp2") as session:
        session.ready(ZHONG)
        assert session.envelope(ZHONG.sender).code == 250
        assert session.data(mail.encode()).code == 250
    message = message_from_bytes(mailbox.wait_for(control.site, RECIPIENT, token).octets)
    assert [address for _, address in getaddresses(message.get_all("From"))] == [arrives]
    assert " d=xn--fiq228c.example;" in message["DKIM-Signature"]


def workers(place: Site) -> set[str]:
    """The processes that sign."""
    return set(shell(place, "smtp2", "pgrep -f '[r]spamd: '").split())
