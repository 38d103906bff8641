"""The real Cloudflare SDK against the stand-in, over a socket on loopback."""

import time
import traceback
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest

from omi_core.dns.budget import Budget
from omi_core.dns.claim import Claim, DmarcDefault, SpfInclude, WholeSet
from omi_core.dns.cloudflare import CloudflareZones
from omi_core.dns.cloudflare_api import Api
from omi_core.dns.errors import NotPublishedError, ServerRefusedError, ZoneChangedError
from omi_core.dns.plan import Change, Plan, Publication, plan
from omi_core.dns.record import Opaque, Record, Type
from omi_core.dns.txt import Txt
from omi_core.errors import InputError, ObservationError
from omi_core.names import Fqdn
from omi_core.secret import Secret
from tests.cloudflare_stand_in.account import Account, StoodInZone
from tests.cloudflare_stand_in.service import Fault, Service, served

SHOP = Fqdn.parse("shop.example")
TOKEN = "a-token-that-must-never-be-shown-anywhere"
OURS = Fqdn.parse("_spf.itpison.com")


def wanted(*claims: Claim) -> Publication:
    return Publication(zone=SHOP, claims=claims)


def text_at(labels: str, text: str, ttl: int = 300) -> WholeSet:
    return WholeSet(name=SHOP.child(labels), type=Type.TXT, ttl=ttl, values=(Txt.of(text),))


CNAME = WholeSet(
    name=SHOP.child("omi1._domainkey"),
    type=Type.CNAME,
    ttl=3600,
    values=(Fqdn.parse("omi1.shop.example.dkim.itpison.com"),),
)
CUSTOMER = wanted(
    SpfInclude(name=SHOP, ttl=3600, target=OURS),
    DmarcDefault(domain=SHOP, ttl=3600, record="v=DMARC1; p=none"),
    CNAME,
    text_at("long", "v=DKIM1; k=rsa; p=" + "A" * 392),
)
FOREIGN: tuple[dict[str, Any], ...] = (
    {"name": "@", "type": "TXT", "content": "google-site-verification=abc", "comment": "Ann's"},
    {"name": "@", "type": "TXT", "content": "v=spf1 mx -all", "comment": "by Bob", "ttl": 900},
    {"name": "@", "type": "TXT", "content": '"two " "strings"'},
    {"name": "@", "type": "TXT", "content": '"left open'},
    {"name": "@", "type": "MX", "content": "mail.shop.example", "priority": 10},
    {"name": "www", "type": "A", "content": "192.0.2.7", "proxied": True, "tags": ["team:web"]},
)


