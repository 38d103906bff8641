"""Cloudflare's envelopes: zones, pages of records, and what it says of a batch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import cloudflare
import httpx

from omi_core.dns.providers.cloudflare.answer import ApiAnswer
from omi_core.dns.providers.cloudflare.api import Api
from omi_core.dns.providers.cloudflare.budget import Budget
from omi_core.dns.providers.cloudflare.record import Batch, record_of
from omi_core.errors import OmiError
from omi_core.names import Fqdn
from omi_core.secret import Secret
from tests.fuzz.parsers.scripted import Said, said

RAISES = (OmiError,)
TOKEN = "v1.0-cf-token-0123456789"
SHOP = Fqdn.parse("shop.example")


@dataclass(kw_only=True)
class _Scripted(Api):
    script: Iterator[Said] = field(default_factory=lambda: iter(()))
    asked: int = 0

    def _ask(self, call: Callable[[], Any]) -> ApiAnswer:
        del call
        self.budget.spend()
        self.asked += 1
        one = next(self.script, None)
        if one is None:
            raise cloudflare.APIConnectionError(request=httpx.Request("GET", "https://x"))
        return ApiAnswer(
            status=one.status, body=one.body, retry_after=one.retry_after, hide=self._hidden
        )


def read_cloudflare(octets: bytes) -> tuple[object, ...]:
    api = _Scripted(token=Secret(TOKEN), budget=_hasty(), script=said(octets))
    zones = api.zones(SHOP)
    records = [record_of(entry) for entry in api.records(SHOP, "0" * 32)]
    for record in records:
        str(record)
    api.batch(SHOP, "0" * 32, Batch(posts=({"name": "shop.example", "type": "TXT"},)))
    return zones, records, api.asked


def _hasty() -> Budget:
    """A budget whose clock goes on by as much as is slept."""
    slept = [0.0]

    def sleep(seconds: float) -> None:
        assert seconds >= 0
        slept[0] += seconds
        assert slept[0] < 4000, "it waits for an hour"

    return Budget(clock=lambda: slept[0], sleep=sleep)


def judge_cloudflare(octets: bytes, found: Any) -> None:
    if found is None:
        return
    zones, records, asked = found
    assert asked <= octets.count(b"\0") + 1
    assert all(len(zone.identifier) == 32 for zone in zones)
    for record in records:
        assert record.name.text.endswith(".")
        repr(record).encode(errors="surrogatepass")
