"""What an ACME server may do to us where Pebble does not: a stand-in that is scripted."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from acme import challenges, errors, messages
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from omi_core.certificates.errors import CaUnreachableError, IssuanceError, RateLimitedError
from omi_core.certificates.issuer import Request
from omi_core.certificates.issuers.acme import network as acme_network
from omi_core.certificates.issuers.acme.account import account_key
from omi_core.certificates.issuers.acme.issuer import AcmeIssuer
from omi_core.certificates.issuers.acme.journal import Journal
from omi_core.errors import InputError
from omi_core.inventory.issuers import Acme, ExternalAccount
from omi_core.names import Fqdn
from tests.unit.certificates.authorities import NOW, chain
from tests.unit.certificates.issuers.zone_in_memory import Memory

SMTP = Fqdn.parse("smtp.itpison.com")
ACME_ERROR = "urn:ietf:params:acme:error:"
PLACE = "smtp.itpison.com.ecdsa"


class StandIn:
    """Answers the account, and to an order whatever the script says, one answer after another."""

    def __init__(self) -> None:
        self.script: list[tuple[int, dict[str, str], object]] = []
        self.bad_nonces = 0
        self.asked: list[str] = []
        self.meta: dict[str, object] = {}
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_HEAD(self) -> None:
                self.answer(200, {}, b"")

            def do_GET(self) -> None:
                at = stand_in.url.removesuffix("/dir")
                names = ("newNonce", "newAccount", "newOrder", "renewalInfo", "revokeCert")
                directory = {name: f"{at}/{name}" for name in names}
                self.answer(200, {}, {**directory, "meta": stand_in.meta})

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                stand_in.asked.append(self.path)
                if stand_in.bad_nonces:
                    stand_in.bad_nonces -= 1
                    self.answer(400, {}, {"type": f"{ACME_ERROR}badNonce", "detail": "again"})
                elif self.path == "/newAccount":
                    self.answer(201, {"Location": stand_in.url + "/1"}, {"status": "valid"})
                else:
                    self.answer(*stand_in.script.pop(0))

            def answer(self, code: int, headers: dict[str, str], body: object) -> None:
                text = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Replay-Nonce", "bm9uY2U")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/dir"

    def refuses(self, code: int, kind: str, detail: str, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.script.append((code, named, {"type": ACME_ERROR + kind, "detail": detail}))

    def certifies(self, pem: bytes) -> None:
        """Take an order whose name is proven already, and end it with a certificate."""
        at = self.url.removesuffix("/dir")
        name = {"type": "dns", "value": SMTP.relative}
        order = {
            "status": "ready",
            "identifiers": [name],
            "authorizations": [f"{at}/authorization"],
            "finalize": f"{at}/finalize",
        }
        valid = {**order, "status": "valid", "certificate": f"{at}/certificate"}
        self.script += [
            (201, {"Location": f"{at}/order"}, order),
            (200, {}, {"status": "valid", "identifier": name, "challenges": []}),
            (200, {"Location": f"{at}/order"}, {**order, "status": "processing"}),
            (200, {}, valid),
            (200, {}, pem),
        ]

    def end(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def ca() -> Iterator[StandIn]:
    made = StandIn()
    yield made
    made.end()


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seconds: list[float] = []
    original = acme_network.AcmeNetwork.__init__

    def patched(self: Any, *arguments: Any) -> None:
        original(self, *arguments, sleep=seconds.append)

    monkeypatch.setattr(acme_network.AcmeNetwork, "__init__", patched)
    return seconds


def issuer(url: str, directory: Path, **changes: Any) -> AcmeIssuer:
    settings = Acme(url=url, directory=directory / "acme", **changes)
    return AcmeIssuer(settings=settings, provider=Memory, ask_caa=lambda _: ())


def issue(made: AcmeIssuer) -> None:
    made.issue(Request(place=PLACE, names=(SMTP,), pem=b"", replaces=None))


def test_bad_nonces_are_met_with_others_until_one_is_taken(ca: StandIn, tmp_path: Path) -> None:
    ca.bad_nonces = 15
    ca.refuses(403, "unauthorized", "you may not")
    with pytest.raises(IssuanceError, match=r"^the CA refuses: you may not$"):
        issue(issuer(ca.url, tmp_path))
    assert len(ca.asked) == 17


def test_a_server_that_takes_no_nonce_at_all_is_given_up(ca: StandIn, tmp_path: Path) -> None:
    ca.bad_nonces = 1000
    with pytest.raises(IssuanceError, match="again"):
        issue(issuer(ca.url, tmp_path))


def test_a_short_retry_after_is_waited_for(ca: StandIn, tmp_path: Path, slept: list[float]) -> None:
    ca.refuses(429, "rateLimited", "slower", Retry_After="7")
    ca.refuses(503, "serverInternal", "busy", Retry_After="3")
    ca.refuses(403, "unauthorized", "no")
    with pytest.raises(IssuanceError, match="no"):
        issue(issuer(ca.url, tmp_path))
    assert slept == [7.0, 3.0]


def test_a_long_one_is_said_and_not_waited_for(
    ca: StandIn, tmp_path: Path, slept: list[float]
) -> None:
    ca.refuses(429, "rateLimited", "too many certificates", Retry_After="3600")
    with pytest.raises(RateLimitedError, match=r"for 3600 s more \(too many certificates\)"):
        issue(issuer(ca.url, tmp_path))
    assert slept == []


def test_a_server_that_is_down_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CaUnreachableError, match=r"^http://127.0.0.1:9/dir cannot be reached"):
        issue(issuer("http://127.0.0.1:9/dir", tmp_path))


@pytest.mark.parametrize("answer", [b"<html>no</html>", {"status": "pending"}, []])
def test_what_is_no_acme_is_one_sentence(ca: StandIn, tmp_path: Path, answer: object) -> None:
    ca.script.append((201, {"Location": ca.url}, answer))
    with pytest.raises(CaUnreachableError, match="does not answer as an ACME server"):
        issue(issuer(ca.url, tmp_path))


def test_caa_is_asked_before_there_is_an_order(ca: StandIn, tmp_path: Path) -> None:
    from omi_core.certificates.issuers.acme.caa import Caa

    ca.meta = {"caaIdentities": ["us.example"]}
    made = issuer(ca.url, tmp_path)
    made.ask_caa = lambda _: (Caa(flags=0, tag="issue", value="other.example"),)
    with pytest.raises(IssuanceError, match=r"forbids this CA to certify smtp\.itpison\.com"):
        issue(made)
    assert ca.asked == []


def test_the_account_key_is_private_and_made_once(tmp_path: Path) -> None:
    settings = Acme(url="https://ca.example/dir", directory=tmp_path / "acme")
    first = account_key(settings)
    file = tmp_path / "acme/account.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert account_key(settings) == first
    file.chmod(0o644)
    with pytest.raises(InputError, match="can be read by others"):
        account_key(settings)


def test_a_ca_that_wants_an_account_of_its_own_says_how(ca: StandIn, tmp_path: Path) -> None:
    ca.meta = {"externalAccountRequired": True}
    with pytest.raises(IssuanceError, match="set external_account="):
        issue(issuer(ca.url, tmp_path))


def test_the_key_of_an_external_account_never_stands_in_a_sentence(
    ca: StandIn, tmp_path: Path
) -> None:
    file = tmp_path / "mac"
    file.touch(0o600)
    file.write_text("Xyzzy Marker")
    account = ExternalAccount(key_id="kid", mac_key_file=file)
    ca.refuses(403, "unauthorized", "no")
    with pytest.raises((InputError, IssuanceError)) as error:
        issue(issuer(ca.url, tmp_path, external_account=account))
    assert "Xyzzy" not in str(error.value)


def test_the_key_of_an_external_account_is_for_its_owner_alone(ca: StandIn, tmp_path: Path) -> None:
    file = tmp_path / "mac"
    file.write_text("Xyzzy")
    file.chmod(0o640)
    account = ExternalAccount(key_id="kid", mac_key_file=file)
    with pytest.raises(InputError, match="mac can be read by others; run chmod 600 on it"):
        issue(issuer(ca.url, tmp_path, external_account=account))


def test_an_order_is_under_way_until_its_certificate_is_served(ca: StandIn, tmp_path: Path) -> None:
    made = issuer(ca.url, tmp_path)
    ca.refuses(403, "unauthorized", "no")
    with pytest.raises(IssuanceError):
        issue(made)
    assert made.is_under_way(PLACE)
    made.forget(PLACE)
    assert not made.is_under_way(PLACE)


def test_when_to_renew_is_asked_once_and_remembered(tmp_path: Path) -> None:
    made = issuer("http://127.0.0.1:9/dir", tmp_path)
    served = chain("smtp.itpison.com")
    at = NOW + timedelta(days=1)
    made.journal.will_renew(served.fingerprint, at, NOW + timedelta(days=36500))
    assert made.renew_at(served) == at


def test_half_of_a_journal_is_none(tmp_path: Path) -> None:
    journal = Journal(directory=tmp_path)
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders/x.json").write_text('{"ord')
    assert journal.order_of("x") == ""
    assert journal.order_of("y") is None
    assert journal.renewal("z") is None


def test_an_order_of_another_ca_is_not_taken_up(ca: StandIn, tmp_path: Path) -> None:
    made = issuer(ca.url, tmp_path)
    made.journal.began(PLACE, "http://127.0.0.1:9/order/1")
    ca.refuses(403, "unauthorized", "it asked us")
    with pytest.raises(IssuanceError, match="it asked us"):
        issue(made)


def test_a_ca_that_certifies_another_key_is_asked_twice_and_no_more(
    ca: StandIn, tmp_path: Path
) -> None:
    other = chain("smtp.itpison.com")
    for _ in range(2):
        ca.certifies(other.pem)
    made = issuer(ca.url, tmp_path)
    request = Request(place=PLACE, names=(SMTP,), pem=csr())
    assert made.issue(request) == other
    assert ca.asked.count("/newOrder") == 2
    assert ca.script == []


def csr() -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    made = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return made.public_bytes(Encoding.PEM)


def test_what_has_nothing_to_do_does_not_load_the_library(tmp_path: Path) -> None:
    """It takes a fifth of a second, at each run of each deploy."""
    script = (
        "import sys; from pathlib import Path; from omi_core.inventory.issuers import Acme;"
        "from omi_core.certificates.issuers.acme.issuer import AcmeIssuer;"
        f"made = AcmeIssuer(settings=Acme(url='https://x', directory=Path({str(tmp_path)!r})),"
        " provider=None); made.mark; made.is_under_way('x');"
        "sys.exit('acme' in sys.modules)"
    )
    root = str(Path(__file__).parents[4])
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, env={**os.environ, "PYTHONPATH": root}
    )
    assert done.returncode == 0


def test_a_name_that_the_ca_could_not_validate_is_named_with_its_reason() -> None:
    reason = messages.Error(typ=f"{ACME_ERROR}dns", detail="No TXT record found")
    challenge = messages.ChallengeBody(
        chall=challenges.DNS01(token=b"x" * 32),
        uri="x",
        status=messages.STATUS_INVALID,
        error=reason,
    )
    body = messages.Authorization(
        identifier=messages.Identifier(typ=messages.IDENTIFIER_FQDN, value="smtp.itpison.com"),
        challenges=[challenge],
        status=messages.STATUS_INVALID,
    )
    failed = errors.ValidationError([messages.AuthorizationResource(body=body, uri="x")])
    with (
        pytest.raises(
            IssuanceError, match=r"could not validate smtp\.itpison\.com \(No TXT record"
        ),
        acme_network.answering("https://ca.example/dir"),
    ):
        raise failed


def test_an_order_that_the_ca_made_invalid_is_one_sentence_with_every_part() -> None:
    parts = (messages.Error(typ=f"{ACME_ERROR}caa", detail="CAA\nforbids"),)
    reason = messages.Error(typ=f"{ACME_ERROR}compound", detail="several", subproblems=parts)
    failed = errors.IssuanceError(reason)
    with (
        pytest.raises(
            IssuanceError, match=r"^the CA made the order invalid: several; CAA forbids$"
        ),
        acme_network.answering("https://ca.example/dir"),
    ):
        raise failed
