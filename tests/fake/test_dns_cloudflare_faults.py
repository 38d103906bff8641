"""The real Cloudflare SDK against a stand-in that refuses, stalls, fails, or changes beneath us."""

import traceback

import pytest

from omi_core.dns.claim import WholeSet
from omi_core.dns.errors import NotPublishedError, ServerRefusedError, ZoneChangedError
from omi_core.dns.plan import Change
from omi_core.dns.record import Opaque, Record, Type
from omi_core.dns.txt import Txt
from omi_core.errors import InputError, ObservationError
from omi_core.names import Fqdn
from tests.fake.cloudflare_world import (
    CNAME,
    OURS,
    SHOP,
    TOKEN,
    World,
    planned,
    run,
    text_at,
    wanted,
    world,
)

__all__ = ["world"]


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
    assert [each.en for each in world.said] == [
        "Cloudflare was asked too often and wants a pause of 300 s"
    ]


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


def test_a_service_that_never_answers_is_asked_four_times_and_no_more(world: World) -> None:
    world.fault(hang_s=0.4, times=None)
    with pytest.raises(ObservationError, match=r"does not answer within 0\.1 s"):
        world.provider(timeout_s=0.1).read(SHOP, ())
    assert len(world.service.asked) == 4


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
    with pytest.raises(ZoneChangedError, match=r"shop\.example\. TXT changed"):
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
