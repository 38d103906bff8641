"""Programs that nobody here wrote, on the client host, with certificate checking on."""

import ast
import base64
import secrets
import time
from collections.abc import Callable

import pytest

from lab import hosts, mailbox, plan
from lab.site import Site
from tests.lab.relay_client import (
    ALICE,
    BOB,
    OPTIONAL,
    PLAIN,
    RECIPIENT,
    SUBMISSION,
    WRAPPED,
    Door,
    Session,
    mail,
    program,
)
from tests.lab.relay_guide import PROGRAM_5_1, PROGRAM_7_2_1, with_values
from tests.lab.relay_run import Control

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

NAMES = ("smtp.itpison.com", "smtp2.itpison.com")
TRUST = "/etc/ssl/certs/ca-certificates.crt"


def curl(place: Site, name: str, door: Door, octets: bytes) -> str:
    scheme = "smtps" if door is WRAPPED else "smtp"
    settings = [
        f'url = "{scheme}://{name}:{door.port}/client.lab-dns.example"',
        f'user = "{ALICE.login}:{ALICE.password}"',
        f'mail-from = "{ALICE.sender}"',
        f'mail-rcpt = "{RECIPIENT}"',
        'upload-file = "/tmp/mail.eml"',
        "ssl-reqd" if door is not WRAPPED else "no-progress-meter",
    ]
    hosts.check(place, "client", ["tee", "/tmp/mail.eml"], stdin=octets.decode())
    return program(place, ["curl", "-sS", "-m", "30", "-K", "-"], "\n".join(settings))


def msmtp(place: Site, name: str, door: Door, octets: bytes) -> str:
    options = {
        "host": name,
        "port": str(door.port),
        "from": ALICE.sender,
        "user": ALICE.login,
        "auth": "login",
        "tls": "on",
        "tls-starttls": "off" if door is WRAPPED else "on",
        "tls-trust-file": TRUST,
        "tls-certcheck": "on",
        "passwordeval": "cat /tmp/password",
        "timeout": "30",
    }
    hosts.check(place, "client", ["tee", "/tmp/password"], stdin=ALICE.password)
    words = [f"--{option}={value}" for option, value in options.items()]
    return program(place, ["msmtp", "-C", "/dev/null", *words, RECIPIENT], octets.decode())


def swaks(place: Site, name: str, door: Door, octets: bytes) -> str:
    options = {
        "server": name,
        "port": str(door.port),
        "from": ALICE.sender,
        "to": RECIPIENT,
        "auth": "LOGIN",
        "auth-user": ALICE.login,
        "auth-password": ALICE.password,
        "data": "-",
        "timeout": "30",
    }
    words = [word for option, value in options.items() for word in (f"--{option}", value)]
    tls = "--tls-on-connect" if door is WRAPPED else "--tls"
    verify = ["--tls-verify", "--tls-verify-target", name]
    return program(place, ["swaks", *words, tls, *verify], octets.decode())


PHP = r"""<?php
[$_, $name, $port, $user, $from, $to] = $argv;
[$password, $mail] = explode("\0", stream_get_contents(STDIN), 2);
error_reporting(E_ALL);
set_error_handler(function ($number, $text) { fwrite(STDERR, "$text\n"); exit(1); });
$tls = $port == 465;
$options = ["verify_peer" => true, "verify_peer_name" => true, "peer_name" => $name];
$socket = stream_socket_client(($tls ? "ssl" : "tcp") . "://$name:$port", $code, $text, 30,
    STREAM_CLIENT_CONNECT, stream_context_create(["ssl" => $options]));
function expect($socket, $wanted) {
    do { $line = fgets($socket); echo $line; } while (substr($line, 3, 1) == "-");
    if (strpos($line, $wanted) !== 0) { fwrite(STDERR, "not $wanted: $line"); exit(1); }
}
function ask($socket, $line, $wanted) { fwrite($socket, "$line\r\n"); expect($socket, $wanted); }
expect($socket, "220");
ask($socket, "EHLO client.lab-dns.example", "250");
if (!$tls) {
    ask($socket, "STARTTLS", "220");
    if (!stream_socket_enable_crypto($socket, true, STREAM_CRYPTO_METHOD_TLS_CLIENT)) { exit(1); }
    ask($socket, "EHLO client.lab-dns.example", "250");
}
ask($socket, "AUTH LOGIN", "334");
ask($socket, base64_encode($user), "334");
ask($socket, base64_encode($password), "235");
ask($socket, "MAIL FROM:<$from>", "250");
ask($socket, "RCPT TO:<$to>", "250");
ask($socket, "DATA", "354");
ask($socket, "$mail\r\n.", "250");
ask($socket, "QUIT", "221");
"""


