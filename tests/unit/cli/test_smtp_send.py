"""`omi smtp send`: who refused, what it means, and what to do; and `omi smtp explain`."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from omi_core.errors import InputError
from omi_core.names import Fqdn
from omi_core.smtp.listeners import Access, Security
from omi_core.smtp.place import Place, split_port
from tests.unit.cli.test_smtp import assert_fits
from tests.unit.probe.fake_certificates import Authority
from tests.unit.probe.fake_smtp import LOGIN, NAME, PASSWORD, SENDER, Behaviour, FakeSmtp, Port

Omi = Callable[..., Any]
RIGHT = Behaviour()
NO_SUCH = b"550 5.1.1 <x@inbox.example>: Recipient address rejected: User unknown\r\n"
AUTH_530 = b"530 5.7.0 Must issue a STARTTLS command first\r\n"
BUSY = b"421 4.7.0 relay.test Error: too many connections\r\n"
INVENTORY = """
from omi_core.inventory import control_row, environment, internal_ca, load_customers, relay_host

_environment = environment(
    operator_zone="relay.example",
    public_names=("smtp.relay.example",),
    postmaster="postmaster@relay.example",
    customers=load_customers("{customers}"),
    issuer=internal_ca("ca"),
)
relay = [relay_host("smtp.relay.example", environment=_environment, ipv4="127.0.0.1")]
control = [control_row(_environment)]
"""
CUSTOMER = """
name = "Shop"
domains = ["shop.example"]

