"""The waiting only; that servers are asked rightly is shown with a real one (tests/lab)."""

from collections.abc import Sequence

import pytest

from omi_core.dns.agreement import Disagreement, wait_until_agreed
from omi_core.dns.client.server import Server
from omi_core.dns.record import RecordSet
from omi_core.dns.txt import Txt
from omi_core.errors import ObservationError
from omi_core.names import Fqdn

SETS = [RecordSet.of(Fqdn.parse(f"{n}.example"), "TXT", 60, [Txt.of("x")]) for n in "ab"]
FAST, SLOW = Server("192.0.2.1"), Server("192.0.2.2")


class World:
    """A clock, and two servers of which one is late."""

    def __init__(self, late_until: float) -> None:
        self.now = 0.0
        self.late_until = late_until
        self.asked: list[tuple[Server, int]] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def ask(self, server: Server, expected: Sequence[RecordSet]) -> Sequence[Disagreement]:
        self.asked.append((server, len(expected)))
        late = server == SLOW and self.now < self.late_until
        return [Disagreement(server=server, expected=expected[0])] if late else []

    def wait(self, patience_s: float, lines: list[str]) -> tuple[Disagreement, ...]:
        return wait_until_agreed(
            SETS,
            [SLOW, FAST],
            patience_s=patience_s,
            progress=lambda said: lines.append(said.en),
            ask=self.ask,
            clock=self.clock,
            sleep=self.sleep,
        )


def test_only_what_is_missing_is_asked_again() -> None:
    world, lines = World(late_until=1), list[str]()
    assert world.wait(60, lines) == ()
    assert world.asked[:3] == [(FAST, 2), (SLOW, 2), (SLOW, 1)]
    assert set(world.asked[2:]) == {(SLOW, 1)}
    assert lines[0] == "waiting for 1 answers, first: 192.0.2.2 serves nothing for a.example. TXT"


def test_waiting_ends_when_patience_does() -> None:
    world, lines = World(late_until=1e9), list[str]()
    [behind] = world.wait(60, lines)
    assert (behind.server, behind.expected) == (SLOW, SETS[0])
    assert world.now <= 60
    assert len(lines) < 20


def test_without_a_server_nothing_is_known() -> None:
    with pytest.raises(ObservationError, match="no authoritative server"):
        wait_until_agreed(SETS, [], patience_s=1)


def test_a_server_that_could_not_be_asked_says_why() -> None:
    reason = "192.0.2.2 cannot be reached: No route to host"
    assert str(Disagreement(server=SLOW, expected=SETS[0], unanswered=reason)) == reason
