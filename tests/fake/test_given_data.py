"""`--data` as the real pyinfra reads it: what no deploy knows stops the run with one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fake.relays import REPOSITORY

DEPLOYS = sorted(path.name for path in (REPOSITORY / "deploys").glob("*.py"))
INVENTORY = """
from pathlib import Path

from omi_core.inventory import control_row
from tests.fake import relays

_environment = relays.environment(Path("{directory}"))
relay = [relays.row(relays.relay(_environment, 1))]
control = [control_row(_environment)]
"""

pytestmark = [pytest.mark.slow]


def said(directory: Path, deploy: str, *data: str) -> str:
    """Run a deploy that is refused, and return its one sentence."""
    inventory = directory / "x.py"
    inventory.write_text(INVENTORY.format(directory=directory))
    words = [word for each in data for word in ("--data", each)]
    done = subprocess.run(
        [Path(sys.executable).with_name("pyinfra"), "-y", *words, inventory, f"deploys/{deploy}"],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("deploy", DEPLOYS)
def test_every_deploy_refuses_a_key_that_it_does_not_have(tmp_path: Path, deploy: str) -> None:
    assert "--data rotat: this deploy has no such key; it takes" in said(
        tmp_path, deploy, "rotat=true"
    )


@pytest.mark.parametrize(
    ("deploy", "data", "sentence"),
    [
        ("dkim.py", "rotate=ture", "--data rotate: must be true or false, not 'ture'"),
        ("dkim.py", "back=2", "--data back: must be true or false, not '2'"),
        ("dkim.py", "rotates=true", "it takes plan, retire, rotate, back"),
        ("certificates.py", "force=", "--data force: must be true or false, not ''"),
        ("certificates.py", "Force=true", "--data Force: this deploy has no such key"),
        ("dns.py", "retire=not a name", "--data retire: "),
        ("dns.py", "plan= ", "--data plan: is empty"),
        ("verify.py", "acount=alice", "it takes account, from, to, maildir, smuggling-to"),
        ("queue.py", "x=1", "it takes none but those of the connection"),
    ],
)
def test_what_a_key_does_not_take_is_said_with_what_exists(
    tmp_path: Path, deploy: str, data: str, sentence: str
) -> None:
    assert sentence in said(tmp_path, deploy, data)
