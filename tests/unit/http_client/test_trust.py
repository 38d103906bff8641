"""Who is spoken to, and by way of whom: TLS, and the proxy of the environment."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from omi_core.http_client.exchange import Exchanges
from omi_core.http_client.httpx_transport import BoundedTransport
from omi_core.http_client.meter import AnswerLimits, AnswerTooSlowError
from omi_core.http_client.requests_adapter import BoundedAdapter
from tests.unit.http_client.strange_servers import HEAD, saying, serving

LIMITS = AnswerLimits(octets=100_000, seconds=5)
GOOD = HEAD + b"Content-Length: 2\r\nLink: <a>\r\nLink: <b>\r\n\r\n{}"


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key, and a certificate of 127.0.0.1 that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stand-in")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(certificate.public_bytes(Encoding.PEM) + private)
    return file


@contextmanager
def tls(pem: Path, octets: bytes = GOOD) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with serving(saying(octets), context) as url:
        yield url


def test_one_who_is_trusted_is_asked_over_tls_on_one_connection(pem: Path) -> None:
    session = requests.Session()
    session.mount("https://", BoundedAdapter(LIMITS))
    with tls(pem) as url, session:
        answer = session.get(url, verify=str(pem))
        assert (answer.json(), answer.headers["link"]) == ({}, "<a>, <b>")


def test_one_who_is_not_trusted_is_sent_nothing(pem: Path) -> None:
    session = requests.Session()
    session.mount("https://", BoundedAdapter(LIMITS))
    with (
        tls(pem) as url,
        session,
        pytest.raises(requests.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        session.get(url)
    client = httpx.Client(transport=BoundedTransport(LIMITS))
    with tls(pem) as url, client, pytest.raises(httpx.ConnectError):
        client.get(url)


def test_a_certificate_of_another_name_is_none(pem: Path) -> None:
    exchanges = Exchanges(limits=LIMITS, context=ssl.create_default_context(cafile=pem))
    with tls(pem) as url, pytest.raises(ssl.SSLCertVerificationError):
        exchanges.ask("GET", url.replace("127.0.0.1", "localhost"))


def test_a_handshake_without_end_ends() -> None:
    exchanges = Exchanges(limits=AnswerLimits(octets=100, seconds=0.3))
    with (
        serving(lambda connection: connection.recv(1) and None) as url,
        pytest.raises(AnswerTooSlowError, match=r"within 0\.3 s"),
    ):
        exchanges.ask("GET", url.replace("http", "https"))


def test_the_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[bytes] = []

    def refuse(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    with serving(refuse, heard=said) as proxy:
        monkeypatch.setenv("https_proxy", proxy.replace("//", "//us:p%40ss@"))
        monkeypatch.setenv("no_proxy", "")
        with pytest.raises(OSError, match="407"):
            Exchanges(limits=LIMITS).ask("GET", "https://ca.example/dir")
    assert said[0].startswith(b"CONNECT ca.example:443 HTTP/1.")
    assert b"Proxy-Authorization: Basic dXM6cEBzcw==" in said[0]


def test_a_proxy_without_tls_is_given_all_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[bytes] = []
    with serving(saying(GOOD), heard=said) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        assert Exchanges(limits=LIMITS).ask("GET", "http://ca.example/dir?a=b").body == b"{}"
    assert said[0].startswith(b"GET http://ca.example/dir?a=b HTTP/1.1\r\nHost: ca.example\r\n")


def test_those_without_a_proxy_are_asked_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(saying(GOOD)) as url:
        assert Exchanges(limits=LIMITS).ask("GET", url).body == b"{}"