def php(place: Site, name: str, door: Door, octets: bytes) -> str:
    hosts.check(place, "client", ["tee", "/tmp/send.php"], stdin=PHP)
    words = ["php", "/tmp/send.php", name, str(door.port), ALICE.login, ALICE.sender, RECIPIENT]
    return program(place, words, f"{ALICE.password}\0{octets.decode()}")


PROGRAMS = (curl, msmtp, swaks, php)
Program = Callable[[Site, str, Door, bytes], str]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("door", [WRAPPED, SUBMISSION], ids=str)
@pytest.mark.parametrize("send", PROGRAMS, ids=lambda send: send.__name__)
def test_a_program_delivers_with_certificate_checking_on(
    control: Control, send: Program, door: Door, name: str
) -> None:
    token = secrets.token_hex(8)
    send(control.site, name, door, mail(ALICE.sender, token))
    received = mailbox.wait_for(control.site, RECIPIENT, token)
    assert str(received.verdict) == "spf=pass dkim=pass dmarc=pass"


@pytest.fixture
def misnamed(control: Control) -> str:
    """A name of the relay that its certificate does not hold, known on the client host only."""
    name = "mail.itpison.com"
    line = f"{plan.host('smtp').ipv4} {name}"
    script = f"grep -qF '{line}' /etc/hosts || echo '{line}' >> /etc/hosts"
    hosts.check(control.site, "client", ["sh", "-c", script])
    return name


@pytest.mark.parametrize("send", PROGRAMS, ids=lambda send: send.__name__)
def test_the_same_program_refuses_a_name_that_the_certificate_lacks(
    control: Control, send: Program, misnamed: str
) -> None:
    """Otherwise checking would only be said to be on."""
    for door in (WRAPPED, SUBMISSION):
        with pytest.raises(AssertionError, match=r"(?i)certificate|verif|match"):
            send(control.site, misnamed, door, mail(ALICE.sender, "never"))


@pytest.mark.parametrize(
    ("from_name", "to_name"), [("Ming Shop", "Inbox"), ("小明的店", "收件者")], ids=["ascii", "zh"]
)
def test_the_guide_program_5_1_delivers(control: Control, from_name: str, to_name: str) -> None:
    """Its names may be Chinese: Python then encodes the address together with the name."""
    token = secrets.token_hex(8)
    said = guide(
        control.site,
        PROGRAM_5_1,
        from_name=from_name,
        to_name=to_name,
        reply_to_email="answers@news.example",
        subject=f"測試 {token}",
    )
    assert said == "Message has been sent\n"
    received = wait_for_subject(control.site, token)
    assert received.verdict.is_pass
    assert received.message["Reply-To"] == "answers@news.example"
    part = received.message.get_body(("html",))
    assert part is not None
    assert "這是測試信件" in part.get_content()


def test_the_guide_program_7_2_1_delivers_and_no_recipient_sees_its_header(
    control: Control,
) -> None:
    token = secrets.token_hex(8)
    said = guide(control.site, PROGRAM_7_2_1, subject=token)
    assert said == "Message has been sent\n"
    received = wait_for_subject(control.site, token)
    assert received.verdict.is_pass
    assert received.message.get_all("X-LinkOption") is None


