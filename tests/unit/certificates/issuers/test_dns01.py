"""Validation records: published, removed whatever happens, and nobody else's touched."""

from collections.abc import Sequence

import pytest

from omi_core.certificates.issuers.acme import dns01
from omi_core.dns.client.server import Server
from omi_core.dns.errors import ServerRefusedError, ZoneChangedError
from omi_core.dns.providers.manual import ManualProvider
from omi_core.errors import InputError
from omi_core.names import Fqdn
from tests.unit.certificates.issuers.zone_in_memory import ZONE, Memory

SMTP = Fqdn.parse("smtp.itpison.com")
PLACE = "_acme-challenge.smtp.itpison.com"
TOKEN, LEFT = "a" * 43, "b" * 43
TOKENS = {SMTP: frozenset({TOKEN})}
BROKEN = RuntimeError("the CA said no")


@pytest.fixture(autouse=True)
def _everybody_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omi_core.dns.agreement.wait_until_agreed", lambda *_, **__: ())


def servers(_: Fqdn) -> Sequence[Server]:
    return ()


def test_the_token_is_there_while_the_ca_looks_and_gone_afterwards() -> None:
    zone = Memory()
    with dns01.published(zone, TOKENS, servers=servers, progress=print):
        assert zone.texts(PLACE) == [f'"{TOKEN}"']
    assert zone.texts(PLACE) == []


def test_it_is_gone_also_when_the_order_fails() -> None:
    zone = Memory()
    with (
        pytest.raises(RuntimeError, match="said no"),
        dns01.published(zone, TOKENS, servers=servers, progress=print),
    ):
        raise BROKEN
    assert zone.texts(PLACE) == []


def test_what_a_killed_run_left_goes_and_what_others_wrote_stays() -> None:
    zone = Memory()
    zone.put(PLACE, LEFT)
    zone.put(PLACE, "somebody else's note")
    with dns01.published(zone, TOKENS, servers=servers, progress=print):
        assert zone.texts(PLACE) == [f'"{TOKEN}"', '"somebody else\'s note"']
    assert zone.texts(PLACE) == ['"somebody else\'s note"']


def test_somebody_elses_change_meanwhile_only_asks_for_another_plan() -> None:
    zone = Memory(moves=3)
    with dns01.published(zone, TOKENS, servers=servers, progress=print):
        assert zone.texts(PLACE) == [f'"{TOKEN}"']
    busy = Memory(moves=9)
    with (
        pytest.raises(ZoneChangedError),
        dns01.published(busy, TOKENS, servers=servers, progress=print),
    ):
        pass


def test_a_refused_update_is_the_servers_sentence() -> None:
    with (
        pytest.raises(ServerRefusedError, match="REFUSED"),
        dns01.published(Memory(refuses=True), TOKENS, servers=servers, progress=print),
    ):
        pass


def test_a_record_that_cannot_be_removed_is_said_and_does_not_hide_what_went_wrong() -> None:
    zone, said = Memory(), []

    def fail() -> None:
        with dns01.published(zone, TOKENS, servers=servers, progress=said.append):
            zone.refuses = True
            raise BROKEN

    with pytest.raises(RuntimeError, match="said no"):
        fail()
    assert [each.en for each in said] == [
        "the validation records stay for now: the server refuses the update (REFUSED)"
    ]


@pytest.mark.parametrize(
    ("provider", "says"),
    [
        (ManualProvider(writable=(ZONE,)), "edited by hand cannot validate"),
        (Memory(), "is in no zone that may be written"),
    ],
)
def test_names_that_cannot_be_validated_are_refused_before_anything(
    provider: Memory | ManualProvider, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        dns01.require_zones(provider, [Fqdn.parse("smtp.example.net")])
