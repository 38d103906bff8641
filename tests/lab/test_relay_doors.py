"""What the relay refuses, tried from the client host."""

import base64
import secrets
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from lab import hosts, mailbox, plan
from lab.site import Site
from tests.lab.relay_client import (
    ALICE,
    BOB,
    DOORS,
    OPTIONAL,
    PLAIN,
    RECIPIENT,
    RELAYS,
    SUBMISSION,
    WRAPPED,
    Door,
    Session,
    deliver,
    mail,
    side_by_side,
)
from tests.lab.relay_run import Control, Inventory

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

SENDERS = (
    "stranger@elsewhere.example",
    ALICE.sender,  # a customer's own address, which SPF lets pass
    "",
    "postmaster@smtp.itpison.com",
    "root",
)
RECIPIENTS = (
    "<victim@inbox.example>",
    "<victim%inbox.example@smtp.itpison.com>",
    "<victim%inbox.example>",
    "<inbox.example!victim>",
    "<inbox.example!victim@smtp.itpison.com>",
    '<"victim@inbox.example">',
    '<"victim@inbox.example"@smtp.itpison.com>',
    "<@smtp.itpison.com:victim@inbox.example>",
    "<@smtp2.itpison.com,@smtp.itpison.com:victim@inbox.example>",
    "<victim@inbox.example@smtp.itpison.com>",
    "<victim@[198.18.0.5]>",
    "<victim@[IPv6:2001:db8:18::5]>",
    "<victim%inbox.example@[198.18.0.11]>",
    "<victim%inbox.example@localhost>",
    "<alice@shop.example>",
)


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_nothing_is_relayed_without_auth(control: Control, door: Door) -> None:
    """Every form that has ever opened a relay: each recipient is refused for good."""

    def tried(session: tuple[str, int, str, tuple[str, ...]]) -> list[str]:
        relay, family, sender, recipients = session
        return list(opened(Session(control.site, relay, door, family), sender, recipients))

    # smtpd answers slowly after ten errors in a session.
    parts = (RECIPIENTS[:8], RECIPIENTS[8:])
    ways = product((("smtp", 4), ("smtp2", 6)), SENDERS, parts)
    taken = side_by_side(tried, [(*way, sender, part) for way, sender, part in ways])
    assert [each for some in taken for each in some] == []


def opened(session: Session, sender: str, recipients: tuple[str, ...]) -> Iterator[str]:
    with session:
        session.hello()
        for recipient in recipients:
            session.ask("RSET")
            first = session.ask(f"MAIL FROM:<{sender}>")
            reply = session.ask(f"RCPT TO:{recipient}") if first.code == 250 else first
            if not 500 <= reply.code < 600:
                yield f"{sender} -> {recipient}: {reply}"


@pytest.mark.parametrize("door", [WRAPPED, SUBMISSION], ids=str)
def test_a_door_for_customers_asks_for_auth(control: Control, door: Door) -> None:
    with Session(control.site, "smtp", door) as session:
        session.hello()
        reply = session.envelope(ALICE.sender)
        assert reply.code == 530
        assert reply.lines[0].endswith("Authentication required")


def test_a_stranger_cannot_find_out_which_addresses_are_customers(control: Control) -> None:
    """Senders, recipients, commands that ask: the answers are the same for all."""
    customers = (ALICE.sender, BOB.sender, "orders@shop.example")
    others = ("nobody@shop.example", "stranger@elsewhere.example", "victim@inbox.example")

    def told(sender: str, recipient: str) -> list[str]:
        mail = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA", "RSET")
        asking = (f"{command} {sender}" for command in ("VRFY", "EXPN", "ETRN"))
        with Session(control.site, "smtp", PLAIN) as session:
            session.hello()
            said = [str(session.ask(line)) for line in (*mail, *asking)]
        return [line.replace(recipient, "RECIPIENT") for line in said]

    every = (*customers, *others)
    pairs = list(product(every, every))
    answers = {tuple(each) for each in side_by_side(lambda pair: told(*pair), pairs)}
    assert len(answers) == 1
    assert [line[:3] for line in answers.pop()] == ["250", "554", "554", "250", "502", "500", "501"]