@dataclass
class Clock:
    """Time that passes only when somebody sleeps."""

    now: float = 0
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class World:
    """One account with one zone, the service before it, and our side."""

    service: Service
    zone: StoodInZone
    clock: Clock = field(default_factory=Clock)
    said: list[str] = field(default_factory=list)

    def provider(
        self, token: str = TOKEN, timeout_s: float = 5, **settings: Any
    ) -> CloudflareZones:
        budget = Budget(clock=self.clock.time, sleep=self.clock.sleep, progress=self.said.append)
        api = Api(token=Secret(token), timeout_s=timeout_s, budget=budget)
        return CloudflareZones(api=api, writable=(SHOP,), **settings)

    def fault(self, **described: Any) -> None:
        self.service.faults.append(Fault(**described))

    def content(self) -> dict[str, Any]:
        return deepcopy(self.zone.records)

    def named(self, name: str, kind: str) -> list[dict[str, Any]]:
        full = f"{name}.shop.example" if name else "shop.example"
        records = self.zone.records.values()
        return [one for one in records if (one["name"], one["type"]) == (full, kind)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    account = Account(tokens={TOKEN: None})
    zone = account.zone("shop.example")
    for entry in FOREIGN:
        zone.post(dict(entry))
    with served(account) as service:
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", service.url)
        yield World(service, zone)


def planned(provider: CloudflareZones, desired: Publication = CUSTOMER) -> Plan:
    made = plan(desired, provider.read(SHOP, ()))
    made.raise_if_unsafe()
    return made


def run(provider: CloudflareZones, desired: Publication = CUSTOMER) -> Plan:
    made = planned(provider, desired)
    provider.apply(SHOP, made.changes)
    return made


def test_publishing_changes_only_ours_and_the_second_run_is_two_requests(world: World) -> None:
    before = world.content()
    assert len(run(world.provider()).changes) == 4
    [spf] = [one for one in world.named("", "TXT") if one["content"].startswith('"v=spf1')]
    assert spf["content"] == '"v=spf1 mx include:_spf.itpison.com -all"'
    assert (spf["comment"], spf["ttl"]) == ("by Bob", 900)
    for identifier, entry in before.items():
        assert identifier == spf["id"] or world.zone.records[identifier] == entry
    world.service.asked.clear()
    assert not planned(world.provider())
    assert world.service.asked == ["GET /zones", f"GET /zones/{world.zone.id}/dns_records"]


def test_what_we_create_is_marked_unproxied_and_quoted(world: World) -> None:
    run(world.provider())
    [cname] = world.named("omi1._domainkey", "CNAME")
    assert (cname["comment"], cname["proxied"]) == ("omi-relay", False)
    [key] = world.named("long", "TXT")
    assert key["content"].startswith('"v=DKIM1; k=rsa; p=AAA')
    assert '" "' in key["content"]


def test_one_request_applies_a_plan(world: World) -> None:
    made = planned(provider := world.provider())
    world.service.asked.clear()
    provider.apply(SHOP, made.changes)
    verbs = [line.split()[0] for line in world.service.asked]
    assert verbs == ["GET", "POST", "GET"]


def test_drift_made_by_hand_is_seen_and_repaired(world: World) -> None:
    run(world.provider())
    [cname] = world.named("omi1._domainkey", "CNAME")
    [key] = world.named("long", "TXT")
    world.zone.patch(cname["id"], {"content": "elsewhere.example", "comment": "mine now"})
    world.zone.delete(key["id"])
    assert len(run(world.provider()).changes) == 2
    [cname] = world.named("omi1._domainkey", "CNAME")
    assert cname["content"] == "omi1.shop.example.dkim.itpison.com"
    assert cname["comment"] == "mine now"
    assert not planned(world.provider())


def test_a_record_put_behind_the_proxy_is_taken_out_again(world: World) -> None:
    run(world.provider())
    [cname] = world.named("omi1._domainkey", "CNAME")
    world.zone.patch(cname["id"], {"proxied": True})
    run(world.provider())
    assert not world.named("omi1._domainkey", "CNAME")[0]["proxied"]


def test_the_same_text_quoted_otherwise_is_no_change(world: World) -> None:
    run(world.provider())
    [dmarc] = world.named("_dmarc", "TXT")
    world.zone.patch(dmarc["id"], {"content": "v=DMARC1; p=none"})
    [key] = world.named("long", "TXT")
    world.zone.patch(key["id"], {"content": key["content"].replace('" "', "").strip('"')})
    assert not planned(world.provider())


def test_more_than_a_page_is_read_to_the_end_and_no_further(world: World) -> None:
    provider = world.provider()
    provider.api.page = 4
    assert len(provider.read(SHOP, ()).records) == len(FOREIGN) == 6
    assert len(world.service.asked) == 3


def test_more_changes_than_the_plan_allows_are_split(world: World) -> None:
    world.zone.batch_limit = 3
    keys = wanted(*(text_at(f"k{n}", f"key {n}") for n in range(8)))
    run(world.provider(batch_limit=3), keys)
    assert sum("POST" in line for line in world.service.asked) == 3
    assert not planned(world.provider(), keys)


def test_sets_grow_shrink_and_change_their_ttl(world: World) -> None:
    for ttl, texts in ((300, "ab"), (60, "ab"), (60, "bc"), (60, "c"), (60, "")):
        claim = WholeSet(
            name=SHOP.child("k"), type=Type.TXT, ttl=ttl, values=tuple(map(Txt.of, texts))
        )
        run(world.provider(), wanted(claim))
        found = {(one["content"], one["ttl"]) for one in world.named("k", "TXT")}
        assert found == {(f'"{text}"', ttl) for text in texts}


def test_caa_is_written_as_data_and_read_as_text(world: World) -> None:
    claim = WholeSet(
        name=SHOP.child("mail"), type=Type.CAA, ttl=300, values=(Opaque('0 issue "ca.example"'),)
    )
    run(world.provider(), wanted(claim))
    assert world.named("mail", "CAA")[0]["data"]["value"] == "ca.example"
    assert not planned(world.provider(), wanted(claim))


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("another-token-that-nobody-here-knows", r"does not accept the API token \(10000\)"),
        ("a-token-with\x7fa-control-character", r"does not accept the API token \(6003\)"),
    ],
)
def test_a_wrong_token_is_said_and_not_shown(world: World, token: str, sentence: str) -> None:
    with pytest.raises(ServerRefusedError, match=sentence) as caught:
        world.provider(token).read(SHOP, ())
    shown = "".join(traceback.format_exception(caught.value)) + repr(world.provider(token))
    assert token not in shown
    assert TOKEN not in shown


