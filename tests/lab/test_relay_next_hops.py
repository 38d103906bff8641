"""Next hops on the lab: the engine of the guide, for one customer and for all, and a smarthost.

The lab's other relay is the smarthost: a Postfix that wants TLS and a login.
"""

import contextlib
import re
import secrets
import time
from collections.abc import Iterator

import pytest

from lab import engine, mailbox, plan
from lab.site import Site
from tests.lab.relay_client import ALICE, BOB, RECIPIENT, Session, plain, program
from tests.lab.relay_guide import PROGRAM_7_2_1, with_values
from tests.lab.relay_run import ACCOUNT, LAB, Control, hashed, shell

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

SHOP = "inventories/lab/customers/shop.toml"
ENGINE = 'engine("engine.lab-dns.example", tls="none", account_header="X-Omi-Account")'
SHAPED = 'receiver("inbox.example", connections=2, rate=60)'
NAMED = "plaintext_auth=True,"
LAUNCH = '\n[launch]\nX-JobName = "Newsletter"\n'
# Python's smtplib sends passwords of ASCII alone.
CAROL = plan.Account(login="shop-carol", password="lab-only Triangle", sender=ALICE.sender)
BINDING = "X-Omi-Next-Hop"
# What a customer must not be able to say, in spellings that lead to the same name, or nearly.
FORGED = """X-Omi-Account: news-bob
x-omi-ACCOUNT: news-bob
X-Omi-Account :
 news-bob
X-Omi-Account:
\tnews-bob
X-Omi-Next-Hop: hop-nowhere-25
x-omi-next-hop: hop-engine.lab-dns.example-25
"""


@pytest.fixture(scope="module")
def hops(control: Control, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Control]:
    """Shop's mail goes to the engine; on smtp2 all other goes through smtp as a smarthost."""
    checkout = control.copy(tmp_path_factory.mktemp("hops") / "checkout")
    checkout.edit(
        LAB, "    control_row,\n", "    control_row,\n    engine,\n    receiver,\n    smarthost,\n"
    )
    named = f'{NAMED}\n    next_hops={{"bulk": {ENGINE}}}, shaping=({SHAPED},),'
    checkout.edit(LAB, NAMED, named)
    checkout.edit(SHOP, "\n[[account]]", f'next_hop = "bulk"\n{LAUNCH}\n[[account]]')
    account = {"login": CAROL.login, "hash": hashed(CAROL.password)}
    checkout.append(SHOP, ACCOUNT.format(**account, senders=f'"{CAROL.sender}"'))
    checkout.edit(
        LAB,
        '"smtp2.itpison.com", environment=_environment,',
        '"smtp2.itpison.com", environment=_environment, next_hop=smarthost("smtp.itpison.com",'
        ' 465, ca_file=".lab/ca/root.pem", username="news-bob",'
        ' password_file=".lab/passwords/news-bob"),',
    )
    engine.start(control.site)
    masters = {name: master(control.site, name) for name in ("smtp", "smtp2")}
    checkout.deploy()
    assert {name: master(control.site, name) for name in masters} == masters  # reloads only
    yield checkout
    engine.stop(control.site)
    control.deploy()


@pytest.fixture
def answering(hops: Control) -> Iterator[Site]:
    """The engine, as it is unless a test says otherwise; afterwards again."""
    yield hops.site
    engine.start(hops.site)


def master(site: Site, host: str) -> str:
    """Since when Postfix's and rspamd's first processes live."""
    return shell(
        site,
        host,
        "for p in $(cat /var/spool/postfix/pid/master.pid)"
        " $(systemctl show -P MainPID rspamd omi-policy); do stat -c %Y /proc/$p; done",
    )


def sent(
    site: Site,
    headers: str = "",
    *,
    account: plan.Account = ALICE,
    relay: str = "smtp",
    recipient: str = RECIPIENT,
) -> str:
    with Session(site, relay) as session:
        reply, token = session.ready(account).send(account, headers=headers, recipient=recipient)
        assert reply.code == 250, reply
    return token


def flush(site: Site, host: str = "smtp") -> None:
    """Try all of the queue now, as if an hour had passed."""
    shell(site, host, "postqueue -f")


