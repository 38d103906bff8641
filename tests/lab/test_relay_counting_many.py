"""A thousand mails at two relays that share one counter."""

import pytest

from tests.lab.relay_run import Control
from tests.lab.test_relay_counting import allows_what_the_limit_says, counting, fleet

__all__ = ["counting", "fleet"]

pytest_plugins = ("tests.lab.relay_fixtures",)
pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


def test_two_relays_at_once_take_half_of_a_thousand_mails(fleet: Control) -> None:
    allows_what_the_limit_says(fleet, "many", most=500, mails=1000)