def test_a_token_without_rights_on_the_zone_sees_none(world: World) -> None:
    world.service.account.tokens["some-other-customers-token"] = {"other.example"}
    with pytest.raises(ServerRefusedError, match=r"shows the API token no zone shop\.example"):
        world.provider("some-other-customers-token").read(SHOP, ())


def test_a_token_that_may_only_read_cannot_write(world: World) -> None:
    world.service.account.readers.add(TOKEN)
    before = world.content()
    with pytest.raises(ServerRefusedError, match="give it Zone Read and DNS Edit") as caught:
        run(world.provider())
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert world.content() == before


def test_rights_taken_away_after_the_zone_was_found(world: World) -> None:
    made = planned(provider := world.provider())
    world.service.account.tokens[TOKEN] = set()
    with pytest.raises(ServerRefusedError, match="9109"):
        provider.apply(SHOP, made.changes)


def test_a_zone_of_two_accounts_is_nobodys_to_guess(world: World) -> None:
    world.service.account.zone("shop.example")
    with pytest.raises(InputError, match=r"has 2 zones shop\.example"):
        world.provider().read(SHOP, ())


def test_a_pause_of_five_minutes_is_obeyed_on_reading(world: World) -> None:
    world.fault(status=429, headers={"retry-after": "300"})
    assert planned(world.provider())
    assert world.clock.slept == [300]
    assert world.said == ["Cloudflare was asked too often and wants a pause of 300 s"]


def test_a_pause_of_five_minutes_is_obeyed_on_writing(world: World) -> None:
    world.fault(method="POST", status=429, headers={"retry-after": "300"})
    run(world.provider())
    assert world.clock.slept[0] == 300
    assert not planned(world.provider())


def test_a_pause_beyond_all_patience_ends_in_a_sentence(world: World) -> None:
    world.fault(times=None, status=429, headers={"retry-after": "300"})
    with pytest.raises(ObservationError, match="asked too often and wants 300 s of silence"):
        world.provider().read(SHOP, ())
    assert world.clock.slept == [300, 300, 300]


def test_our_own_budget_comes_before_theirs(world: World) -> None:
    provider = world.provider()
    provider.api.budget.requests = 2
    for _ in range(2):
        provider.read(SHOP, ())
    assert world.clock.slept == [300]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_fault_of_the_service_is_survived(world: World, method: str, *, after: bool) -> None:
    world.fault(method=method, status=500, after=after)
    run(world.provider())
    assert not planned(world.provider())
    texts = [one["content"] for one in world.named("", "TXT")]
    assert len(texts) == 4
    assert len(set(texts)) == 4


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_fault_for_ever_ends_in_a_sentence_and_changes_nothing(world: World, method: str) -> None:
    before = world.content()
    world.fault(method=method, status=502, times=None)
    with pytest.raises(ObservationError, match=r"answer(s|ed) 502"):
        run(world.provider())
    assert world.content() == before


def test_a_create_that_succeeded_but_timed_out_is_found_and_not_repeated(world: World) -> None:
    world.fault(method="POST", hang_s=0.6, after=True)
    made = planned(provider := world.provider(timeout_s=0.3))
    provider.apply(SHOP, made.changes)
    assert sum("POST" in line for line in world.service.asked) == 1
    assert not planned(world.provider())


def test_a_service_that_never_answers_costs_its_timeouts_and_no_more(world: World) -> None:
    world.fault(hang_s=0.4, times=None)
    started = time.monotonic()
    with pytest.raises(ObservationError, match=r"does not answer within 0\.1 s"):
        world.provider(timeout_s=0.1).read(SHOP, ())
    assert time.monotonic() - started < 3


def test_nobody_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", "http://127.0.0.1:9/client/v4")
    with pytest.raises(ObservationError, match="it cannot be reached"):
        world.provider().read(SHOP, ())


