"""When a DKIM key is made, signs, and goes: pure.

A key is in one of two slots. The next one is made and published in the free slot, proven at every
authoritative server, left alone until no resolver remembers that there was none, and only then
signed with; the old one is kept for mail that is under way, and withdrawn when every relay has
left it. All of this is read from the relays (which keys, proven when, signing since when) and from
DNS, so that any machine can make the next step (RFC 6376 3.1, M3AAWG's advice on rotation).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from omi_core.inventory.model import Rotation
from omi_core.mailauth.dkim.selectors import SLOTS
from omi_core.names import Fqdn


class Intent(StrEnum):
    """What a run was asked for: only to keep things, to do what is due, to rotate, to go back."""

    KEEP = "keep"
    DUE = "due"
    ROTATE = "rotate"
    ROLLBACK = "back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One slot as the relays have it, all times in seconds since the epoch.

    `proven` is 0 if no relay knows that all servers have the key, and `rolled_back_at` unless a
    rotation to it was rolled back. `signed` is when each relay that was asked began to sign with
    it, for those that ever did.
    """

    held: bool = False
    proven: int = 0
    rolled_back_at: int = 0
    signed: Mapping[str, int] = field(default_factory=dict)

    @property
    def latest(self) -> int:
        """When the last relay began; 0 if none did."""
        return max(self.signed.values(), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsSeen:
    """A domain's slots, and the relays of the inventory that could not be asked."""

    domain: Fqdn
    slots: Mapping[str, Slot]
    relays: tuple[str, ...]
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is true for a domain in this run.

    Every relay signs with `signing` and has the keys of `wanted`; there is no key in `withdrawn`.
    The servers have to show the key of `prove` before more can be done; `rolled_back` is the slot
    from which this run goes back. `says` is one sentence, empty when nothing is under way.
    """

    signing: str
    wanted: tuple[str, ...]
    withdrawn: tuple[str, ...] = ()
    prove: str = ""
    rolled_back: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run brings; `proof` is whether all servers show the key that does not sign."""

    rotation: Rotation
    intent: Intent
    now: int
    proof: bool


def decide(seen: SlotsSeen, run: Run) -> Decision:
    """Return what is true for a domain in this run, and what it waits for."""
    signing = signing_slot(seen.slots)
    other = next(slot for slot in SLOTS if slot != signing)
    if run.intent is Intent.KEEP:
        held = tuple(slot for slot in SLOTS if slot == signing or seen.slots[slot].held)
        return Decision(signing=signing, wanted=held)
    if not seen.slots[other].held:
        return _alone(seen, signing, other, run)
    if not seen.slots[other].latest:
        return _with_next(seen, signing, other, run)
    if run.intent is Intent.ROLLBACK and not seen.slots[other].rolled_back_at:
        return _back(signing, other, run)
    return _with_old(seen, signing, other, run)


def signing_slot(slots: Mapping[str, Slot]) -> str:
    """Return the slot that a relay began to sign with last; the first one of a new domain."""
    return max(SLOTS, key=lambda slot: (slots[slot].latest, slot == SLOTS[0]))


def _alone(seen: SlotsSeen, signing: str, other: str, run: Run) -> Decision:
    every = run.rotation.every
    is_due = bool(every) and run.now - seen.slots[signing].latest >= every
    if run.intent is Intent.ROLLBACK:
        says = f"there is no old key to go back to; {signing} goes on signing"
        return Decision(signing=signing, wanted=(signing,), says=says)
    if run.intent is Intent.ROTATE or is_due:
        says = f"{other} is made and published; {signing} signs"
        return Decision(signing=signing, wanted=(signing, other), prove=other, says=says)
    # Whether a relay that is silent has a key there is not known.
    gone = () if seen.silent else (other,)
    return Decision(signing=signing, wanted=(signing,), withdrawn=gone)


def _with_next(seen: SlotsSeen, signing: str, other: str, run: Run) -> Decision:
    both = (signing, other)
    proven = seen.slots[other].proven
    ready = (proven or run.now) + run.rotation.settle
    if not run.proof:
        says = f"{other} waits until every authoritative server has its key; {signing} signs"
        return Decision(signing=signing, wanted=both, prove=other, says=says)
    if not proven or run.now < ready:
        says = f"{other} is on every server and waits until {_moment(ready)}; {signing} signs"
        return Decision(signing=signing, wanted=both, prove=other, says=says)
    says = f"{other} signs from now on, {signing} is kept"
    return Decision(signing=other, wanted=both, prove=other, says=says)


def _back(signing: str, other: str, run: Run) -> Decision:
    both = (signing, other)
    if not run.proof:
        says = f"going back waits until every server has the key of {other}; {signing} signs"
        return Decision(signing=signing, wanted=both, prove=other, says=says)
    says = f"back to {other}; {signing} is kept"
    return Decision(signing=other, wanted=both, prove=other, rolled_back=signing, says=says)


def _with_old(seen: SlotsSeen, signing: str, other: str, run: Run) -> Decision:
    both = (signing, other)
    if behind := _behind(seen, signing, other):
        says = f"{other} is kept, since {', '.join(behind)} may still sign with it"
        return Decision(signing=signing, wanted=both, says=says)
    until = seen.slots[signing].latest + run.rotation.keep
    if run.now < until:
        says = f"{other} is kept until {_moment(until)} for mail that is under way"
        return Decision(signing=signing, wanted=both, says=says)
    says = f"{other} is withdrawn; {signing} signs"
    return Decision(signing=signing, wanted=(signing,), withdrawn=(other,), says=says)


def _behind(seen: SlotsSeen, signing: str, other: str) -> tuple[str, ...]:
    """The relays that are not known to have left the old key."""
    new, old = seen.slots[signing].signed, seen.slots[other].signed
    return tuple(
        relay
        for relay in seen.relays
        if relay in seen.silent or relay not in new or new[relay] < old.get(relay, 0)
    )


def _moment(seconds: int) -> str:
    from omi_core.message.launch_time import told_time  # most runs rotate nothing

    return told_time(datetime.fromtimestamp(seconds, UTC))
