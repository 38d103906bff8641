"""Receivers that slow a relay down, a new address's share of a day, and domains known by their MX.

The timer's program is started by hand, and its pauses are made to end, as if minutes had passed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from lab import mailbox
from lab.site import Site
from tests.lab.relay_client import BOB, RECIPIENT, Session
from tests.lab.relay_run import LAB, Control, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

OTHER = "alice@shop.example"  # comes to the lab's receiver too
SHAPED = (
    'receiver("inbox.example"),'
    ' receiver("hosted", domains=("x.example",), mx=("mail.shop.example",)),'
)
SHARE = 3
NAMED = "plaintext_auth=True,"
# What the receiver says to all of its recipients; nothing, and it takes them.
ANSWERS = "sed -i '/^inbox.example/d' {file}; {add} postfix reload; sleep 1"
FILE = "/etc/postfix/recipients"
# All pauses end now: the state says so, and the next run lets go.
END = """import json, pathlib
file = pathlib.Path("/var/lib/omi-shaping/state.json")
told = json.loads(file.read_text())
for one in told["receivers"].values():
    one["until"] = 0
file.write_text(json.dumps(told))
"""


@pytest.fixture(scope="module")
def shaped(control: Control, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Relays that know the lab's receiver as one; smtp2 is new, and has a plan."""
    checkout = control.copy(tmp_path_factory.mktemp("pauses") / "checkout")
    checkout.edit(LAB, "    control_row,\n", "    control_row,\n    receiver,\n    warm_up,\n")
    checkout.edit(LAB, NAMED, f"{NAMED}\n    shaping=({SHAPED}),")
    since = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    plan = f'warm_up=warm_up(since="{since}", mails_per_day=({SHARE},) * 3)'
    smtp2 = '"smtp2.itpison.com", environment=_environment,'
    checkout.edit(LAB, smtp2, f"{smtp2} {plan},")
    checkout.deploy()
    yield control.site
    answer(control.site, "")
    control.deploy()


def answer(site: Site, said: str) -> None:
    add = f"echo 'inbox.example {said}' >> {FILE};" if said else ""
    shell(site, "mx", ANSWERS.format(file=FILE, add=add))


def sent(site: Site, recipient: str = RECIPIENT, relay: str = "smtp") -> str:
    with Session(site, relay) as session:
        reply, token = session.ready(BOB).send(BOB, recipient=recipient)
        assert reply.code == 250, reply
    return token


def judged(site: Site, relay: str = "smtp") -> None:
    """Run what the timer runs."""
    shell(site, relay, "systemctl start omi-queue.service; sleep 1")


def waiting(site: Site, relay: str = "smtp") -> list[str]:
    """Why mails wait, one line each, once nothing is under way."""
    said = 'until ! postqueue -p | grep -qE "^[0-9A-Za-z]+\\*"; do sleep 0.2; done; postqueue -p'
    lines = shell(site, relay, said, patience=30).splitlines()
    return [line.strip() for line in lines if line.strip().startswith("(")]


def offered(site: Site) -> int:
    """How many recipients the receiver has refused."""
    said = shell(site, "mx", "journalctl -o cat -t postfix/smtpd -g 'NOQUEUE: reject: RCPT' || :")
    return len(said.splitlines())


def came(site: Site, tokens: list[str]) -> list[int]:
    """How often each mail arrived."""
    arrived = [each.octets for each in mailbox.messages(site)]
    return [sum(token.encode() in octets for octets in arrived) for token in tokens]


@pytest.fixture
def slowed(shaped: Site) -> Iterator[tuple[Site, list[str]]]:
    """A receiver that has put mails off until it was left alone; and these mails."""
    answer(shaped, "421 4.7.0 later")
    tokens = [sent(shaped) for _ in range(3)]
    assert len(waiting(shaped)) == len(tokens)
    judged(shaped)
    yield shaped, tokens
    answer(shaped, "")


def test_a_receiver_that_slows_the_relay_down_is_left_alone_and_then_gets_each_mail_once(
    slowed: tuple[Site, list[str]],
) -> None:
    site, tokens = slowed
    tries = offered(site)
    tokens += [sent(site) for _ in range(5)]
    shell(site, "smtp", "postqueue -f")
    reasons = waiting(site)
    assert len(reasons) == len(tokens)
    assert all("inbox.example slows this relay down (4" in each for each in reasons)
    # Whatever waits, the receiver is not asked; other mail goes on.
    assert offered(site) == tries
    assert mailbox.wait_for(site, OTHER, sent(site, OTHER)).verdict.is_pass
    answer(site, "")
    shell(site, "smtp", f"python3 - <<'END'\n{END}\nEND")
    judged(site)
    # Postfix sees by itself within ten seconds that the table is another.
    shell(site, "smtp", "postfix reload; sleep 1; postqueue -f; sleep 1")
    assert waiting(site) == []
    assert came(site, tokens) == [1] * len(tokens)


def test_a_new_relay_sends_a_receiver_its_days_share_and_the_rest_waits(shaped: Site) -> None:
    for token in [sent(shaped, relay="smtp2") for _ in range(SHARE)]:
        assert mailbox.wait_for(shaped, RECIPIENT, token).verdict.is_pass
    judged(shaped, "smtp2")
    token = sent(shaped, relay="smtp2")
    [reason] = waiting(shaped, "smtp2")
    assert f"inbox.example has had the {SHARE} mails that this relay, being new, sends" in reason
    assert came(shaped, [token]) == [0]
    # What was counted is known without the file: from the log of the day.
    shell(shaped, "smtp2", "rm /var/lib/omi-shaping/state.json")
    judged(shaped, "smtp2")
    assert "retry:" in shell(shaped, "smtp2", "cat /var/lib/omi-shaping/pauses")
    assert mailbox.wait_for(shaped, OTHER, sent(shaped, OTHER, "smtp2")).verdict.is_pass
    shell(shaped, "smtp2", "postsuper -d ALL")


def test_a_domain_whose_mx_hosts_are_a_receivers_is_its_own(shaped: Site) -> None:
    mailbox.wait_for(shaped, OTHER, sent(shaped, OTHER))
    judged(shaped)
    shell(shaped, "smtp", "postfix reload; sleep 1")  # it looks by itself within ten seconds
    mailbox.wait_for(shaped, OTHER, sent(shaped, OTHER))
    said = shell(shaped, "smtp", "journalctl -o cat -t postfix/to-hosted/smtp")
    assert f"to=<{OTHER}>" in said