def test_one_invalid_record_keeps_all_out_and_is_named(world: World) -> None:
    before = world.content()
    bad = WholeSet(name=SHOP.child("bad"), type=Type.A, ttl=300, values=(Opaque("no.address"),))
    with pytest.raises(InputError, match=r"refuses bad\.shop\.example A: .*\(9005\); nothing"):
        run(world.provider(), wanted(CNAME, bad, text_at("good", "x")))
    assert world.content() == before


def test_a_key_longer_than_the_provider_takes_is_refused_before_it_is_sent(world: World) -> None:
    with pytest.raises(InputError, match=r"long\.shop\.example\. TXT would take 5\d\d\d octets"):
        run(world.provider(), wanted(text_at("long", "k" * 5000)))
    with pytest.raises(InputError, match="TTL from 60 to 86,400"):
        run(world.provider(), wanted(text_at("short", "k", ttl=30)))
    many = WholeSet(
        name=SHOP.child("many"),
        type=Type.TXT,
        ttl=300,
        values=tuple(Txt.of(f"{n}" + "k" * 3000) for n in range(3)),
    )
    with pytest.raises(InputError, match="8,192 characters"):
        run(world.provider(), wanted(many))
    assert not any("POST" in line for line in world.service.asked)


def test_a_person_who_was_there_between_plan_and_apply_is_not_overwritten(world: World) -> None:
    made = planned(provider := world.provider())
    [spf] = [one for one in world.named("", "TXT") if "spf1" in one["content"]]
    world.zone.patch(spf["id"], {"content": "v=spf1 a -all"})
    before = world.content()
    with pytest.raises(ZoneChangedError, match=r"somebody changed shop\.example\. TXT"):
        provider.apply(SHOP, made.changes)
    assert world.content() == before


def test_a_person_in_the_last_moment_makes_the_transaction_fail_whole(world: World) -> None:
    made = planned(provider := world.provider())
    world.fault(
        method="POST",
        meanwhile=lambda: world.zone.post(
            {"name": "omi1._domainkey", "type": "CNAME", "content": "elsewhere.example"}
        ),
    )
    with pytest.raises(ZoneChangedError, match="omi1"):
        provider.apply(SHOP, made.changes)
    assert not world.named("long", "TXT")
    assert any(one["content"] == "v=spf1 mx -all" for one in world.named("", "TXT"))


def test_a_cname_where_txt_should_go_is_said_while_planning(world: World) -> None:
    world.zone.post({"name": "long", "type": "CNAME", "content": "elsewhere.example"})
    with pytest.raises(InputError, match=r"long\.shop\.example is a CNAME, so TXT cannot stand"):
        planned(world.provider())


def test_a_conflict_that_stays_ends_in_a_sentence(world: World) -> None:
    world.zone.post({"name": "taken", "type": "TXT", "content": "somebody's"})
    record = Record(name=SHOP.child("taken"), type="CNAME", ttl=60, data=OURS)
    change = Change(name=record.name, type="CNAME", before=(), after=(record,))
    with pytest.raises(NotPublishedError, match=r"taken\.shop\.example\. CNAME"):
        world.provider().apply(SHOP, [change])


def test_two_operators_with_the_same_wish_both_succeed(world: World) -> None:
    one, other = world.provider(), world.provider()
    first, second = planned(one), planned(other)
    one.apply(SHOP, first.changes)
    other.apply(SHOP, second.changes)
    assert len(world.named("", "TXT")) == 4
    assert not planned(world.provider())


def test_a_run_killed_between_two_batches_is_completed_by_the_next(world: World) -> None:
    keys = wanted(*(text_at(f"k{n}", f"key {n}") for n in range(6)))
    world.fault(method="POST")  # the first is let through
    world.fault(method="POST", status=500, times=None)
    with pytest.raises(ObservationError):
        run(world.provider(batch_limit=3), keys)
    world.service.faults.clear()
    assert len(run(world.provider(batch_limit=3), keys).changes) == 3
    assert not planned(world.provider(), keys)


def test_a_zone_that_may_not_be_written_is_refused_before_anything(world: World) -> None:
    with pytest.raises(InputError, match=r"nowhere\.example may not be written"):
        world.provider().read(Fqdn.parse("nowhere.example"), ())
    assert world.service.asked == []