def log_of(site: Site, token: str, host: str = "smtp") -> str:
    """What Postfix said of the mail with that Message-ID."""
    number = f"$(journalctl -t postfix/cleanup -g 'message-id=<{token}' -o cat | tail -1)"
    return shell(
        site, host, f'line={number}; journalctl -t postfix/smtp -o cat -g "${{line%%:*}}" || :'
    )


def deferred(site: Site, token: str, host: str = "smtp") -> str:
    """What Postfix said of the mail, once it has put it off."""
    for _ in range(50):
        if "status=" in (said := log_of(site, token, host)):
            break
        time.sleep(0.2)
    assert "status=deferred" in said
    return said


@contextlib.contextmanager
def behaving(site: Site, mode: str) -> Iterator[None]:
    engine.behave(site, mode)
    yield
    engine.behave(site, "")


# Section 4.2.1 of the customers' guide, with the client's address, and numbers that differ.
DIALOGUE = r"""220 newermail\.com Mail Service, NewerMail 5\.9\.0\.1 ready at .+
250-newermail\.com Hello \[198\.18\.0\.6\]
250-AUTH LOGIN PLAIN
250-HELP
250 OK
530 5\.7\.0 .+
235 Authentication successful\.
250 2\.1\.0 bob@news\.example\.\.\.\.Sender OK
250 2\.1\.5 inbox@inbox\.example
354 Start mail input; end with <CRLF>\.<CRLF>
250 LaunchID=[1-9][0-9]{7}
221 .+
"""
# Says what it is given, and hears all until the other side ends the session.
TALK = """import socket, sys
spoken = socket.create_connection((sys.argv[1], 25), 30)
spoken.sendall(sys.stdin.buffer.read())
for piece in iter(lambda: spoken.recv(4096), b""):
    sys.stdout.buffer.write(piece)
"""


def test_the_labs_engine_speaks_as_the_guide_shows(answering: Site) -> None:
    sender, login = "MAIL FROM:<bob@news.example>", plain(BOB.login, BOB.password)
    said = ("EHLO x", sender, f"AUTH PLAIN {login}", sender, f"RCPT TO:<{RECIPIENT}>", "DATA",
            "Subject: x", "", "x", ".", "QUIT")  # fmt: skip
    lines = "".join(f"{line}\r\n" for line in said)
    words = ["python3", "-c", TALK, plan.ipv4(plan.ENGINE)]
    heard = program(answering, words, stdin=lines).replace("\r\n", "\n")
    assert re.fullmatch(DIALOGUE, heard), heard


EXAMPLES = ("X-LinkOption: 64", "X-LinkOption: 128", "X-LinkOption: 192", "X-ListOption: 1",
            "X-ListOption: 2", "X-ListOption: 65536")  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_guides_examples_arrive_at_the_engine_with_the_accounts_defaults_and_login(
    answering: Site, example: str
) -> None:
    launch = engine.wait_for(answering, sent(answering, example))
    name, _, value = example.partition(": ")
    assert launch.message.get_all(name) == [value]
    assert launch.message.get_all("X-JobName") == ["Newsletter"]
    assert launch.message.get_all("X-Omi-Account") == [ALICE.login]
    assert (launch.sender, launch.recipients) == (ALICE.sender, (RECIPIENT,))
    assert launch.message["DKIM-Signature"] is None
    assert launch.message[BINDING] is None


def test_the_guides_program_arrives_at_the_engine(answering: Site) -> None:
    token = secrets.token_hex(8)
    text = with_values(
        PROGRAM_7_2_1, smtp_username=CAROL.login, smtp_password=CAROL.password,
        from_email=CAROL.sender, to_email=RECIPIENT, subject=token,
    )  # fmt: skip
    assert "Message has been sent" in program(answering, ["python3", "-c", text])
    assert engine.wait_for(answering, token).message.get_all("X-LinkOption") == ["64"]


def test_another_customers_mail_goes_to_its_receiver_signed_and_without_control_headers(
    answering: Site,
) -> None:
    token = sent(answering, f"X-LinkOption: 64\nX-JobName: x\n{FORGED}", account=BOB)
    received = mailbox.wait_for(answering, RECIPIENT, token)
    assert received.verdict.is_pass
    names = {name.lower() for name in dict(received.message)}
    assert not [name for name in names if name.startswith(("x-omi", "x-link", "x-job"))]


