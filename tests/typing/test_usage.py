"""The public interfaces type-check in the way that a user writes them."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.mark.parametrize("usage", sorted(path.name for path in HERE.glob("usage_*.py")))
def test_a_use_of_the_public_interface_types_strictly(usage: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(HERE / usage)],
        capture_output=True,
        check=False,
        cwd=ROOT,
        text=True,
        timeout=55,
    )

    assert done.returncode == 0, done.stdout + done.stderr
