"""`omi cert check` on files, and on a server that exists for one test."""

import importlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from omi_core.certificates.chain import Chain
from omi_core.probe import certificates as served
from tests.unit.certificates import odd_certificates as odd
from tests.unit.certificates.authorities import DAY, KEY, OTHER_KEY, ROOT, chain, private
from tests.unit.cli.test_schemas import _validate

Omi = Callable[..., Any]
NOW = datetime.now(UTC)
BOTH = ("smtp.itpison.com", "smtp2.itpison.com")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    file = tmp_path / "root.pem"
    file.write_bytes(ROOT_NOW)
    return file


ROOT_NOW = ROOT.public_bytes(Encoding.PEM)


@pytest.fixture
def put(tmp_path: Path) -> Callable[[Chain], str]:
    def write(made: Chain) -> str:
        file = tmp_path / "chain.pem"
        file.write_bytes(made.pem)
        return str(file)

    return write


def sound(*names: str, **changes: Any) -> Chain:
    return chain(*(names or BOTH), now=NOW, **changes)


def test_a_sound_file_is_shown_and_fine(omi: Omi, put: Any, root: Path) -> None:
    done = omi("cert", "check", put(sound()), "--name", BOTH[0], "--ca-file", str(root))
    assert done.code == 0
    assert "names: smtp.itpison.com, smtp2.itpison.com" in done.out
    assert "key: P-256" in done.out
    assert "chain: smtp.itpison.com > CN=Test intermediate" in done.out
    assert "59 days left" in done.out or "60 days left" in done.out


def test_the_mismatch_of_the_guide_is_one_sentence_with_what_each_client_shows(
    omi: Omi, put: Any, root: Path
) -> None:
    file = put(sound("itpison.com", "www.itpison.com", subject="*.itpison.com"))
    done = omi("cert", "check", file, "--name", BOTH[0], "--ca-file", str(root))
    assert done.code == 1
    assert (
        "asked for smtp.itpison.com; the certificate covers itpison.com, www.itpison.com;"
        " smtp.itpison.com is not covered because only its common name *.itpison.com would fit"
    ) in done.out
    assert "Python: [SSL: CERTIFICATE_VERIFY_FAILED]" in done.out


def test_support_reads_it_in_chinese(omi: Omi, put: Any, root: Path) -> None:
    words = ("--name", BOTH[0], "--ca-file", str(root), "--lang", "zh-TW")
    done = omi("cert", "check", put(sound("mail.itpison.com")), *words)
    assert "不在涵蓋範圍" in done.out
    assert "目標主體名稱不正確" in done.out


def test_a_key_is_compared_and_none_of_it_is_shown(
    omi: Omi, put: Any, root: Path, tmp_path: Path
) -> None:
    fitting, other = tmp_path / "fitting.key", tmp_path / "other.key"
    fitting.write_bytes(private(KEY))
    other.write_bytes(private(OTHER_KEY))
    file = put(sound())
    assert omi("cert", "check", file, "--key", str(fitting), "--ca-file", str(root)).code == 0
    done = omi("cert", "check", file, "--key", str(other), "--ca-file", str(root))
    assert done.code == 1
    assert "the private key is not the certificate's" in done.out
    assert private(OTHER_KEY).decode().splitlines()[1] not in done.out + done.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["./nowhere.pem"], "cannot be read"),
        (["192.0.2.25"], "say with --name"),
        (["smtp.itpison.com:x"], "after the colon comes a port"),
        (["-no-name-"], "No such option"),
        (["smtp..itpison.com"], "empty part"),
        (["a.example", "--fingerprint", "zz"], "is not an SHA-256"),
        (["a.example", "--timeout", "0"], "a number of seconds"),
        ([], "Missing argument"),
    ],
)
def test_bad_input_is_one_sentence(omi: Omi, words: list[str], says: str) -> None:
    done = omi("cert", "check", *words)
    assert done.code == 2
    assert says in done.err
    assert "Traceback" not in done.err


