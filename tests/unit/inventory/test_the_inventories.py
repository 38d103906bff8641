"""The inventories of this repository, as deploys load them."""

from dataclasses import replace
from pathlib import Path

import pytest

from omi_core.inventory.load import relays_in
from omi_core.inventory.model import CloudflareDns, Environment, Rfc2136Dns

ROOT = Path(__file__).parents[3]


def environment_of(name: str, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.chdir(ROOT)
    return relays_in(Path(f"inventories/{name}.py"))[0].environment


def test_production_publishes_at_cloudflare(monkeypatch: pytest.MonkeyPatch) -> None:
    found = environment_of("prod", monkeypatch)
    assert found.dns == CloudflareDns(token_file=Path("/etc/omi-control/cloudflare.token"))


@pytest.mark.parametrize("name", ["prod", "lab", "lab_cloudflare"])
def test_relays_have_a_certificate_for_clients_that_know_rsa_alone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(environment_of(name, monkeypatch).certificates.keys) == {"ecdsa", "rsa"}


def test_the_lab_is_the_same_with_either_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = environment_of("lab", monkeypatch)
    other = environment_of("lab_cloudflare", monkeypatch)
    assert isinstance(lab.dns, Rfc2136Dns)
    assert replace(other, dns=lab.dns) == lab
    assert other.dns == CloudflareDns()
    for name in ("lab", "lab_cloudflare"):
        assert (ROOT / f"group_data/{name}.py").is_file()
