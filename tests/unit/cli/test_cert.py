"""`omi cert check` on files, and on a server that exists for one test."""

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

from omi_core.tls.chain import Chain
from tests.unit.cli.test_schemas import _validate
from tests.unit.tls.authorities import DAY, KEY, OTHER_KEY, ROOT, chain, private

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
        (["a.example", "--fingerprint", "zz"], "is no SHA-256"),
        (["a.example", "--timeout", "0"], "in seconds"),
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
