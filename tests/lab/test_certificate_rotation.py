"""Certificates rotated under load: nobody notices."""

import pytest

from benchmarks.rotation import DEPLOY, HELD_OPEN, RELAYS, WITHIN_S, rotate_under_load
from lab.site import Site
from tests.lab.relay_run import Control

pytestmark = pytest.mark.lab
pytest_plugins = ("tests.lab.relay_fixtures",)


@pytest.mark.timeout(300)
def test_no_connection_and_no_message_fails_and_new_sessions_meet_the_new_certificate(
    place: Site, control: Control
) -> None:
    def rotate() -> str:
        ended = control.run("-y", "--data", "force=true", what=DEPLOY)
        assert ended.code == 0, ended.said
        return ended.said

    control.deploy()
    outcome = rotate_under_load(place, rotate, rotations=5)
    control.history.clear()

    assert (outcome.failed, outcome.refused, outcome.cut) == ([], [], [])
    assert outcome.held == HELD_OPEN * len(RELAYS)
    assert outcome.connections > outcome.held
    assert outcome.messages > outcome.connections
    assert len(outcome.lingered) == 5 * len(RELAYS)
    # The issue's own promise, which is of seconds: the only figure that a test asserts here.
    assert [late for _, late in outcome.lingered if late > WITHIN_S] == []
