"""`omi smtp verify` and `omi smtp send` as a person runs them, against a server in this process."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.unit.probe.fake_certificates import Authority
from tests.unit.probe.fake_smtp import LOGIN, NAME, PASSWORD, SENDER, Behaviour, FakeSmtp, Port

Omi = Callable[..., Any]
SCHEMAS = Path(__file__).parents[3] / "omi_core/cli/schemas"
DOCUMENTS = {path.stem: json.loads(path.read_text("utf-8")) for path in SCHEMAS.glob("*.json")}
REGISTRY: Registry[Any] = Registry().with_resources(
    (f"{name}.json", Resource.from_contents(document)) for name, document in DOCUMENTS.items()
)
WITH_PASSWORD = {"OMI_PASSWORD": PASSWORD}
RIGHT = Behaviour()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def server(authority: Authority) -> Iterator[FakeSmtp]:
    """A right server, one that is an open relay, and one that is silent."""
    context = authority.context((NAME,))
    ports = [
        Port(mode="tls", behaviour=RIGHT, context=context),
        Port(
            mode="tls", behaviour=replace(RIGHT, open_to=lambda _from, _to: True), context=context
        ),
        Port(mode="none", behaviour=replace(RIGHT, banner=None)),
        Port(mode="tls", behaviour=replace(RIGHT, rcpt_reply=b"550 no\r\n"), context=context),
        Port(mode="starttls", behaviour=RIGHT, context=context),
    ]
    with FakeSmtp(ports) as fake:
        yield fake


@pytest.fixture
def verify(omi_process: Omi, server: FakeSmtp, authority: Authority) -> Omi:
    def run(*arguments: str, at: int = 0, environment: dict[str, str] | None = None) -> Any:
        port = server.ports[at]
        return omi_process(
            *("smtp", "verify", NAME, f"--resolve={NAME}=127.0.0.1"),
            *(f"--listener={port.number}:{port.mode}", f"--ca-file={authority.file}"),
            *("--account", LOGIN, "--from", SENDER, "--timeout", "4"),
            *arguments,
            environment=WITH_PASSWORD if environment is None else environment,
        )

    return run


def assert_fits(name: str, text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    Draft202012Validator(DOCUMENTS[name], registry=REGISTRY).validate(document)
    return document


def test_a_right_server_exits_with_0_and_shows_a_table(verify: Omi) -> None:
    done = verify()

    assert done.code == 0, done.out + done.err
    assert "✔ fine" in done.out
    assert "\x1b[" not in done.out


def test_a_finding_exits_with_1_and_says_what_to_do_in_either_language(verify: Omi) -> None:
    english, chinese = verify(at=1), verify("--lang", "zh-TW", at=1)

    assert (english.code, chinese.code) == (1, 1)
    assert "remedy:   close it at once" in english.out
    assert "處理" in chinese.out
    assert "請立刻關閉" in chinese.out


def test_json_is_what_its_schema_says_and_carries_the_exit_code(verify: Omi) -> None:
    for at, code in ((0, 0), (1, 1)):
        done = verify("--json", at=at)
        document = assert_fits("smtp-verify", done.out)

        assert (done.code, document["exit_code"]) == (code, code)


def test_a_silent_server_is_a_finding_and_no_traceback(verify: Omi) -> None:
    done = verify("--json", at=2)

    assert done.code == 1
    assert "Traceback" not in done.out + done.err


def test_reports_in_files_hold_the_findings_and_no_password(verify: Omi, tmp_path: Path) -> None:
    files = {kind: tmp_path / kind for kind in ("junit", "html", "prometheus")}

    verify(*(f"--{kind}={path}" for kind, path in files.items()), at=1)

    suites = ET.fromstring(files["junit"].read_text("utf-8"))
    failed = [
        case.get("name", "") for case in suites.iter("testcase") if case.find("failure") is not None
    ]
    assert [name.partition(":")[0] for name in failed] == ["relay-closed"]
    assert 'check="relay-closed"} 0' in files["prometheus"].read_text("utf-8")
    page = files["html"].read_text("utf-8")
    assert "close it at once" in page
    assert "請立刻關閉" in page
    assert "<script" not in page
    assert "src=" not in page
    for path in files.values():
        assert PASSWORD not in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("192.0.2.1",), "is an address"),
        (("exa mple.com",), "is not a domain name"),
        (("a.example", "--listener", "25:sll"), "none, starttls or tls"),
        (("a.example", "--listener", "0:tls"), "has no port"),
        (("a.example", "--resolve", "a.example=nowhere"), "NAME=ADDRESS"),
        (("a.example", "--to", "nobody"), "not a mail address"),
        (("a.example", "--ca-file", "/nonexistent"), "no PEM certificates"),
        (("a.example", "--inventory", "/nonexistent.py"), "cannot be read"),
        (("a.example", "--account", "x"), "there is no terminal to ask on"),
        (("a.example", "--account", "x", "--password-file", "/nonexistent"), "cannot be read"),
        (("a.example", "--timeout", "0"), "in seconds"),
        (("a.example", "--imap", "mx.example"), "--imap-account"),
        (("a.example", "--resolver", "not-an-address"), "not an address of a name server"),
        (("a.example", "--certificate", "/nonexistent"), "cannot be read"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(
    arguments: tuple[str, ...], said: str, omi_process: Omi
) -> None:
    done = omi_process("smtp", "verify", *arguments)

    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_password_is_read_from_a_file(verify: Omi, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    file.chmod(0o600)

    assert verify("--password-file", str(file), environment={}).code == 0


def test_a_short_password_is_refused_without_being_shown(verify: Omi) -> None:
    done = verify(environment={"OMI_PASSWORD": "q~"})

    assert done.code == 2
    assert "q~" not in done.out + done.err


@pytest.fixture
def send(omi_process: Omi, server: FakeSmtp, authority: Authority) -> Omi:
    def run(*arguments: str, at: int = 0) -> Any:
        port = server.ports[at]
        return omi_process(
            *("smtp", "send", NAME, f"--resolve={NAME}=127.0.0.1", "--port", str(port.number)),
            *("--security", port.mode, f"--ca-file={authority.file}", "--account", LOGIN),
            *("--from", SENDER, "--to", "bob@inbox.example", "--timeout", "4", *arguments),
            environment=WITH_PASSWORD,
        )

    return run


@pytest.mark.parametrize("auth", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_send_shows_the_whole_conversation_and_no_password(
    auth: str, send: Omi, server: FakeSmtp
) -> None:
    done = send("--header", "X-LinkOption: 192", "--auth", auth)

    assert done.code == 0, done.out + done.err
    assert "Subject: SMTP test from relay.test" in done.out
    assert "*MASKED*" in done.out
    assert PASSWORD not in done.out
    assert b"X-LinkOption: 192\r\n" in server.mails[-1]
    assert b"<b>Test message</b>" in server.mails[-1]


def test_send_by_starttls_and_as_json(send: Omi) -> None:
    done = send("--json", at=4)
    document = assert_fits("smtp-send", done.out)

    assert (done.code, document["number"]) == (0, "4XyZ")


def test_send_says_that_it_was_refused(send: Omi) -> None:
    done = send("--json", at=3)
    document = assert_fits("smtp-send", done.out)

    assert (done.code, document["accepted"]) == (1, False)


def test_send_to_nobody_could_not_look(omi_process: Omi) -> None:
    done = omi_process(
        *("smtp", "send", NAME, f"--resolve={NAME}=127.0.0.1", "--port", "1"),
        *("--from", SENDER, "--to", "bob@inbox.example"),
    )

    assert done.code == 3


@pytest.mark.parametrize("header", ["Subject: x", "no colon", "X-A: b\nX-C: d"])
def test_send_refuses_headers_that_cannot_be(header: str, send: Omi) -> None:
    assert send("--header", header).code == 2