def test_a_stranger_cannot_find_out_which_logins_exist(control: Control) -> None:
    def told(login: str) -> str:
        account = plan.Account(login=login, password="wrong", sender="")
        with Session(control.site, "smtp", PLAIN) as session:
            session.hello()
            return str(session.login(account))

    assert len(set(side_by_side(told, (ALICE.login, BOB.login, "nobody", "root")))) == 1


def test_a_stranger_writes_to_nobody_of_the_relay_itself(control: Control) -> None:
    """Mail to the operator's mailbox of the host is no relaying, and still needs a login."""
    for sender in SENDERS:
        with Session(control.site, "smtp", PLAIN) as session:
            session.hello()
            assert session.envelope(sender, "root@smtp.itpison.com").code == 554


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_a_wrong_password_is_535(control: Control, door: Door) -> None:
    wrong = ("", ALICE.password + " ", BOB.password)
    assert side_by_side(lambda each: refused(control, door, ALICE.login, each), wrong) == [535] * 3


def test_whoever_shares_an_address_with_somebody_who_guesses_gets_in(control: Control) -> None:
    """An office behind one address, where a printer has an old password."""
    guesses = [f"old password {number}" for number in range(8)]
    codes = side_by_side(lambda each: refused(control, SUBMISSION, BOB.login, each), guesses)
    assert codes == [535] * 8
    with Session(control.site, "smtp") as session:
        session.hello()
        assert session.login(ALICE).code == 235


def test_an_unknown_login_is_535(control: Control) -> None:
    logins = ("nobody", "root", "postfix", "shop-alice@shop.example", "shop-alice:x")
    codes = side_by_side(lambda login: refused(control, SUBMISSION, login, ALICE.password), logins)
    assert codes == [535] * 5


def refused(control: Control, door: Door, login: str, password: str) -> int:
    account = plan.Account(login=login, password=password, sender=ALICE.sender)
    with Session(control.site, "smtp", door) as session:
        session.hello()
        code = session.login(account).code
        assert session.envelope(ALICE.sender, "victim@inbox.example").code in {530, 553, 554}
        return code


def test_a_mechanism_that_is_not_offered_is_refused(control: Control) -> None:
    with Session(control.site, "smtp") as session:
        session.hello()
        for mechanism in ("CRAM-MD5", "NTLM", "ANONYMOUS", "EXTERNAL", "XOAUTH2"):
            reply = session.ask(f"AUTH {mechanism} {base64.b64encode(b'x').decode()}")
            assert reply.code >= 500


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_a_foreign_sender_is_553(control: Control, door: Door) -> None:
    foreign = (
        BOB.sender,
        "bob@shop.example",
        "alice@sub.shop.example",
        "stranger@elsewhere.example",
        "postmaster@smtp.itpison.com",
        "root@smtp2.itpison.com",
        '"alice@shop.example"@elsewhere.example',
    )
    with Session(control.site, "smtp", door) as session:
        session.ready()
        for sender in foreign:
            assert session.envelope(sender).code == 553, sender
            session.ask("RSET")
        assert session.envelope(ALICE.sender).code == 250


def test_the_owner_of_a_whole_domain_sends_as_any_address_of_it(control: Control) -> None:
    with Session(control.site, "smtp") as session:
        session.ready(BOB)
        for sender in ("bob@news.example", "anybody@news.example", "BOB@NEWS.EXAMPLE"):
            assert session.envelope(sender).code == 250
            session.ask("RSET")
        assert session.envelope(ALICE.sender).code == 553


def test_a_header_with_a_domain_that_no_customer_has_is_refused_for_good(control: Control) -> None:
    """What is another customer's: tests/lab/test_relay_impersonation.py."""
    with Session(control.site, "smtp") as session:
        session.ready()
        assert session.envelope(ALICE.sender).code == 250
        assert session.data(mail("ceo@unknown.example", secrets.token_hex(8))).code == 550