class Server:
    """Speaks enough SMTP inside TLS to be looked at."""

    def __init__(self, directory: Path, made: Chain) -> None:
        file = directory / "served.pem"
        file.write_bytes(private(KEY) + made.pem)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(file)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection, self.context.wrap_socket(connection, server_side=True) as tls:
                tls.sendall(b"220 relay.test\r\n")
                for reply in (b"250 relay.test\r\n", b"221 bye\r\n"):
                    tls.recv(1000)
                    tls.sendall(reply)

    def end(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path, sound())
    yield made
    made.end()


def test_a_listener_is_looked_at_and_the_leaf_compared(
    omi: Omi, server: Server, root: Path
) -> None:
    place = f"smtp.itpison.com:{server.port}"
    words = ("--resolve", "smtp.itpison.com=127.0.0.1", "--ca-file", str(root), "--json")
    done = omi("cert", "check", place, *words)
    document = json.loads(done.out)
    assert done.code == document["exit_code"] == 0
    _validate("cert-check", document)
    served = document["places"][0]["certificate"]["sha256"]
    assert omi("cert", "check", place, *words, "--fingerprint", served).code == 0
    other = omi("cert", "check", place, *words, "--fingerprint", "0" * 64)
    assert other.code == 1
    assert json.loads(other.out)["places"][0]["findings"][0]["id"] == "certificate-not-deployed"


def test_nobody_listening_is_never_a_pass(omi: Omi) -> None:
    done = omi("cert", "check", "relay.test:9", "--resolve", "relay.test=127.0.0.1", "--json")
    assert done.code == 3
    _validate("cert-check", json.loads(done.out))


def test_an_expired_certificate_that_also_lacks_the_name_names_both(
    omi: Omi, put: Any, root: Path
) -> None:
    file = put(sound("a.example", end=-DAY))
    document = json.loads(
        omi("cert", "check", file, "--name", BOTH[0], "--ca-file", str(root), "--json").out
    )
    ids = [one["id"] for one in document["places"][0]["findings"]]
    assert ids == ["certificate-other-name", "certificate-expired"]


