import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omi_core.inventory.model import Rotation
from omi_core.mailauth.dkim.rotation import Decision, Intent, Run, Slot, SlotsSeen, decide
from omi_core.names import Fqdn

SHOP = Fqdn.parse("shop.example")
ROTATION = Rotation(every=1000, settle=10, keep=100)
EPOCH = 1_780_272_000  # 2026-06-01 00:00 UTC: relays write real times
ASKED = Run(rotation=ROTATION, intent=Intent.DUE, now=EPOCH + 500, proof=False)
A, B = "omi1", "omi2"


def seen(one: Slot, two: Slot, *silent: str) -> SlotsSeen:
    return SlotsSeen(domain=SHOP, slots={A: one, B: two}, relays=("smtp", "smtp2"), silent=silent)


SIGNING = Slot(held=True, signed={"smtp": EPOCH + 100, "smtp2": EPOCH + 110})
FREE = Slot()
NEXT = Slot(held=True)
OLD = Slot(held=True, signed={"smtp": EPOCH + 1, "smtp2": EPOCH + 2})


def run(**changes: object) -> Run:
    return replace(ASKED, **changes)  # type: ignore[arg-type]


def test_a_new_domain_signs_with_the_first_slot() -> None:
    found = decide(seen(FREE, FREE), run(intent=Intent.KEEP))
    assert found == Decision(signing=A, wanted=(A,))


def test_a_rotation_begins_when_it_is_asked_for_or_due() -> None:
    for early in (run(), run(now=EPOCH + 1109)):
        found = decide(seen(SIGNING, FREE), early)
        assert (found.wanted, found.prove, found.says) == ((A,), "", "")
    for due in (run(intent=Intent.ROTATE), run(now=EPOCH + 1110)):
        found = decide(seen(SIGNING, FREE), due)
        assert (found.signing, found.wanted, found.prove) == (A, (A, B), B)
    never = replace(ROTATION, every=0)
    assert decide(seen(SIGNING, FREE), run(now=EPOCH + 10**9, rotation=never)).wanted == (A,)


def test_a_key_signs_only_when_it_is_proven_now_and_was_proven_long_enough() -> None:
    for proven, proof, signing in (
        (0, False, A),
        (0, True, A),
        (EPOCH + 491, True, A),
        (EPOCH + 490, False, A),
        (EPOCH + 490, True, B),
    ):
        found = decide(seen(SIGNING, replace(NEXT, proven=proven)), run(proof=proof))
        assert (found.signing, found.wanted, found.withdrawn) == (signing, (A, B), ())
        assert found.says


def test_a_relay_that_was_down_signs_with_what_the_others_sign_with() -> None:
    one, two = (
        replace(OLD, signed={"smtp2": EPOCH + 2}),
        replace(SIGNING, signed={"smtp": EPOCH + 100}),
    )
    for intent in (Intent.KEEP, Intent.DUE, Intent.ROTATE):
        assert decide(seen(one, two), run(intent=intent)).signing == B


def test_an_old_key_is_kept_until_every_relay_has_left_it_for_long_enough() -> None:
    assert decide(seen(SIGNING, OLD), run(now=EPOCH + 209)).withdrawn == ()
    assert decide(seen(SIGNING, OLD), run(now=EPOCH + 210)).withdrawn == (B,)
    late = replace(SIGNING, signed={"smtp": EPOCH + 100})
    found = decide(seen(late, OLD), run())
    assert found.withdrawn == ()
    assert "smtp2 may still sign with it" in found.says
    assert decide(seen(SIGNING, OLD, "smtp"), run()).withdrawn == ()


def test_a_rotation_waits_for_its_slot() -> None:
    found = decide(seen(SIGNING, OLD), run(intent=Intent.ROTATE, now=EPOCH + 200))
    assert "omi2 is kept until" in found.says
    assert found.prove == ""


def test_going_back_needs_the_old_key_proven_and_happens_once() -> None:
    assert decide(seen(SIGNING, OLD), run(intent=Intent.ROLLBACK)).signing == A
    found = decide(seen(SIGNING, OLD), run(intent=Intent.ROLLBACK, proof=True))
    assert (found.signing, found.rolled_back) == (B, A)
    again = seen(
        replace(SIGNING, rolled_back_at=EPOCH + 500),
        replace(OLD, signed={"smtp": EPOCH + 500, "smtp2": EPOCH + 500}),
    )
    found = decide(again, run(intent=Intent.ROLLBACK, proof=True, now=EPOCH + 510))
    assert (found.signing, found.rolled_back) == (B, "")
    assert "no old key" in decide(seen(SIGNING, FREE), run(intent=Intent.ROLLBACK)).says