def test_auth_is_not_offered_before_tls_on_587(control: Control) -> None:
    for relay in RELAYS:
        with Session(control.site, relay, Door(587, "plain")) as session:
            offered = session.hello().lines
            assert "STARTTLS" in offered
            assert not [line for line in offered if line.startswith("AUTH")]
            assert session.login().code in {503, 530, 538}
            assert session.ask(f"MAIL FROM:<{ALICE.sender}>").code == 530


def test_where_the_inventory_promises_it_25_takes_auth_before_tls(control: Control) -> None:
    with Session(control.site, "smtp", PLAIN) as session:
        assert "AUTH PLAIN LOGIN" in session.hello().lines


def test_without_that_promise_25_offers_no_auth_before_tls(
    damaged: Control, tmp_path: Path
) -> None:
    """The default of an inventory that does not say plaintext_auth."""
    changes = {"    plaintext_auth=True,": "    "}
    inventory = Inventory(tmp_path / "inventory", changes=changes).write(damaged)
    damaged.deploy(inventory=inventory)
    for relay in RELAYS:
        with Session(damaged.site, relay, PLAIN) as session:
            offered = session.hello().lines
            assert "STARTTLS" in offered
            assert not [line for line in offered if line.startswith("AUTH")]
            assert session.login().code in {503, 530, 538}
        for door in (OPTIONAL, WRAPPED, SUBMISSION):
            assert deliver(damaged.site, relay, door).verdict.is_pass


HANDSHAKE = """printf 'QUIT\\r\\n' | timeout 10 openssl s_client -connect {target} {starttls} \
    -{version} -cipher 'ALL:@SECLEVEL=0' -servername smtp.itpison.com -CAfile {trust} 2>&1"""
TRUST = "/etc/ssl/certs/ca-certificates.crt"


def handshake(place: Site, target: str, version: str, *, starttls: bool = False) -> str:
    words = HANDSHAKE.format(
        target=target,
        version=version,
        starttls="-starttls smtp" if starttls else "",
        trust=TRUST,
    )
    if version == "tls1_3":
        words = words.replace("-cipher 'ALL:@SECLEVEL=0'", "")
    return hosts.run(place, "client", ["sh", "-c", words]).stdout


def is_open(said: str, version: str) -> bool:
    name = {"tls1": "TLSv1", "tls1_1": "TLSv1.1", "tls1_2": "TLSv1.2", "tls1_3": "TLSv1.3"}
    agreed = [line for line in said.splitlines() if line.startswith("New, ")]
    shown = [line for line in said.splitlines() if f"Protocol  : {name[version]}" in line]
    opened = any("Cipher is (NONE)" not in line for line in agreed)
    return opened and (bool(shown) or version == "tls1_3" or name[version] in said)


@pytest.mark.parametrize(
    ("version", "wanted"),
    [("tls1", False), ("tls1_1", False), ("tls1_2", True), ("tls1_3", True)],
)
def test_only_tls_1_2_and_1_3_are_spoken(control: Control, version: str, *, wanted: bool) -> None:
    for relay in RELAYS:
        address = plan.host(relay).ipv4
        for door in (OPTIONAL, WRAPPED, SUBMISSION):
            starttls = door.security == "starttls"
            said = handshake(control.site, f"{address}:{door.port}", version, starttls=starttls)
            assert is_open(said, version) is wanted, f"{relay} {door}\n{said}"


@pytest.mark.parametrize("version", ["tls1", "tls1_1", "tls1_2", "tls1_3"])
def test_the_client_itself_could_speak_every_version(place: Site, version: str) -> None:
    """Otherwise a refused version would show nothing."""
    script = f"""cd /tmp
test -f s.pem || openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout s.pem -out c.pem
test -f both.pem || cat s.pem c.pem > both.pem
openssl s_server -quiet -accept 4433 -cert both.pem -cipher ALL:@SECLEVEL=0 -{version} &
server=$!
sleep 0.5
{HANDSHAKE.format(target="127.0.0.1:4433", starttls="", version=version, trust=TRUST)}
kill $server"""
    if version == "tls1_3":
        script = script.replace("-cipher ALL:@SECLEVEL=0", "")
        script = script.replace("-cipher 'ALL:@SECLEVEL=0'", "")
    ended = hosts.run(place, "client", ["sh", "-c", script])
    assert is_open(ended.stdout, version), ended.stdout + ended.stderr