def test_the_account_cannot_be_forged_nor_can_the_way(answering: Site) -> None:
    launch = engine.wait_for(answering, sent(answering, FORGED))
    assert launch.message.get_all("X-Omi-Account") == [ALICE.login]
    header = launch.octets.partition(b"\r\n\r\n")[0].lower()
    assert b"news-bob" not in header
    assert header.count(b"x-omi-account") == 1
    assert BINDING.lower().encode() not in header


def test_a_line_that_is_no_header_ends_the_header_and_forges_nothing(answering: Site) -> None:
    launch = engine.wait_for(answering, sent(answering, f"no header at all\n{FORGED}"))
    assert launch.message.get_all("X-Omi-Account") == [ALICE.login]
    assert launch.message.get_all(BINDING) is None


def test_a_mail_with_the_null_sender_goes_where_the_accounts_mail_goes(answering: Site) -> None:
    token = secrets.token_hex(8)
    with Session(answering, "smtp") as session:
        session.ready(ALICE).envelope("")
        reply = session.data(f"From: <{ALICE.sender}>\r\nSubject: {token}\r\n\r\nx".encode())
        assert reply.code == 250, reply
    launch = engine.wait_for(answering, token)
    assert (launch.sender, launch.message["X-Omi-Account"]) == ("", ALICE.login)


def test_the_engines_launch_id_is_in_the_relays_log(answering: Site) -> None:
    token = sent(answering)
    number = engine.wait_for(answering, token).number
    assert f"status=sent (250 LaunchID={number})" in log_of(answering, token)


def test_while_the_engine_is_down_mail_waits_and_then_arrives_once(answering: Site) -> None:
    engine.stop(answering)
    tokens = [sent(answering, f"X-RefNumber: {number}") for number in range(5)]
    for _ in range(2):
        flush(answering)
    # Meanwhile other mail goes on.
    assert mailbox.wait_for(answering, RECIPIENT, sent(answering, account=BOB)).verdict.is_pass
    assert engine.launches(answering, tokens[0]) == []
    engine.start(answering)
    for _ in range(3):
        flush(answering)
    for token in tokens:
        engine.wait_for(answering, token)
    shell(
        answering,
        "smtp",
        "for n in $(seq 50); do mailq | grep -q alice || exit 0; sleep 0.2; done; exit 1",
    )
    assert [len(engine.launches(answering, token)) for token in tokens] == [1] * 5


def test_a_slow_engine_gets_each_mail_once(answering: Site) -> None:
    with behaving(answering, "slow 0.4"):
        token = sent(answering)
        assert engine.wait_for(answering, token)
    flush(answering)
    assert len(engine.launches(answering, token)) == 1


def test_what_the_engine_puts_off_waits_for_it(answering: Site) -> None:
    with behaving(answering, "451 4.7.1 later"):
        token = sent(answering)
        assert "451 4.7.1 later" in deferred(answering, token)
    assert engine.launches(answering, token) == []
    flush(answering)
    assert engine.wait_for(answering, token)


def test_what_the_engine_refuses_comes_back_to_the_sender_signed(answering: Site) -> None:
    with behaving(answering, "550 5.7.1 not this one"):
        token = sent(answering)
        bounce = mailbox.wait_for(answering, ALICE.sender, token)
    assert b"550 5.7.1 not this one" in bounce.octets
    assert bounce.verdict.is_pass


def test_a_receiver_with_limits_has_a_service_of_its_own_that_keeps_them(answering: Site) -> None:
    tokens = [sent(answering, account=BOB) for _ in range(3)]
    for token in tokens:
        assert mailbox.wait_for(answering, RECIPIENT, token).verdict.is_pass
    said = shell(answering, "smtp", "journalctl -o short -t postfix/to-inbox.example/smtp -g sent")
    assert len(said.splitlines()) >= len(tokens)
    kept = "postconf -h to-inbox.example_transport_rate_delay; postconf -M to-inbox.example/unix"
    delay, service = shell(answering, "smtp", kept).splitlines()[:2]
    assert (delay, service.split()[6:8]) == ("1s", ["2", "smtp"])