def test_what_a_silent_relay_holds_is_withdrawn_by_nobody() -> None:
    assert decide(seen(SIGNING, FREE), run()).withdrawn == (B,)
    assert decide(seen(SIGNING, FREE, "smtp2"), run()).withdrawn == ()


READY = replace(NEXT, proven=EPOCH + 490)


@pytest.mark.parametrize(
    ("one", "two", "asked", "says"),
    [
        (SIGNING, FREE, run(intent=Intent.ROLLBACK),
         "there is no old key to go back to; omi1 goes on signing"),
        (SIGNING, FREE, run(intent=Intent.ROTATE), "omi2 is made and published; omi1 signs"),
        (SIGNING, NEXT, run(),
         "omi2 waits until every authoritative server has its key; omi1 signs"),
        (SIGNING, NEXT, run(proof=True),
         "omi2 is on every server and waits until 2026-06-01 08:08+08:00; omi1 signs"),
        (SIGNING, replace(NEXT, proven=EPOCH + 495), run(proof=True),
         "omi2 is on every server and waits until 2026-06-01 08:08+08:00; omi1 signs"),
        (SIGNING, READY, run(proof=True), "omi2 signs from now on, omi1 is kept"),
        (SIGNING, OLD, run(intent=Intent.ROLLBACK),
         "going back waits until every server has the key of omi2; omi1 signs"),
        (SIGNING, OLD, run(intent=Intent.ROLLBACK, proof=True), "back to omi2; omi1 is kept"),
        (replace(SIGNING, signed={}), OLD, run(),
         "omi1 waits until every authoritative server has its key; omi2 signs"),
        (replace(SIGNING, signed={"smtp": EPOCH + 100}), OLD, run(),
         "omi2 is kept, since smtp2 may still sign with it"),
        (SIGNING, OLD, run(now=EPOCH + 209),
         "omi2 is kept until 2026-06-01 08:03+08:00 for mail that is under way"),
        (SIGNING, OLD, run(), "omi2 is withdrawn; omi1 signs"),
        (SIGNING, FREE, run(), ""),
    ],
)  # fmt: skip
def test_each_run_says_what_it_does_and_what_it_waits_for(
    one: Slot, two: Slot, asked: Run, says: str
) -> None:
    assert decide(seen(one, two), asked).says == says


def test_every_relay_that_may_still_sign_with_the_old_key_is_named() -> None:
    late = replace(SIGNING, signed={"smtp": EPOCH})
    found = decide(seen(late, OLD, "smtp"), run())
    assert found == Decision(
        signing=B,
        wanted=(B, A),
        says="omi1 is kept, since smtp may still sign with it",
    )


def test_a_key_is_proven_and_kept_by_what_is_decided_of_it() -> None:
    waiting = decide(seen(SIGNING, NEXT), run())
    assert (waiting.wanted, waiting.prove, waiting.rolled_back) == ((A, B), B, "")
    begun = decide(seen(SIGNING, READY), run(proof=True))
    assert (begun.wanted, begun.prove, begun.rolled_back) == ((A, B), B, "")


def test_going_back_keeps_both_keys_and_proves_the_old_one() -> None:
    for proof, signing, left in ((False, A, ""), (True, B, A)):
        found = decide(seen(SIGNING, OLD), run(intent=Intent.ROLLBACK, proof=proof))
        assert (found.signing, found.wanted, found.prove) == (signing, (A, B), B)
        assert (found.rolled_back, found.withdrawn) == (left, ())


def test_a_next_key_that_was_shown_long_enough_is_proven_once_more_before_it_signs() -> None:
    for asked in (run(proof=False), run(proof=True)):
        found = decide(seen(SIGNING, replace(NEXT, proven=EPOCH + 499)), asked)
        assert (found.signing, found.wanted, found.prove) == (A, (A, B), B)


def test_both_keys_are_wanted_while_one_relay_may_use_the_old_one() -> None:
    late = replace(SIGNING, signed={"smtp": EPOCH + 100})
    assert decide(seen(late, OLD), run()).wanted == (A, B)
    nobody = decide(seen(late, OLD, "smtp2"), run(now=EPOCH + 10_000))
    assert nobody.wanted == (A, B)


def test_every_relay_that_is_behind_is_listed() -> None:
    third = replace(SIGNING, signed={"other": EPOCH + 100})
    assert "since smtp, smtp2 may still" in decide(seen(third, OLD), run()).says


