"""What docs/certificates.md shows is what the commands print, and its units are units."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.test_docs import explained, sentences

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/certificates.md"
TEXT = PAGE.read_text("utf-8")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
UNITS = sorted((ROOT / "templates/control").iterdir())


def examples() -> Iterator[tuple[str, str]]:
    for block in BLOCK.findall(TEXT):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = example.partition("\n")
            yield command, output


def steady(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{64}\b", "SHA256", re.sub(r"\d+ days left", "N days left", text))


@pytest.mark.parametrize(("command", "output"), list(examples()))
def test_a_documented_command_prints_what_is_documented(command: str, output: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "omi_core.cli", *command.removeprefix("omi ").split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)},
    )

    assert steady(done.stdout.decode()) == steady(output)


def test_every_documented_option_exists(omi: Callable[..., Any]) -> None:
    helped = omi("cert", "check", "--help").out + omi("cert", "renew", "--help").out

    for option in set(re.findall(r"`(--[a-z][a-z-]+)", TEXT)):
        assert option in helped + "--data --now", option


def test_every_sentence_that_is_explained_is_said_somewhere() -> None:
    said = "\n".join(sentences())
    for sentence in explained(PAGE):
        for part in sentence.split("..."):
            assert part.strip(" :,;()'") in said, f"nobody says {part!r}"


def test_every_unit_of_a_control_host_is_installed_by_a_page() -> None:
    pages = "".join(page.read_text("utf-8") for page in ROOT.glob("docs/*.md"))
    assert set(re.findall(r"templates/control/\S+", pages)) == {
        str(unit.relative_to(ROOT)) for unit in UNITS
    }


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_accepts_the_units_of_a_control_host(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text().replace("/opt/omi-relay/.venv/bin/omi", "/bin/true")
        (tmp_path / unit.name).write_text(text.replace("/opt/omi-relay", "/"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if "omi-" in line] == []