def test_a_smarthost_gets_signed_mail_over_verified_tls_with_a_login(answering: Site) -> None:
    token = sent(answering, "X-LinkOption: 64", account=BOB, relay="smtp2")
    received = mailbox.wait_for(answering, RECIPIENT, token)
    assert received.verdict.is_pass
    assert "X-LinkOption" not in received.message
    came = " ".join(str(each) for each in received.message.get_all("Received", []))
    assert "from smtp2.itpison.com" in came
    assert "ESMTPSA" in came
    # The customer's own next hop counts before the relay's.
    assert engine.wait_for(answering, sent(answering, relay="smtp2"))


def test_a_smarthosts_password_is_roots_alone_and_in_no_log(answering: Site) -> None:
    path = "/etc/postfix/next_hop_passwords"
    assert shell(answering, "smtp2", f"stat -c '%a %U' {path}").split() == ["600", "root"]
    said = shell(answering, "smtp2", "journalctl -o cat; cat /etc/postfix/*.cf")
    assert BOB.password not in said


def test_a_smarthost_whose_certificate_nobody_vouches_for_gets_no_mail(answering: Site) -> None:
    authorities = "/etc/postfix/hop-smtp.itpison.com-465.pem"
    kept = f"cp {authorities} /root/kept.pem"
    shell(
        answering,
        "smtp2",
        f"{kept}; cp /etc/ssl/certs/ca-certificates.crt {authorities}; postfix reload",
    )
    token = sent(answering, account=BOB, relay="smtp2")
    assert "Server certificate not" in deferred(answering, token, "smtp2")
    shell(answering, "smtp2", f"cp /root/kept.pem {authorities}; postfix reload")
    flush(answering, "smtp2")
    assert mailbox.wait_for(answering, RECIPIENT, token).verdict.is_pass


def test_a_relay_whose_parts_disagree_about_a_next_hop_puts_the_mail_off(
    answering: Site,
) -> None:
    """As for seconds of a deploy, or after one that broke off: unsigned, it must not go on."""
    table = "/etc/postfix/next_hops"
    forget = f"cp {table} /root/kept; sed -i 's/hop-engine/hop-another/' {table}; postfix reload"
    shell(answering, "smtp", forget)
    with Session(answering, "smtp") as session:
        reply, token = session.ready(ALICE).send(ALICE)
    shell(answering, "smtp", f"cp /root/kept {table}; postfix reload")
    assert str(reply).startswith("451 4.3.5")
    assert engine.launches(answering, token) == []


def test_an_environment_goes_to_the_engine_and_what_waits_stays_with_it(hops: Control) -> None:
    """Bounces and all customers; and what was taken for it, unsigned, is never sent elsewhere."""
    site = hops.site
    engine.stop(site)
    waiting = sent(site)
    hops.edit(LAB, 'next_hops={"bulk": ', "next_hop=engine_, next_hops={'bulk': ")
    hops.edit(LAB, "_environment = ", f"engine_ = {ENGINE}\n_environment = ")
    hops.edit(SHOP, 'next_hop = "bulk"', 'next_hop = "direct"')
    hops.deploy()
    engine.start(site)
    assert mailbox.wait_for(site, RECIPIENT, sent(site)).verdict.is_pass  # now direct
    flush(site)
    assert engine.wait_for(site, waiting).message["X-Omi-Account"] == ALICE.login
    launch = engine.wait_for(site, sent(site, account=BOB))
    assert launch.message["X-Omi-Account"] == BOB.login
    assert not [each for each in mailbox.messages(site) if waiting.encode() in each.octets]
    # What the relay itself says goes there as well, signed by the operator, and without a login.
    bounced = sent(site, recipient="refuse@inbox.example")
    cron = secrets.token_hex(8)
    mail = f"X-Omi-Account: news-bob\nSubject: {cron}\n\nA notice."
    shell(site, "smtp", f"sendmail operator@inbox.example <<'END'\n{mail}\nEND")
    for token, sender in ((bounced, ""), (cron, "root@smtp.itpison.com")):
        notice = engine.wait_for(site, token)
        assert notice.sender == sender
        assert "X-Omi-Account" not in notice.message
        assert "d=itpison.com" in str(notice.message["DKIM-Signature"])
