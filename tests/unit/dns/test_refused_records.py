"""A record that is refused stops no other; what concerns a whole zone stops that zone alone."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address

import pytest

from omi_core.dns import agreement
from omi_core.dns.client.txt_resolver import TxtResolver
from omi_core.dns.errors import PlanRefusedError
from omi_core.dns.operator import Operator, RelayAddress, SenderDomain
from omi_core.dns.plan import Change, Plan
from omi_core.dns.publishing import (
    applied,
    operators_zone,
    plans,
    raise_if_any_refused,
    to_apply,
)
from omi_core.dns.record import Data, Record
from omi_core.dns.txt import Txt
from omi_core.dns.zone import Zone
from omi_core.errors import InputError, ObservationError
from omi_core.language import ZH_TW
from omi_core.mailauth.questions import Answer, Question
from omi_core.names import Fqdn

RELAY = Fqdn.parse("relay.example")
OURS = Operator(
    zone=RELAY,
    relays=(RelayAddress(name=RELAY.child("smtp"), ipv4=IPv4Address("192.0.2.25")),),
)
BAD_SPF = Txt.of("v=spf1 mx ip4:203.0.113.7~all")
HOST = Fqdn.parse("shops.hosting.example")

# A customer's zone, what stands in it, and what is said of it; whether the rest of it goes on.
FAULTS: dict[str, tuple[str, str, Data, str, bool]] = {
    "a term that does not parse": ("", "TXT", BAD_SPF, "a space is missing before ~all", True),
    "a record of our type in quotes": (
        "", "TXT", Txt.of('"v=spf1 mx -all"'), "was meant as SPF, and receivers cannot read it",
        True,
    ),
    "two ends": ("", "TXT", Txt.of("v=spf1 redirect=a.example redirect=b.example"), "redirect=",
                 True),
    "the sender is a CNAME": ("", "CNAME", HOST, "is a CNAME, so TXT cannot stand there", False),
    "a TXT at a selector": (
        "omi1._domainkey", "TXT", Txt.of("omi1.a.example.dkim.relay.example"),
        "cannot become a CNAME while it has TXT", False,
    ),
    "a wildcard": ("*", "CNAME", HOST, "", True),
    "another zone begins there": (
        "_domainkey", "NS", Fqdn.parse("ns.hosting.example"), "belongs to another zone", True,
    ),
    "dmarc as a CNAME": ("_dmarc", "CNAME", HOST, "", True),
}  # fmt: skip


# What is published behind the names that senders are CNAMEs to.
BEHIND = {
    "friends.hosting.example": "v=spf1 include:_spf.relay.example ~all",
    "nested.hosting.example": "v=spf1 include:friends.hosting.example -all",
    "shops.hosting.example": "v=spf1 ip4:203.0.113.80 -all",
    "_spf.relay.example": "v=spf1 ip4:192.0.2.25 -all",
}


@dataclass
class Service:
    """Holds customers' zones, takes changes, and cannot read some of them."""

    held: dict[Fqdn, tuple[Record, ...]]
    unreadable: frozenset[Fqdn] = frozenset()
    written: dict[Fqdn, list[Change]] = field(default_factory=dict)

    def zones(self) -> tuple[Fqdn, ...]:
        return tuple(sorted((RELAY, *self.held)))

    def read(self, zone: Fqdn, names: Collection[Fqdn]) -> Zone:
        del names
        if zone in self.unreadable:
            raise ObservationError("{zone} cannot be read", zone=zone.relative)
        return Zone.of(zone, self.held.get(zone, ()))

    def apply(self, zone: Fqdn, changes: Sequence[Change]) -> None:
        self.written.setdefault(zone, []).extend(changes)


def customers(*faults: str) -> Service:
    """A customer for each fault, called a, b, ..., and one without any."""
    held: dict[Fqdn, tuple[Record, ...]] = {Fqdn.parse("fine.example"): ()}
    for letter, fault in zip("abcdefghij", faults, strict=False):
        zone = Fqdn.parse(f"{letter}.example")
        name, kind, data, _, _ = FAULTS[fault]
        at = zone.child(name) if name and name != "*" else Fqdn(f"*.{zone}") if name else zone
        held[zone] = (Record(name=at, type=kind, ttl=60, data=data),)
    return Service(held)


def planned(service: Service) -> dict[str, Plan]:
    domains = [SenderDomain(name=zone) for zone in service.held]
    return {each.zone.relative: each for each in plans(service, OURS, domains)}


@pytest.fixture(autouse=True)
def _without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TxtResolver, "answer", lambda *_: Answer())
    monkeypatch.setattr(agreement, "wait_until_agreed", lambda *_, **__: ())


