"""RFC 2136 against a real Knot: what a stand-in of our own would only repeat after us."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from omi_core.dns.agreement import authoritative_servers, wait_until_agreed
from omi_core.dns.claim import Claim, WholeSet
from omi_core.dns.client.server import Server
from omi_core.dns.client.tsig import TsigKey
from omi_core.dns.client.wire import batches, rdata_text
from omi_core.dns.errors import (
    NotPublishedError,
    PlanRefusedError,
    ServerRefusedError,
    ZoneChangedError,
)
from omi_core.dns.mail_claims import DmarcDefault, SpfInclude
from omi_core.dns.operator import Operator, RelayAddress, SenderDomain
from omi_core.dns.plan import Change, Plan, Publication, plan
from omi_core.dns.providers.rfc2136.provider import Rfc2136Provider
from omi_core.dns.publication import publications
from omi_core.dns.record import Record, RecordSet, Type
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.errors import InputError, ObservationError
from omi_core.mailauth.dkim.record import DkimKey
from omi_core.names import Fqdn
from omi_core.secret import Secret
from omi_core.text import Text
from tests.lab.knot import DEPLOY_SECRET, OPERATOR, SHOP, UPDATE_SECRET, Knot

pytestmark = pytest.mark.lab


@pytest.fixture
def knot(tmp_path: Path) -> Iterator[Knot]:
    server = Knot(tmp_path / "knot")
    yield server
    server.stop()


def name(labels: str) -> Fqdn:
    return SHOP.child(labels)


def wanted(*claims: Claim) -> Publication:
    return Publication(zone=SHOP, claims=claims)


def text_at(labels: str, text: str, ttl: int = 300) -> WholeSet:
    return WholeSet(name=name(labels), type=Type.TXT, ttl=ttl, values=(Txt.of(text),))


CUSTOMER = wanted(
    SpfInclude(name=SHOP, ttl=3600, target=Fqdn.parse("_spf.relay.example")),
    DmarcDefault(domain=SHOP, ttl=3600, record="v=DMARC1; p=none"),
    WholeSet(
        name=name("omi1._domainkey"),
        type=Type.CNAME,
        ttl=3600,
        values=(Fqdn.parse("omi1.shop.example.dkim.relay.example"),),
    ),
    text_at("long", "v=DKIM1; k=rsa; p=" + "A" * 392),
)


def planned(provider: Rfc2136Provider, desired: Publication = CUSTOMER) -> Plan:
    return plan(desired, provider.read(desired.zone, desired.looks_at()))


def run(provider: Rfc2136Provider, desired: Publication = CUSTOMER) -> Plan:
    made = planned(provider, desired)
    made.raise_if_unsafe()
    provider.apply(desired.zone, made.changes)
    return made


def foreign(zone: Zone) -> set[tuple[str, str, int, str]]:
    """What nobody here wrote, down to the octets of each string."""
    return {
        (str(r.name), r.type, r.ttl, rdata_text(r))
        for r in zone.records
        if r.type != "SOA" and "omi" not in rdata_text(r) and "relay.example" not in rdata_text(r)
        if not rdata_text(r).startswith('"v=')
    }


def test_a_customer_zone_is_published_and_the_second_run_has_nothing_to_do(knot: Knot) -> None:
    provider = knot.provider()
    before = provider.read(SHOP, [])
    assert len(run(provider).changes) == 4
    after = provider.read(SHOP, [])
    assert foreign(after) == foreign(before)
    assert Txt.of("v=spf1 a mx include:_spf.relay.example -all") in {
        r.data for r in after.set(SHOP, "TXT")
    }
    assert not planned(provider)


def test_foreign_strings_beside_ours_keep_their_octets_and_their_ttl(knot: Knot) -> None:
    provider = knot.provider()
    run(provider)
    apex = provider.read(SHOP, []).set(SHOP, "TXT")
    assert {record.ttl for record in apex} == {900}
    assert {rdata_text(r) for r in apex} >= {
        '"google-site-verification=abc" " and a second string"',
        '"\\200\\001 octets"',
    }


def test_ipv6_serves_as_well(knot: Knot) -> None:
    assert len(run(knot.provider(host="::1")).changes) == 4


def test_a_host_name_serves_as_well(knot: Knot) -> None:
    assert planned(knot.provider(host="localhost"))


def test_applying_the_same_plan_again_does_nothing(knot: Knot) -> None:
    provider = knot.provider()
    made = run(provider)
    serial = provider.read(SHOP, []).set(SHOP, "SOA")
    provider.apply(SHOP, made.changes)
    assert provider.read(SHOP, []).set(SHOP, "SOA") == serial


def test_a_zone_changed_after_the_plan_is_not_written(knot: Knot) -> None:
    provider = knot.provider()
    made = planned(provider)
    run(provider, wanted(SpfInclude(name=SHOP, ttl=60, target=Fqdn.parse("other.example"))))
    before = provider.read(SHOP, [])
    with pytest.raises(ZoneChangedError, match=r"shop\.example\. TXT changed after"):
        provider.apply(SHOP, made.changes)
    assert provider.read(SHOP, []) == before


def test_a_record_that_appeared_after_the_plan_is_not_overwritten(knot: Knot) -> None:
    provider = knot.provider()
    made = planned(provider)
    run(provider, wanted(text_at("_dmarc", "v=DMARC1; p=reject")))
    with pytest.raises(ZoneChangedError, match="_dmarc"):
        provider.apply(SHOP, made.changes)


def test_a_cname_is_not_planned_onto_a_name_in_use(knot: Knot) -> None:
    target = (Fqdn.parse("x.example"),)
    made = planned(
        knot.provider(),
        wanted(WholeSet(name=name("taken"), type=Type.CNAME, ttl=60, values=target)),
    )
    with pytest.raises(PlanRefusedError, match="cannot become a CNAME while it has TXT"):
        made.raise_if_unsafe()


def test_a_cname_onto_a_name_that_came_into_use_meanwhile_is_not_half_applied(knot: Knot) -> None:
    """The server alone would answer NOERROR and skip the CNAME."""
    provider = knot.provider()
    made = planned(provider)
    run(provider, wanted(text_at("omi1._domainkey", "somebody's key")))
    serial = provider.read(SHOP, []).set(SHOP, "SOA")
    with pytest.raises(ZoneChangedError):
        provider.apply(SHOP, made.changes)
    assert provider.read(SHOP, []).set(SHOP, "SOA") == serial


def test_a_record_that_the_server_skips_silently_is_noticed(knot: Knot) -> None:
    provider = knot.provider()
    cname = Record(name=name("taken"), type="CNAME", ttl=60, data=Fqdn.parse("x.example"))
    txt = provider.read(SHOP, []).set(name("taken"), "TXT")
    changes = (
        Change(name=name("taken"), type="CNAME", before=(), after=(cname,)),
        Change(name=name("taken"), type="TXT", before=txt, after=txt),
    )
    with pytest.raises(NotPublishedError, match=r"does not serve taken\.shop\.example\. CNAME"):
        provider.apply(SHOP, changes)


def test_a_set_of_ours_changes_type_in_one_update(knot: Knot) -> None:
    provider = knot.provider()
    cname = WholeSet(name=name("taken"), type=Type.CNAME, ttl=60, values=(Fqdn.parse("x.example"),))
    gone = WholeSet(name=name("taken"), type=Type.TXT, ttl=60, values=())
    run(provider, wanted(cname, gone))
    assert [r.type for r in provider.read(SHOP, []).at(name("taken"))] == ["CNAME"]


def test_values_and_ttl_of_a_set_of_ours_are_replaced_and_removed(knot: Knot) -> None:
    provider = knot.provider()
    addresses = [ipaddress.IPv4Address(f"192.0.2.{n}") for n in (1, 2, 3)]
    for ttl, values in ((300, addresses[:2]), (60, addresses[:2]), (60, addresses[1:]), (60, [])):
        desired = wanted(WholeSet(name=name("smtp"), type=Type.A, ttl=ttl, values=tuple(values)))
        run(provider, desired)
        found = provider.read(SHOP, []).set(name("smtp"), "A")
        assert [(r.data, r.ttl) for r in found] == [(value, ttl) for value in values]
        assert not planned(provider, desired)


def test_more_than_one_update_can_hold_is_split(knot: Knot) -> None:
    provider = knot.provider()
    keys = wanted(*(text_at(f"k{n}", f"v=DKIM1; p={n}" + "A" * 400) for n in range(500)))
    assert len(run(provider, keys).changes) == 500
    assert not planned(provider, keys)


def test_a_run_that_died_between_two_updates_is_completed_by_the_next(knot: Knot) -> None:
    provider = knot.provider()
    keys = wanted(*(text_at(f"k{n}", f"v=DKIM1; p={n}" + "A" * 400) for n in range(300)))
    done, *left = batches(planned(provider, keys).changes)
    provider.apply(SHOP, done)
    assert len(run(provider, keys).changes) == sum(map(len, left))
    assert not planned(provider, keys)


def test_two_operators_with_the_same_wish_both_succeed(knot: Knot) -> None:
    first, second = planned(knot.provider()), planned(knot.provider())
    knot.provider().apply(SHOP, first.changes)
    knot.provider().apply(SHOP, second.changes)
    assert not planned(knot.provider())


def test_the_wrong_secret_is_said_in_one_sentence(knot: Knot) -> None:
    wrong = "d3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmctd3I="
    for provider in (knot.provider(secret=wrong), knot.provider("omi-update", wrong)):
        with pytest.raises(ServerRefusedError, match=r"TSIG key omi-.*: its secret") as caught:
            provider.read(SHOP, [])
        assert wrong not in repr(caught.value.__cause__) + str(caught.value)


def test_an_unknown_key_is_said_in_one_sentence(knot: Knot) -> None:
    with pytest.raises(ServerRefusedError, match="no such zone, or no TSIG key nobody"):
        knot.provider("nobody").read(SHOP, [])
    with pytest.raises(ObservationError, match="TSIG key nobody: it "):
        knot.provider("nobody").apply(SHOP, planned(knot.provider()).changes)


def test_a_server_that_may_not_be_written_says_so(knot: Knot, tmp_path: Path) -> None:
    changes = planned(knot.provider()).changes
    reader = Knot(tmp_path / "read-only", writable=False)
    try:
        # Knot 3.4 does not sign this refusal, Knot 3.2 does.
        with pytest.raises(ObservationError, match=r"TSIG key omi-deploy: .*not let"):
            reader.provider().apply(SHOP, changes)
    finally:
        reader.stop()


def test_a_zone_that_the_server_does_not_have(knot: Knot) -> None:
    other = Fqdn.parse("nowhere.example")
    provider = replace(knot.provider(), writable=(other,))
    with pytest.raises(
        ObservationError, match=r"nowhere\.example \(NOTAUTH\): it has no such zone"
    ):
        provider.read(other, [other])


def test_a_zone_that_may_not_be_written_is_refused_before_anything(knot: Knot) -> None:
    with pytest.raises(InputError, match=r"nowhere\.example may not be written"):
        knot.provider().read(Fqdn.parse("nowhere.example"), [])


def test_a_name_outside_the_zone_is_refused_by_the_server_too(knot: Knot) -> None:
    outside = Fqdn.parse("outside.example")
    record = Record(name=outside, type="TXT", ttl=60, data=Txt.of("x"))
    change = Change(name=outside, type="TXT", before=(), after=(record,))
    with pytest.raises(ServerRefusedError, match="NOTZONE"):
        knot.provider().apply(SHOP, [change])


def test_without_transfer_the_names_are_asked_one_by_one(knot: Knot) -> None:
    asking, seeing = knot.provider("omi-update", UPDATE_SECRET), knot.provider()
    before = seeing.read(SHOP, [])
    assert asking.read(SHOP, []).asked is not None
    assert planned(asking).changes == planned(seeing).changes
    run(asking)
    assert not planned(asking)
    assert not planned(seeing)
    assert foreign(seeing.read(SHOP, [])) == foreign(before)


def test_without_transfer_a_wildcard_is_not_taken_for_a_record(knot: Knot) -> None:
    asking = knot.provider("omi-update", UPDATE_SECRET)
    desired = wanted(text_at("below.wild", "ours"))
    assert asking.read(SHOP, desired.looks_at()).at(name("below.wild")) == ()
    run(asking, desired)
    assert not planned(asking, desired)


def test_without_transfer_a_delegation_is_seen(knot: Knot) -> None:
    asking = knot.provider("omi-update", UPDATE_SECRET)
    for provider in (asking, knot.provider()):
        with pytest.raises(PlanRefusedError, match="belongs to another zone"):
            planned(provider, wanted(text_at("x.sub", "not ours"))).raise_if_unsafe()


def test_nobody_there(knot: Knot) -> None:
    provider = knot.provider()
    knot.stop()
    with pytest.raises(ObservationError, match=rf"127\.0\.0\.1:{knot.port} cannot be reached"):
        provider.read(SHOP, [])


def test_a_server_that_never_answers_is_asked_twice_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        key = TsigKey(
            name=Fqdn.parse("omi-deploy"), algorithm="hmac-sha256", secret=Secret(DEPLOY_SECRET)
        )
        server = Server("127.0.0.1", silent.getsockname()[1])
        provider = Rfc2136Provider(server=server, key=key, writable=(SHOP,), timeout_s=0.3)
        with pytest.raises(ObservationError, match=r"did not answer within 0\.3 s"):
            provider.read(SHOP, [])
        silent.settimeout(0)
        asked = 0
        with suppress(BlockingIOError):
            while True:
                silent.accept()[0].close()
                asked += 1
    assert asked == 2


def test_operator_and_customer_zones_are_published_together(knot: Knot) -> None:
    key = DkimKey(public_key=b"k" * 294)
    operator = Operator(
        zone=OPERATOR,
        relays=(
            RelayAddress(
                name=OPERATOR.child("smtp"),
                ipv4=ipaddress.IPv4Address("192.0.2.1"),
                ipv6=ipaddress.IPv6Address("2001:db8::1"),
            ),
        ),
    )
    domains = [SenderDomain(name=SHOP, keys={"omi1": key}), SenderDomain(name=OPERATOR)]
    provider = knot.provider()
    together = publications(operator, domains, provider.zones())
    for _ in range(2):
        plans = [run(provider, each) for each in together]
    assert not any(plans)
    target = "omi1.shop.example.dkim.relay.example."
    assert provider.read(OPERATOR, []).set(Fqdn(target), "TXT")[0].data == Txt.of(str(key))


def test_all_servers_of_the_zone_are_waited_for(knot: Knot, tmp_path: Path) -> None:
    late = Knot(tmp_path / "late")
    try:
        made = run(knot.provider())
        expected = [change.expected for change in made.changes]
        servers = [Server("127.0.0.1", knot.port), Server("::1", late.port)]
        lines: list[Text] = []
        behind = wait_until_agreed(expected, servers, patience_s=0.5, progress=lines.append)
        assert {found.server for found in behind} == {servers[1]}
        assert len(behind) == 4
        assert lines
        run(late.provider())
        assert wait_until_agreed(expected, servers, patience_s=5) == ()
    finally:
        late.stop()
    behind = wait_until_agreed(expected[:1], servers, patience_s=0)
    assert "cannot be reached" in str(behind[0])


def test_the_servers_of_a_zone_are_found_by_its_ns_records(knot: Knot) -> None:
    found = authoritative_servers(SHOP, Server("127.0.0.1", knot.port))
    assert found == (Server("127.0.0.1"), Server("::1"))
    with pytest.raises(ObservationError, match="NS cannot be resolved"):
        authoritative_servers(name("mail"), Server("127.0.0.1", knot.port))


def test_a_server_without_authority_is_no_agreement(knot: Knot) -> None:
    elsewhere = RecordSet.of(Fqdn.parse("elsewhere.example"), "TXT", 60, ())
    behind = wait_until_agreed([elsewhere], [Server("127.0.0.1", knot.port)], patience_s=0)
    assert "is not an authority for elsewhere.example" in str(behind[0])