@pytest.mark.parametrize("program", [PROGRAM_5_1, PROGRAM_7_2_1])
def test_nothing_but_values_was_changed_in_the_guide_programs(program: str) -> None:
    class Blank(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.Constant:
            return ast.copy_location(ast.Constant(value="") if node.col_offset else node, node)

    def shape(text: str) -> str:
        return ast.dump(Blank().visit(ast.parse(text)))

    assert shape(program) == shape(with_values(program, subject="another", smtp_server="another"))


def guide(place: Site, text: str, **values: str) -> str:
    """Run a program of the guide on the client host; smtplib takes only ASCII passwords."""
    filled = with_values(
        text,
        smtp_username=BOB.login,
        smtp_password=BOB.password,
        from_email=BOB.sender,
        to_email=RECIPIENT,
        **values,
    )
    ended = hosts.run(place, "client", ["python3", "-"], stdin=filled)
    return ended.stdout + ended.stderr


def wait_for_subject(place: Site, token: str) -> mailbox.Received:
    for _ in range(600):
        for received in mailbox.messages(place, RECIPIENT):
            if token in str(received.message["Subject"]):
                return received
        time.sleep(0.05)
    raise TimeoutError(token)


def test_outlook_logs_in_with_auth_login(control: Control) -> None:
    """MS-SMTP: the login is asked for, or comes with the command."""

    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    for door in (PLAIN, OPTIONAL, WRAPPED, SUBMISSION):
        for initial in (False, True):
            with Session(control.site, "smtp", door) as session:
                offered = session.hello().lines
                assert any(line.startswith("AUTH ") and "LOGIN" in line for line in offered)
                if initial:
                    asked = session.ask(f"AUTH LOGIN {encoded(ALICE.login)}")
                else:
                    assert str(session.ask("AUTH LOGIN")) == "334 VXNlcm5hbWU6"
                    asked = session.ask(encoded(ALICE.login))
                assert str(asked) == "334 UGFzc3dvcmQ6"
                assert session.ask(encoded(ALICE.password)).code == 235
                assert session.envelope(ALICE.sender).code == 250


def test_old_outlook_finds_auth_in_its_own_spelling(control: Control) -> None:
    with Session(control.site, "smtp", SUBMISSION) as session:
        assert any(line.startswith("AUTH=") for line in session.hello().lines)


@pytest.mark.parametrize("login", ["SHOP-ALICE", "Shop-Alice"])
def test_a_login_is_taken_in_any_case(control: Control, login: str) -> None:
    account = plan.Account(login=login, password=ALICE.password, sender=ALICE.sender)
    with Session(control.site, "smtp") as session:
        reply, _ = session.ready(account).send(account)
        assert reply.code == 250


def test_control_headers_are_taken_and_no_recipient_sees_one(control: Control) -> None:
    headers = {
        "X-JobName": "Spring sale",
        "X-RefNumber": "2026-0042",
        "X-LinkOption": "192",
        "X-ListOption": "65536",
        "X-SendOption": "0",
    }
    lines = "\n".join(f"{name}: {value}" for name, value in headers.items())
    with Session(control.site, "smtp2", WRAPPED) as session:
        reply, token = session.ready().send(headers=lines)
        assert reply.code == 250
    received = mailbox.wait_for(control.site, RECIPIENT, token)
    assert not set(headers) & set(received.message.keys())
    assert received.verdict.is_pass


def test_an_8_bit_body_arrives_signed(control: Control) -> None:
    with Session(control.site, "smtp", SUBMISSION) as session:
        assert "8BITMIME" in session.hello().lines
        assert session.login().code == 235
        token = secrets.token_hex(8)
        assert session.ask(f"MAIL FROM:<{ALICE.sender}> BODY=8BITMIME").code == 250
        assert session.ask(f"RCPT TO:<{RECIPIENT}>").code == 250
        headers = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
        octets = mail(ALICE.sender, token, headers) + "\r\n測試信件".encode()
        assert session.data(octets).code == 250
    received = mailbox.wait_for(control.site, RECIPIENT, token)
    assert "測試信件" in received.message.get_content()
    assert received.verdict.is_pass


def test_a_mail_beyond_the_size_limit_is_refused_at_once(control: Control) -> None:
    with Session(control.site, "smtp") as session:
        offered = session.hello().lines
        limit = next(int(line.split()[1]) for line in offered if line.startswith("SIZE "))
        session.login()
        assert session.ask(f"MAIL FROM:<{ALICE.sender}> SIZE={limit + 1}").code == 552