@pytest.mark.parametrize(("began", "behind"), [(1, True), (2, False), (3, False)])
def test_a_relay_left_the_old_key_if_it_began_with_the_new_one_no_earlier(
    began: int, *, behind: bool
) -> None:
    new = replace(SIGNING, signed={"smtp": EPOCH + 100, "smtp2": EPOCH + began})
    found = decide(seen(new, OLD), run())
    assert ("smtp2 may still sign" in found.says) is behind
    unknown = replace(OLD, signed={"smtp": EPOCH + 1})
    new = replace(SIGNING, signed={"smtp": EPOCH + 100, "smtp2": 0})
    assert decide(seen(new, unknown), run()).withdrawn == (B,)


def test_moments_are_said_in_utc_wherever_the_machine_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Asia/Taipei")
    time.tzset()
    try:
        assert "2026-06-01 08:03+08:00" in decide(seen(SIGNING, OLD), run(now=EPOCH + 209)).says
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_run_that_keeps_takes_no_step() -> None:
    for two, held in ((FREE, (A,)), (READY, (A, B)), (OLD, (A, B))):
        found = decide(seen(SIGNING, two), run(intent=Intent.KEEP, proof=True))
        assert found == Decision(signing=A, wanted=held)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from([Intent.KEEP, Intent.DUE, Intent.ROTATE, Intent.ROLLBACK]),
        st.integers(0, 150),  # seconds that pass before the run
        st.booleans(),  # all servers show the key
        st.sets(st.sampled_from(["smtp", "smtp2"]), min_size=1),  # the relays that are up
        st.integers(0, 6),  # the step before which the run is killed
    ),
    max_size=25,
)


class Fleet:
    """Two relays, their files and what is published; each step as the deploy makes it."""

    def __init__(self) -> None:
        self.marks: dict[tuple[str, str], dict[str, int]] = {}
        self.keys: dict[str, set[str]] = {"smtp": set(), "smtp2": set()}
        self.signs: dict[str, str] = {}
        self.published: set[str] = set()

    def look(self, up: set[str]) -> SlotsSeen:
        slots = {slot: self._slot(slot, up) for slot in (A, B)}
        return seen(slots[A], slots[B], *sorted({"smtp", "smtp2"} - up))

    def _slot(self, slot: str, up: set[str]) -> Slot:
        own = {r: self.marks.get((r, slot), {}) for r in up if slot in self.keys[r]}
        return Slot(
            held=bool(own),
            proven=min((mark["proven"] for mark in own.values() if "proven" in mark), default=0),
            rolled_back_at=max((mark.get("left", 0) for mark in own.values()), default=0),
            signed={relay: mark["signed"] for relay, mark in own.items() if "signed" in mark},
        )

    def steps(self, up: set[str], asked: Run, *, shown: bool) -> Iterator[None]:
        wanted = decide(self.look(up), asked).wanted
        for relay in up:
            self.keys[relay] |= set(wanted)
        yield
        decided = decide(self.look(up), asked)
        held = {slot for relay in up for slot in self.keys[relay]}
        self.published = (self.published | held) - set(decided.withdrawn)
        yield
        proof = shown and decided.prove in self.published
        proven = replace(asked, proof=proof)
        for relay in up if proof else ():
            self._mark(relay, decided.prove).setdefault("proven", asked.now)
        yield
        for relay in sorted(up):
            self._sign(relay, decide(self.look(up), proven), asked.now)
            yield
        for relay in up:
            for slot in decide(self.look(up), proven).withdrawn:
                self.keys[relay].discard(slot)
                self.marks.pop((relay, slot), None)

    def _sign(self, relay: str, decided: Decision, now: int) -> None:
        self.signs[relay] = decided.signing
        own = {slot: self._mark(relay, slot).get("signed", 0) for slot in (A, B)}
        if own[decided.signing] and own[decided.signing] == max(own.values()):
            return
        if decided.rolled_back:
            self._mark(relay, decided.rolled_back)["left"] = now
        self._mark(relay, decided.signing)["signed"] = now

    def _mark(self, relay: str, slot: str) -> dict[str, int]:
        return self.marks.setdefault((relay, slot), {})


@settings(max_examples=200)
@given(EVENTS)
def test_no_relay_ever_signs_with_a_key_that_is_not_published(
    events: list[tuple[Intent, int, bool, set[str], int]],
) -> None:
    """Any order of wishes, outages, lagging servers and kills; signers obey their own files."""
    fleet, now = Fleet(), EPOCH
    for intent, passing, shown, up, survived in events:
        now += passing
        # Nobody makes two bare hosts into relays one by one.
        running = up if len(fleet.signs) > 1 else {"smtp", "smtp2"}
        asked = Run(rotation=ROTATION, intent=intent, now=now, proof=False)
        for _ in islice(fleet.steps(running, asked, shown=shown), survived):
            assert set(fleet.signs.values()) <= fleet.published
