"""The real Cloudflare SDK against the stand-in, over a socket on loopback."""

from omi_core.dns.claim import WholeSet
from omi_core.dns.record import Opaque, Type
from omi_core.dns.txt import Txt
from tests.fake.cloudflare_world import FOREIGN, SHOP, World, planned, run, text_at, wanted, world

__all__ = ["world"]


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
