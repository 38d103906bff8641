"""`deploys/verify.py` asks relays that update themselves what waits for a restart."""

from pathlib import Path

from omi_core.inventory.updates.parse import parse_updates
from tests.fake.relays import REPOSITORY, deploy, environment, relay, row, settled

VERIFY = str(REPOSITORY / "deploys" / "verify.py")
ASKED = "/usr/local/lib/omi/updates waiting"
WAITS = {"success": False, "stdout": "dovecot.service runs on software that is gone"}


def test_a_relay_with_something_waiting_fails_and_another_one_does_not(tmp_path: Path) -> None:
    shared = environment(tmp_path, updates=parse_updates("x.py:1"))
    first, second = relay(shared, 1), relay(shared, 2)
    rows = [row(first, {ASKED: WAITS}, settled(first)), row(second, settled(second))]
    run = deploy(rows, what=VERIFY)
    assert run.failed == {"@fake/smtp1.itpison.com"}
    assert len(run.touching(second, ASKED)) == 1


def test_a_relay_whose_updates_are_left_to_others_is_not_asked(tmp_path: Path) -> None:
    only = relay(environment(tmp_path), 1)
    run = deploy([row(only, settled(only))], what=VERIFY)
    assert not run.failed
    assert not run.touching(only, ASKED)
