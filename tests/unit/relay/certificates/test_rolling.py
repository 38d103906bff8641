"""The proof of a certificate: what of a relay's listeners was seen from here."""

from ipaddress import ip_address
from pathlib import Path

import pytest

from omi_core.relay.certificates import rolling as certificates
from omi_core.relay.own_process import CommandResult
from omi_core.smtp.listeners import PORTS
from tests.fake.relays import environment, relay

ADDRESSES = (ip_address("192.0.2.1"), ip_address("2001:db8::1"))


def test_where_nobody_can_look_from_here_every_listener_is_left_to_the_relay(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    unseen = CommandResult(problem="omi cert check was not over after 60 s")
    monkeypatch.setattr(certificates, "omi", lambda *_, **__: unseen)
    seen = list(certificates.from_here(relay(environment(tmp_path), 1), ADDRESSES))
    assert [one.place for one in seen] == [
        f"{address} {port}" for address in ADDRESSES for port in PORTS
    ]
    assert {(one.sha256, one.problem) for one in seen} == {("", unseen.problem)}
