"""How long a service is waited for, whatever it says."""

import pytest

from omi_core.dns.providers.cloudflare.budget import Budget
from omi_core.errors import ObservationError
from omi_core.text import Text

WHAT = Text.plain("the zone shop.example")


@pytest.mark.parametrize(
    ("written", "pause"),
    [("300", 300), ("0", 1), ("Tue, 01 Jan 2019 00:00:00 GMT", 1), ("soon", 60), (None, 60)],
)
def test_a_pause_is_as_long_as_it_says_and_a_second_at_least(
    written: str | None, pause: float
) -> None:
    slept: list[float] = []
    Budget(sleep=slept.append).obey("Cloudflare", WHAT, written)
    assert slept == [pause]


@pytest.mark.parametrize("written", ["901", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_pause_beyond_all_patience_is_not_begun(written: str) -> None:
    slept: list[float] = []
    with pytest.raises(ObservationError, match=r"did not accept the zone .* wants \d+ s of"):
        Budget(sleep=slept.append).obey("Cloudflare", WHAT, written)
    assert slept == []


@pytest.mark.parametrize("written", ["0", "1", "450", "Tue, 01 Jan 2019 00:00:00 GMT"])
def test_all_pauses_together_end(written: str) -> None:
    slept: list[float] = []
    budget = Budget(sleep=slept.append)

    def for_ever() -> None:
        while True:
            budget.obey("Cloudflare", WHAT, written)

    with pytest.raises(ObservationError):
        for_ever()
    assert sum(slept) == 900
