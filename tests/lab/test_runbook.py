"""The commands that relay.md and runbook.md show, run on the lab."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.relay_fixtures import control, copied
from tests.lab.relay_run import Control

__all__ = ["control", "copied"]

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
GIT = ("git", "-c", "user.name=Operator", "-c", "user.email=operator@example.com")


def commands() -> list[str]:
    pages = (ROOT / "docs" / name for name in ("relay.md", "runbook.md"))
    found = (block for page in pages for block in BLOCK.findall(page.read_text()))
    return list(dict.fromkeys(re.sub(r"^ +", "", block, flags=re.MULTILINE) for block in found))


@pytest.mark.parametrize("block", commands())
def test_a_documented_command_does_what_the_page_needs(block: str, copied: Control) -> None:
    commit_twice(copied)
    script = block.replace("inventories/prod.py", "inventories/lab.py")
    ended = subprocess.run(
        ["sh", "-euc", script],
        cwd=copied.directory,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(copied.directory),
            "GIT_CONFIG_GLOBAL": str(copied.directory / "gitconfig"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def commit_twice(checkout: Control) -> None:
    """Make a history whose last commit can be taken back."""
    (checkout.directory / "gitconfig").write_text(
        "[user]\n\tname = Operator\n\temail = operator@example.com\n"
    )
    for words in (["init", "-q"], ["add", "deploys"], ["commit", "-qm", "What was"]):
        subprocess.run([*GIT, *words], cwd=checkout.directory, check=True)
    checkout.append("deploys/relay.py", "\n# A change to be taken back.\n")
    subprocess.run([*GIT, "commit", "-qam", "A change"], cwd=checkout.directory, check=True)
