"""An ACME server whose answers have no end, or say what no CA would."""

import resource
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from acme import errors, messages
from acme.client import ClientV2

from omi_core.certificates.chain import Chain
from omi_core.certificates.errors import CaUnreachableError, IssuanceError
from omi_core.certificates.issuers.acme import network as acme_network
from omi_core.certificates.issuers.acme.order import Orders
from omi_core.certificates.readable import from_der
from omi_core.http_client.meter import AnswerLimits
from tests.unit.certificates.authorities import chain
from tests.unit.certificates.issuers.test_acme import ACME_ERROR, StandIn, issue, issuer
from tests.unit.certificates.odd_certificates import GOOD, names
from tests.unit.certificates.odd_certificates import made as made_of
from tests.unit.http_client.strange_servers import HEAD, Talk, endless, serving

DRIP = threading.Event()
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def ca() -> Iterator[StandIn]:
    made = StandIn()
    yield made
    made.end()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = AnswerLimits(octets=1 << 20, seconds=0.3)
    monkeypatch.setattr(acme_network, "_LIMITS", limits)


@pytest.mark.parametrize(
    "talk",
    [
        endless(HEAD + b"\r\n", b"{" + b" " * 65535),
        endless(CHUNKED, b"10\r\n" + b"x" * 16 + b"\r\n"),
        endless(HEAD, b"X-More: " + b"x" * 60_000 + b"\r\n"),
        endless(HEAD + b"Content-Length: 99999999999\r\n\r\n", b"x" * 65536),
    ],
)
def test_a_body_without_end_takes_no_more_than_a_megabyte(talk: Talk, tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with serving(talk) as url, pytest.raises(CaUnreachableError, match="more than 1048576 octets"):
        issue(issuer(url, tmp_path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KB


@pytest.mark.parametrize(
    "talk",
    [
        endless(HEAD + b"\r\n", b" ", DRIP),
        endless(HEAD + b"X: ", b"x", DRIP),
        endless(CHUNKED, b"1\r\nx\r\n", DRIP),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", DRIP),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_a_body_that_drips_takes_no_more_than_its_time(talk: Talk, tmp_path: Path) -> None:
    with serving(talk) as url, pytest.raises(CaUnreachableError, match=r"within 0\.3 s; the cert"):
        issue(issuer(url, tmp_path))


@pytest.mark.parametrize("opens", [b"[", b'{"status":', b'{"subproblems":['])
@pytest.mark.parametrize("status", [201, 403])
def test_json_without_end_is_one_sentence(
    ca: StandIn, tmp_path: Path, opens: bytes, status: int
) -> None:
    ca.script.append((status, {"Location": ca.url}, opens * 20_000))
    with pytest.raises(CaUnreachableError, match=r"JSON of more than 32 levels|what is not JSON"):
        issue(issuer(ca.url, tmp_path))


def test_an_order_of_very_many_proofs_is_not_begun(ca: StandIn, tmp_path: Path) -> None:
    many = [f"{ca.url}/{number}" for number in range(5000)]
    order = {"status": "pending", "authorizations": many, "identifiers": [], "finalize": ca.url}
    ca.script.append((201, {"Location": ca.url}, order))
    with pytest.raises(CaUnreachableError, match="does not answer as an ACME server"):
        issue(issuer(ca.url, tmp_path))
    assert len(ca.asked) == 2


def test_a_reason_without_end_is_a_sentence(ca: StandIn, tmp_path: Path) -> None:
    parts = [{"type": f"{ACME_ERROR}caa", "detail": "no" * 5000}] * 20
    body = {"type": f"{ACME_ERROR}compound", "detail": "several", "subproblems": parts}
    ca.script.append((403, {}, body))
    with pytest.raises(IssuanceError) as caught:
        issue(issuer(ca.url, tmp_path))
    assert len(str(caught.value)) < 600


NAMED = {"identifier": {"type": "dns", "value": "smtp.shop.example"}}


@pytest.mark.parametrize(
    ("body", "said"),
    [(NAMED, r"smtp\.shop\.example \(no reason\)"), ({}, r"a name \(no reason\)")],
)
def test_a_proof_that_failed_is_a_sentence_whatever_is_missing(
    body: dict[str, Any], said: str
) -> None:
    authorization = messages.Authorization.from_json(body | {"status": "invalid"})
    failed = messages.AuthorizationResource(body=authorization)
    with (
        pytest.raises(IssuanceError, match=said),
        acme_network.answering("https://ca.example/directory"),
    ):
        raise errors.ValidationError([failed])


def test_redirects_without_end_are_followed_three_times(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def elsewhere(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")

    with (
        serving(elsewhere, heard=heard) as url,
        pytest.raises(CaUnreachableError, match="cannot be reached"),
    ):
        issue(issuer(url, tmp_path))
    assert len(heard) == 4


@pytest.mark.parametrize("retry_after", ["0", "Tue, 01 Jan 2019 00:00:00 GMT", "-1"])
def test_busy_for_ever_ends(
    ca: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, retry_after: str
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(acme_network.AcmeNetwork.__init__, "__defaults__", (slept.append,))
    for _ in range(1000):
        ca.refuses(503, "serverInternal", "busy", Retry_After=retry_after)
    with pytest.raises(IssuanceError, match="busy"):
        issue(issuer(ca.url, tmp_path))
    assert sum(slept) <= 60
    assert len(ca.asked) < 30


@pytest.mark.parametrize(
    "told",
    [
        lambda _: (None, datetime.max),  # noqa: DTZ901 - as acme gives it, in local time
        lambda _: (None, datetime(1999, 1, 1)),  # noqa: DTZ001
        lambda _: (None, datetime.now() + timedelta(days=9999)),  # noqa: DTZ005
        lambda _: 1 / 0,
        lambda _: {}["suggestedWindow"],
        lambda _: int("soon"),
    ],
    ids=["never", "past", "late", "overflow", "missing", "nonsense"],
)
def test_what_a_ca_says_about_renewal_costs_no_certificate(tmp_path: Path, told: Any) -> None:
    served = chain("smtp.itpison.com")
    made = issuer("https://ca.example/dir", tmp_path)
    client = SimpleNamespace(renewal_time=told)
    orders = Orders(of=made, key=None, client=client)  # type: ignore[arg-type]
    assert orders.ask_renewal(served) is None
    remembered = made.journal.renewal(served.fingerprint)
    assert remembered is not None
    assert timedelta(0) < remembered[1] - datetime.now(UTC) <= timedelta(days=1)


def test_a_certificate_without_a_key_identifier_is_not_given_up(tmp_path: Path) -> None:
    """RFC 9773 4.1 names a certificate by it; a private CA may leave it out (RFC 5280 4.2.1.1)."""
    served = Chain(certificates=from_der([made_of(names(GOOD))]))
    made = issuer("https://ca.example/dir", tmp_path)
    directory = messages.Directory({"renewalInfo": "https://ca.example/renewal"})
    client = ClientV2(directory, net=None)  # type: ignore[arg-type]
    orders = Orders(of=made, key=None, client=client)  # type: ignore[arg-type]
    assert orders.ask_renewal(served) is None
    assert made.journal.renewal(served.fingerprint) is not None
