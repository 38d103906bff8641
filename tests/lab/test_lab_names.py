"""The lab's name service: a deploy's key may write where it should, and nowhere else."""

import re
import time
from collections.abc import Iterator

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.resolver
import dns.tsig
import dns.update
import dns.xfr
import dns.zone
import pytest

from lab import delegation, keys, plan
from lab.site import Site

pytestmark = pytest.mark.lab

KNOT = plan.ipv4(plan.AUTHORITATIVE)


@pytest.fixture
def key(place: Site) -> dns.tsig.Key:
    found = re.search(r'key "(.+)" .*secret "(.+)"', keys.tsig(place).read_text())
    assert found
    return dns.tsig.Key(found[1], found[2], "hmac-sha256")


@pytest.fixture
def label(key: dns.tsig.Key) -> Iterator[str]:
    """A name of shop.example that no other test uses, removed afterwards."""
    label = f"test-{time.monotonic_ns()}"
    yield label
    update = dns.update.Update("shop.example", keyring=key)
    update.delete(label)
    dns.query.tcp(update, KNOT, timeout=10)


def resolve(name: str, kind: str) -> set[str]:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [plan.ipv4(plan.RESOLVER)]
    return {str(record) for record in resolver.resolve(name, kind)}


def add(zone: str, name: str, key: dns.tsig.Key | None) -> dns.rcode.Rcode:
    update = dns.update.Update(zone, keyring=key)
    update.add(name, 60, "TXT", '"written by a test"')
    return dns.query.tcp(update, KNOT, timeout=10).rcode()


def transfer(zone: str, key: dns.tsig.Key | None) -> dns.zone.Zone:
    query, _ = dns.xfr.make_query(dns.zone.Zone(zone), keyring=key)
    copy = dns.zone.Zone(zone)
    dns.query.inbound_xfr(KNOT, copy, query, timeout=10)
    return copy


def test_a_signed_update_is_taken(key: dns.tsig.Key, label: str) -> None:
    assert add("shop.example", label, key) == dns.rcode.NOERROR


def test_an_unsigned_update_is_refused(label: str) -> None:
    assert add("shop.example", label, None) == dns.rcode.NOTAUTH


@pytest.mark.parametrize("zone", ["inbox.example", "example", "lab-dns.example", "com"])
def test_zones_of_others_refuse_the_key(key: dns.tsig.Key, zone: str) -> None:
    with pytest.raises(dns.exception.FormError, match="requires a TSIG"):  # refused, unsigned
        add(zone, "intruder", key)
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolve(f"intruder.{zone}", "TXT")


def test_an_update_leaves_the_records_of_others(key: dns.tsig.Key, label: str) -> None:
    before = resolve("shop.example", "TXT")
    add("shop.example", label, key)
    assert len(before) >= 2
    assert resolve("shop.example", "TXT") == before
    assert resolve("shop.example", "MX") == {"10 mail.shop.example."}


@pytest.mark.parametrize("zone", plan.UPDATABLE_ZONES)
def test_the_key_transfers_whole_zones(key: dns.tsig.Key, zone: str) -> None:
    names = {str(name) for name in transfer(zone, key).nodes}
    assert {"@", "www"} <= names


def test_nobody_else_transfers_a_zone() -> None:
    with pytest.raises(dns.xfr.TransferError):
        transfer("itpison.com", None)


def test_the_resolver_sees_a_new_record_although_it_knew_that_there_was_none(
    key: dns.tsig.Key, label: str
) -> None:
    name = f"{label}.shop.example"
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolve(name, "TXT")
    add("shop.example", label, key)
    for _ in range(20):
        try:
            assert resolve(name, "TXT") == {'"written by a test"'}
        except dns.resolver.NXDOMAIN:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the resolver still says that the name does not exist")


@pytest.mark.parametrize("server", [plan.ipv4(2), plan.ipv6(2), plan.ipv4(3), plan.ipv6(3)])
def test_both_servers_answer_in_both_families(server: str) -> None:
    query = dns.message.make_query("mx.inbox.example", "AAAA")
    answer = dns.query.udp(query, server, timeout=10)
    assert plan.ipv6(5) in answer.to_text()


def test_a_zone_can_be_added_beside_the_others(place: Site, key: dns.tsig.Key) -> None:
    name = f"zone-{time.monotonic_ns()}.test"
    delegation.add_zone(place, name)
    assert add(name, "@", key) == dns.rcode.NOERROR
    assert resolve(name, "TXT") == {'"written by a test"'}


def test_adding_a_zone_keeps_what_updates_wrote(place: Site, key: dns.tsig.Key, label: str) -> None:
    add("shop.example", label, key)
    delegation.add_zone(place, f"zone-{time.monotonic_ns()}.example")
    assert resolve(f"{label}.shop.example", "TXT") == {'"written by a test"'}


def test_relays_have_no_address_records_before_a_deploy_but_pointers() -> None:
    assert resolve("11.0.18.198.in-addr.arpa", "PTR") == {"smtp.itpison.com."}