@pytest.mark.parametrize("kind", odd.UNREADABLE)
def test_an_unreadable_file_is_not_checked_and_the_next_is(
    omi: Omi, put: Any, root: Path, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "odd.pem"
    file.write_text(ssl.DER_cert_to_PEM_cert(odd.UNREADABLE[kind]()))
    places = (str(file), put(sound()))
    done = omi("cert", "check", *places, "--ca-file", str(root), "--json")
    document = json.loads(done.out)
    _validate("cert-check", document)
    assert (done.code, done.err) == (3, "")
    unread, right = document["places"]
    assert unread["certificate"] is None
    assert unread["problem"]["en"].startswith("the certificate cannot be read: ")
    assert right["findings"] == []
    shown = omi("cert", "check", *places, "--ca-file", str(root), "--lang", "zh-TW")
    assert "無法查看：憑證無法讀取：" in shown.out


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\xff" * 100])
def test_a_file_that_holds_none_costs_no_other_place_its_result(
    omi: Omi, put: Any, root: Path, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "other.pem"
    if content is not None:
        file.write_bytes(content)
    done = omi("cert", "check", str(file), put(sound()), "--ca-file", str(root), "--json")
    document = json.loads(done.out)
    _validate("cert-check", document)
    assert (done.code, done.err) == (3, "")
    unread, right = document["places"]
    assert (unread["certificate"], right["findings"]) == (None, [])
    assert unread["problem"]["en"]


@pytest.mark.parametrize("kind", [*odd.READABLE, *odd.WITHOUT_NAMES])
def test_an_odd_file_that_can_be_read_is_shown(
    omi: Omi, root: Path, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "odd.pem"
    file.write_text(ssl.DER_cert_to_PEM_cert((odd.READABLE | odd.WITHOUT_NAMES)[kind]()))
    words = (str(file), "--name", odd.NAME, "--ca-file", str(root))
    done = omi("cert", "check", *words, "--json")
    _validate("cert-check", json.loads(done.out))
    assert (done.code, done.err) == (1, "")
    assert omi("cert", "check", *words).code == 1


@pytest.fixture
def odd_server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path, sound())
    file = tmp_path / "odd.pem"
    octets = odd.UNREADABLE["an x400Address"]()
    file.write_bytes(private(odd.KEY) + ssl.DER_cert_to_PEM_cert(octets).encode())
    made.context.load_cert_chain(file)
    yield made
    made.end()


def test_one_host_s_odd_certificate_costs_no_other_host_its_result(
    omi: Omi, server: Server, odd_server: Server, root: Path
) -> None:
    places = [f"{BOTH[0]}:{one.port}" for one in (odd_server, server)]
    words = ("--resolve", f"{BOTH[0]}=127.0.0.1", "--ca-file", str(root), "--json")
    done = omi("cert", "check", *places, *words)
    unread, right = json.loads(done.out)["places"]
    assert (done.code, done.err) == (3, "")
    assert "x400Address" in unread["problem"]["en"]
    assert right["certificate"]["names"] == list(BOTH)
    assert right["findings"] == []


@pytest.mark.parametrize(
    "place", ["omi_core.certificates.report.judge", "omi_core.certificates.report.described"]
)
def test_a_fault_at_one_place_is_said_of_it_alone(
    omi: Omi, put: Any, root: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    second = root.with_name("second.pem")
    second.write_bytes(sound(BOTH[1]).pem)
    module, _, name = place.rpartition(".")
    right = getattr(importlib.import_module(module), name)

    def fails(*given: Any) -> Any:
        chain = next(each for each in given if isinstance(each, Chain))
        if chain.names == (BOTH[1],):
            raise ZeroDivisionError("words that nobody must see")
        return right(*given)

    monkeypatch.setattr(place, fails)
    done = omi("cert", "check", put(sound()), str(second), "--ca-file", str(root), "--json")
    whole, faulty = json.loads(done.out)["places"]
    assert done.code == 3
    assert whole["certificate"] is not None
    assert faulty["problem"]["en"].endswith("please report it: ZeroDivisionError")
    assert "words" not in done.out + done.err


@pytest.mark.parametrize("name", ["converse", "_addresses"])
def test_a_fault_while_a_host_is_looked_at_is_said_of_it_alone(
    omi: Omi, server: Server, root: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    right = getattr(served, name)

    async def fails(*given: Any) -> Any:
        if any("smtp2" in str(each) for each in given):
            raise KeyError
        return await right(*given)

    monkeypatch.setattr(served, name, fails)
    places = [f"{one}:{server.port}" for one in reversed(BOTH)]
    resolve = [f"--resolve={BOTH[0]}=127.0.0.1"]
    resolve += [f"--resolve={BOTH[1]}=127.0.0.1"] if name == "converse" else []
    done = omi("cert", "check", *places, *resolve, "--ca-file", str(root), "--json")
    faulty, whole = json.loads(done.out)["places"]
    assert done.code == 3
    assert "KeyError" in faulty["problem"]["en"]
    assert whole["certificate"] is not None


def test_one_certificate_at_several_ports_is_told_once(omi: Omi, tmp_path: Path) -> None:
    """The listeners of a host serve one file, which nobody trusts."""
    made = sound()
    servers = [Server(tmp_path, made) for _ in range(3)]
    places = [f"{BOTH[0]}:{one.port}" for one in servers]
    done = omi("cert", "check", *places, f"--resolve={BOTH[0]}=127.0.0.1")
    for one in servers:
        one.end()
    assert done.code == 1
    assert done.out.count("sha256:") == 1
    assert done.out.count("remedy:") == 1
    for place in places:
        assert f"{place.replace(':', ' ')} " in done.out.partition("remedy:")[0]


def test_a_host_that_is_silent_at_several_ports_is_told_once(omi: Omi) -> None:
    done = omi("cert", "check", "relay.test:9", "relay.test:7", "--resolve=relay.test=127.0.0.1")
    assert done.code == 3
    assert done.out.count("could not look") == 1
    assert "relay.test 9 " in done.out
    assert "relay.test 7 " in done.out
