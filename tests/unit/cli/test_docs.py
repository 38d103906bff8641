"""Every command that the documentation shows prints what the documentation says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from omi_core.message.catalogue import KINDS

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEWSLETTER = (
    "X-LinkOption: 192\n"
    "X-JobName: =?utf-8?b?5Y2B5LiA5pyI6Zu75a2Q5aCx?=\n"
    "From: test@itpison.com\n"
    "To: test@gmail.com\n"
    "Subject: Test Sample\n"
    "\n"
    "This is Test Email\n"
)


def _examples(page: str) -> Iterator[tuple[str, str]]:
    """Yield each command and the output that stands below it."""
    for block in BLOCK.findall((DOCS / page).read_text("utf-8")):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = example.partition("\n")
            yield command, output


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A PATH with an `omi`, and the files that the pages speak of."""
    folder = tmp_path_factory.mktemp("shell")
    program = folder / "omi"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m omi_core.cli "$@"\n')
    program.chmod(0o755)
    (folder / "newsletter.eml").write_text(NEWSLETTER)
    paths = {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return {**paths, "LC_ALL": "C.UTF-8", "PWD": str(folder)}


@pytest.mark.parametrize(
    ("command", "output"),
    [example for page in ("options.md", "message.md") for example in _examples(page)],
)
def test_a_documented_command_prints_what_is_documented(
    command: str, output: str, shell: dict[str, str]
) -> None:
    done = subprocess.run(
        ["bash", "-c", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        cwd=shell["PWD"],
        env=shell,
        timeout=30,
    )

    assert done.stdout.decode() == output


@pytest.mark.parametrize("page", ["options.md", "message.md"])
def test_a_page_shows_commands_at_all(page: str) -> None:
    assert len(list(_examples(page))) > 5


def test_the_page_of_control_headers_lists_every_finding() -> None:
    page = (DOCS / "message.md").read_text("utf-8")

    assert [kind.id for kind in KINDS if f"`{kind.id}`" not in page] == []


@pytest.mark.parametrize("page", ["options.md", "message.md"])
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (DOCS / page).read_text("utf-8"))

    assert links
    assert [link for link in links if not (DOCS / link).exists()] == []
