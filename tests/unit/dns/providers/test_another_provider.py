"""Another DNS service is a folder and a line in the factory, as CONTRIBUTING.md says."""

import re
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from pyinfra.api.exceptions import InventoryError

from omi_core.dns.plan import Change
from omi_core.dns.providers.factory import SERVICES, provider_of
from omi_core.dns.zone import Zone
from omi_core.errors import InputError
from omi_core.inventory import dns_service, environment, provided_files
from omi_core.inventory.model import Environment, OtherDns
from omi_core.inventory.reader import Reader, parse_path
from omi_core.names import Fqdn


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperProvider:
    """A service of a page of code, which is what a folder holds."""

    book: Path
    writable: tuple[Fqdn, ...]

    def zones(self) -> tuple[Fqdn, ...]:
        return self.writable

    def read(self, zone: Fqdn, names: Collection[Fqdn]) -> Zone:
        del names
        return Zone.of(zone, ())

    def apply(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        del zone, changes


def provider(
    settings: OtherDns, writable: tuple[Fqdn, ...], _progress: Callable[[str], None]
) -> PaperProvider:
    book = dict(settings.settings).get("book")
    return PaperProvider(
        book=Reader(settings.where).text("book", parse_path, book), writable=writable
    )


@pytest.fixture(autouse=True)
def _paper(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ModuleType("omi_core.dns.providers.paper")
    folder.provider = provider  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, folder.__name__, folder)
    monkeypatch.setitem(SERVICES, "paper", folder.__name__)


def with_dns(dns: OtherDns) -> Environment:
    return environment(
        operator_zone="itpison.com",
        public_names=("smtp.itpison.com",),
        postmaster="postmaster@itpison.com",
        customers=(),
        issuer=provided_files(chain_file="chain.pem", key_file="key.pem"),
        dns=dns,
    )


def test_the_inventory_names_it_and_the_factory_makes_it() -> None:
    made = provider_of(with_dns(dns_service("paper", {"book": "zones.txt"})))
    assert made == PaperProvider(book=Path("zones.txt"), writable=(Fqdn.parse("itpison.com"),))


def test_a_wrong_setting_names_its_line_in_the_inventory() -> None:
    settings = dns_service("paper", {"book": 7})
    with pytest.raises(InputError, match=r"test_another_provider\.py:\d+: book: must be a text"):
        provider_of(with_dns(settings))


def test_a_service_that_nobody_knows_is_refused_with_those_that_are_there() -> None:
    with pytest.raises(InputError, match="'pigeon' is not one of the services, cloudflare, manual"):
        provider_of(with_dns(dns_service("pigeon")))


@pytest.mark.parametrize(
    ("service", "call"),
    [("rfc2136", "rfc2136("), ("cloudflare", "cloudflare("), ("manual", "manual_dns(")],
)
def test_a_service_with_a_call_of_its_own_is_written_so(service: str, call: str) -> None:
    with pytest.raises(InventoryError, match=re.escape(f"is written as {call}")):
        dns_service(service)


def test_every_service_can_be_imported_and_made() -> None:
    from importlib import import_module

    for place in SERVICES.values():
        assert callable(import_module(place).provider)
