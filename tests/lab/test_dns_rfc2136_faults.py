"""What can go wrong on the way to a primary, with a real Knot at its end."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from omi_core.dns.claim import WholeSet
from omi_core.dns.client.server import Server
from omi_core.dns.errors import ZoneChangedError
from omi_core.dns.plan import Plan, Publication, plan
from omi_core.dns.proof import Expected, lacking
from omi_core.dns.providers.rfc2136.provider import Rfc2136Provider
from omi_core.dns.publication import CUSTOMER_TTL
from omi_core.dns.record import Type
from omi_core.dns.txt import Txt
from omi_core.errors import InputError, ObservationError
from omi_core.mailauth.dkim.selectors import key_name
from tests.lab.dns_proxy import Held, between, losing
from tests.lab.knot import OPERATOR, SHOP, Knot
from tests.lab.test_dns_rfc2136 import CUSTOMER, name, planned, run, text_at, wanted

pytestmark = pytest.mark.lab


@pytest.fixture
def knot(tmp_path: Path) -> Iterator[Knot]:
    server = Knot(tmp_path / "knot")
    yield server
    server.stop()


def serial(knot: Knot) -> str:
    [soa] = knot.provider().read(SHOP, []).set(SHOP, "SOA")
    return soa.handle


def test_an_update_whose_answer_is_lost_is_found_done_and_not_sent_again(knot: Knot) -> None:
    made = planned(knot.provider())
    with between(("127.0.0.1", knot.port), after=losing(1)) as port:
        knot.provider(port=port).apply(SHOP, made.changes)
    assert not planned(knot.provider())


def test_an_update_that_timed_out_after_it_was_done_is_no_failure(knot: Knot) -> None:
    """The primary keeps its answer for longer than we wait."""
    made = planned(knot.provider())
    held = Held()
    with between(("127.0.0.1", knot.port), after=held) as port:
        knot.provider(port=port, timeout_s=0.5).apply(SHOP, made.changes)
        held.released.set()
    assert not planned(knot.provider())


def test_an_update_that_never_arrived_is_said_and_the_next_run_makes_it(knot: Knot) -> None:
    made, before = planned(knot.provider()), serial(knot)
    with between(("127.0.0.1", knot.port), before=losing(1)) as port:
        with pytest.raises(ObservationError, match="closed the connection unexpectedly"):
            knot.provider(port=port).apply(SHOP, made.changes)
        assert serial(knot) == before
        run(knot.provider(port=port))
    assert not planned(knot.provider())


def test_of_two_updates_the_lost_one_does_not_take_the_other_along(knot: Knot) -> None:
    keys = wanted(*(text_at(f"k{n}", f"v=DKIM1; p={n}" + "A" * 400) for n in range(300)))
    made = planned(knot.provider(), keys)
    with between(("127.0.0.1", knot.port), after=losing(1)) as port:
        knot.provider(port=port).apply(SHOP, made.changes)
    assert not planned(knot.provider(), keys)


def test_a_slow_primary_is_waited_for(knot: Knot) -> None:
    with between(("127.0.0.1", knot.port), octet_s=0.0005) as port:
        run(knot.provider(port=port))
    assert not planned(knot.provider())


def test_a_primary_that_dribbles_for_ever_ends_in_a_sentence(knot: Knot) -> None:
    within = pytest.raises(ObservationError, match=r"did not answer within 0\.2 s")
    with between(("127.0.0.1", knot.port), octet_s=0.05) as port, within:
        knot.provider(port=port, timeout_s=0.2).read(SHOP, [])


def test_a_primary_that_stops_in_the_middle_of_a_run_ends_in_a_sentence(knot: Knot) -> None:
    made = planned(knot.provider())
    os.kill(knot.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(ObservationError, match=r"did not answer within 0\.5 s"):
            knot.provider(timeout_s=0.5).apply(SHOP, made.changes)
    finally:
        os.kill(knot.process.pid, signal.SIGCONT)
    run(knot.provider())
    assert not planned(knot.provider())


def test_a_primary_that_is_gone_between_plan_and_apply_ends_in_a_sentence(knot: Knot) -> None:
    made = planned(provider := knot.provider())
    knot.stop()
    with pytest.raises(ObservationError, match="cannot be reached"):
        provider.apply(SHOP, made.changes)


def test_operators_who_publish_at_the_same_moment_all_end_well(knot: Knot) -> None:
    """Each has its plan before the first of them writes."""
    fleet = [(knot.provider(), planned(knot.provider())) for _ in range(6)]
    failures: list[BaseException] = []
    gate = threading.Barrier(len(fleet))

    def publish(provider: Rfc2136Provider, made: Plan) -> None:
        gate.wait(10)
        try:
            provider.apply(SHOP, made.changes)
        except Exception as error:  # noqa: BLE001 - asserted below
            failures.append(error)

    threads = [threading.Thread(target=publish, args=one) for one in fleet]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failures == []
    assert not planned(knot.provider())


def test_operators_with_different_wishes_never_mix(knot: Knot) -> None:
    """Two addresses for one name: one of them holds, whole, and the other is told."""
    wishes = [wanted(text_at("k", text), text_at("l", text)) for text in ("one", "two")]
    first, second = (planned(knot.provider(), wish) for wish in wishes)
    knot.provider().apply(SHOP, first.changes)
    with pytest.raises(ZoneChangedError, match=r"k\.shop\.example\. TXT.* changed"):
        knot.provider().apply(SHOP, second.changes)
    assert not planned(knot.provider(), wishes[0])


def test_a_txt_where_a_cname_stands_is_refused_with_the_name(knot: Knot) -> None:
    made = planned(knot.provider(), wanted(text_at("alias", "v=DKIM1; p=x")))
    with pytest.raises(InputError, match=r"alias\.shop\.example is a CNAME, so TXT cannot"):
        made.raise_if_unsafe()


def test_a_key_that_no_message_can_hold_is_refused_before_it_is_sent(knot: Knot) -> None:
    before = serial(knot)
    with pytest.raises(InputError, match=r"k\.shop\.example do(es)? not fit into one update"):
        run(knot.provider(), wanted(text_at("k", "v=DKIM1; p=" + "A" * 62_000)))
    assert serial(knot) == before


def test_a_key_is_proven_only_when_every_server_has_it(knot: Knot, tmp_path: Path) -> None:
    """One server that lags behind is enough to keep the old key signing."""
    late = Knot(tmp_path / "late")
    servers = {
        zone: [Server("127.0.0.1", knot.port), Server("127.0.0.1", late.port)]
        for zone in (SHOP, OPERATOR)
    }
    text = "v=DKIM1; k=rsa; p=" + "A" * 392
    ours = Publication(zone=OPERATOR, claims=(_whole(Type.TXT, Txt.of(text)),))
    theirs = wanted(_whole(Type.CNAME, key_name(SHOP, "omi2", OPERATOR)))
    expected = Expected(domain=SHOP, keys=(("omi2", text),))
    try:
        for server, lacks in ((knot, f"127.0.0.1:{late.port} serves nothing"), (late, "")):
            run(server.provider(), ours)
            run(server.provider(), theirs)
            said = lacking(expected, OPERATOR, servers.__getitem__, patience_s=0)
            assert said.startswith(lacks)
            assert bool(said) is bool(lacks)
    finally:
        late.stop()
    assert "cannot be reached" in lacking(expected, OPERATOR, servers.__getitem__, patience_s=0)


def _whole(kind: Type, value: object) -> WholeSet:
    at = key_name(SHOP, "omi2", OPERATOR) if kind is Type.TXT else name("omi2._domainkey")
    return WholeSet(name=at, type=kind, ttl=CUSTOMER_TTL, values=(value,))  # type: ignore[arg-type]


def test_what_a_server_that_never_saw_the_zone_says_is_no_proof(knot: Knot) -> None:
    made = plan(CUSTOMER, knot.provider().read(SHOP, []))
    assert made
    expected = Expected(domain=SHOP, keys=(("omi2", "v=DKIM1; p=x"),))
    servers = [Server("127.0.0.1", knot.port)]
    assert "serves nothing" in lacking(expected, OPERATOR, lambda _: servers, patience_s=0)
