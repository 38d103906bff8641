"""What docs/verify.md and docs/customers.md show is what the commands print; seconds may differ."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/verify.md").read_text("utf-8")
CUSTOMERS = (ROOT / "docs/customers.md").read_text("utf-8")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _examples() -> Iterator[tuple[str, str]]:
    for block in BLOCK.findall(PAGE + CUSTOMERS):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = example.partition("\n")
            yield command, output


def _steady(text: str) -> list[str]:
    return [re.sub(r"\d+\.\d{1,3}(?= s| \*)", "N", line).rstrip() for line in text.splitlines()]


@pytest.mark.parametrize(("command", "output"), list(_examples()))
def test_a_documented_command_prints_what_is_documented(command: str, output: str) -> None:
    words = shlex.split(command)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "omi_core.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        cwd=ROOT,
        timeout=30,
        env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)},
    )

    assert _steady(done.stdout.decode()) == _steady(output)


def test_every_documented_option_exists(omi: Callable[..., Any]) -> None:
    helped = omi("smtp", "verify", "--help").out + omi("smtp", "send", "--help").out

    for option in set(re.findall(r"--[a-z][a-z-]+", PAGE)):
        assert option in helped, option