ENDS = {
    "LF.LF": b"\n.\n",
    "LF.CRLF": b"\n.\r\n",
    "CRLF.LF": b"\r\n.\n",
    "CR.CR": b"\r.\r",
    "CR.CRLF": b"\r.\r\n",
    "CRLF.CR": b"\r\n.\r",
    "LF.CR": b"\n.\r",
    "NUL": b"\r\n\0.\r\n",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("door", [PLAIN, WRAPPED], ids=str)
def test_only_crlf_dot_crlf_ends_a_message(control: Control, door: Door, end: bytes) -> None:
    """SMTP smuggling: the second mail inside the first one must stay text of the first."""
    token, smuggled = secrets.token_hex(8), secrets.token_hex(8)
    inner = (
        f"MAIL FROM:<{ALICE.sender}>\r\nRCPT TO:<smuggled@inbox.example>\r\nDATA\r\n"
        f"From: <{ALICE.sender}>\r\nSubject: {smuggled}\r\n\r\nsmuggled"
    ).encode()
    with Session(control.site, "smtp", door) as session:
        session.ready()
        assert session.envelope(ALICE.sender).code == 250
        reply = session.data(mail(ALICE.sender, token) + end + inner)
        codes = [reply.code]
        # Whatever else the relay had to say would come before the answer to NOOP.
        codes.append(session.ask("NOOP").code)
        session.sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            session.read()
    if reply.code == 250:
        received = mailbox.wait_for(control.site, RECIPIENT, token)
        assert smuggled.encode() in received.octets
    assert codes[0] in {250, 521, 550, 554}
    assert codes[1:] == [250]
    time.sleep(0.3)
    assert mailbox.messages(control.site, "smuggled@inbox.example") == []


def test_commands_after_data_in_one_packet_are_refused(control: Control) -> None:
    """Pipelining is offered, but not past DATA."""
    with Session(control.site, "smtp") as session:
        session.ready()
        assert session.envelope(ALICE.sender).code == 250
        session.sock.sendall(b"DATA\r\n" + mail(ALICE.sender, "early") + b"\r\n.\r\nQUIT\r\n")
        assert session.read().code >= 500


def test_injected_plaintext_before_tls_is_not_run_inside_it(control: Control) -> None:
    """CVE-2011-0411: what follows STARTTLS in the same packet must be thrown away."""
    for door in (Door(25, "plain"), Door(587, "plain")):
        with Session(control.site, "smtp", door) as session:
            session.hello()
            session.sock.sendall(b"STARTTLS\r\nRSET\r\n")
            first = session.read()
            if first.code != 220:
                continue
            session._wrap()
            assert session.ask("NOOP").lines[0].startswith("2.0.0 Ok")
            session.sock.settimeout(0.3)
            with pytest.raises(TimeoutError):
                session.read()


def test_vrfy_and_expn_tell_nothing(control: Control) -> None:
    with Session(control.site, "smtp", PLAIN) as session:
        session.hello()
        for command in ("VRFY root", "EXPN root", "VRFY alice@shop.example"):
            assert session.ask(command).code >= 500


@pytest.mark.parametrize("relay", RELAYS)
def test_nothing_else_listens(control: Control, relay: str) -> None:
    """Everything on the host but SSH and the four doors is behind sockets of its own."""
    listening = hosts.check(control.site, relay, ["ss", "-Hltun"])
    rows = [line.split() for line in listening.splitlines()]
    ports = {row[4].rpartition(":")[2] for row in rows if not is_loopback(row[4])}
    assert ports <= {"22", "25", "465", "587"}


def is_loopback(address: str) -> bool:
    return address.startswith(("127.", "[::1]"))


def test_the_certificate_covers_every_public_name_on_each_door(control: Control) -> None:
    for relay in RELAYS:
        for name in ("smtp.itpison.com", "smtp2.itpison.com"):
            for door in (OPTIONAL, WRAPPED, SUBMISSION):
                with Session(control.site, relay, door, name=name) as session:
                    assert session.hello().code == 250