def apply_all(service: Service, made: dict[str, Plan]) -> None:
    for each in to_apply(made.values(), operators_zone(service, OURS)):
        applied(service, each, servers=lambda _: ())


@pytest.mark.parametrize(
    ("target", "is_fine"),
    [
        ("friends.hosting.example", True),
        ("nested.hosting.example", True),
        ("shops.hosting.example", False),
        ("nothing.hosting.example", False),
    ],
)
def test_a_sender_whose_cname_leads_to_an_spf_record_with_us_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, target: str, *, is_fine: bool
) -> None:
    sender = Fqdn.parse("a.example")

    def answer(_self: object, question: Question) -> Answer:
        name = target if question.name == "a.example" else question.name
        return Answer((BEHIND[name],)) if name in BEHIND else Answer()

    monkeypatch.setattr(TxtResolver, "answer", answer)
    service = customers("the sender is a CNAME")
    alias = Record(name=sender, type="CNAME", ttl=60, data=Fqdn.parse(target))
    service.held[sender] = (alias,)
    made = planned(service)["a.example"]
    assert bool(made.stops) is not is_fine
    assert sender not in {each.name for each in made.appliable}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_customers_zone_does_not_stop_the_plan_of_the_others(fault: str) -> None:
    service = customers(fault)
    made = planned(service)
    assert made["fine.example"].appliable
    assert made["relay.example"].appliable
    *_, said, goes_on = FAULTS[fault]
    told = "; ".join(map(str, made["a.example"].refusals))
    assert said in told
    assert bool(told) == bool(said)
    assert bool(made["a.example"].appliable) is goes_on


def test_all_mistakes_are_named_in_one_run() -> None:
    made = planned(customers(*FAULTS))
    with pytest.raises(InputError) as caught:
        raise_if_any_refused(made.values())
    for *_, said, _ in FAULTS.values():
        assert said in str(caught.value)
    assert caught.value.text.in_(ZH_TW) != str(caught.value)


def test_a_refused_record_does_not_stop_the_others_of_its_zone() -> None:
    service = customers("a term that does not parse")
    made = planned(service)
    apply_all(service, made)
    written = [(each.name.relative, each.type) for each in service.written[Fqdn.parse("a.example")]]
    assert written == [
        ("_dmarc.a.example", "TXT"),
        ("omi1._domainkey.a.example", "CNAME"),
        ("omi2._domainkey.a.example", "CNAME"),
    ]
    assert Fqdn.parse("fine.example") in service.written


def test_a_conflict_stops_its_zone_and_no_other() -> None:
    service = customers("the sender is a CNAME")
    made = planned(service)
    apply_all(service, made)
    assert {each.relative for each in service.written} == {"relay.example", "fine.example"}
    with pytest.raises(PlanRefusedError, match=r"a\.example is a CNAME"):
        applied(service, made["a.example"], servers=lambda _: ())
    [line] = [each for each in made["a.example"].lines() if each.startswith("!")]
    assert line.endswith("; nothing of this zone is applied")


def test_the_operators_zone_is_written_first() -> None:
    service = customers("a wildcard")
    apply_all(service, planned(service))
    assert next(iter(service.written)) == RELAY


def test_where_the_operators_zone_is_refused_nothing_leads_into_it() -> None:
    service = customers()
    key = Record(name=RELAY.child("_spf"), type="CNAME", ttl=60, data=HOST)
    service.held[RELAY] = (key,)
    domains = [SenderDomain(name=Fqdn.parse("fine.example"))]
    made = plans(service, OURS, domains)
    assert to_apply(made, operators_zone(service, OURS)) == []


def test_a_zone_that_cannot_be_read_costs_no_other_its_plan() -> None:
    service = customers("a term that does not parse", "a wildcard")
    service.unreadable = frozenset({Fqdn.parse("b.example")})
    made = planned(service)
    assert made["b.example"].is_unread
    assert made["a.example"].appliable
    with pytest.raises(ObservationError, match=r"a space is missing.*b\.example cannot be read"):
        raise_if_any_refused(made.values())
    apply_all(service, made)
    assert Fqdn.parse("b.example") not in service.written


def test_the_operators_zone_has_to_be_read() -> None:
    service = customers()
    service.unreadable = frozenset({RELAY})
    with pytest.raises(ObservationError, match=r"relay\.example cannot be read"):
        planned(service)


def test_the_json_says_what_is_refused_and_whether_the_zone_is_stopped() -> None:
    made = planned(customers("a term that does not parse", "the sender is a CNAME"))
    told = {name: json.loads(each.to_json()) for name, each in made.items()}
    assert {name: (bool(each["refusals"]), each["stopped"]) for name, each in told.items()} == {
        "a.example": (True, False),
        "b.example": (True, True),
        "fine.example": (False, False),
        "relay.example": (False, False),
    }
