"""What a CA answers: its directory, an order, proofs, a certificate, when to renew."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import requests
from acme import client as acme_client
from acme import crypto_util
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from requests.structures import CaseInsensitiveDict

from omi_core.certificates.chain import Chain
from omi_core.certificates.issuer import Request
from omi_core.certificates.issuers.acme import order as acme_order
from omi_core.certificates.issuers.acme.account import account_key
from omi_core.certificates.issuers.acme.context import AcmeContext
from omi_core.certificates.issuers.acme.network import AcmeNetwork, answering
from omi_core.certificates.issuers.acme.order import Orders
from omi_core.errors import OmiError
from omi_core.inventory.issuers import Acme
from omi_core.names import Fqdn
from tests.fuzz.parsers.scripted import Said, said

RAISES = (OmiError,)
SMTP = Fqdn.parse("smtp.relay.example")
URL = "https://ca.example/dir"


class _Session:
    """As much of requests.Session as acme's network uses."""

    def __init__(self, script: Iterator[Said]) -> None:
        self._script = script
        self.asked = 0

    def request(self, method: str, url: str, **_: Any) -> requests.Response:
        del method
        self.asked += 1
        one = next(self._script, None)
        if one is None:
            raise requests.ConnectionError
        made = requests.Response()
        made.status_code, made.url, made._content = one.status, url, one.body
        made.headers = CaseInsensitiveDict(
            {"Replay-Nonce": "bm9uY2U", "Location": url + "/1", "Content-Type": "application/json"}
        )
        if one.retry_after:
            made.headers["Retry-After"] = one.retry_after
        return made


class _Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


class _Journal:
    """What is under way, in memory: on a disk each input would wait for three writes."""

    def __init__(self) -> None:
        self._orders: dict[str, str] = {}
        self._renewals: dict[str, tuple[datetime | None, datetime]] = {}

    def order_of(self, place: str) -> str | None:
        return self._orders.get(place)

    def began(self, place: str, order: str) -> None:
        self._orders[place] = order

    def ended(self, place: str) -> None:
        self._orders.pop(place, None)

    def renewal(self, fingerprint: str) -> tuple[datetime | None, datetime] | None:
        return self._renewals.get(fingerprint)

    def will_renew(self, fingerprint: str, at: datetime | None, ask_again: datetime) -> None:
        self._renewals = {fingerprint: (at, ask_again)}


@dataclass(frozen=True)
class _Account:
    context: AcmeContext
    key: Any
    request: Request


@cache
def _account() -> _Account:
    directory = Path(tempfile.mkdtemp(prefix="fuzz-acme-"))
    context = AcmeContext(
        settings=Acme(url=URL, directory=directory, caa_identity="ca.example"),
        ask_caa=lambda *_: (),
    )
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    csr = crypto_util.make_csr(pem, [SMTP.relative])
    request = Request(place="x", names=(SMTP,), pem=csr)
    return _Account(context, account_key(context.settings), request)


def read(octets: bytes) -> tuple[object, ...]:
    account, clock = _account(), _Clock()
    acme_order.time = acme_client.time = clock
    network = AcmeNetwork(account.key, None, account.context.progress, clock.sleep)
    network.session = _Session(said(octets))  # type: ignore[assignment]
    account.context.journal = _Journal()  # type: ignore[assignment]
    with answering(URL):
        directory = acme_client.ClientV2.get_directory(URL, network)
        client = acme_client.ClientV2(directory, network)
        orders = Orders(of=account.context, key=account.key, client=client)
        order = orders._order(account.request)
        pending = list(acme_order._pending(order))
        acme_order._await_authorizations(client, order)
        deadline = datetime.now() + timedelta(hours=1)  # noqa: DTZ005 - as acme compares it
        chain = Chain.parse(client.finalize_order(order, deadline).fullchain_pem.encode())
        at = orders._asked(chain)
    return pending, chain.names, at, clock.now


def judge(octets: bytes, found: Any) -> None:
    del octets
    if found is not None:
        pending, _, at, slept = found
        assert all(isinstance(name, Fqdn) for name, _ in pending)
        assert at is None or isinstance(at.astimezone(UTC), datetime)
        assert slept <= 600