[[account]]
login = "alice"
password_hash = "HASH"
senders = ["alice@shop.example", "orders@shop.example"]
""".replace("HASH", "{SHA512-CRYPT}$6$" + "x" * 16 + "$" + "y" * 86)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("ca"))


SERVERS = {
    "right": RIGHT,
    "535": replace(RIGHT, auth_reply=b"535 5.7.8 Error: authentication failed\r\n"),
    "454": replace(RIGHT, auth_reply=b"454 4.7.0 Temporary authentication failure\r\n"),
    "530": replace(RIGHT, auth_reply=AUTH_530),
    "421": replace(RIGHT, banner=BUSY),
    "552": replace(RIGHT, mail_reply=b"552 5.3.4 Message size exceeds fixed limit\r\n"),
    "553": RIGHT,
    "550": replace(RIGHT, rcpt_reply=NO_SUCH),
    "554": replace(RIGHT, final_reply=b"554 5.7.1 Spam message rejected\r\n"),
}
MEANS = {
    "535": ("auth", "refused-login"),
    "454": ("auth", "refused-login-later"),
    "530": ("auth", "refused-without-tls"),
    "421": ("banner", "refused-too-many-connections"),
    "552": ("mail", "refused-message-too-large"),
    "550": ("rcpt", "refused-unknown-recipient"),
    "554": ("sent", "refused-content-refused"),
}


@pytest.fixture(scope="module")
def server(authority: Authority) -> Iterator[FakeSmtp]:
    context = authority.context((NAME,))
    ports = [Port(mode="tls", behaviour=one, context=context) for one in SERVERS.values()]
    ports.append(
        Port(
            mode="none",
            behaviour=replace(RIGHT, open_to=lambda _from, to: to == "bob@inbox.example"),
        )
    )
    with FakeSmtp(ports) as fake:
        yield fake


@pytest.fixture
def send(omi_process: Omi, server: FakeSmtp, authority: Authority) -> Omi:
    def run(which: str, *arguments: str, host: str = NAME, sender: str = SENDER) -> Any:
        port = server.ports[list(SERVERS).index(which)].number
        return omi_process(
            *("smtp", "send", f"{host}:{port}", f"--resolve={NAME}=127.0.0.1"),
            *("--security", "ssl", f"--ca-file={authority.file}", "--account", LOGIN),
            *("--from", sender, "--to", "bob@inbox.example", "--timeout", "4", *arguments),
            environment={"OMI_PASSWORD": PASSWORD},
        )

    return run


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    (tmp_path / "customers").mkdir()
    (tmp_path / "customers" / "shop.toml").write_text(CUSTOMER)
    file = tmp_path / "inventory.py"
    file.write_text(INVENTORY.format(customers=tmp_path / "customers"))
    return file


@pytest.mark.parametrize("which", MEANS)
def test_json_has_the_reply_that_refused_its_step_and_its_meaning(which: str, send: Omi) -> None:
    done = send(which, "--json")
    document = assert_fits("smtp-send", done.out)

    step, finding = MEANS[which]
    assert (done.code, document["accepted"], document["step"]) == (1, False, step)
    assert document["reply"].startswith(f"{which} ")
    assert [one["id"] for one in document["findings"]] == [finding]


def test_the_terminal_says_what_it_means_and_what_to_do_in_either_language(send: Omi) -> None:
    english, chinese = send("535"), send("535", "--lang", "zh-TW")

    assert "not accepted: 535 5.7.8 Error: authentication failed\n" in english.out
    assert "login or password is wrong\n" in english.out
    assert "remedy:   compare both letter by letter" in english.out
    assert "登入帳號或密碼錯誤" in chinese.out
    assert PASSWORD not in english.out + chinese.out


def test_553_names_the_accounts_real_senders_where_the_inventory_is_known(
    send: Omi, inventory: Path
) -> None:
    asked = ("553", "--inventory", str(inventory))
    done = send(*asked, sender="eve@shop.example")

    assert done.code == 1
    assert (
        "this account may send only as alice@shop.example, orders@shop.example; the mail was from"
        " eve@shop.example\n"
    ) in done.out
    chinese = send(*asked, "--lang", "zh-TW", sender="eve@shop.example").out
    assert "這個帳號只能用 alice@shop.example、orders@shop.example 寄信" in chinese


def test_a_wrong_control_header_is_said_before_the_mail_is_sent(send: Omi) -> None:
    done = send("right", "--header", "X-LinkOption: 64,128", "--json")
    document = assert_fits("smtp-send", done.out)

    assert (done.code, document["accepted"]) == (1, True)
    assert [one["subject"] for one in document["findings"]] == ["X-LinkOption"]
    plain = send("right", "--header", "X-ListOptions: 1")
    assert "X-ListOption" in plain.err


def test_several_recipients_are_told_apart(send: Omi, server: FakeSmtp) -> None:
    done = send("right", "--to", "carol@inbox.example", "--json")
    document = assert_fits("smtp-send", done.out)

    assert [one["address"] for one in document["recipients"]] == [
        "bob@inbox.example",
        "carol@inbox.example",
    ]
    assert [one["accepted"] for one in document["recipients"]] == [True, True]
    assert b"To: bob@inbox.example, carol@inbox.example\r\n" in server.mails[-1]


def test_one_recipient_who_is_refused_costs_the_others_nothing_and_is_named(
    omi_process: Omi, server: FakeSmtp
) -> None:
    asked = (
        *("smtp", "send", f"127.0.0.1:{server.ports[-1].number}", "--security", "none"),
        *("--from", SENDER, "--to", "eve@inbox.example", "--to", "bob@inbox.example"),
    )
    document = assert_fits("smtp-send", omi_process(*asked, "--json").out)

    assert (document["exit_code"], document["accepted"], document["number"]) == (1, True, "4XyZ")
    assert [one["accepted"] for one in document["recipients"]] == [False, True]
    assert [one["id"] for one in document["findings"]] == ["refused-without-login"]
    told = omi_process(*asked).out
    assert "accepted for bob@inbox.example, refused for eve@inbox.example: 4XyZ\n" in told


@pytest.mark.parametrize("host", ["127.0.0.1", "[127.0.0.1]"])
def test_an_address_as_host_is_tried_with_the_name_that_is_given(host: str, send: Omi) -> None:
    assert send("right", "--name", NAME, host=host).code == 0


def test_an_address_as_host_without_a_name_is_what_the_certificate_does_not_cover(
    send: Omi,
) -> None:
    document = assert_fits("smtp-send", send("right", "--json", host="127.0.0.1").out)

    assert (document["host"], document["fault"]) == ("127.0.0.1", "untrusted")
    assert [one["id"] for one in document["findings"]] == ["certificate-other-name"]


def test_an_address_as_host_needs_no_name_without_tls(omi_process: Omi, server: FakeSmtp) -> None:
    done = omi_process(
        *("smtp", "send", f"127.0.0.1:{server.ports[-1].number}", "--security", "none"),
        *("--from", SENDER, "--to", "bob@inbox.example", "--timeout", "4"),
    )

    assert done.code == 0, done.out + done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a.example:0", "--to", "b@c.example"), "after the colon comes a port"),
        (("a.example:x", "--to", "b@c.example"), "after the colon comes a port"),
        (("a.example:25", "--port", "26", "--to", "b@c.example"), "and --port another one"),
        (("a.example", "--security", "sll", "--to", "b@c.example"), "'sll' is not one of"),
        (("a.example",), "--to"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(
    arguments: tuple[str, ...], said: str, omi_process: Omi
) -> None:
    done = omi_process("smtp", "send", *arguments, "--from", SENDER)

    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("relay.test", "relay.test", None),
        ("relay.test:465", "relay.test", 465),
        ("192.0.2.1:25", "192.0.2.1", 25),
        ("2001:db8::1", "2001:db8::1", None),
        ("[2001:db8::1]", "2001:db8::1", None),
        ("[2001:db8::1]:587", "2001:db8::1", 587),
    ],
)
def test_a_place_is_read_as_people_write_it(written: str, host: str, port: int | None) -> None:
    place = Place.parse(written)
    name = place.host.relative if isinstance(place.host, Fqdn) else str(place.host)
    assert (name, place.port) == (host, port)


@pytest.mark.parametrize("written", ["a.example:", "a.example:99999", "[::1]:x", "a:\u0661"])
def test_a_port_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(InputError, match="after the colon comes a port"):
        split_port(written)


def test_ssl_is_what_programs_call_tls() -> None:
    assert Access.parse("465:ssl") == Access(port=465, security=Security.TLS)


def test_verify_takes_a_port_behind_the_name(omi_process: Omi) -> None:
    done = omi_process(
        *("smtp", "verify", "relay.test:9", "--resolve", "relay.test=127.0.0.1"),
        *("--timeout", "2", "--json"),
    )

    assert [one["port"] for one in json.loads(done.out)["cells"]] == [9]


def test_a_text_is_explained_with_the_senders_of_the_account(omi: Omi, inventory: Path) -> None:
    done = omi(
        *("smtp", "explain", "-", "--account", "alice", "--from", "eve@shop.example"),
        *("--inventory", str(inventory), "--lang", "zh-TW"),
        stdin=b"smtplib.SMTPSenderRefused: (553, b'5.7.1 not owned by user alice', 'e')\n",
    )

    assert done.code == 0
    assert "只能用 alice@shop.example、orders@shop.example 寄信" in done.out


@pytest.mark.parametrize(("text", "code"), [("hello", 1), (" ", 2), ("535 no", 0)])
def test_explaining_says_by_its_exit_code_whether_it_could(text: str, code: int, omi: Omi) -> None:
    assert omi("smtp", "explain", text).code == code
